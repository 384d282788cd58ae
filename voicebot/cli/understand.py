"""`voicebot understand`: what the line makes of an utterance."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import Any

import click

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.reader import Reader
from voicebot.nlu.reading import Reading
from voicebot.ops.classifier_files import load_classifier
from voicebot.ops.errors import UserFacingError
from voicebot.ops.grammar_files import read_folder
from voicebot.settings import Settings, load_settings


def as_json(reading: Reading, text: str) -> dict[str, Any]:
    """One reading in the shape that scripts rely on (docs/grammar.md, "Trying it")."""
    return {
        "text": text,
        "acts": [act.name for act in reading.acts],
        "intents": [
            {"name": intent.name, "confidence": round(intent.confidence, 3)} for intent in reading.intents
        ],
        "slots": {
            slot.name: {
                "value": list(slot.value) if isinstance(slot.value, tuple) else slot.value,
                "text": slot.text,
                "confidence": round(slot.confidence, 3),
            }
            for slot in reading.slots
        },
        "frustration": reading.frustration,
    }


def reader_from_files(settings: Settings) -> Reader:
    """The reader of the factory set. Raises UserFacingError for a faulty grammar or a missing classifier."""
    folder = settings.grammars_dir / settings.locale
    bundle, diagnostics = Bundle.from_sources(read_folder(folder))
    if bundle is None:
        errors = "\n".join(f"  {found.render()}" for found in diagnostics if found.is_error)
        raise UserFacingError(f"The grammar in {folder} has mistakes:\n{errors}", "Correct them.")
    return Reader(bundle, load_classifier(bundle, settings))


def _check_state(bundle: Bundle, state: str | None) -> None:
    if state is None or state in bundle.states or (state.startswith("confirm:") and state != "confirm:"):
        return
    known = ", ".join(sorted(bundle.states))
    raise click.BadParameter(
        f"'{state}' is no state; known are confirm:<intent or slot>, {known}", param_hint="--state"
    )


def _day(now: str | None, settings: Settings) -> date:
    if now is None:
        return datetime.now(settings.zone).date()
    try:
        moment = datetime.fromisoformat(now)
    except ValueError as error:
        raise click.BadParameter(f"'{now}' is no ISO date or time", param_hint="--now") from error
    return (moment.astimezone(settings.zone) if moment.tzinfo else moment).date()


@click.command(name="understand")
@click.option("--state", help="What was asked: a slot's name, confirm:<intent or slot>, anything_else.")
@click.option("--now", help="The time of the call, ISO; by default this moment.")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["files"]),
    default="files",
    show_default=True,
    help="Which grammar.",
)
def command(state: str | None, now: str | None, origin: str) -> None:  # noqa: ARG001  one origin so far
    """Read one utterance a line from standard input, and print one JSON object a line.

    \b
    Example:
      echo 我的快递到哪了 | voicebot understand
      echo 一二三四 | voicebot understand --state order_tail --now 2026-11-22
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    reader = reader_from_files(settings)
    _check_state(reader.bundle, state)
    today = _day(now, settings)
    expect = expectation_for(reader.bundle, state)
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").strip()
        if text:
            reading = reader.read(((text, 1.0),), expect, today)
            click.echo(json.dumps(as_json(reading, text), ensure_ascii=False))
