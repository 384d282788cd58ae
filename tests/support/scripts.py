"""The factory wordings as a script, with the states' expectations told apart by name only."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from voicebot.dialogue.conversation import Script
from voicebot.dialogue.wording import read_wordings
from voicebot.nlu.expectation import Expectation, Option

WORDINGS = Path(__file__).parents[2] / "grammars" / "zh-CN" / "wordings.yaml"
FOUR_DIGITS = {"order_tail", "phone_tail"}


def expectation_for(
    state: str | None, options: tuple[Option, ...], bias: tuple[str, ...], strict: bool
) -> Expectation:
    return Expectation(
        state=state,
        kind="digits" if state in FOUR_DIGITS else "free",
        digit_counts=(4,) if state in FOUR_DIGITS else (),
        options=options,
        bias=bias,
        strict=strict,
    )


@cache
def a_script() -> Script:
    document = YAML().load(WORDINGS.read_text(encoding="utf-8"))
    wordings, diagnostics = read_wordings(document, str(WORDINGS))
    assert diagnostics == []
    return Script(
        wordings=wordings, labels=document["labels"], expectation_for=expectation_for, version="test"
    )
