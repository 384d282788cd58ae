"""Calls on file, with a real journal and a real SQLite, and what a killed process left."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tests.support.calls import started
from tests.support.databases import a_database
from tests.support.lines import WALL
from voicebot.call.events import KeyPressed
from voicebot.call.log import event_entry, to_line
from voicebot.runtime.archive import StoredCalls
from voicebot.runtime.line import Filed
from voicebot.runtime.record import CallRecord
from voicebot.runtime.recorder import Recorder
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database
from voicebot.storage.journal import CallJournal, Journal


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with a_database("sqlite", tmp_path, lambda *_: pytest.fail("SQLite is always there")) as made:
        yield made


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "calls")


@pytest.fixture
def archive(database: Database, journal: Journal) -> Iterator[StoredCalls]:
    made = StoredCalls(database, journal)
    yield made
    made.close()


def test_a_call_goes_to_the_journal_and_the_database_and_its_end_closes_both(
    archive: StoredCalls, database: Database, journal: Journal
) -> None:
    sink = archive.open(started(), "CA1")
    record = CallRecord(sink)
    record.event(0.0, started())
    record.event(1.5, KeyPressed(digit="1"))
    sink.finish("transfer", WALL, transfer_ticket="T-1", recording_path="c1.wav")
    assert archive.flush()
    row = CallRepository(database).find("CA1")
    assert row is not None
    assert (row.id, row.outcome, row.transfer_ticket) == ("call-1", "transfer", "T-1")
    assert [entry.type for entry in CallRepository(database).events("call-1")] == [
        "CallStarted",
        "KeyPressed",
    ]
    assert len(journal.read("call-1")) == 2
    assert journal.unfinished() == []


def test_the_disk_is_waited_for_by_another_thread(
    archive: StoredCalls, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, synced_by = threading.Event(), []
    sync = CallJournal.sync

    def slowly(self: CallJournal) -> None:
        synced_by.append(threading.current_thread())
        assert slow.wait(10)
        sync(self)

    monkeypatch.setattr(CallJournal, "sync", slowly)
    sink = archive.open(started(), "CA1")
    record = CallRecord(sink)
    for second in range(20):
        record.event(float(second), KeyPressed(digit="1"))
        record.sync()
    assert threading.current_thread() not in synced_by
    slow.set()
    sink.finish("completed", WALL)
    assert len(journal.read("call-1")) == 20
    assert len(synced_by) <= 4


def test_what_was_said_before_a_sync_is_on_disk_in_order(archive: StoredCalls, journal: Journal) -> None:
    sink = archive.open(started(), "CA1")
    record = CallRecord(sink)
    for second in range(50):
        record.event(float(second), KeyPressed(digit="1"))
        record.sync()
    archive._disk.submit(lambda: None).result(10)
    assert [f'"seq":{number}' in line for number, line in enumerate(journal.read("call-1"), 1)] == [True] * 50
    sink.finish("completed", WALL)


def a_full_disk(self: CallJournal) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_keeps_neither_the_call_nor_its_end_from_the_database(
    archive: StoredCalls,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink = archive.open(started(), "CA1")
    record = CallRecord(sink)
    record.event(0.0, started())
    monkeypatch.setattr(CallJournal, "sync", a_full_disk)
    with caplog.at_level(logging.ERROR):
        record.sync()
        sink.finish("completed", WALL)
    assert archive.flush()
    row = CallRepository(database).find("CA1")
    assert row is not None
    assert row.outcome == "completed"
    assert "the journal of call call-1 is behind" in caplog.text


def test_the_outcome_of_a_call_is_as_filed(archive: StoredCalls) -> None:
    assert archive.outcome_of("CA1") is None
    sink = archive.open(started(), "CA1")
    assert archive.flush()
    assert archive.outcome_of("CA1") == Filed(outcome="interrupted")
    sink.finish("transfer", WALL, transfer_ticket="T-1")
    assert archive.flush()
    assert archive.outcome_of("CA1") == Filed(outcome="transfer", ticket_no="T-1")


def test_a_lost_database_makes_every_call_an_interrupted_one(
    archive: StoredCalls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lost(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(CallRepository, "find", lost)
    assert archive.outcome_of("CA1") == Filed(outcome="interrupted")
    assert "could not be looked up" in caplog.text


def killed_in_the_middle(journal: Journal, recordings: Path) -> None:
    """What a process leaves that dies under a call before the database knew of it."""
    written = journal.open("call-1")
    written.append(to_line(event_entry(1, 0.0, started())))
    written.append(to_line(event_entry(2, 4.0, KeyPressed(digit="1"))))
    written.close()
    recorder = Recorder(recordings, "call-1")
    recorder.caller(0.0, b"\x11" * 16000)
    recorder.line(1.0, b"\x22" * 8000)
    recorder.close()
    recorder.release()


def test_a_start_files_what_a_killed_process_left(
    archive: StoredCalls, database: Database, journal: Journal, tmp_path: Path
) -> None:
    recordings = tmp_path / "recordings"
    killed_in_the_middle(journal, recordings)
    archive.reconcile(recordings)
    calls = CallRepository(database)
    row = calls.find("call-1")
    assert row is not None
    assert row.outcome == "interrupted"
    assert len(calls.events("call-1")) == 2
    (recording,) = calls.recordings("call-1")
    wav = recordings / "call-1.wav"
    assert (recording.path, recording.seconds) == (str(wav), 2.0)
    assert recording.size_bytes == wav.stat().st_size
    assert [path.name for path in recordings.iterdir()] == ["call-1.wav"]
    archive.reconcile(recordings)
    assert len(calls.recordings("call-1")) == 1


def test_a_start_leaves_a_call_in_progress_alone(
    archive: StoredCalls, database: Database, journal: Journal, tmp_path: Path
) -> None:
    sink = archive.open(started(), "CA1")
    recorder = Recorder(tmp_path / "recordings", "call-1")
    archive.reconcile(tmp_path / "recordings")
    assert archive.flush()
    row = CallRepository(database).find("CA1")
    assert row is not None
    assert row.outcome is None
    assert (tmp_path / "recordings" / "call-1.caller.ulaw").exists()
    recorder.close()
    with recorder.finished() as (path, seconds):
        archive.recorded("call-1", path, seconds)
    sink.finish("completed", WALL)


def test_a_start_without_recordings_reconciles_the_calls_alone(
    archive: StoredCalls, database: Database, journal: Journal, tmp_path: Path
) -> None:
    killed_in_the_middle(journal, tmp_path / "recordings")
    archive.reconcile(None)
    assert CallRepository(database).find("call-1") is not None
    archive.reconcile(tmp_path / "elsewhere")
    assert CallRepository(database).recordings("call-1") == []
