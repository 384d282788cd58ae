"""Matters handed to people, written exactly once before the call moves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.dialogue.requests import OpenTicket
from voicebot.storage.database import Database
from voicebot.storage.tables import TICKET_NUMBERS_FROM, Ticket


class TicketRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, request: OpenTicket, now: datetime) -> str:
        """Write the ticket, or find the one that the same key already opened; return its number."""

        def write(session: Session) -> str:
            ticket = session.scalar(select(Ticket).where(Ticket.idempotency_key == request.key))
            if ticket is None:
                ticket = Ticket(
                    idempotency_key=request.key,
                    call_id=request.call_id,
                    kind=request.kind,
                    state="open",
                    reason=request.reason,
                    customer_no=request.customer_id,
                    identity=request.identity,
                    order_no=request.order_no,
                    summary=list(request.summary),
                    opened_at=now,
                )
                session.add(ticket)
                session.flush()
            return ticket.ticket_no

        return self._database.write_once(write)

    def find(self, ticket_no: str) -> Ticket | None:
        """Return the ticket with this number, detached from the database."""
        if not ticket_no.isascii() or not ticket_no.isdigit():
            return None
        with self._database.reading() as session:
            return session.get(Ticket, int(ticket_no) - TICKET_NUMBERS_FROM)
