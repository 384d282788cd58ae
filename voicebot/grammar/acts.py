"""The dialogue acts of a set: patterns for whole clauses, for the beginning, and for anywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicebot.grammar.compile import Rules, TemplateError, compile_template
from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.names import ACTS
from voicebot.grammar.source import Document

PATH = "acts.yaml"
_KEYS = frozenset({"whole", "leading", "anywhere", "not_before"})
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPatterns:
    """How one act is said. ``not_before``: characters that may not follow a ``leading`` pattern."""

    name: str
    whole: tuple[re.Pattern[str], ...] = ()
    leading: tuple[re.Pattern[str], ...] = ()
    anywhere: tuple[re.Pattern[str], ...] = ()
    not_before: frozenset[str] = frozenset()


def spoken(text: str) -> str:
    """Words of a template as they stand in text for acts: particles kept, no spaces, 您 as 你."""
    return _SPACES.sub("", text).lower().replace("您", "你")


def read_acts(document: Document | None, rules: Rules) -> tuple[tuple[ActPatterns, ...], list[Diagnostic]]:
    """All acts of acts.yaml, in the file's order."""
    if document is None:
        return (), []
    rows = document.data.get("acts") if isinstance(document.data, dict) else None
    if not isinstance(rows, dict):
        return (), [document.finding("wrong-shape", "acts.yaml needs a mapping 'acts'")]
    acts: list[ActPatterns] = []
    diagnostics: list[Diagnostic] = []
    for name, row in rows.items():
        if name not in ACTS:
            diagnostics.append(
                document.finding(
                    "unknown-act", f"there is no act '{name}'", "acts", name, hint="Acts: " + ", ".join(ACTS)
                )
            )
            continue
        if not isinstance(row, dict):
            diagnostics.append(document.finding("wrong-shape", f"'{name}' must be a mapping", "acts", name))
            continue
        diagnostics += [
            document.finding("unknown-key", f"there is no key '{key}'", "acts", name, key)
            for key in sorted(set(row) - _KEYS)
        ]
        compiled = {
            key: _patterns(document, name, key, row.get(key, []), rules, diagnostics)
            for key in ("whole", "leading", "anywhere")
        }
        acts.append(ActPatterns(name=name, not_before=frozenset(str(row.get("not_before", ""))), **compiled))
    return tuple(acts), diagnostics


def _patterns(
    document: Document, name: str, key: str, texts: object, rules: Rules, diagnostics: list[Diagnostic]
) -> tuple[re.Pattern[str], ...]:
    if not isinstance(texts, list):
        diagnostics.append(document.finding("wrong-shape", f"'{key}' must be a list", "acts", name, key))
        return ()
    patterns: list[re.Pattern[str]] = []
    for number, text in enumerate(texts):
        place = ("acts", name, key, number)
        if not isinstance(text, str):
            diagnostics.append(document.finding("wrong-shape", "a template must be text", *place))
            continue
        try:
            patterns.append(compile_template(text, rules, spoken)[1])
        except TemplateError as error:
            diagnostics.append(document.finding(error.code, error.message, *place, hint=error.hint))
    return tuple(patterns)
