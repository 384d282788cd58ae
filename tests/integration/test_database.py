"""The database itself: tables and migrations agree, transactions hold, trouble is told with its remedy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from setuptools import find_namespace_packages  # type: ignore[import-untyped]
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from tests.support.databases import KINDS, a_database
from voicebot.storage import call_tables
from voicebot.storage.database import MIGRATIONS, Database, DatabaseUnavailableError
from voicebot.storage.tables import Article, Base, DemoSeed

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def empty(
    request: pytest.FixtureRequest, tmp_path: Path, absent: Callable[..., NoReturn]
) -> Iterator[Database]:
    with a_database(request.param, tmp_path, absent, empty=True) as database:
        yield database


@pytest.fixture(params=KINDS)
def database(
    request: pytest.FixtureRequest, tmp_path: Path, absent: Callable[..., NoReturn]
) -> Iterator[Database]:
    with a_database(request.param, tmp_path, absent) as made:
        yield made


def test_an_empty_database_says_that_it_needs_the_upgrade_and_gets_it(empty: Database) -> None:
    told = empty.needs_upgrade()
    assert told is not None
    assert "has no tables yet" in told
    assert "voicebot db upgrade" in told
    empty.upgrade()
    assert empty.needs_upgrade() is None


def test_upgrading_again_changes_nothing(database: Database) -> None:
    with database.session() as session:
        session.add(DemoSeed(seed=1, seeded_at=NOW))
    database.upgrade()
    with database.reading() as session:
        assert session.scalars(select(DemoSeed.seed)).all() == [1]


def test_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_partial_unique_indexes_are_in_the_database(database: Database) -> None:
    # Alembic does not compare an index's condition: without it there would be one refund a line for ever.
    inspector = inspect(database.engine)
    for table, index in (("refund_lines", "uq_refund_lines_standing"), ("bundles", "uq_bundles_active")):
        found = next(one for one in inspector.get_indexes(table) if one["name"] == index)
        where = found["dialect_options"]["sqlite_where" if database.is_sqlite else "postgresql_where"]
        assert found["unique"]
        assert str(where).strip("()") in {"standing", "active"}


def test_several_processes_may_upgrade_at_once(empty: Database) -> None:
    others = [Database(empty.url.render_as_string(hide_password=False)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(other.upgrade) for other in others]:
            done.result()
    assert empty.needs_upgrade() is None
    for other in others:
        other.close()


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    told = database.needs_upgrade()
    assert told is not None
    assert "newer version" in told


def test_the_revisions_are_part_of_the_package() -> None:
    # What pyproject.toml puts into a wheel: packages by this rule, and every .py file in them.
    packages = find_namespace_packages(str(MIGRATIONS.parents[2]), include=["voicebot*"])
    assert {"voicebot.storage.migrations", "voicebot.storage.migrations.versions"} <= set(packages)
    assert (MIGRATIONS / "env.py").is_file()
    assert (MIGRATIONS / "versions" / "0001_the_first_tables.py").is_file()


def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    def write_and_fail() -> None:
        with database.session() as session:
            session.add(DemoSeed(seed=1, seeded_at=NOW))
            session.flush()
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        write_and_fail()
    with database.reading() as session:
        assert session.scalars(select(DemoSeed)).all() == []


def test_moments_come_back_in_utc_and_need_a_zone(database: Database) -> None:
    local = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    with database.session() as session:
        session.add(DemoSeed(seed=1, seeded_at=local))
    with database.reading() as session:
        seeded_at = session.scalars(select(DemoSeed.seeded_at)).one()
        assert (seeded_at, seeded_at.tzinfo) == (local, UTC)
    with pytest.raises(StatementError, match="time zone"), database.session() as session:
        session.add(DemoSeed(seed=2, seeded_at=datetime(2026, 11, 22)))  # noqa: DTZ001  the mistake itself


def test_keys_to_other_tables_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.session() as session:
        session.execute(
            text(
                "INSERT INTO refund_lines (refund_id, order_line_id, amount_fen, standing) "
                "VALUES (1, 1, 1, true)"
            )
        )


def test_writers_queue_up_instead_of_failing(database: Database) -> None:
    with database.session() as session:
        session.add(Article(key="counter", title="0", body="", source="", updated_at=NOW))

    def count_up(_: int) -> None:
        with database.session() as session:
            row = session.scalars(select(Article).with_for_update()).one()
            row.title = str(int(row.title) + 1)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_up, range(30)))
    with database.reading() as session:
        assert session.scalars(select(Article.title)).one() == "30"


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    written, read = threading.Event(), threading.Event()

    def write() -> None:
        with database.session() as session:
            session.add(DemoSeed(seed=1, seeded_at=NOW))
            session.flush()
            written.set()
            assert read.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(10)
    with database.reading() as session:
        assert session.scalars(select(DemoSeed)).all() == []
    read.set()
    writer.join()


def test_sqlite_is_durable_and_has_a_write_ahead_log(tmp_path: Path, absent: Callable[..., NoReturn]) -> None:
    with a_database("sqlite", tmp_path, absent) as database, database.engine.connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 2, 1, 5_000]


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:secret@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "nonsense secret",
        "postgresql+asyncpg://u:secret@h/d",
    ],
)
def test_an_address_that_cannot_work_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailableError) as refused:
        Database(url)
    assert "secret" not in refused.value.message + refused.value.hint
    assert refused.value.hint


def test_an_unreachable_server_is_named_without_its_password() -> None:
    database = Database("postgresql://voicebot:secret@127.0.0.1:1/shop")
    with pytest.raises(DatabaseUnavailableError) as refused:
        database.check()
    assert "127.0.0.1:1/shop" in refused.value.message
    assert "VOICEBOT_DATABASE_URL" in refused.value.hint
    assert "secret" not in refused.value.message + refused.value.hint


def test_a_folder_that_is_not_there_is_named_and_made_by_the_upgrade(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'var' / 'voicebot.db'}")
    with pytest.raises(DatabaseUnavailableError, match="does not exist"):
        database.check()
    database.upgrade()
    assert database.needs_upgrade() is None
    database.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file in the way")
    with pytest.raises(DatabaseUnavailableError, match="cannot be made"):
        Database(f"sqlite:///{tmp_path / 'var' / 'x' / 'voicebot.db'}").upgrade()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "voicebot.db").write_text("certainly no database, but long enough to be looked at" * 40)
    with pytest.raises(DatabaseUnavailableError, match="not a database"):
        Database(f"sqlite:///{tmp_path / 'voicebot.db'}").needs_upgrade()


def test_the_call_tables_are_part_of_the_same_set() -> None:
    assert call_tables.Call.metadata is Base.metadata
