"""`voicebot chat`: the same conversation in a terminal, typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TextIO

import click

from voicebot import bootstrap
from voicebot.call.events import CallStarted
from voicebot.runtime.record import CallRecord
from voicebot.runtime.text_call import TextCall, TextTurn
from voicebot.settings import load_settings

_DIRECTION = re.compile(r"\[(keys|wait)\s+([0-9*#.]+)\]")


@click.command(name="chat")
@click.option("--from-number", help="The calling number, as +8613800000001; withheld when not given.")
@click.option("--script", type=click.File(encoding="utf-8"), help="The caller's lines, one a line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a turn.")
def command(from_number: str | None, script: TextIO | None, as_json: bool) -> None:
    """Talk to the line in writing. `[keys 1234]` presses keys, `[wait 8]` is silence, an empty line is none.

    Exit status 0 when the call ended by itself or the lines did, 1 when it could not be held.

    \b
    Example:
      voicebot chat --from-number +8613800000001
      voicebot chat --script caller.txt --json
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    with bootstrap.text_line(settings) as line:
        call_id = bootstrap.new_call_id()
        wall = datetime.now(settings.zone)
        event = CallStarted(
            call_id=call_id,
            from_number=from_number,
            to_number="chat",
            wall_time=wall.isoformat(timespec="milliseconds"),
            channel="text",
            versions=(("grammar", line.knowledge.version), ("reader", line.knowledge.reader_version)),
        )
        sink = line.archive.open(event, call_id)
        call = TextCall(
            script=line.knowledge.script,
            reader=line.knowledge.reader,
            reader_version=line.knowledge.reader_version,
            business=line.business,
            record=CallRecord(sink),
            wall_clock=lambda: datetime.now(settings.zone),
        )
        _show(call.start(event), as_json)
        for text in _lines(script):
            turn = _say(call, text)
            _show(turn, as_json)
            if call.is_over:
                break
        sink.finish(call.outcome, datetime.now(settings.zone), transfer_ticket=call.ticket_no)
        if not as_json:
            click.secho(f"call {call_id}: `voicebot replay {call_id}` repeats it", dim=True)


def _lines(script: TextIO | None) -> Iterator[str]:
    if script is not None:
        yield from (line.strip() for line in script if line.strip() and not line.startswith("#"))
        return
    while True:
        try:
            text = click.prompt("您", prompt_suffix=": ", default="", show_default=False)
        except (EOFError, click.Abort):
            return
        if text.strip():
            yield text.strip()


def _say(call: TextCall, text: str) -> TextTurn:
    direction = _DIRECTION.fullmatch(text)
    if direction is None:
        return call.type(text)
    if direction[1] == "keys":
        return call.press(direction[2])
    return call.wait(float(direction[2]))


def _show(turn: TextTurn, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(turn.as_json(), ensure_ascii=False))
        return
    for said in turn.bot:
        click.secho(f"机器人: {said}", fg="cyan")
