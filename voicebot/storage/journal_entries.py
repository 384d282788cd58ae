"""What the journal of a call tells when its process is gone: its entries, and how the call ended."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from voicebot.call.actions import EndCall, TransferToHuman
from voicebot.call.events import CallerHungUp, CallStarted
from voicebot.call.log import Entry, MalformedLogError, event_of, from_line
from voicebot.storage.call_tables import Call
from voicebot.storage.calls import ABANDONED, INTERRUPTED, TRANSFER
from voicebot.storage.journal import Journal

log = logging.getLogger(__name__)

STOPPED = "stopped"
"""Cause of a CallerHungUp that the carrier announced: the caller did it, no line died."""
_LAST_ACTIONS = (TransferToHuman.__name__, EndCall.__name__)


class JournalEntries:
    """The entries of one journal file, in order; what is known of the call grows as they are read."""

    def __init__(self, journal: Journal, call_id: str) -> None:
        self._journal = journal
        self._call_id = call_id
        self.read = 0
        self.malformed = 0
        """Lines that no version can read."""
        self._first: Entry | None = None
        self._last_at_seconds = 0.0
        self._ending: Entry | None = None

    def __iter__(self) -> Iterator[Entry]:
        for line in self._journal.lines(self._call_id):
            try:
                entry = from_line(line)
            except MalformedLogError:
                self.malformed += 1
                log.error("call %s: a line of its journal cannot be read", self._call_id)  # noqa: TRY400
                continue
            self.read += 1
            self._note(entry)
            yield entry

    def _note(self, entry: Entry) -> None:
        self._first = self._first or entry
        self._last_at_seconds = max(self._last_at_seconds, entry.at_seconds)
        if self._ending is None and entry.type in (*_LAST_ACTIONS, CallerHungUp.__name__):
            self._ending = entry

    def outcome(self) -> tuple[str, str | None]:
        """How the call ended and the ticket of its transfer, by the entries read so far.

        The same names as a living process writes: the action that ended the call decides, then a caller who
        hung up. A log without either stops where the process died.
        """
        ending = self._ending
        if ending is None:
            return INTERRUPTED, None
        if ending.type == TransferToHuman.__name__:
            ticket_no = ending.body.get("ticket_no")
            return TRANSFER, None if ticket_no is None else str(ticket_no)
        if ending.type == EndCall.__name__:
            return str(ending.body.get("outcome") or INTERRUPTED), None
        return ABANDONED if ending.body.get("cause") == STOPPED else INTERRUPTED, None

    def close(self, session: Session, now: datetime) -> str:
        """Write the end of the call into its row, which is made where there is none; returns the outcome.

        A row that has an outcome keeps it. ``now`` counts as the start of a call whose first entry is lost.
        """
        row = session.get(Call, self._call_id)
        if row is None:
            row = self._row(now)
            session.add(row)
        if row.outcome is None:
            row.outcome, ticket_no = self.outcome()
            row.transfer_ticket = ticket_no or row.transfer_ticket
            row.ended_at = row.started_at + timedelta(seconds=self._last_at_seconds)
        return row.outcome

    def _row(self, now: datetime) -> Call:
        """Make the row of a call whose start never reached the database, from its first entry."""
        row = Call(id=self._call_id, started_at=now, versions={})
        if self._first is None or self._first.type != CallStarted.__name__:
            return row
        try:
            begun = event_of(self._first)
        except MalformedLogError:
            return row
        assert isinstance(begun, CallStarted)  # noqa: S101  the type was looked at
        row.from_number, row.to_number = begun.from_number, begun.to_number
        row.versions = dict(begun.versions)
        row.started_at = datetime.fromisoformat(begun.wall_time)
        return row
