"""Golden dialogues: whole calls to the demonstration shop, line by line, as an operator would write them.

Each file in ``dialogues/`` is a list of calls:

    call: what happens, in a sentence
    from: the calling number; left out, it is withheld
    lines: what the caller does, and what follows
      - says: 我要退羽绒服         or  keys: "8806"   or  silent: 12   (seconds)
        acts, intents, slots:      what must have been understood (optional; slots as far as they are named)
        hears: [refund.found]      the wordings said, in order
        words: 一百八十九元         words that are in what was said (optional)
    refunds: what was written in the end: product, yuan, reason, state; nothing unless it is listed
    ends: goodbye, human (with `reason`), or open when the caller just stops
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.golden_calls import GoldenCall, Heard, ShopFloor
from voicebot.call.actions import EndCall, TransferToHuman

FOLDER = Path(__file__).parent / "dialogues"
ENTRIES: list[tuple[str, dict[str, Any]]] = [
    (f"{path.stem}: {entry['call']}", entry)
    for path in sorted(FOLDER.glob("*.yaml"))
    for entry in YAML(typ="safe", pure=True).load(path)
]


def take(call: GoldenCall, line: dict[str, Any]) -> Heard:
    if "keys" in line:
        return call.presses(line["keys"])
    if "silent" in line:
        return call.is_silent(line["silent"])
    return call.says(line["says"] * line.get("times", 1))


def check(heard: Heard, line: dict[str, Any]) -> None:
    assert heard.wordings == line["hears"], f"{heard.caller} → {heard.turn.bot}"
    understood = heard.turn.as_json()
    if "acts" in line:
        assert understood["acts"] == line["acts"]
    if "intents" in line:
        assert [intent["name"] for intent in understood["intents"]] == line["intents"]
    slots = {name: slot["value"] for name, slot in understood["slots"].items()}
    for name, value in line.get("slots", {}).items():
        assert slots.get(name) == value
    assert line.get("words", "") in "".join(heard.turn.bot)


def written(call: GoldenCall) -> list[dict[str, Any]]:
    return [
        {
            "product": row.lines[0].order_line.product.name,
            "yuan": row.amount_fen / 100,
            "reason": row.reason,
            "state": row.state,
        }
        for row in call.refunds()
    ]


def ending(call: GoldenCall) -> tuple[str, str | None]:
    last = call.turns[-1].ending
    if isinstance(last, TransferToHuman):
        return "human", last.reason
    return ("goodbye", None) if isinstance(last, EndCall) else ("open", None)


@pytest.mark.parametrize("entry", [pytest.param(entry, id=name) for name, entry in ENTRIES])
def test_the_call_goes_as_written(shop_floor: ShopFloor, entry: dict[str, Any]) -> None:
    number = entry.get("from")
    call = shop_floor.call(None if number is None else f"+86{number}")
    try:
        for line in entry["lines"]:
            assert not call.is_over, f"the call was over before {line}"
            check(take(call, line), line)
        assert written(call) == entry.get("refunds", [])
        assert ending(call) == (entry["ends"], entry.get("reason"))
        assert call.is_over == (entry["ends"] != "open")
        assert call.replayed() is None
    finally:
        print(f"\n—— {entry['call']} ——\n{call.printed()}")  # noqa: T201  what -s is for


def test_there_are_dialogues_for_every_corner() -> None:
    """Forty at least, from every documented number, an unknown and a withheld one."""
    numbers = {entry.get("from") for _, entry in ENTRIES}
    assert len(ENTRIES) >= 40
    assert numbers >= {f"138000000{number:02d}" for number in range(1, 12)} | {"19900000000", None}
