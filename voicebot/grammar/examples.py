"""Sentences kept as examples of an intent: training material beside the templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.names import INTENTS
from voicebot.grammar.source import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    intent: str
    text: str


def read_examples(documents: Mapping[str, Document]) -> tuple[tuple[Example, ...], list[Diagnostic]]:
    """All of ``examples/*.yaml``: a mapping ``examples`` from intent to a list of sentences."""
    examples: list[Example] = []
    diagnostics: list[Diagnostic] = []
    for path in sorted(documents):
        if not path.startswith("examples/"):
            continue
        document = documents[path]
        rows = document.data.get("examples") if isinstance(document.data, dict) else None
        if not isinstance(rows, dict):
            diagnostics.append(document.finding("wrong-shape", "the file needs a mapping 'examples'"))
            continue
        for intent, texts in rows.items():
            place = ("examples", intent)
            if intent not in INTENTS:
                diagnostics.append(
                    document.finding(
                        "unknown-intent",
                        f"there is no intent '{intent}'",
                        *place,
                        hint="Intents are listed in docs/grammar.md.",
                    )
                )
            elif not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                diagnostics.append(
                    document.finding("wrong-shape", f"'{intent}' must be a list of sentences", *place)
                )
            else:
                examples += [Example(intent=intent, text=text) for text in texts]
    return tuple(examples), diagnostics
