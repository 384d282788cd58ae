"""Calls and their logs, as the database has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from voicebot.call.log import Entry
from voicebot.storage.call_tables import Call, CallEvent, Recording
from voicebot.storage.database import Database

INTERRUPTED = "interrupted"
"""Outcome of a call whose process died under it."""
TRANSFER = "transfer"
"""Outcome of a call that went to a human."""
ABANDONED = "abandoned"
"""Outcome of a call whose caller hung up before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    call_id: str
    twilio_sid: str | None = None
    from_number: str | None
    to_number: str | None
    started_at: datetime
    versions: Mapping[str, Any] = field(default_factory=dict)
    """Engines with their versions, and the number of the bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    outcome: str
    ended_at: datetime
    transfer_ticket: str | None = None
    recording_path: str | None = None


class UnknownCallError(LookupError):
    """No call has this id."""


class CallRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, call: NewCall) -> None:
        """Write the call; writing the same id again changes nothing."""
        self._database.write_once(lambda session: add_call(session, call))

    def finish(
        self,
        call_id: str,
        outcome: str,
        ended_at: datetime,
        *,
        transfer_ticket: str | None = None,
        recording_path: str | None = None,
    ) -> None:
        """Write how the call ended. Raises UnknownCallError."""
        end = CallEnd(
            outcome=outcome,
            ended_at=ended_at,
            transfer_ticket=transfer_ticket,
            recording_path=recording_path,
        )
        with self._database.session() as session:
            end_call(session, call_id, end)

    def find(self, call_id_or_sid: str) -> Call | None:
        """Return the call with this id, or this Twilio SID, detached from the database."""
        with self._database.reading() as session:
            return session.scalar(
                select(Call)
                .where(or_(Call.id == call_id_or_sid, Call.twilio_sid == call_id_or_sid))
                .order_by((Call.id == call_id_or_sid).desc())
                .limit(1)
            )

    def events(self, call_id: str) -> list[Entry]:
        """Return the call's log in order; empty where there is none."""
        return self.events_after(call_id, 0)

    def events_after(self, call_id: str, seq: int) -> list[Entry]:
        """Return the entries behind ``seq``: how a live view reads on."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(CallEvent)
                .where(CallEvent.call_id == call_id, CallEvent.seq > seq)
                .order_by(CallEvent.seq)
            ).all()
        return [_entry(row) for row in rows]

    def list_recent(self, most: int) -> list[Call]:
        """Return the calls that began last, newest first."""
        with self._database.reading() as session:
            return list(
                session.scalars(select(Call).order_by(Call.started_at.desc(), Call.id).limit(most)).all()
            )

    def add_recording(self, call_id: str, path: str, seconds: float, size_bytes: int) -> None:
        """Note a recording; its path is unique, so noting it again changes nothing."""

        def write(session: Session) -> None:
            if session.scalar(select(Recording).where(Recording.path == path)) is None:
                session.add(Recording(call_id=call_id, path=path, seconds=seconds, size_bytes=size_bytes))

        self._database.write_once(write)

    def recordings(self, call_id: str) -> list[Recording]:
        with self._database.reading() as session:
            return list(
                session.scalars(
                    select(Recording).where(Recording.call_id == call_id).order_by(Recording.id)
                ).all()
            )


def _entry(row: CallEvent) -> Entry:
    return Entry(seq=row.seq, at_seconds=row.at_seconds, kind=row.kind, type=row.type, body=row.body)


def add_call(session: Session, call: NewCall) -> None:
    """Write the call's row where there is none; fill one in that only a journal had made."""
    row = session.get(Call, call.call_id)
    if row is None:
        row = Call(id=call.call_id, started_at=call.started_at, versions={})
        session.add(row)
    row.twilio_sid = call.twilio_sid or None  # the column is unique, and typed calls have no SID
    row.from_number = call.from_number
    row.to_number = call.to_number
    row.started_at = call.started_at
    row.versions = dict(call.versions)


def end_call(session: Session, call_id: str, end: CallEnd) -> None:
    row = session.get(Call, call_id)
    if row is None:
        raise UnknownCallError(f"no call {call_id}")
    row.outcome = end.outcome
    row.ended_at = end.ended_at
    row.transfer_ticket = end.transfer_ticket or row.transfer_ticket
    row.recording_path = end.recording_path or row.recording_path
