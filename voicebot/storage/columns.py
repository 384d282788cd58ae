"""Column types that all tables share: moments in UTC, and words out of a closed set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

from sqlalchemy import DateTime, Dialect, Enum
from sqlalchemy.types import TypeDecorator

CHOICE_LENGTH = 32
"""Every closed set is stored as text of this width, so that a new word needs no migration."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with a zone, kept in UTC; SQLite has no zones, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a moment without a zone: nobody could say later which one was meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, got {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(words: Any) -> Enum:
    """Return the column type for one word of a ``Literal``; other words are refused when bound or read."""
    return Enum(
        *get_args(words),
        native_enum=False,
        create_constraint=False,
        length=CHOICE_LENGTH,
        validate_strings=True,
    )
