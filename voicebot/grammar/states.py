"""What the line listens for in each state, and the closed sets of answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.source import Document

STATES_PATH = "states.yaml"
ANSWERS_PATH = "answers.yaml"
DEFAULT_PATIENCE_SECONDS = 6.0
MAX_PATIENCE_SECONDS = 60.0
DEFAULT_SILENCES_SECONDS: Mapping[str, float] = {
    "close_early_seconds": 0.4,
    "end_silence_seconds": 0.6,
    "unfinished_seconds": 1.4,
}
"""The silence that ends an utterance: complete, perhaps complete, broken off; each at most the next."""
LEAST_SILENCE_SECONDS = 0.25
MAX_SILENCE_SECONDS = 3.0

_KEYS = {"kind", "digit_counts", "patience_seconds", *DEFAULT_SILENCES_SECONDS, "answers", "keys"}

AnswerSet = Mapping[str, tuple[str, ...]]
"""Key → spoken forms, the commonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpec:
    """One line of states.yaml."""

    name: str
    kind: Literal["free", "closed", "digits"] = "free"
    digit_counts: tuple[int, ...] = ()
    patience_seconds: float = DEFAULT_PATIENCE_SECONDS
    """Silence after the question before the caller is taken to have nothing to say."""
    close_early_seconds: float = DEFAULT_SILENCES_SECONDS["close_early_seconds"]
    """Silence that ends an utterance which is complete."""
    end_silence_seconds: float = DEFAULT_SILENCES_SECONDS["end_silence_seconds"]
    """Silence that ends an utterance which may be all, or not."""
    unfinished_seconds: float = DEFAULT_SILENCES_SECONDS["unfinished_seconds"]
    """Silence that ends an utterance which breaks off."""
    answers: str | None = None
    keys: tuple[str, ...] = ()
    """What the keys 1, 2, 3 … stand for: values of the state's slot, or intents."""


def spec_for(states: Mapping[str, StateSpec], state: str | None) -> StateSpec:
    """The line that governs a state: its own, ``confirm`` for every ``confirm:…``, ``open`` for None."""
    if state is None:
        name = "open"
    elif state.startswith("confirm:"):
        name = state if state in states else "confirm"
    else:
        name = state
    return states.get(name) or StateSpec(name=name)


def read_answers(document: Document | None) -> tuple[dict[str, AnswerSet], list[Diagnostic]]:
    """The closed sets of answers.yaml."""
    if document is None:
        return {}, []
    sets = document.data.get("answers") if isinstance(document.data, dict) else None
    if not isinstance(sets, dict):
        return {}, [document.finding("wrong-shape", "answers.yaml needs a mapping 'answers'")]
    answers: dict[str, AnswerSet] = {}
    diagnostics: list[Diagnostic] = []
    for name, keys in sets.items():
        if not isinstance(keys, dict):
            diagnostics.append(
                document.finding("wrong-shape", f"the set '{name}' must be a mapping", "answers", name)
            )
            continue
        found: dict[str, tuple[str, ...]] = {}
        owners: dict[str, str] = {}
        for key, says in keys.items():
            place = ("answers", name, key)
            if not isinstance(says, list) or not all(isinstance(said, str) and said for said in says):
                diagnostics.append(
                    document.finding(
                        "wrong-shape",
                        f"'{key}' must be a list of spoken forms",
                        *place,
                        hint="Quote numbers.",
                    )
                )
                continue
            for number, said in enumerate(says):
                if owners.setdefault(said, key) != key:
                    diagnostics.append(
                        document.finding(
                            "duplicate-answer",
                            f"'{said}' means '{owners[said]}' already in the set '{name}'",
                            *place,
                            number,
                            hint="One spoken form has one meaning within a set.",
                        )
                    )
            found[key] = tuple(said for said in says if owners[said] == key)
        answers[name] = found
    return answers, diagnostics


