"""The call log goes to text and back, and a fresh session repeats it to the byte."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.calls import Call
from tests.support.scripts import a_script
from tests.support.shop import a_check, an_order, known, said
from voicebot.call.events import Event, KeyPressed
from voicebot.call.log import (
    Entry,
    MalformedLogError,
    action_entry,
    event_entry,
    event_of,
    from_line,
    tick_entry,
    to_line,
)
from voicebot.call.replay import replay
from voicebot.call.session import CallSession
from voicebot.dialogue.requests import FactVerified


class Logged(Call):
    """A call that is logged as the runtime logs it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        super().__init__()

    def feed(self, event: Event, at: float | None = None) -> Logged:
        self.entries.append(event_entry(len(self.entries) + 1, self.now if at is None else at, event))
        super().feed(event, at)
        return self._log_actions()

    def at(self, seconds: float) -> Logged:
        self.entries.append(tick_entry(len(self.entries) + 1, seconds))
        super().at(seconds)
        return self._log_actions()

    def _log_actions(self) -> Logged:
        for action in self.latest:
            self.entries.append(action_entry(len(self.entries) + 1, self.now, action))
        return self


def a_logged_refund() -> list[Entry]:
    call = Logged()
    call.playing(0.1)
    call.identified(known(an_order()))
    call.heard_out(5.2)
    call.speaks(1, 6.0, 7.0).transcribed("我要退那件羽绒服", "我要退那件雨绒服", at=7.7)
    call.understood(said("我要退那件羽绒服", intents=("refund.apply",), product=("羽绒服", "裤子")), 7.8)
    call.playing(8.0).at(13.1)
    call.heard_out(16.0).at(30.0)
    call.feed(KeyPressed(digit="1"), 31.0)
    call.understood(said(city="杭州"), 31.2)
    call.answered(FactVerified(correct=True), 31.3)
    call.understood(said(reason="size"), 32.0)
    return call.entries


def test_a_log_survives_text_to_the_byte() -> None:
    entries = a_logged_refund()
    lines = [to_line(entry) for entry in entries]
    assert [to_line(from_line(line)) for line in lines] == lines
    assert [event_of(e) for e in entries if e.kind == "event"] == [
        event_of(from_line(to_line(e))) for e in entries if e.kind == "event"
    ]


def test_a_fresh_session_takes_the_same_actions() -> None:
    entries = [from_line(to_line(entry)) for entry in a_logged_refund()]
    replayed = replay(entries, CallSession(a_script()))
    assert replayed.difference is None
    assert replayed.actions == sum(entry.kind == "action" for entry in entries) > 10


def test_the_first_difference_is_named() -> None:
    entries = a_logged_refund()
    where = next(i for i, e in enumerate(entries) if e.type == "Say" and i > 5)
    entries[where] = replace(entries[where], body={**entries[where].body, "text": "别的"})
    difference = replay(entries, CallSession(a_script())).difference
    assert difference is not None
    assert difference.seq == entries[where].seq
    assert difference.logged is not None
    assert "别的" in difference.logged


def test_an_action_that_the_replay_does_not_take_is_a_difference() -> None:
    entries = a_logged_refund()
    where = max(i for i, e in enumerate(entries) if e.kind == "action")
    extra = replace(entries[where], seq=len(entries) + 1)
    difference = replay([*entries, extra], CallSession(a_script())).difference
    assert difference is not None
    assert difference.replayed is None


def test_a_log_cut_off_by_a_crash_matches_as_far_as_it_goes() -> None:
    entries = a_logged_refund()
    for length in range(1, len(entries)):
        assert replay(entries[:length], CallSession(a_script())).difference is None


def test_foreign_lines_are_named() -> None:
    with pytest.raises(MalformedLogError, match="not a line of a call log"):
        from_line("{")
    with pytest.raises(MalformedLogError, match="no Teleported"):
        event_of(Entry(seq=3, at_seconds=0.0, kind="event", type="Teleported", body={}))


def test_results_of_the_business_keep_their_types() -> None:
    entry = event_entry(1, 0.0, KeyPressed(digit="5"))
    assert event_of(from_line(to_line(entry))) == KeyPressed(digit="5")
    assert a_check() == replace(a_check())
