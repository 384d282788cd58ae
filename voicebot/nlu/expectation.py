"""What the line is waiting to hear: the state of the dialogue, as the recogniser and the reader see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["free", "closed", "digits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One member of a closed set: what it means, and the ways in which callers say it."""

    key: str
    """The normalised value it stands for: ``yes``, ``no``, ``1``, ``quality`` …"""
    says: tuple[str, ...]
    """Spoken forms in Simplified Chinese, the commonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something the caller can pick by its number or its name (``choice``), such as one of their orders."""

    key: str
    label: str
    """The name as the line says it: 藏青色羽绒服."""
    names: tuple[str, ...] = ()
    """Further names that a caller may use: 羽绒服, 外套."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What was asked. Travels with ``Transcribe`` to the engine and with ``Read`` to the reader."""

    state: str | None = None
    """A slot's name, ``confirm:<intent or slot>``, ``anything_else``, or None for the open question
    (docs/architecture.md, "States")."""
    kind: Kind = "free"
    phrases: tuple[Phrase, ...] = ()
    """The closed set, when ``kind`` is ``closed``; always understood to hold "none of these" as well."""
    digit_counts: tuple[int, ...] = ()
    """The lengths that a digit string may have, when ``kind`` is ``digits``."""
    options: tuple[Option, ...] = ()
    """What may be picked in the state ``choice`` or when naming one of one's orders."""
    keys: tuple[str, ...] = ()
    """What the keys 1, 2, 3 … stand for in this state: values of its slot, or intents."""
    known: tuple[str, ...] = ()
    """Digit strings on file for this caller (the tails of their orders): likelier than any other, never an
    answer of themselves."""
    bias: tuple[str, ...] = ()
    """Words made likelier by what is known: products and carriers of this caller's orders."""
    strict: bool = False
    """Money, goods or an address hang on it: only a clear answer counts."""
    patience_seconds: float = 7.0
    """Silence after the question before the caller is taken to have nothing to say."""
    close_early_seconds: float = 0.4
    """Silence that ends an utterance which is complete: the yes, the choice, all digits of the number."""
    end_silence_seconds: float = 0.6
    """Silence that ends an utterance which may be all, or not."""
    unfinished_seconds: float = 1.4
    """Silence that ends an utterance which breaks off (我想查一下, seven digits of eleven)."""


OPEN = Expectation()
"""The open question: 请问有什么可以帮您？"""
