"""Calls, their logs and bundles in the database, and how the log gets there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session

from tests.support.databases import KINDS, Databases
from voicebot.call.events import CallStarted
from voicebot.call.log import Entry, event_entry, tick_entry, to_line
from voicebot.storage import call_log
from voicebot.storage.bundles import BundleRepository, UnknownBundleError
from voicebot.storage.call_log import CallLogWriter, StoredCallLog
from voicebot.storage.call_tables import CallEvent
from voicebot.storage.calls import CallRepository, NewCall, UnknownCallError
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
STARTED = CallStarted(
    call_id="call-1",
    from_number="13800000001",
    to_number="95000",
    wall_time="2026-11-22T12:00:00+08:00",
    channel="phone",
    versions=(("asr", "whisper"),),
)


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory, absent: Callable[..., NoReturn]
) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("calls"), absent)
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, databases: Databases) -> Database:
    return databases.emptied(request.param)


@pytest.fixture
def sqlite(databases: Databases) -> Database:
    return databases.emptied("sqlite")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "calls")


@contextmanager
def a_writer(database: Database, journal: Journal) -> Iterator[CallLogWriter]:
    writer = CallLogWriter(database, journal)
    try:
        yield writer
    finally:
        writer.close(5)


def a_call(call_id: str = "call-1", **changes: object) -> NewCall:
    values: dict[str, object] = {
        "call_id": call_id,
        "twilio_sid": f"CA-{call_id}",
        "from_number": "13800000001",
        "to_number": "95000",
        "started_at": NOW,
        "versions": {"asr": "whisper"},
    }
    return NewCall(**{**values, **changes})  # type: ignore[arg-type]


def entries(count: int) -> list[Entry]:
    """An opening, then ticks."""
    return [event_entry(1, 0.0, STARTED), *(tick_entry(seq, seq / 7) for seq in range(2, count + 1))]


def lines(log: list[Entry]) -> list[str]:
    return [to_line(entry) for entry in log]


def write_journal(journal: Journal, log: list[Entry], call_id: str = "call-1") -> None:
    with journal.open(call_id) as file:
        for entry in log:
            file.append(to_line(entry))


class LostNow(Database):
    """A database that fails while ``lost`` is set."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.lost = threading.Event()
        self.tries = 0
        self.failure: Callable[[], Exception] = lambda: OperationalError("", None, OSError("gone"))

    @contextmanager
    def session(self) -> Iterator[Session]:
        self.tries += 1
        if self.lost.is_set():
            raise self.failure()
        with super().session() as session:
            yield session


@pytest.fixture
def losable(sqlite: Database) -> Iterator[LostNow]:
    database = LostNow(str(sqlite.url))
    yield database
    database.close()


def wait_until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + 10
    while not true():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.005)


def test_a_log_written_through_journal_and_thread_reads_back_to_the_byte(
    database: Database, journal: Journal
) -> None:
    log = entries(1_200)
    with a_writer(database, journal) as writer:
        writer.start(a_call())
        stored = StoredCallLog("call-1", journal.open("call-1"), writer)
        for entry in log:
            stored.append(entry, to_line(entry))
        stored.sync()
        stored.finish("transferred", NOW, transfer_ticket="80000001", recording_path="r.wav")
        assert writer.flush(10)
    calls = CallRepository(database)
    assert lines(calls.events("call-1")) == lines(log)
    assert journal.read("call-1") == lines(log)
    assert journal.unfinished() == []
    call = calls.find("CA-call-1")
    assert call is not None
    assert (call.id, call.outcome, call.transfer_ticket) == ("call-1", "transferred", "80000001")
    assert (call.recording_path, call.versions) == ("r.wav", {"asr": "whisper"})


def test_a_restart_brings_an_interrupted_call_into_the_database(database: Database, journal: Journal) -> None:
    log = entries(700)
    write_journal(journal, log)
    with a_writer(database, journal) as writer:
        found = writer.reconcile()
        assert (found.calls, found.entries, found.malformed) == (1, 700, 0)
        assert writer.reconcile().calls == 0
    calls = CallRepository(database)
    call = calls.find("call-1")
    assert call is not None
    assert (call.outcome, call.from_number, call.to_number) == ("interrupted", "13800000001", "95000")
    assert call.started_at == NOW
    assert call.ended_at == NOW + timedelta(seconds=100)
    assert lines(calls.events("call-1")) == lines(log)


