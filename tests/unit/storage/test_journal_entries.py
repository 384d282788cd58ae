"""How a call ended, told by its journal alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.calls import started
from voicebot.call.actions import EndCall, TransferToHuman
from voicebot.call.events import CallerHungUp, Event, KeyPressed
from voicebot.call.log import Entry, action_entry, event_entry, to_line
from voicebot.storage.journal import Journal
from voicebot.storage.journal_entries import JournalEntries

TRANSFERRED = TransferToHuman(ticket_no="T-1", reason="agent.request", summary=("退货",))
TRANSFERRED_WITHOUT_TICKET = TransferToHuman(ticket_no=None, reason="backend_down", summary=())
GOODBYE = EndCall(outcome="completed")


Happened = Event | TransferToHuman | EndCall


def an_entry(seq: int, happened: Happened) -> Entry:
    if isinstance(happened, TransferToHuman | EndCall):
        return action_entry(seq, float(seq), happened)
    return event_entry(seq, float(seq), happened)


def entries_of(journal: Journal, *happened: Happened) -> JournalEntries:
    with journal.open("call-1") as written:
        for seq, one in enumerate((started(), *happened), 1):
            written.append(to_line(an_entry(seq, one)))
    found = JournalEntries(journal, "call-1")
    assert len(list(found)) == 1 + len(happened)
    return found


@pytest.mark.parametrize(
    ("happened", "outcome"),
    [
        ([], ("interrupted", None)),
        ([KeyPressed(digit="1")], ("interrupted", None)),
        ([TRANSFERRED], ("transfer", "T-1")),
        ([TRANSFERRED_WITHOUT_TICKET], ("transfer", None)),
        ([GOODBYE], ("completed", None)),
        ([CallerHungUp(cause="stopped")], ("abandoned", None)),
        ([CallerHungUp(cause="dropped")], ("interrupted", None)),
        ([CallerHungUp(cause="the message is too long")], ("interrupted", None)),
        ([TRANSFERRED, CallerHungUp(cause="stopped")], ("transfer", "T-1")),
    ],
)
def test_the_last_entries_tell_the_outcome(
    tmp_path: Path, happened: list[Happened], outcome: tuple[str, str | None]
) -> None:
    assert entries_of(Journal(tmp_path), *happened).outcome() == outcome


def test_nothing_read_is_an_interrupted_call(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open("call-1").close()
    found = JournalEntries(journal, "call-1")
    assert list(found) == []
    assert found.outcome() == ("interrupted", None)
