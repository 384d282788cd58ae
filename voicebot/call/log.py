"""The call log: every event, tick and action of a call as one line of JSON, and back again, to the byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import cattrs
from cattrs.strategies import configure_tagged_union

from voicebot.call.actions import Action
from voicebot.call.events import Event
from voicebot.dialogue.requests import Request, Result
from voicebot.nlu.reading import SlotValue

Kind = Literal["event", "tick", "action"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log."""

    seq: int
    at_seconds: float
    """Since CallStarted."""
    kind: Kind
    type: str
    """Name of the event's or action's class; ``Tick`` for a tick."""
    body: Mapping[str, Any]


class MalformedLogError(ValueError):
    """A line that this version cannot read."""


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook(SlotValue, lambda value, _: _slot_value(value))
    for union in (Request, Result, Event, Action):
        configure_tagged_union(union, converter, tag_name="type")
    return converter


def _slot_value(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_CONVERTER = _converter()


def event_entry(seq: int, at_seconds: float, event: Event) -> Entry:
    """The line of an event that the session was given."""
    return _entry(seq, at_seconds, "event", _CONVERTER.unstructure(event, unstructure_as=Event))


def action_entry(seq: int, at_seconds: float, action: Action) -> Entry:
    """The line of an action that the session took."""
    return _entry(seq, at_seconds, "action", _CONVERTER.unstructure(action, unstructure_as=Action))


def tick_entry(seq: int, at_seconds: float) -> Entry:
    """The line of a moment at which deadlines were due."""
    return Entry(seq=seq, at_seconds=at_seconds, kind="tick", type="Tick", body={})


def _entry(seq: int, at_seconds: float, kind: Kind, tagged: dict[str, Any]) -> Entry:
    return Entry(seq=seq, at_seconds=at_seconds, kind=kind, type=tagged.pop("type"), body=tagged)


def event_of(entry: Entry) -> Event:
    """The event of an ``event`` entry. Raises MalformedLogError for one that this version does not know."""
    try:
        structure: Any = _CONVERTER.structure  # its type knows no unions
        return cast("Event", structure({"type": entry.type, **entry.body}, Event))
    except (cattrs.BaseValidationError, KeyError, TypeError, ValueError) as error:
        raise MalformedLogError(f"entry {entry.seq} is no {entry.type} of this version: {error}") from error


def to_line(entry: Entry) -> str:
    """Canonical JSON without a newline: the same entry gives the same bytes."""
    return json.dumps(
        {
            "seq": entry.seq,
            "at": entry.at_seconds,
            "kind": entry.kind,
            "type": entry.type,
            "body": entry.body,
        },
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )


def from_line(line: str) -> Entry:
    """Read a line back. Raises MalformedLogError."""
    try:
        raw = json.loads(line)
        return Entry(
            seq=int(raw["seq"]),
            at_seconds=float(raw["at"]),
            kind=raw["kind"],
            type=str(raw["type"]),
            body=raw["body"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedLogError(f"not a line of a call log: {line[:120]!r}") from error