def read_states(
    document: Document | None, answers: Mapping[str, AnswerSet]
) -> tuple[dict[str, StateSpec], list[Diagnostic]]:
    """The lines of states.yaml; a faulty line is diagnosed and left out."""
    if document is None:
        return {}, []
    rows = document.data.get("states") if isinstance(document.data, dict) else None
    if not isinstance(rows, dict):
        return {}, [document.finding("wrong-shape", "states.yaml needs a mapping 'states'")]
    states: dict[str, StateSpec] = {}
    diagnostics: list[Diagnostic] = []
    for name, row in rows.items():
        problem = _problem(row, answers)
        if problem is None:
            states[name] = _spec(name, row)
        else:
            key, code, message = problem
            diagnostics.append(document.finding(code, f"state '{name}': {message}", "states", name, key))
    return states, diagnostics


def _problem(row: Any, answers: Mapping[str, AnswerSet]) -> tuple[str, str, str] | None:
    """The key at fault, the diagnostic's code and the words for it."""
    if not isinstance(row, dict):
        return "", "wrong-shape", "must be a mapping"
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        return unknown[0], "unknown-key", f"there is no key '{unknown[0]}'"
    if row.get("kind", "free") not in ("free", "closed", "digits"):
        return "kind", "bad-state", "kind must be free, closed or digits"
    counts = row.get("digit_counts", [])
    if not isinstance(counts, list) or not all(isinstance(n, int) and 0 < n <= 32 for n in counts):
        return "digit_counts", "bad-state", "digit_counts must be a list of lengths up to 32"
    if row.get("kind") == "digits" and not counts:
        return "kind", "bad-state", "kind digits needs digit_counts"
    patience = row.get("patience_seconds", DEFAULT_PATIENCE_SECONDS)
    if isinstance(patience, bool) or not isinstance(patience, (int, float)):
        return "patience_seconds", "bad-state", "patience_seconds must be a number"
    if not 0 < patience <= MAX_PATIENCE_SECONDS:
        return (
            "patience_seconds",
            "bad-state",
            f"patience_seconds must lie between 0 and {MAX_PATIENCE_SECONDS}",
        )
    wrong_silence = _wrong_silence(row)
    if wrong_silence is not None:
        key, message = wrong_silence
        return key, "bad-state", message
    keys = row.get("keys", [])
    if not isinstance(keys, list) or len(keys) > 9 or not all(isinstance(key, str) for key in keys):
        return "keys", "bad-state", "keys must be a list of up to nine values, for the keys 1 to 9"
    if row.get("answers") is not None and row["answers"] not in answers:
        return "answers", "unknown-answers", f"there is no set of answers '{row['answers']}'"
    return None


def _silences(row: Mapping[str, Any]) -> dict[str, Any]:
    """As written; what is not written keeps its default, or follows what is, so that none passes the next."""
    silences: dict[str, Any] = {}
    least: Any = 0.0
    for key, default in DEFAULT_SILENCES_SECONDS.items():
        silences[key] = row[key] if key in row else max(default, least)
        least = silences[key] if isinstance(silences[key], (int, float)) else least
    return silences


def _wrong_silence(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """The key at fault and the words for it."""
    silences = _silences(row)
    for key, seconds in silences.items():
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            return key, f"{key} must be a number"
        if not LEAST_SILENCE_SECONDS <= seconds <= MAX_SILENCE_SECONDS:
            return key, f"{key} must lie between {LEAST_SILENCE_SECONDS} and {MAX_SILENCE_SECONDS}"
    for shorter, longer in pairwise(silences):
        if silences[shorter] > silences[longer]:
            at_fault = shorter if shorter in row else longer
            return at_fault, f"{shorter} must not be longer than {longer}"
    return None


def _spec(name: str, row: Mapping[str, Any]) -> StateSpec:
    return StateSpec(
        name=name,
        kind=row.get("kind", "free"),
        digit_counts=tuple(row.get("digit_counts", [])),
        patience_seconds=float(row.get("patience_seconds", DEFAULT_PATIENCE_SECONDS)),
        **{key: float(seconds) for key, seconds in _silences(row).items()},
        answers=row.get("answers"),
        keys=tuple(row.get("keys", [])),
    )
