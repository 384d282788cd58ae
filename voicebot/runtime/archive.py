"""Where the logs of calls are kept: the journal first, the database behind it."""

from __future__ import annotations

import logging
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from voicebot.call.events import CallStarted
from voicebot.call.log import Entry
from voicebot.runtime.line import INTERRUPTED, Filed
from voicebot.runtime.recorder import keep_leftovers
from voicebot.storage.call_log import CallLogWriter, StoredCallLog
from voicebot.storage.calls import CallRepository, NewCall
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal

log = logging.getLogger(__name__)


class CallFile:
    """The log of one call. ``sync`` does not wait: the disk may take tens of milliseconds, a frame has 20."""

    def __init__(self, call_id: str, stored: StoredCallLog, writer: CallLogWriter, disk: Executor) -> None:
        self._call_id = call_id
        self._stored = stored
        self._writer = writer
        self._disk = disk
        self._sync_waits = False

    def append(self, entry: Entry, line: str) -> None:
        """Take one entry, as object and as the line it makes; buffered."""
        self._stored.append(entry, line)

    def sync(self) -> None:
        """Have everything appended so far put on disk, in order, by the disk's thread."""
        if not self._sync_waits:
            self._sync_waits = True
            self._disk.submit(self._sync)

    def _sync(self) -> None:
        self._sync_waits = False  # before, so that what is appended from here on asks anew
        try:
            self._stored.sync()
        except (OSError, ValueError) as error:  # ValueError: closed meanwhile, on a disk that was full
            log.error("the journal of call %s is behind: %s", self._call_id, error)  # noqa: TRY400

    def finish(
        self,
        outcome: str,
        ended_at: datetime,
        *,
        transfer_ticket: str | None = None,
        recording_path: str | None = None,
    ) -> None:
        """Put the rest on disk and file the end. A full disk does not keep the end from the database."""
        try:
            self._stored.finish(
                outcome, ended_at, transfer_ticket=transfer_ticket, recording_path=recording_path
            )
        except OSError:
            log.exception("the end of call %s is not in its journal", self._call_id)
            self._writer.finish(
                self._call_id,
                outcome,
                ended_at,
                transfer_ticket=transfer_ticket,
                recording_path=recording_path,
            )


class StoredCalls:
    """The archive of this machine. A lost database holds nobody up: the journal has everything."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._journal = journal
        self._writer = CallLogWriter(database, journal)
        self._calls = CallRepository(database)
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="journal")

    def open(self, event: CallStarted, call_sid: str) -> CallFile:
        """Begin a call's journal and row. Raises OSError where the journal cannot be written."""
        journal = self._journal.open(event.call_id)
        self._writer.start(
            NewCall(
                call_id=event.call_id,
                twilio_sid=call_sid,
                from_number=event.from_number,
                to_number=event.to_number,
                started_at=datetime.fromisoformat(event.wall_time),
                versions=dict(event.versions),
            )
        )
        stored = StoredCallLog(event.call_id, journal, self._writer)
        return CallFile(event.call_id, stored, self._writer, self._disk)

    def recorded(self, call_id: str, path: Path, seconds: float) -> None:
        """File a finished recording, after the call's row. Raises while the database is away."""
        self._writer.flush()  # the call's row comes first
        self._calls.add_recording(call_id, str(path), round(seconds, 3), path.stat().st_size)

    def outcome_of(self, call_sid: str) -> Filed | None:
        """A call unknown to this process died with another one, unless the database says how it ended."""
        try:
            row = self._calls.find(call_sid)
        except SQLAlchemyError:
            log.exception("the outcome of a call could not be looked up")
            return Filed(outcome=INTERRUPTED)
        if row is None:
            return None
        return Filed(outcome=row.outcome or INTERRUPTED, ticket_no=row.transfer_ticket)

    def reconcile(self, recordings: Path | None = None) -> None:
        """At start: what a killed process left in the journal and of recordings goes where it belongs."""
        self._writer.reconcile()
        if recordings is not None and (kept := keep_leftovers(recordings, self.recorded)):
            log.warning("recordings were left by interrupted calls: %d", kept)

    def flush(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until the database has everything."""
        return self._writer.flush(timeout_seconds)

    def close(self) -> None:
        """Write what is left, to disk and to the database, and let go of both threads."""
        self._disk.shutdown()
        self._writer.close()