def test_reconciling_adds_only_what_is_missing_and_keeps_a_known_outcome(
    database: Database, journal: Journal
) -> None:
    log = entries(20)
    calls = CallRepository(database)
    calls.start(a_call())
    with a_writer(database, journal) as writer:
        for entry in log[:12]:
            writer.append("call-1", entry.seq, entry.at_seconds, entry.kind, entry.type, entry.body)
        assert writer.flush()
        calls.finish("call-1", "done", NOW)
        write_journal(journal, log)
        writer.reconcile()
    assert lines(calls.events("call-1")) == lines(log)
    call = calls.find("call-1")
    assert call is not None
    assert call.outcome == "done"


def test_a_torn_line_is_left_out_and_a_bad_one_counted_and_kept(sqlite: Database, journal: Journal) -> None:
    write_journal(journal, entries(3))
    path = journal.folder / "call-1.log"
    path.write_bytes(path.read_bytes().replace(b'"seq":2', b'"seq":\xff') + b'{"torn')
    with a_writer(sqlite, journal) as writer:
        found = writer.reconcile()
    assert (found.entries, found.malformed) == (2, 1)
    assert path.exists(), "what cannot be read stays where a person can look at it"
    assert [entry.seq for entry in CallRepository(sqlite).events("call-1")] == [1, 3]


def test_an_empty_journal_becomes_an_interrupted_call(sqlite: Database, journal: Journal) -> None:
    journal.open("call-1").close()
    with a_writer(sqlite, journal) as writer:
        assert writer.reconcile().calls == 1
    call = CallRepository(sqlite).find("call-1")
    assert call is not None
    assert call.outcome == "interrupted"


def test_a_call_of_another_living_process_is_left_alone(sqlite: Database, journal: Journal) -> None:
    with journal.open("call-1"), a_writer(sqlite, journal) as writer:
        assert writer.reconcile().calls == 0
    assert CallRepository(sqlite).find("call-1") is None


def test_lines_wait_for_a_lost_database_and_arrive_in_full(
    losable: LostNow, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "FIRST_RETRY_SECONDS", 0.01)
    losable.lost.set()
    log = entries(50)
    with a_writer(losable, journal) as writer:
        writer.start(a_call())
        stored = StoredCallLog("call-1", journal.open("call-1"), writer)
        for entry in log:
            stored.append(entry, to_line(entry))
        stored.finish("done", NOW)
        wait_until(lambda: losable.tries >= 3)
        assert not writer.flush(0.01)
        assert journal.unfinished() == ["call-1"]
        losable.lost.clear()
        assert writer.flush(10)
    assert lines(CallRepository(losable).events("call-1")) == lines(log)
    assert journal.unfinished() == []


