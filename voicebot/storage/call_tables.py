"""The tables of the telephone: calls, what was said, logs, recordings, and grammar bundles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.call.log import Kind
from voicebot.storage.tables import Base, utc_now


class Call(Base):
    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    twilio_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    from_number: Mapped[str | None] = mapped_column(String(40))
    to_number: Mapped[str | None] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(60))
    """None while the call goes on; ``interrupted`` when the process died under it."""
    transfer_ticket: Mapped[str | None] = mapped_column(String(20))
    recording_path: Mapped[str | None] = mapped_column(String(300))
    versions: Mapped[dict[str, Any]]
    """Engines, their versions, and the bundle that the call kept."""


class CallEvent(Base):
    """One line of a call's log. No key to ``calls``: a line may come before its call is written."""

    __tablename__ = "call_events"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_seconds: Mapped[float] = mapped_column(Float(53))
    """On the call's clock."""
    kind: Mapped[Kind] = mapped_column(String(20))
    type: Mapped[str] = mapped_column(String(60))
    body: Mapped[dict[str, Any]]


class Turn(Base):
    """Derived from the call's log, for reading and searching."""

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    turn_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    speaker: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    at_seconds: Mapped[float] = mapped_column(Float(53))
    body: Mapped[dict[str, Any]]


class Recording(Base):
    __tablename__ = "recordings"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    path: Mapped[str] = mapped_column(String(300), unique=True)
    seconds: Mapped[float] = mapped_column(Float(53))
    size_bytes: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=utc_now)


class Bundle(Base):
    """A version of what the bot knows: grammar, policies, prompts. Never changed once written."""

    __tablename__ = "bundles"
    __table_args__ = (
        Index(
            "uq_bundles_active",
            "active",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    sources: Mapped[dict[str, Any]]
    """Path inside the locale's folder → text."""
    recorded_at: Mapped[datetime] = mapped_column(default=utc_now)
    active: Mapped[bool]
