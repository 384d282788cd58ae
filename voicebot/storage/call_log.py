"""The call log on its way from the journal into the database: in batches, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from voicebot.call.log import Entry, Kind
from voicebot.storage.call_tables import Call, CallEvent
from voicebot.storage.calls import INTERRUPTED, CallEnd, NewCall, add_call, end_call
from voicebot.storage.database import Database, is_connection_trouble, why_it_failed
from voicebot.storage.journal import CallJournal, Journal
from voicebot.storage.journal_entries import JournalEntries

log = logging.getLogger(__name__)

BATCH_LINES = 500
PAUSE_SECONDS = 0.2
"""Gathers the lines of a moment into one transaction; the supervisor's view is no later than that."""
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 30.0
MOST_LINES_IN_MEMORY = 50_000
"""Beyond that a long outage is left to the journal: the calls concerned are read from it again afterwards."""


@dataclass(frozen=True, slots=True)
class _Line:
    call_id: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Start:
    call_id: str
    call: NewCall


@dataclass(frozen=True, slots=True)
class _End:
    call_id: str
    end: CallEnd


_Item = _Line | _Start | _End


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a restart found in the journal."""

    calls: int
    interrupted: int
    entries: int
    malformed: int
    """Lines that no version can read; they stay in the journal file."""


class CallLogWriter:
    """Writes what it is given, in order, on its own thread; nobody who gives it something waits.

    A lost database is tried again with growing pauses. What the database will never take (a line it rejects)
    is logged and left in the journal, whose file then stays unfinished.
    """

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._pending: deque[_Item] = deque()
        self._left_to_journal: set[str] = set()
        self._rejected: set[str] = set()
        self._changed = threading.Condition()
        self._in_flight = 0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="call-log", daemon=True)
        self._thread.start()

    def start(self, call: NewCall) -> None:
        """Write the call's row when the database is there."""
        self._put(_Start(call.call_id, call))

    def append(
        self,
        call_id: str,
        seq: int,
        at_seconds: float,
        kind: Kind,
        type: str,  # noqa: A002  what the log calls it
        body: Mapping[str, Any],
    ) -> None:
        """Write one line of the log; it is in the journal already."""
        self._put(_Line(call_id, Entry(seq=seq, at_seconds=at_seconds, kind=kind, type=type, body=body)))

    def finish(
        self,
        call_id: str,
        outcome: str,
        ended_at: datetime,
        *,
        transfer_ticket: str | None = None,
        recording_path: str | None = None,
    ) -> None:
        """Write how the call ended, behind its last line; afterwards its journal counts as finished."""
        end = CallEnd(
            outcome=outcome, ended_at=ended_at, transfer_ticket=transfer_ticket, recording_path=recording_path
        )
        self._put(_End(call_id, end))

    def flush(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until everything given so far is in the database; False when it is not by then."""
        with self._changed:
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._pending and not self._in_flight, timeout_seconds)

    def close(self, timeout_seconds: float = 10.0) -> bool:
        """Flush and end the thread; what could not be written stays in the journal for the next start."""
        done = self.flush(timeout_seconds)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_seconds)
        return done

    def reconcile(self) -> Reconciled:
        """Read the journals that a process left behind into the database, and write how each call ended.

        A call whose log stops before its end was interrupted; one that had ended, with the database away
        until the process went, gets the outcome that its last entries tell.

        Run at start, as often as wanted: a line is known by its call and number, and calls that are being
        written are left alone. Raises what the database raises: a start without it is refused anyway.
        """
        calls = entries = malformed = interrupted = 0
        for call_id in self._journal.unfinished():
            found = JournalEntries(self._journal, call_id)
            ended_at = datetime.now(UTC)
            for batch in _batches(found):
                with self._database.session() as session:
                    _insert(session, self._database.is_sqlite, [_Line(call_id, entry) for entry in batch])
            with self._database.session() as session:
                interrupted += found.close(session, ended_at) == INTERRUPTED
            if not found.malformed:
                self._journal.mark_finished(call_id)
            calls, entries, malformed = calls + 1, entries + found.read, malformed + found.malformed
        if calls:
            log.warning(
                "calls were left in the journal: %d, of them interrupted: %d; log entries: %d",
                calls,
                interrupted,
                entries,
            )
        return Reconciled(calls=calls, interrupted=interrupted, entries=entries, malformed=malformed)

    def _put(self, item: _Item) -> None:
        with self._changed:
            if self._closing:
                raise RuntimeError("the call log is closed")
            if isinstance(item, _Line):
                if item.call_id in self._left_to_journal:
                    return
                if len(self._pending) >= MOST_LINES_IN_MEMORY:
                    self._left_to_journal.add(item.call_id)
                    log.warning(
                        "call %s: its log is left to the journal until the database is back", item.call_id
                    )
                    return
            self._pending.append(item)
            self._changed.notify_all()

    def _run(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            batch = self._take()
            if batch is None:
                return
            try:
                self._write(batch)
            except (StatementError, PoolTimeoutError) as error:
                if not is_connection_trouble(error):
                    batch = self._write_one_by_one(batch)
                    if not batch:
                        self._done()
                        continue
                log.warning("the call log waits for the database: %s", why_it_failed(error))
                if not self._give_back(batch, retry_seconds):
                    return
                retry_seconds = min(retry_seconds * 2, LAST_RETRY_SECONDS)
            else:
                retry_seconds = FIRST_RETRY_SECONDS
                self._done()

    def _take(self) -> list[_Item] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closing)
            if not self._pending:
                return None
            if not self._closing:
                self._changed.wait_for(
                    lambda: len(self._pending) >= BATCH_LINES or self._closing, PAUSE_SECONDS
                )
            batch = [self._pending.popleft() for _ in range(min(BATCH_LINES, len(self._pending)))]
            self._in_flight = len(batch)
            return batch

    def _done(self) -> None:
        with self._changed:
            self._in_flight = 0
            self._changed.notify_all()

    def _give_back(self, batch: Sequence[_Item], wait_seconds: float) -> bool:
        """Put the batch back in front and wait; False when the writer is closing and gives up."""
        with self._changed:
            self._pending.extendleft(reversed(batch))
            self._in_flight = 0
            return not self._changed.wait_for(lambda: self._closing, wait_seconds)

    def _write(self, batch: Sequence[_Item]) -> None:
        ended = [item for item in batch if isinstance(item, _End)]
        for item in ended:
            self._write_from_journal(item.call_id)
        with self._database.session() as session:
            for start in (item for item in batch if isinstance(item, _Start)):
                add_call(session, start.call)
            _insert(session, self._database.is_sqlite, [item for item in batch if isinstance(item, _Line)])
            for item in ended:
                _end(session, item)
        for item in ended:
            self._finished(item.call_id)

    def _write_one_by_one(self, batch: list[_Item]) -> list[_Item]:
        """Write what the database takes; return what is left where it went away meanwhile."""
        for index, item in enumerate(batch):
            try:
                self._write([item])
            except (StatementError, PoolTimeoutError) as error:
                if is_connection_trouble(error):
                    return batch[index:]
                self._rejected.add(item.call_id)
                what = (
                    f"entry {item.entry.seq}" if isinstance(item, _Line) else type(item).__name__.strip("_")
                )
                reason = why_it_failed(error)
                log.error("call %s: the database rejects %s: %s", item.call_id, what, reason)  # noqa: TRY400
        return []

    def _write_from_journal(self, call_id: str) -> None:
        """Catch up on a call whose lines were too many to hold while the database was away."""
        if call_id not in self._left_to_journal:
            return
        try:
            for batch in _batches(JournalEntries(self._journal, call_id)):
                with self._database.session() as session:
                    _insert(session, self._database.is_sqlite, [_Line(call_id, entry) for entry in batch])
        except OSError:
            log.exception("call %s: its journal cannot be read", call_id)
            self._rejected.add(call_id)

    def _finished(self, call_id: str) -> None:
        with self._changed:
            self._left_to_journal.discard(call_id)
        if call_id in self._rejected:
            self._rejected.discard(call_id)
            return
        try:
            self._journal.mark_finished(call_id)
        except OSError:
            # The next start reads it again, which changes nothing in the database.
            log.exception("call %s: its journal cannot be moved", call_id)


class StoredCallLog:
    """Where one call's log goes: into its journal at once, to the database when it comes to it."""

    def __init__(self, call_id: str, journal: CallJournal, writer: CallLogWriter) -> None:
        self._call_id = call_id
        self._journal = journal
        self._writer = writer

    def append(self, entry: Entry, line: str) -> None:
        """Keep one entry; ``line`` is its form in the journal."""
        self._journal.append(line)
        self._writer.append(self._call_id, entry.seq, entry.at_seconds, entry.kind, entry.type, entry.body)

    def sync(self) -> None:
        """Put the journal on disk."""
        self._journal.sync()

    def finish(
        self,
        outcome: str,
        ended_at: datetime,
        *,
        transfer_ticket: str | None = None,
        recording_path: str | None = None,
    ) -> None:
        """Close the journal, then write how the call ended; nothing may be appended afterwards."""
        self._journal.close()
        self._writer.finish(
            self._call_id,
            outcome,
            ended_at,
            transfer_ticket=transfer_ticket,
            recording_path=recording_path,
        )


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    source = iter(entries)
    while batch := list(islice(source, BATCH_LINES)):
        yield batch


def _insert(session: Session, is_sqlite: bool, lines: Sequence[_Line]) -> None:
    if not lines:
        return
    insert = sqlite.insert(CallEvent) if is_sqlite else postgresql.insert(CallEvent)
    session.execute(
        cast("Insert", insert.on_conflict_do_nothing()),
        [
            {
                "call_id": line.call_id,
                "seq": line.entry.seq,
                "at_seconds": line.entry.at_seconds,
                "kind": line.entry.kind,
                "type": line.entry.type,
                "body": dict(line.entry.body),
            }
            for line in lines
        ],
    )


def _end(session: Session, item: _End) -> None:
    if session.get(Call, item.call_id) is None:
        # Its start was rejected or never given; the outcome is worth keeping all the same.
        session.add(Call(id=item.call_id, started_at=item.end.ended_at, versions={}))
        session.flush()
    end_call(session, item.call_id, item.end)