def test_a_long_outage_is_read_again_from_the_journal(
    losable: LostNow, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(call_log, "MOST_LINES_IN_MEMORY", 10)
    losable.lost.set()
    log = entries(200)
    with a_writer(losable, journal) as writer:
        stored = StoredCallLog("call-1", journal.open("call-1"), writer)
        for entry in log:
            stored.append(entry, to_line(entry))
        stored.finish("done", NOW)
        losable.lost.clear()
        assert writer.flush(10)
    assert lines(CallRepository(losable).events("call-1")) == lines(log)
    assert journal.unfinished() == []


def test_closing_during_an_outage_leaves_the_log_to_the_next_start(
    losable: LostNow, journal: Journal
) -> None:
    losable.lost.set()
    log = entries(5)
    writer = CallLogWriter(losable, journal)
    stored = StoredCallLog("call-1", journal.open("call-1"), writer)
    for entry in log:
        stored.append(entry, to_line(entry))
    stored.finish("done", NOW)
    assert not writer.close(0.5)
    losable.lost.clear()
    with a_writer(losable, journal) as next_start:
        assert next_start.reconcile().entries == 5
    assert lines(CallRepository(losable).events("call-1")) == lines(log)


def test_one_line_that_the_database_rejects_does_not_hold_up_the_others(
    losable: LostNow, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = call_log._insert

    def reject_the_third(session: Session, is_sqlite: bool, lines: list[call_log._Line]) -> None:
        if any(line.entry.seq == 3 for line in lines):
            raise DataError("", None, ValueError("not storable"))
        insert(session, is_sqlite, lines)

    monkeypatch.setattr(call_log, "_insert", reject_the_third)
    with a_writer(losable, journal) as writer:
        stored = StoredCallLog("call-1", journal.open("call-1"), writer)
        for entry in entries(6):
            stored.append(entry, to_line(entry))
        stored.finish("done", NOW)
        assert writer.flush(10)
    assert [entry.seq for entry in CallRepository(losable).events("call-1")] == [1, 2, 4, 5, 6]
    assert journal.unfinished() == ["call-1"], "the journal alone has the whole log"


def test_starting_twice_changes_nothing_and_finishing_needs_a_start(database: Database) -> None:
    calls = CallRepository(database)
    calls.start(a_call())
    calls.start(a_call())
    assert [call.id for call in calls.list_recent(5)] == ["call-1"]
    with pytest.raises(UnknownCallError):
        calls.finish("call-2", "done", NOW)


def test_recent_calls_come_newest_first(database: Database) -> None:
    calls = CallRepository(database)
    for number in range(4):
        calls.start(a_call(f"call-{number}", started_at=NOW + timedelta(minutes=number)))
    assert [call.id for call in calls.list_recent(3)] == ["call-3", "call-2", "call-1"]
    assert calls.find("nobody") is None
    assert calls.events("nobody") == []


def test_a_recording_is_noted_once(database: Database) -> None:
    calls = CallRepository(database)
    for _ in range(2):
        calls.add_recording("call-1", "recordings/call-1.wav", 61.5, 984_044)
    (recording,) = calls.recordings("call-1")
    assert (recording.seconds, recording.size_bytes) == (61.5, 984_044)


def test_the_first_bundle_is_active_and_numbers_stay_with_their_hash(database: Database) -> None:
    bundles = BundleRepository(database)
    assert bundles.active() is None
    assert bundles.record("aa", {"a.yaml": "一"}) == 1
    assert bundles.record("bb", {"a.yaml": "二"}) == 2
    assert bundles.record("aa", {}) == 1
    active = bundles.active()
    assert active is not None
    assert (active.number, active.sources) == (1, {"a.yaml": "一"})
    assert bundles.find("bb") == bundles.find(2)
    assert bundles.find("zz") is None
    assert bundles.find(3) is None


def test_activating_moves_the_one_active_mark(database: Database) -> None:
    bundles = BundleRepository(database)
    bundles.record("aa", {})
    bundles.record("bb", {})
    bundles.activate(2)
    active = bundles.active()
    assert active is not None
    assert active.number == 2
    with pytest.raises(UnknownBundleError):
        bundles.activate(3)


def test_bundles_recorded_at_once_get_one_number_each(database: Database) -> None:
    bundles = BundleRepository(database)
    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(lambda name: bundles.record(name, {}), ["aa", "bb"]))
    assert sorted(numbers) == [1, 2]


def test_the_log_is_known_by_call_and_number(database: Database, journal: Journal) -> None:
    with a_writer(database, journal) as writer:
        for _ in range(3):
            writer.append("call-1", 1, 0.5, "tick", "Tick", {})
        assert writer.flush()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CallEvent)) == 1


def test_calls_without_a_twilio_sid_do_not_get_in_each_others_way(database: Database) -> None:
    calls = CallRepository(database)
    for call_id, sid in (("call-1", None), ("call-2", ""), ("call-3", "")):
        calls.start(a_call(call_id, twilio_sid=sid))
    assert len(calls.list_recent(5)) == 3


def test_a_value_that_is_our_bug_costs_its_own_row_and_not_the_log_of_others(
    sqlite: Database, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    with a_writer(sqlite, journal) as writer:
        writer.start(a_call("call-1", started_at=datetime(2026, 11, 22)))  # noqa: DTZ001  the bug itself
        writer.start(a_call("call-2"))
        assert writer.flush(10)
        writer.append("call-2", 1, 0.0, "tick", "Tick", {})
        assert writer.flush(10)
    assert "call call-1: the database rejects Start" in caplog.text
    calls = CallRepository(sqlite)
    assert (calls.find("call-1"), len(calls.events("call-2"))) == (None, 1)
