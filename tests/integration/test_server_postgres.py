"""The same calls on PostgreSQL: typed, by telephone, and with the database gone in the middle."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import func, select

from tests.support.databases import POSTGRES_URL
from tests.support.servers import AGENT, KNOWN_CALLER, Site, Sites
from voicebot import bootstrap
from voicebot.call.events import CallStarted
from voicebot.call.log import from_line
from voicebot.runtime.record import CallRecord
from voicebot.runtime.text_call import TextCall
from voicebot.settings import Settings, load_settings
from voicebot.shop.demo.seed import seed_shop
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database
from voicebot.storage.tables import Refund, Ticket

pytestmark = pytest.mark.postgres


class OwnDatabase:
    """A PostgreSQL database of its own, which can be taken away and given back."""

    def __init__(self, server_url: str, name: str) -> None:
        self._server_url = server_url
        self._name = sql.Identifier(name)
        base, _, query = server_url.partition("?")
        self.url = base.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")

    def create(self) -> None:
        self._run(sql.SQL("CREATE DATABASE {}").format(self._name))

    def drop(self) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(self._name))

    @contextmanager
    def away(self) -> Iterator[None]:
        """Cut every connection and let nobody in."""
        self._run(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(self._name))
        name = self._name.as_string(None).strip('"')
        self._run(
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(name)
            )
        )
        try:
            yield
        finally:
            self._run(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(self._name))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server_url, autocommit=True, connect_timeout=3) as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def shop(absent: Callable[..., NoReturn]) -> Iterator[OwnDatabase]:
    """The demonstration shop in a database of its own."""
    made = OwnDatabase(POSTGRES_URL, f"voicebot_calls_{os.getpid()}_{secrets.token_hex(4)}")
    try:
        made.create()
    except psycopg.OperationalError:
        absent("PostgreSQL")
    try:
        database = Database(made.url)
        database.upgrade()
        seed_shop(database, datetime.now(UTC), load_settings().zone)
        database.close()
        yield made
    finally:
        made.drop()


def typed_call(settings: Settings, lines: list[str]) -> tuple[str, list[str]]:
    """Hold a typed call from the first caller's number; returns its id and what the line said."""
    with bootstrap.text_line(settings) as line:
        call_id = bootstrap.new_call_id()
        wall = datetime.now(settings.zone)
        event = CallStarted(
            call_id=call_id,
            from_number=KNOWN_CALLER,
            to_number="chat",
            wall_time=wall.isoformat(timespec="milliseconds"),
            channel="text",
            versions=(("grammar", line.knowledge.version), ("reader", line.knowledge.reader_version)),
        )
        sink = line.archive.open(event, call_id)
        call = TextCall(
            script=line.knowledge.script,
            reader=line.knowledge.reader,
            reader_version=line.knowledge.reader_version,
            business=line.business,
            record=CallRecord(sink),
            wall_clock=lambda: datetime.now(settings.zone),
        )
        said = [*call.start(event).bot]
        for text in lines:
            said += call.type(text).bot
        assert call.is_over
        sink.finish("transfer", datetime.now(settings.zone))
    return call_id, said


def test_the_demonstrations_conversation_typed(shop: OwnDatabase, tmp_path: Path) -> None:
    settings = load_settings(database_url=shop.url, var_dir=tmp_path)
    call_id, said = typed_call(
        settings,
        [
            "你好，我想问一下，我的快递到哪里了",
            "我还想退货，退那件羽绒服",
            "收货城市是杭州",
            "尺码不合适",
            "不对，应该是质量问题",
            "确认",
            "帮我转人工客服",
        ],
    )
    assert any("申请已经提交" in text for text in said)
    database = Database(shop.url)
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Refund.call_id == call_id)) == 1
        ticket = session.scalar(select(Ticket).where(Ticket.call_id == call_id))
        refund = session.scalars(select(Refund).where(Refund.call_id == call_id)).one()
        assert refund.reason == "quality"
        assert ticket is not None
        assert ticket.order_no == refund.order.order_no
    row = CallRepository(database).find(call_id)
    database.close()
    assert row is not None
    assert row.outcome == "transfer"
    replayed = bootstrap.replay_stored(settings, call_id)
    assert replayed.difference is None
    assert replayed.events > 20


def test_calls_by_telephone_and_a_database_that_goes_away_and_comes_back(
    sites: Sites, shop: OwnDatabase
) -> None:
    spoken = "帮我查一下快递到哪里了"
    with sites.running(database_url=shop.url, texts=(spoken,)) as site:
        a_call_is_held(site, spoken)
        call_sid, call_id = the_database_goes_away(site, shop)
        row = site.ended(call_sid)
        assert (row.id, row.outcome, row.transfer_ticket) == (call_id, "transfer", None)
        assert site.journal.unfinished() == []
        assert bootstrap.replay_stored(site.settings, call_sid).difference is None


def a_call_is_held(site: Site, spoken: str) -> None:
    call = site.phone(
        [
            {"after": {"speaking": 1.5}, "say": spoken},
            {"after": {"phrase": "运动鞋"}, "hang_up": True},
        ],
        from_number=KNOWN_CALLER,
    )
    record = call.result()
    assert call.caller.unmet == []
    assert record.error is None
    assert site.ended(call.call_sid).outcome == "abandoned"
    assert bootstrap.replay_stored(site.settings, call.call_sid).difference is None


def the_database_goes_away(site: Site, shop: OwnDatabase) -> tuple[str, str]:
    """Under a call that asks for a parcel: an apology and a human, while the journal keeps the log."""
    call = site.phone(
        [{"after": {"seconds": 3}, "press": "1"}, {"after": {"seconds": 60}, "listen": True}],
        from_number="+8613800000002",
    )
    call.await_words("优选商城")
    row = site.row(call.call_sid)
    assert row is not None
    with shop.away():
        record = call.result()
        assert (record.error, record.transferred_to, record.agent_answered) == (None, AGENT, True)
        assert site.journal.unfinished() == [row.id]
        entries = [from_line(line) for line in site.journal.lines(row.id)]
        said = [str(entry.body["wording"]) for entry in entries if entry.type == "Say"]
        assert "system_trouble" in said
        assert entries[-1].type == "TransferToHuman"
        assert "could not be looked up" not in site.log_text()
    return call.call_sid, row.id
