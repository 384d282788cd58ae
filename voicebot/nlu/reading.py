"""What the caller meant by one utterance: acts, intents, slots and feelings, each with its confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

SlotValue = str | int | float | tuple[str, ...] | Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How the caller steers: ``affirm``, ``deny``, ``repeat`` … (docs/architecture.md, "Acts")."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the caller wants done: ``refund.apply`` …, or ``oos``."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One normalised value with the caller's own words for it."""

    name: str
    value: SlotValue
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One stretch of what was recognised, and the word that it was taken for."""

    before: str
    after: str
    distance: float
    """Mean distance a syllable between the two, 0..1."""
    reason: str
    """The kind of the word (``product``, ``carrier``, ``city``, ``answer``, ``wish``, ``own``), or
    ``alternative``: the recogniser's own, further down its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One utterance, read in the light of the question. Acts and intents stand in the order of speech."""

    text: str
    acts: tuple[Act, ...] = ()
    intents: tuple[Intent, ...] = ()
    slots: tuple[Slot, ...] = ()
    frustration: float = 0.0
    confidence: float = 1.0
    """How sure the recogniser was of the words, 0..1; 1 for typed text and keys."""
    repairs: tuple[Repair, ...] = ()
    """What of the recognised words was read as something else; ``text`` is as repaired."""

    def slot(self, name: str) -> Slot | None:
        return next((slot for slot in self.slots if slot.name == name), None)

    def has_act(self, name: str) -> bool:
        return any(act.name == name for act in self.acts)

    @property
    def is_empty(self) -> bool:
        return not (self.acts or self.intents or self.slots)


def is_only(reading: Reading, act: str) -> bool:
    """Is this act all that was said?"""
    return [a.name for a in reading.acts] == [act] and not reading.intents and not reading.slots


def says_more(reading: Reading) -> bool:
    """等一下，不对，是质量问题 asks for no time: it corrects."""
    return bool(reading.slots or reading.intents or reading.has_act("deny") or reading.has_act("correct"))


def without_answer(reading: Reading) -> Reading:
    """The same without yes and no: what was said before a question is no answer to it."""
    return replace(reading, acts=tuple(act for act in reading.acts if act.name not in {"affirm", "deny"}))
