"""Feeds a call log back through a fresh session and finds the first action that differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.call.actions import Action
from voicebot.call.log import Entry, MalformedLogError, action_entry, event_of, to_line
from voicebot.call.session import CallSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the replay left the log."""

    seq: int
    logged: str | None
    """The line of the log, None when the replay acted and the log did not."""
    replayed: str | None
    """The line the replay gives, None when it did nothing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many events were fed and actions compared, and the first that differs, if any."""

    events: int
    actions: int
    difference: Difference | None


def _feed(session: CallSession, entry: Entry) -> list[Action]:
    if entry.kind == "tick":
        return session.tick(entry.at_seconds)
    return session.receive(event_of(entry), entry.at_seconds)


def replay(entries: Sequence[Entry], session: CallSession) -> Replayed:
    """Re-feed events and ticks at their logged times; compare actions byte for byte.

    A log that ends in the middle of an event's actions (the process was killed) matches as far as it goes.
    """
    events = actions = 0
    position = 0
    while position < len(entries):
        entry = entries[position]
        position += 1
        if entry.kind == "action":
            return Replayed(
                events=events,
                actions=actions,
                difference=Difference(seq=entry.seq, logged=to_line(entry), replayed=None),
            )
        events += 1
        try:
            produced = _feed(session, entry)
        except MalformedLogError:
            raise
        except Exception as error:  # noqa: BLE001  whatever breaks is the difference that is looked for
            broke = f"{type(error).__name__}: {error}"
            difference = Difference(seq=entry.seq, logged=to_line(entry), replayed=broke)
            return Replayed(events=events, actions=actions, difference=difference)
        for action in produced:
            if position >= len(entries):
                return Replayed(events=events, actions=actions, difference=None)
            logged = entries[position]
            replayed = to_line(action_entry(logged.seq, entry.at_seconds, action))
            if to_line(logged) != replayed:
                difference = Difference(seq=logged.seq, logged=to_line(logged), replayed=replayed)
                return Replayed(events=events, actions=actions, difference=difference)
            actions += 1
            position += 1
    return Replayed(events=events, actions=actions, difference=None)
