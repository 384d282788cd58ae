"""One utterance prepared for reading: its clauses for the acts, its bare forms for the templates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicebot.grammar.bare import Bare, bare
from voicebot.grammar.lexicon import Found, Lexicon, Word, mask
from voicebot.language.normalise import normalise
from voicebot.nlu.expectation import Option

_MARKS = "，。？！；：、,?!;:"
_CLAUSE = re.compile(rf"[^{_MARKS}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch between punctuation, without spaces, 您 as 你; ``places`` lead back to the text."""

    text: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """``text`` is normalised; everything else refers back to places in it."""

    text: str
    clauses: tuple[Clause, ...]
    plain: Bare
    words: tuple[Found, ...]
    """Lexicon words (and the caller's own products) in the text."""
    masked: Bare | None
    """The bare text with placeholders for products, carriers, colours, sizes; None when there are none."""

    @property
    def joined(self) -> Clause:
        """All clauses as one."""
        return Clause(
            text="".join(clause.text for clause in self.clauses),
            places=tuple(place for clause in self.clauses for place in clause.places),
        )


def own_words(options: Sequence[Option]) -> dict[str, Word]:
    """The names of what this caller may pick, as words of the lexicon for this one search."""
    words: dict[str, Word] = {}
    for option in options:
        for said in (option.label, *option.names):
            if said and (len(said) > 1):
                words.setdefault(said.lower(), Word(kind="product", said=said, value=said))
    return words


def hear(text: str, lexicon: Lexicon, extra: Mapping[str, Word]) -> Heard:
    """Normalise and prepare one transcript."""
    normal = normalise(text)
    words = tuple(lexicon.find(normal, extra))
    masked_text, origins = mask(normal, words)
    masked = _relocated(bare(masked_text), origins) if masked_text != normal else None
    return Heard(text=normal, clauses=_clauses(normal), plain=bare(normal), words=words, masked=masked)


def _clauses(text: str) -> tuple[Clause, ...]:
    clauses: list[Clause] = []
    for match in _CLAUSE.finditer(text):
        places = tuple(place for place in range(*match.span()) if not text[place].isspace())
        said = "".join(text[place] for place in places).lower().replace("您", "你")
        if len(said) == len(places) and said:
            clauses.append(Clause(text=said, places=places))
    return tuple(clauses)


def _relocated(masked: Bare, origins: list[tuple[int, int]]) -> Bare:
    return Bare(
        text=masked.text,
        starts=tuple(origins[start][0] for start in masked.starts),
        ends=tuple(origins[end - 1][1] for end in masked.ends),
        breaks=masked.breaks,
    )
