"""Finds the dialogue acts of one utterance, in the order they were said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.grammar.acts import ActPatterns
from voicebot.language.digits import find_place_correction
from voicebot.nlu.heard import Clause, Heard

_FILLER = re.compile(r"(?:嗯+|呃+|额|啊+|哦+|诶|唉|哎|那个|这个|就是说?|那么|那|然后|我说|喂)+")
_NOD = re.compile(r"(?:嗯|哦|啊|噢|喔|诶|哎|唔|昂)+")
_HEDGE = re.compile(
    r"可能|好像|也许|大概|应该是吧|不太?确定|说不定|考虑|再想想|不知道|要不|随便|都行|是吗|是吧\?"
)
_X_NOT_Y = re.compile(
    r"(?<!是)(?:不是|不对)(?!不是|吗|吧)(.{1,10}?)(?:而是|应该是|是)(?!不是|不|吗|吧|这样|真的)(?=.)"
)
_CLEAR_CONFIDENCE, _LEADING_CONFIDENCE, _NOD_CONFIDENCE = 0.97, 0.9, 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class ActHit:
    """An act said at ``text[start:end]`` of the normalised text."""

    name: str
    start: int
    end: int
    confidence: float
    alone: bool = False
    """It fills its whole clause."""
    closes: bool = False
    """It may also only round off what was said (就这样吧)."""


def find_acts(heard: Heard, patterns: Sequence[ActPatterns]) -> list[ActHit]:
    """Acts in the order they were said; overlapping ones are settled for the more telling."""
    hits: list[ActHit] = []
    for clause in heard.clauses:
        hits += _from_the_start(clause, patterns)
    hits += _anywhere(heard.joined, patterns)
    return _settled(hits)


def _hit(
    clause: Clause, name: str, start: int, end: int, confidence: float, *, alone: bool = False
) -> ActHit:
    return ActHit(
        name=name,
        start=clause.places[start],
        end=clause.places[end - 1] + 1,
        confidence=confidence,
        alone=alone,
        closes=clause.text.startswith(("就这", "那就这"), start),
    )


def _from_the_start(clause: Clause, patterns: Sequence[ActPatterns]) -> list[ActHit]:
    hits: list[ActHit] = []
    position, text = 0, clause.text
    while position < len(text):
        whole = next(
            (act.name for act in patterns if any(p.fullmatch(text, position) for p in act.whole)), None
        )
        if whole is not None:
            hits.append(_hit(clause, whole, position, len(text), _CLEAR_CONFIDENCE, alone=True))
            break
        name, end = _leading(text, position, patterns)
        if name is not None:
            hits.append(_hit(clause, name, position, end, _LEADING_CONFIDENCE, alone=end == len(text)))
            position = end
            continue
        filler = _FILLER.match(text, position)
        if filler is None:
            break
        position = filler.end()
    return hits


def _leading(text: str, position: int, patterns: Sequence[ActPatterns]) -> tuple[str | None, int]:
    best: tuple[str | None, int] = (None, position)
    for act in patterns:
        for pattern in act.leading:
            match = pattern.match(text, position)
            if match is None or match.end() <= best[1]:
                continue
            if match.end() < len(text) and text[match.end()] in act.not_before:
                continue
            best = (act.name, match.end())
    return best


def _anywhere(whole: Clause, patterns: Sequence[ActPatterns]) -> list[ActHit]:
    hits = [
        _hit(whole, act.name, *match.span(), _LEADING_CONFIDENCE)
        for act in patterns
        for pattern in act.anywhere
        for match in pattern.finditer(whole.text)
    ]
    hits += [
        _hit(whole, "correct", *match.span(), _LEADING_CONFIDENCE) for match in _X_NOT_Y.finditer(whole.text)
    ]
    return hits


def with_place_corrections(hits: list[ActHit], heard: Heard) -> list[ActHit]:
    """The acts with 第三位是五 and its kind as ``correct``: what denies or affirms within it says no more."""
    found = find_place_correction(heard.text)
    if found is None:
        return hits
    start, end = found
    kept = [hit for hit in hits if hit.end <= start or end <= hit.start]
    if all(hit.name != "correct" for hit in kept):
        kept.append(ActHit(name="correct", start=start, end=end, confidence=_LEADING_CONFIDENCE))
    return sorted(kept, key=lambda hit: hit.start)


_STRONGER = ("robot", "correct", "stop", "deny", "wait", "repeat")


def _rank(hit: ActHit) -> tuple[int, int, int]:
    strength = _STRONGER.index(hit.name) if hit.name in _STRONGER else len(_STRONGER)
    return (-(hit.end - hit.start), strength, hit.start)


def _settled(hits: list[ActHit]) -> list[ActHit]:
    kept: list[ActHit] = []
    for hit in sorted(hits, key=_rank):
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    if any(hit.name == "deny" for hit in kept):
        # 没有了就这样吧 closes, it agrees to nothing.
        kept = [hit for hit in kept if not (hit.name == "affirm" and hit.closes)]
    ordered = sorted(kept, key=lambda hit: hit.start)
    once: list[ActHit] = []
    for hit in ordered:
        if all(hit.name != other.name for other in once):
            once.append(hit)
    return once


def answered(hits: list[ActHit], heard: Heard, *, strict: bool) -> list[ActHit]:
    """The acts as the answer to a yes/no question: a nod is a yes; under ``strict`` it must be clear."""
    names = {hit.name for hit in hits}
    plain = heard.joined.text
    if names <= {"backchannel"} and _NOD.fullmatch(plain) and heard.text and not strict:
        return [ActHit(name="affirm", start=0, end=len(heard.text), confidence=_NOD_CONFIDENCE, alone=True)]
    if not strict:
        return hits
    unclear = bool(_HEDGE.search(plain)) or {"affirm", "deny"} <= names or "stop" in names
    return [hit for hit in hits if not (hit.name == "affirm" and unclear)]
