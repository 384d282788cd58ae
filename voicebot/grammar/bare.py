"""Bare text: what is left of an utterance for the templates when particles and punctuation are gone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD_WITH_PARTICLE = re.compile(r"[酒网]吧|吧台|吧椅|哈尔滨|哈密|哈达|阿哈|嗯哼|哈根达斯|哈喽")
_PARTICLES = frozenset("呃嗯唔啊呀哦噢喔嘛哎诶欸唉吧哇喽咯嘞哈呵哒")
_SMALL_R = re.compile(r"(?<=[哪这那会点块玩事味件])儿(?![子童媳])")
_SAME = str.maketrans({"您": "你", "啦": "了", "俺": "我", "妳": "你", "帐": "账"})
_QUESTION_ME = re.compile(r"(?<![什怎这那多要])么(?=$|[，。？！；：、,.?!;:\s])")
_WORD = re.compile(r"[0-9A-Za-z\u3400-\u9fff\ue000-\uf8ff]")
_END = frozenset("，。？！；：、,?!;:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """Bare text and where each of its characters stood."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    breaks: frozenset[int]
    """Places in the bare text before which there was punctuation."""

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the full text that ``text[start:end]`` came from."""
        return self.starts[start], self.ends[end - 1]


def bare(text: str) -> Bare:
    """Strip a normalised text: no particles, punctuation or spaces, Latin letters in lower case, 您 as 你."""
    kept = {index for found in _WORD_WITH_PARTICLE.finditer(text) for index in range(*found.span())}
    dropped = {found.start() for found in _SMALL_R.finditer(text)}
    questions = {found.start() for found in _QUESTION_ME.finditer(text)}
    letters: list[str] = []
    starts: list[int] = []
    breaks: set[int] = set()
    for index, character in enumerate(text):
        if character in _END:
            breaks.add(len(letters))
        if index in dropped or not _WORD.match(character):
            continue
        if character in _PARTICLES and index not in kept:
            continue
        letters.append("吗" if index in questions else character.lower().translate(_SAME))
        starts.append(index)
    return Bare(
        text="".join(letters),
        starts=tuple(starts),
        ends=tuple(index + 1 for index in starts),
        breaks=frozenset(breaks),
    )


def bare_text(text: str) -> str:
    """The bare text alone, as templates and lexicon words are written into patterns."""
    return bare(text).text
