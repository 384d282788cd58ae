"""`voicebot replay`: feed a stored call log back through a fresh session and report the first difference."""

from __future__ import annotations

import json

import click

from voicebot import bootstrap
from voicebot.call.log import MalformedLogError
from voicebot.call.replay import Replayed
from voicebot.ops.errors import UserFacingError
from voicebot.settings import load_settings


@click.command(name="replay")
@click.argument("call")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(call: str, as_json: bool) -> None:
    """Repeat CALL (its id, or the carrier's) from its log; exit status 1 when an action differs.

    \b
    Example:
      voicebot replay c1f2e3d4a5b6c7d8
    """  # noqa: D301 - click reads this backspace
    try:
        replayed = bootstrap.replay_stored(load_settings(), call)
    except MalformedLogError as error:
        raise UserFacingError(
            f"The log of call {call} was written by another version: {error}",
            "Replay it with that version of voicebot.",
        ) from error
    if as_json:
        click.echo(json.dumps(_as_json(replayed), ensure_ascii=False))
    else:
        _print(replayed)
    if replayed.difference is not None:
        raise SystemExit(1)


def _as_json(replayed: Replayed) -> dict[str, object]:
    difference = replayed.difference
    return {
        "identical": difference is None,
        "events": replayed.events,
        "actions": replayed.actions,
        "difference": None
        if difference is None
        else {"seq": difference.seq, "logged": difference.logged, "replayed": difference.replayed},
    }


def _print(replayed: Replayed) -> None:
    difference = replayed.difference
    click.echo(f"{replayed.events} events, {replayed.actions} actions repeated")
    if difference is None:
        click.secho("identical", fg="green")
        return
    click.secho(f"the first difference is at entry {difference.seq}:", fg="red")
    click.echo(f"  log:    {difference.logged or '(nothing)'}")
    click.echo(f"  replay: {difference.replayed or '(nothing)'}")
