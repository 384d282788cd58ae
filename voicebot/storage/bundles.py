"""Bundles: the versions of what the bot knows, immutable, named by hash and number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from voicebot.storage import call_tables
from voicebot.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBundle:
    number: int
    hash: str
    sources: Mapping[str, str]
    """Path inside the locale's folder → text."""
    recorded_at: datetime
    active: bool


class UnknownBundleError(LookupError):
    """No bundle has this number."""


class BundleRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, hash: str, sources: Mapping[str, str]) -> int:  # noqa: A002  what a bundle is named by
        """Keep the bundle and return its number; the same hash keeps its number.

        The first bundle of an empty database is number 1 and becomes the active one.
        """

        def write(session: Session) -> int:
            known = session.scalar(select(call_tables.Bundle.number).where(call_tables.Bundle.hash == hash))
            if known is not None:
                return known
            last = session.scalar(select(func.max(call_tables.Bundle.number))) or 0
            session.add(
                call_tables.Bundle(number=last + 1, hash=hash, sources=dict(sources), active=last == 0)
            )
            session.flush()
            return last + 1

        return self._database.write_once(write)

    def activate(self, number: int) -> None:
        """Make this the bundle that new calls take. Raises UnknownBundleError."""
        table = call_tables.Bundle
        with self._database.session() as session:
            # All rows are locked first, in one order, so that two publications cannot both be the active one.
            numbers = session.scalars(select(table.number).order_by(table.number).with_for_update()).all()
            if number not in numbers:
                raise UnknownBundleError(f"no bundle {number}")
            session.execute(update(table).where(table.active).values(active=False))
            session.execute(update(table).where(table.number == number).values(active=True))

    def active(self) -> StoredBundle | None:
        """Return the bundle that new calls take, or None in an empty database."""
        with self._database.reading() as session:
            row = session.scalar(select(call_tables.Bundle).where(call_tables.Bundle.active))
            return None if row is None else _stored(row)

    def find(self, hash_or_number: str | int) -> StoredBundle | None:
        """Return one bundle by number (an int) or by hash (a str)."""
        table = call_tables.Bundle
        wanted = (
            table.number == hash_or_number
            if isinstance(hash_or_number, int)
            else table.hash == hash_or_number
        )
        with self._database.reading() as session:
            row = session.scalar(select(table).where(wanted))
            return None if row is None else _stored(row)


def _stored(row: call_tables.Bundle) -> StoredBundle:
    return StoredBundle(
        number=row.number,
        hash=row.hash,
        sources=dict(row.sources),
        recorded_at=row.recorded_at,
        active=row.active,
    )
