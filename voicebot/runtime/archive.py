"""Where the logs of calls are kept: the journal first, the database behind it."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from voicebot.call.events import CallStarted
from voicebot.storage.call_log import CallLogWriter, StoredCallLog
from voicebot.storage.calls import INTERRUPTED, CallRepository, NewCall
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal

log = logging.getLogger(__name__)


class StoredCalls:
    """The archive of this machine. A lost database holds nobody up: the journal has everything."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._journal = journal
        self._writer = CallLogWriter(database, journal)
        self._calls = CallRepository(database)

    def open(self, event: CallStarted, call_sid: str) -> StoredCallLog:
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
        return StoredCallLog(event.call_id, self._journal.open(event.call_id), self._writer)

    def recorded(self, call_id: str, path: Path, seconds: float) -> None:
        self._writer.flush()  # the call's row comes first
        self._calls.add_recording(call_id, str(path), round(seconds, 3), path.stat().st_size)

    def outcome_of(self, call_sid: str) -> str | None:
        """A call that this process does not know died with another one, unless the database says how it ended."""
        try:
            row = self._calls.find(call_sid)
        except SQLAlchemyError:
            log.exception("the outcome of a call could not be looked up")
            return INTERRUPTED
        return None if row is None else row.outcome or INTERRUPTED

    def reconcile(self) -> None:
        """At start: what a killed process left in the journal goes into the database."""
        self._writer.reconcile()

    def flush(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until the database has everything."""
        return self._writer.flush(timeout_seconds)

    def close(self) -> None:
        self._writer.close()
