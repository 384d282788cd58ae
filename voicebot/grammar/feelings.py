"""The words of annoyance and distress, with their weights."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.source import Document

FEELINGS_PATH = "feelings.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingWords:
    frustration: tuple[tuple[str, float], ...] = ()
    """Word and weight (0..1), longer words first."""


def read_feelings(document: Document | None) -> tuple[FeelingWords, list[Diagnostic]]:
    """An absent file means that words show no feelings."""
    if document is None:
        return FeelingWords(), []
    rows = document.data.get("frustration") if isinstance(document.data, dict) else None
    if not isinstance(rows, dict):
        return FeelingWords(), [
            document.finding("wrong-shape", "feelings.yaml needs a mapping 'frustration'")
        ]
    words: list[tuple[str, float]] = []
    diagnostics: list[Diagnostic] = []
    for key, says in rows.items():
        weight = _weight(key)
        if weight is None:
            diagnostics.append(
                document.finding("bad-weight", f"'{key}' is no weight between 0 and 1", "frustration", key)
            )
        elif not isinstance(says, list) or not all(isinstance(said, str) and said for said in says):
            diagnostics.append(
                document.finding("wrong-shape", f"'{key}' must be a list of words", "frustration", key)
            )
        else:
            words += [(said, weight) for said in says]
    return FeelingWords(frustration=tuple(sorted(words, key=lambda pair: (-len(pair[0]), pair)))), diagnostics


def _weight(key: str) -> float | None:
    try:
        weight = float(key)
    except ValueError:
        return None
    return weight if 0 < weight <= 1 else None
