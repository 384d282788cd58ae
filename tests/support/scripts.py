"""The factory wordings as a script, with the states' expectations told apart by name only."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from voicebot.dialogue.conversation import Script
from voicebot.dialogue.wording import read_wordings
from voicebot.grammar.source import parse_documents
from voicebot.nlu.expectation import Expectation, Option

WORDINGS = Path(__file__).parents[2] / "grammars" / "zh-CN" / "wordings.yaml"
FOUR_DIGITS = {"order_tail", "phone_tail"}


def expectation_for(
    state: str | None,
    options: tuple[Option, ...],
    bias: tuple[str, ...],
    strict: bool,
    known: tuple[str, ...] = (),
) -> Expectation:
    return Expectation(
        state=state,
        kind="digits" if state in FOUR_DIGITS else "free",
        digit_counts=(4,) if state in FOUR_DIGITS else (),
        options=options,
        bias=bias,
        known=known,
        strict=strict,
    )


@cache
def a_script() -> Script:
    documents, problems = parse_documents({"wordings.yaml": WORDINGS.read_text(encoding="utf-8")})
    wordings, diagnostics = read_wordings(documents["wordings.yaml"])
    assert (problems, diagnostics) == ([], [])
    labels = documents["wordings.yaml"].data["labels"]
    return Script(wordings=wordings, labels=labels, expectation_for=expectation_for, version="test")
