"""Databases for tests: an SQLite file, or a schema of its own on a PostgreSQL server, gone afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from voicebot.storage.database import Database
from voicebot.storage.tables import Base

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@contextmanager
def a_database(
    kind: str, folder: Path, absent: Callable[..., NoReturn], *, empty: bool = False
) -> Iterator[Database]:
    """Give a database of this kind, with the newest tables unless it is to be ``empty``."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder / 'test.db'}")
        try:
            if not empty:
                database.upgrade()
            yield database
        finally:
            database.close()
        return
    with a_schema(absent) as url:
        database = Database(url)
        try:
            if not empty:
                database.upgrade()
            yield database
        finally:
            database.close()


class Databases:
    """Databases with the newest tables, made once and emptied for each test."""

    def __init__(self, folder: Path, absent: Callable[..., NoReturn]) -> None:
        self._folder = folder
        self._absent = absent
        self._open = ExitStack()
        self._made: dict[str, Database] = {}

    def emptied(self, kind: str) -> Database:
        """Give the database of this kind, without a row in it."""
        if kind not in self._made:
            self._made[kind] = self._open.enter_context(a_database(kind, self._folder, self._absent))
        database = self._made[kind]
        with database.session() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
        return database

    def close(self) -> None:
        self._open.close()


@contextmanager
def a_schema(absent: Callable[..., NoReturn]) -> Iterator[str]:
    """Give the address of a new PostgreSQL schema."""
    try:
        connection = psycopg.connect(POSTGRES_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        absent("PostgreSQL")
    schema = f"voicebot_test_{secrets.token_hex(6)}"
    with connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    separator = "&" if "?" in POSTGRES_URL else "?"
    try:
        yield f"{POSTGRES_URL}{separator}options=-csearch_path%3D{schema}"
    finally:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as cleaner:
            cleaner.execute(f"DROP SCHEMA {schema} CASCADE".encode())
