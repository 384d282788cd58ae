"""The connection to the database: SQLite or PostgreSQL, its transactions, its state."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from voicebot.ops.errors import UserFacingError
from voicebot.ops.private_files import make_private_folder

Answer = TypeVar("Answer")

MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_TIMEOUT_MS = 5_000
CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 5_000
"""A caller is waiting: an answer later than this is no answer."""
UPGRADE_LOCK = 7_302_114
"""Any number will do as long as all our processes take the same one (pg_advisory_xact_lock)."""


class DatabaseUnavailableError(UserFacingError):
    """The database cannot be reached, or the address of it cannot be used."""


class Database:
    """One database, shared by all threads of a process.

    ``url`` is ``sqlite:///path`` or ``postgresql://user:password@host:port/name``. Nothing is connected
    before the first use. Raises ``DatabaseUnavailableError`` for an address that can never work.
    """

    def __init__(self, url: str) -> None:
        self.url = _usable_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        self._reading_engine = self._engine.execution_options(reading=True)

    @property
    def address(self) -> str:
        """Where the database is, fit for logs: without the password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def engine(self) -> Engine:
        return self._engine

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Run one writing transaction: committed when the block ends well, rolled back when it raises."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Run one transaction that only reads; on SQLite it never waits for writers."""
        with Session(self._reading_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def write_once(self, work: Callable[[Session], Answer]) -> Answer:
        """Run ``work`` in a writing transaction, and once more where another took its unique key meanwhile.

        ``work`` looks for what is there before it writes, so the second run finds what the other wrote.
        """
        try:
            with self.session() as session:
                return work(session)
        except IntegrityError:
            with self.session() as session:
                return work(session)

    def check(self) -> None:
        """Connect once; raise ``DatabaseUnavailableError`` with the remedy where that fails."""
        if self.is_sqlite and not self._sqlite_file().parent.is_dir():
            raise DatabaseUnavailableError(
                f"The folder of the database {self.address} does not exist.",
                "Run `voicebot db upgrade`, or set VOICEBOT_DATABASE_URL to where the database is.",
            )
        try:
            if self.is_sqlite and not self._sqlite_file().exists():
                self._sqlite_file().touch(mode=0o600)  # SQLite's own logs beside it take over its mode
            with self._reading_engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            raise self._unavailable(error) from error

    def needs_upgrade(self) -> str | None:
        """Return None when the tables are those of this version, else what to tell the operator."""
        self.check()
        try:
            with self._reading_engine.connect() as connection:
                present = MigrationContext.configure(connection).get_current_heads()
        except (DBAPIError, PoolTimeoutError) as error:
            raise self._unavailable(error) from error
        script = ScriptDirectory(str(MIGRATIONS))
        wanted = script.get_heads()
        if set(present) == set(wanted):
            return None
        known = {revision.revision for revision in script.walk_revisions()}
        if not set(present) <= known:
            return (
                f"The database {self.address} was upgraded by a newer version of voicebot "
                f"(revision {', '.join(present)}). Install that version, or restore an older copy."
            )
        found = f"is at revision {', '.join(present)}" if present else "has no tables yet"
        return f"The database {self.address} {found}. Run `voicebot db upgrade`."

    def upgrade(self) -> None:
        """Bring the tables to this version; safe to run again and from several processes at once."""
        if self.is_sqlite:
            self._make_folder()
        self.check()
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            with self._engine.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                    connection.execute(text("SET LOCAL lock_timeout = 0"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except (OperationalError, InterfaceError) as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Close all pooled connections; the database opens anew at the next use."""
        self._engine.dispose()

    def _sqlite_file(self) -> Path:
        return Path(str(self.url.database))

    def _make_folder(self) -> None:
        folder = self._sqlite_file().parent
        try:
            make_private_folder(folder)
        except OSError as error:
            raise DatabaseUnavailableError(
                f"The folder {folder} for the database cannot be made: {error.strerror}.",
                "Set VOICEBOT_DATABASE_URL or VOICEBOT_VAR_DIR to a place that may be written to.",
            ) from error

    def _unavailable(self, error: Exception) -> DatabaseUnavailableError:
        if self.is_sqlite:
            hint = "Check that the file may be read and written, and that VOICEBOT_DATABASE_URL names it."
        else:
            hint = (
                "Check that PostgreSQL runs there, and that VOICEBOT_DATABASE_URL has the right host, "
                "name, user and password."
            )
        return DatabaseUnavailableError(
            f"The database {self.address} cannot be used: {why_it_failed(error)}.", hint
        )


def is_connection_trouble(error: Exception) -> bool:
    """Tell an error that may pass (unreachable, locked, timed out, cut off) from one that will not."""
    if isinstance(error, PoolTimeoutError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        # "no such table" and a syntax error come as the same class as "database is locked".
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR
    return isinstance(error, OperationalError) or error.connection_invalidated


def why_it_failed(error: Exception) -> str:
    """Return a reason fit for logs: the driver's class and code; its words only where they carry no row."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    name = f"{type(cause).__name__} {code}" if code else type(cause).__name__
    # SQLite's plain DatabaseError speaks of the file ("file is not a database"), never of a row.
    if not is_connection_trouble(error) and type(cause) is not sqlite3.DatabaseError:
        return name
    first_line = str(cause).strip().split("\n", 1)[0]
    return f"{name}: {first_line}".rstrip(". ")


def _usable_url(text_url: str) -> URL:
    try:
        url = make_url(text_url)
    except ArgumentError as error:
        # The text itself is not repeated: what cannot be parsed may hold a password anywhere.
        raise DatabaseUnavailableError(
            "VOICEBOT_DATABASE_URL is not a database address.",
            "Write sqlite:///var/voicebot.db or postgresql://user:password@host:5432/name.",
        ) from error
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        if url.database in {None, "", ":memory:"}:
            raise DatabaseUnavailableError(
                "A database in memory would forget every call.", "Write sqlite:///path/to/file."
            )
        return url
    raise DatabaseUnavailableError(
        f"The database {url.render_as_string(hide_password=True)} is of a kind that is not supported.",
        "Write sqlite:///var/voicebot.db or postgresql://user:password@host:5432/name.",
    )


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, pool_timeout=5
    )

    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions: `begin` below does
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")  # a refund that was announced survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")

    def begin(connection: Connection) -> None:
        # A writer that began as a reader fails when another wrote in between (SQLITE_BUSY_SNAPSHOT).
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself when two switch a new file at once."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
        else:
            return


def _postgresql_engine(url: URL) -> Engine:
    limits = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={STATEMENT_TIMEOUT_MS}"
    given = url.query.get("options", "")
    options = f"{' '.join(given) if isinstance(given, tuple) else given} {limits}".strip()
    return create_engine(
        url.difference_update_query(["options"]),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=5,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "options": options},
    )
