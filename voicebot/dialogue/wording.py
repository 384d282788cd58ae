"""What the line says: wordings with variants and typed slots, cut into the parts that the voice joins.

A wording is a sentence such as ``{product:name}，由{carrier:name}派送。``: fixed text and typed values. Fixed
text is cut at the end of a sentence and at values, so that each piece can be rendered ahead and a cut prompt
can be resumed from the sentence where it was cut (docs/grammar.md, "Wordings").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.source import Document
from voicebot.language.dates import say_date
from voicebot.language.money import say_money

KINDS = frozenset({"name", "digits", "phone", "money", "count", "date", "time", "order_no", "tracking_no"})

_SLOT = re.compile(r"\{([a-z_]+)(?::([a-z_]+))?\}")
_SENTENCE_END = re.compile(r"(?<=[。？！])")
_HINT = f"Write values as {{name:kind}} with one of the kinds {', '.join(sorted(KINDS))}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a prompt: fixed text, or a value of a kind in ``KINDS`` as plain text.

    Values: ``money`` in fen as decimal digits, ``date`` ISO, ``time`` HH:MM, ``count`` decimal digits, others
    as they are.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Template:
    pieces: tuple[tuple[str, str], ...]
    """(kind, fixed text) or (kind, slot name)."""

    @classmethod
    def parse(cls, text: str) -> _Template:
        pieces: list[tuple[str, str]] = []
        position = 0
        for found in _SLOT.finditer(text):
            pieces += _fixed(text[position : found.start()])
            pieces.append((found[2] or "name", found[1]))
            position = found.end()
        pieces += _fixed(text[position:])
        return cls(tuple(pieces))

    def fill(self, values: Mapping[str, str | int]) -> tuple[Part, ...]:
        return tuple(
            Part(kind=kind, text=text if kind == "text" else str(values[text])) for kind, text in self.pieces
        )


def _fixed(text: str) -> list[tuple[str, str]]:
    return [("text", sentence) for sentence in _SENTENCE_END.split(text) if sentence.strip()]


@dataclass(frozen=True, slots=True)
class Wordings:
    """Every wording of a grammar by key, each with one or more variants."""

    templates: Mapping[str, tuple[_Template, ...]]
    heard_out: frozenset[str] = frozenset()
    """Keys of what is said to its end, whatever is spoken over it."""

    def say(self, key: str, use: int = 0, **values: str | int) -> tuple[Part, ...]:
        """The parts of wording ``key``; ``use`` counts how often it was said, so that variants alternate.

        Raises KeyError for a key or a value that is not there.
        """
        variants = self.templates[key]
        return variants[use % len(variants)].fill(values)

    def has(self, key: str) -> bool:
        """Is there such a wording?"""
        return key in self.templates

    def variants(self, key: str) -> int:
        """How many ways there are to say it."""
        return len(self.templates[key])

    def fixed_clauses(self) -> list[str]:
        """Every fixed piece of text, once each, in a stable order: what has to be rendered ahead."""
        found: dict[str, None] = {}
        for variants in self.templates.values():
            for template in variants:
                for kind, text in template.pieces:
                    if kind == "text":
                        found[text] = None
        return list(found)


def read_wordings(document: Document) -> tuple[Wordings, list[Diagnostic]]:
    """The wordings of a parsed ``wordings.yaml`` with every diagnostic at once."""
    entries = document.data.get("wordings") if isinstance(document.data, dict) else None
    if not isinstance(entries, dict):
        return Wordings({}), [document.finding("wrong-shape", "a mapping `wordings:` is missing")]
    templates: dict[str, tuple[_Template, ...]] = {}
    heard_out: set[str] = set()
    diagnostics: list[Diagnostic] = []
    for key, entry in entries.items():
        variants, problem = _variants(entry)
        texts = [variants] if isinstance(variants, str) else variants
        problem = problem or _problem(texts)
        if problem is None:
            templates[str(key)] = tuple(_Template.parse(text) for text in texts)
            if isinstance(entry, dict) and entry.get("interruptible") is False:
                heard_out.add(str(key))
        else:
            diagnostics.append(
                document.finding("bad-wording", f"wording `{key}` {problem}", "wordings", key, hint=_HINT)
            )
    return Wordings(templates, frozenset(heard_out)), diagnostics


def _variants(entry: Any) -> tuple[Any, str | None]:
    """What is said, where the entry also says how: ``{says: …, interruptible: false}``; and what is wrong."""
    if not isinstance(entry, dict):
        return entry, None
    unknown = sorted(str(key) for key in set(entry) - {"says", "interruptible"})
    if unknown:
        return None, f"has the unknown key '{unknown[0]}'"
    if not isinstance(entry.get("interruptible", True), bool):
        return None, "needs true or false for 'interruptible'"
    return entry.get("says"), None


def _problem(texts: Any) -> str | None:
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and t.strip() for t in texts):
        return "needs one or more sentences"
    for text in texts:
        unknown = {found[2] for found in _SLOT.finditer(text) if found[2]} - KINDS
        if unknown:
            return f"has a value of the unknown kind {', '.join(sorted(unknown))}"
        if set(_SLOT.sub("", text)) & {"{", "}"}:
            return "has a brace that is not {name:kind}"
    return None


def display(parts: Sequence[Part], today: date) -> str:
    """The parts as a supervisor reads them: 退款一百九十九元."""
    return "".join(_display(part, today) for part in parts)


def _display(part: Part, today: date) -> str:
    match part.kind:
        case "money":
            return say_money(int(part.text))
        case "date":
            return say_date(date.fromisoformat(part.text), today)
        case _:
            return part.text
