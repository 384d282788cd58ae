"""The demonstration shop in a real database, and refunds through crashes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, get_args

import psycopg
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.support.business import Shop, a_refund_request
from tests.support.databases import KINDS, POSTGRES_URL, Databases
from voicebot.dialogue.requests import (
    CallerIdentified,
    CheckRefund,
    IdentifyCaller,
    LookupFailed,
    OrderState,
    ParcelTracked,
    RefundChecked,
    RefundDecided,
    Request,
    TrackParcel,
    VerifyTails,
)
from voicebot.shop.backends.fake import SHOP_ZONE, a_bought_order, a_customer
from voicebot.shop.backends.sql import SqlBusiness
from voicebot.shop.carriers import SPOKEN_NAMES
from voicebot.shop.demo.callers import CALLERS, STRANGER
from voicebot.shop.demo.seed import NotADemoShopError, seed_shop
from voicebot.shop.policies import Policies
from voicebot.storage.database import Database
from voicebot.storage.tables import Base, Customer, Order, Product, Refund, RefundLine, Shipment

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
JACKET = a_bought_order(NOW)


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory, absent: Callable[..., NoReturn]
) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("shop"), absent)
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, databases: Databases) -> Database:
    return databases.emptied(request.param)


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(table.c[0]))]
            for table in Base.metadata.sorted_tables
            if table.name != "demo_seeds"
        }


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# The demonstration shop


def test_the_shop_has_what_is_promised(database: Database) -> None:
    report = seed_shop(database, NOW, SHOP_ZONE)
    assert (report.already_there, report.customers, report.orders) == (False, 40, 150)
    assert 58 <= report.products <= 66
    with database.reading() as session:
        states = Counter(session.scalars(select(Order.state)))
        carriers = Counter(session.scalars(select(Shipment.carrier)))
        phones = session.scalars(select(Customer.phone)).all()
        categories = set(session.scalars(select(Product.category)))
    assert set(states) == set(get_args(OrderState))
    assert set(carriers) == set(SPOKEN_NAMES)
    assert len(categories) == 8
    assert all(phone[0] == "1" and phone[3:7] == "0000" and len(phone) == 11 for phone in phones)


@pytest.mark.parametrize("hour", [0, 4, 15, 16, 23])
def test_nothing_in_the_shop_lies_ahead_and_money_adds_up(databases: Databases, hour: int) -> None:
    database = databases.emptied("sqlite")
    now = NOW.replace(hour=hour, minute=3)
    seed_shop(database, now, SHOP_ZONE)
    with database.reading() as session:
        for order in session.scalars(select(Order)):
            steps = [at for at in (order.placed_at, order.paid_at, order.delivered_at) if at is not None]
            assert steps == sorted(steps)
            assert steps[-1] <= now
            goods_fen = sum(line.price_fen * line.quantity for line in order.lines)
            expected = goods_fen - order.discount_fen + order.shipping_fen if order.paid_at else 0
            assert order.paid_fen == expected
            assert order.order_no[-4:] == order.order_tail
        for shipment in session.scalars(select(Shipment)):
            moments = [tracking.at for tracking in shipment.events]
            assert moments == sorted(moments)
            assert moments[-1] <= now
            assert shipment.events[-1].state == shipment.state


def test_the_same_seed_and_clock_give_the_same_shop(databases: Databases) -> None:
    database = databases.emptied("sqlite")
    seed_shop(database, NOW, SHOP_ZONE, 7)
    first = rows(database)
    seed_shop(database, NOW, SHOP_ZONE, 7, reset=True)
    assert rows(database) == first
    seed_shop(database, NOW, SHOP_ZONE, 8, reset=True)
    assert rows(database)["orders"] != first["orders"]


def test_a_seeded_database_is_left_as_it_is(database: Database) -> None:
    seed_shop(database, NOW, SHOP_ZONE, 7)
    report = seed_shop(database, NOW, SHOP_ZONE, 8)
    assert (report.already_there, report.seed, report.orders) == (True, 7, 150)


@pytest.mark.parametrize("reset", [False, True])
def test_a_shop_from_elsewhere_is_never_touched(databases: Databases, reset: bool) -> None:
    database = databases.emptied("sqlite")
    Shop(customers=[a_customer()], orders=[JACKET]).write(database, NOW)
    with pytest.raises(NotADemoShopError, match="did not make"):
        seed_shop(database, NOW, SHOP_ZONE, reset=reset)
    assert (count(database, Customer), count(database, Order)) == (1, 1)


# What the fixed callers can try


class Asked:
    def __init__(self, database: Database) -> None:
        self.business = SqlBusiness(database, SHOP_ZONE)

    def orders(self, number: str) -> CallerIdentified:
        found = self.business.answer(IdentifyCaller(from_number=number), Policies(), NOW)
        assert isinstance(found, CallerIdentified)
        return found

    def check(self, number: str, name: str, reason: str = "unwanted") -> RefundChecked:
        for order in self.orders(number).orders:
            for line in order.lines:
                if line.name == name:
                    request = CheckRefund(
                        order_no=order.order_no, line_nos=(line.line_no,), reason=reason, refund_type=None
                    )
                    checked = self.business.answer(request, Policies(), NOW)
                    assert isinstance(checked, RefundChecked)
                    return checked
        raise AssertionError(f"{number} has bought no {name}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}")
    database.upgrade()
    seed_shop(database, NOW, SHOP_ZONE)
    yield Asked(database)
    database.close()


def test_the_first_caller_has_sneakers_at_the_door_and_a_jacket_to_return(demo: Asked) -> None:
    found = demo.orders("+8613800000001")
    assert found.title == "女士"
    assert [(order.state, order.lines[0].name) for order in found.orders] == [
        ("shipped", "运动鞋"),
        ("delivered", "羽绒服"),
    ]
    sneakers, jacket = found.orders
    parcel = demo.business.answer(TrackParcel(order_no=sneakers.order_no), Policies(), NOW)
    assert isinstance(parcel, ParcelTracked)
    assert (parcel.state, parcel.carrier, parcel.place) == ("out_for_delivery", "SF", "杭州")
    assert parcel.eta_on == "2026-11-22"
    assert jacket.delivered_on == "2026-11-19"
    assert jacket.paid_fen < 20_000
    checked = demo.check("13800000001", "羽绒服", "size")
    assert (checked.decision, checked.needs_code, checked.amount_fen) == ("allowed", False, jacket.paid_fen)


@pytest.mark.parametrize(
    ("number", "name", "reason", "decision", "clause"),
    [
        ("13800000003", "保暖内衣", "unwanted", "refused", "refund.excluded.underwear"),
        ("13800000003", "车厘子", "unwanted", "refused", "refund.excluded.fresh_food"),
        ("13800000003", "车厘子", "damaged", "allowed", "refund.without_return"),
        ("13800000003", "水杯", "unwanted", "refused", "refund.excluded.custom_made"),
        ("13800000003", "面膜", "unwanted", "review", "refund.unopened_only"),
        ("13800000004", "卫衣", "unwanted", "refused", "refund.seven_days"),
        ("13800000004", "卫衣", "quality", "allowed", "refund.fault"),
        ("13800000005", "洗衣机", "unwanted", "review", "refund.review.amount"),
        ("13800000006", "连衣裙", "unwanted", "refused", "refund.already_on_file"),
        ("13800000009", "帆布鞋", "unwanted", "review", "refund.review.risk"),
    ],
)
def test_the_callers_get_what_their_part_says(
    demo: Asked, number: str, name: str, reason: str, decision: str, clause: str
) -> None:
    checked = demo.check(number, name, reason)
    assert (checked.decision, checked.clause) == (decision, clause)


def test_the_other_parts_are_there_too(demo: Asked) -> None:
    assert len(demo.orders("13800000002").orders) == 6
    assert demo.orders("13800000007").customer_id is not None
    assert demo.orders("13800000007").orders == ()
    assert demo.check("13800000008", "电饭煲").needs_code
    assert demo.check("13800000010", "绘本").amount_fen < 8_800
    assert demo.orders(STRANGER).customer_id is None


def test_every_fixed_order_is_found_by_its_documented_tails(demo: Asked) -> None:
    for caller in CALLERS:
        for order in caller.orders:
            assert order.tail is not None
            request = VerifyTails(order_tail=order.tail, phone_tail=caller.number[-4:], attempt=1)
            found = demo.business.answer(request, Policies(), NOW)
            assert isinstance(found, CallerIdentified)
            assert [line.name for line in found.orders[0].lines] == [line.name for line in order.lines]


# Writing exactly once


@pytest.fixture
def jacket_shop(database: Database) -> Database:
    Shop(customers=[a_customer()], orders=[JACKET]).write(database, NOW)
    return database


def test_a_refund_is_one_row_with_its_lines(jacket_shop: Database) -> None:
    business = SqlBusiness(jacket_shop, SHOP_ZONE)
    decided = business.answer(a_refund_request(JACKET), Policies(), NOW)
    assert isinstance(decided, RefundDecided)
    with jacket_shop.reading() as session:
        refund = session.scalars(select(Refund).where(Refund.refund_no == decided.refund_no)).one()
        assert (refund.state, refund.amount_fen, refund.clause) == ("approved", 18_900, "refund.seven_days")
        assert (refund.freight_payer, refund.freight_fen, refund.reason_text) == ("caller", 1_200, "不想要了")
        assert [(line.amount_fen, line.standing) for line in refund.lines] == [(18_900, True)]


def test_a_crash_after_the_commit_and_a_retry_leave_one_refund(jacket_shop: Database) -> None:
    class DiesAfterCommit(Database):
        @contextmanager
        def session(self) -> Iterator[Session]:
            with super().session() as session:
                yield session
            raise OperationalError("", None, OSError("the connection died after COMMIT"))

    url = jacket_shop.url.render_as_string(hide_password=False)
    dying = DiesAfterCommit(url)
    lost = SqlBusiness(dying, SHOP_ZONE).answer(a_refund_request(JACKET), Policies(), NOW)
    dying.close()
    assert isinstance(lost, LookupFailed)
    assert lost.retryable
    again = SqlBusiness(jacket_shop, SHOP_ZONE).answer(a_refund_request(JACKET), Policies(), NOW)
    assert isinstance(again, RefundDecided)
    assert (again.state, again.already_on_file) == ("approved", False)
    assert (count(jacket_shop, Refund), count(jacket_shop, RefundLine)) == (1, 1)


def test_a_process_killed_before_its_commit_leaves_nothing_and_a_retry_writes_once(
    jacket_shop: Database,
) -> None:
    program = (
        "import os, pickle, sys\n"
        "from sqlalchemy import event\n"
        "from datetime import datetime\n"
        "from voicebot.shop.backends.fake import SHOP_ZONE\n"
        "from voicebot.shop.backends.sql import SqlBusiness\n"
        "from voicebot.shop.policies import Policies\n"
        "from voicebot.storage.database import Database\n"
        "database = Database(sys.argv[1])\n"
        "event.listen(database.engine, sys.argv[2], lambda *_: os._exit(9))\n"
        "request = pickle.load(sys.stdin.buffer)\n"
        "SqlBusiness(database, SHOP_ZONE).answer(request, Policies(), datetime.fromisoformat(sys.argv[3]))\n"
    )
    url = jacket_shop.url.render_as_string(hide_password=False)
    arguments = [sys.executable, "-c", program, url, "commit", NOW.isoformat()]
    killed = subprocess.run(arguments, input=pickle.dumps(a_refund_request(JACKET)), check=False)
    assert killed.returncode == 9, "killed with everything written and nothing committed"
    assert count(jacket_shop, Refund) == count(jacket_shop, RefundLine) == 0
    decided = SqlBusiness(jacket_shop, SHOP_ZONE).answer(a_refund_request(JACKET), Policies(), NOW)
    assert isinstance(decided, RefundDecided)
    assert (decided.state, count(jacket_shop, Refund)) == ("approved", 1)


def test_a_refused_refund_lets_the_line_be_asked_for_again(jacket_shop: Database) -> None:
    business = SqlBusiness(jacket_shop, SHOP_ZONE)
    business.answer(a_refund_request(JACKET), Policies(), NOW)
    with jacket_shop.session() as session:
        refund = session.scalars(select(Refund)).one()
        refund.state = "refused"
        for line in refund.lines:
            line.standing = False
    second = business.answer(a_refund_request(JACKET, "call-2:refund:1"), Policies(), NOW)
    assert isinstance(second, RefundDecided)
    assert (second.state, second.already_on_file) == ("approved", False)
    assert count(jacket_shop, Refund) == 2


# Trouble with the database


READS: tuple[Request, ...] = (
    IdentifyCaller(from_number="13800000001"),
    TrackParcel(order_no=JACKET.order_no),
    a_refund_request(JACKET),
)


@pytest.mark.parametrize("request_", READS, ids=lambda request: type(request).__name__)
def test_an_unreachable_database_fails_for_now(request_: Request) -> None:
    business = SqlBusiness(Database("postgresql://voicebot:secret@127.0.0.1:1/shop"), SHOP_ZONE)
    failed = business.answer(request_, Policies(), NOW)
    assert isinstance(failed, LookupFailed)
    assert failed.retryable
    assert "secret" not in failed.message
    assert "13800000001" not in failed.message


@pytest.mark.parametrize("request_", READS, ids=lambda request: type(request).__name__)
def test_missing_tables_fail_for_good(tmp_path: Path, request_: Request) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    failed = SqlBusiness(database, SHOP_ZONE).answer(request_, Policies(), NOW)
    database.close()
    assert isinstance(failed, LookupFailed)
    assert not failed.retryable


@pytest.mark.postgres
def test_a_connection_that_is_cut_fails_for_now_and_the_next_one_answers(databases: Databases) -> None:
    database = databases.emptied("postgresql")
    Shop(customers=[a_customer()], orders=[JACKET]).write(database, NOW)
    business = SqlBusiness(database, SHOP_ZONE)

    def cut(_connection: object, cursor: psycopg.Cursor[object], statement: str, *_: object) -> None:
        if "INSERT INTO refunds" in statement:
            with psycopg.connect(POSTGRES_URL, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (cursor.connection.info.backend_pid,))

    event.listen(database.engine, "before_cursor_execute", cut)
    try:
        failed = business.answer(a_refund_request(JACKET), Policies(), NOW)
    finally:
        event.remove(database.engine, "before_cursor_execute", cut)
    assert isinstance(failed, LookupFailed)
    assert failed.retryable
    decided = business.answer(a_refund_request(JACKET), Policies(), NOW)
    assert isinstance(decided, RefundDecided)
    assert (decided.state, count(database, Refund)) == ("approved", 1)


def test_a_file_that_somebody_keeps_locked_fails_for_now(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = databases.emptied("sqlite")
    Shop(customers=[a_customer()], orders=[JACKET]).write(holder, NOW)
    monkeypatch.setattr("voicebot.storage.database.BUSY_TIMEOUT_MS", 50)
    waiting = Database(str(holder.url))
    with holder.session() as session:
        session.connection()  # the transaction begins here
        failed = SqlBusiness(waiting, SHOP_ZONE).answer(a_refund_request(JACKET), Policies(), NOW)
        still_read = SqlBusiness(waiting, SHOP_ZONE).answer(
            TrackParcel(order_no=JACKET.order_no), Policies(), NOW
        )
    waiting.close()
    assert isinstance(failed, LookupFailed)
    assert failed.retryable
    assert isinstance(still_read, ParcelTracked)


def test_a_wrong_order_tail_and_a_wrong_phone_tail_ask_the_database_the_same(databases: Databases) -> None:
    database = databases.emptied("sqlite")
    Shop(customers=[a_customer()], orders=[JACKET]).write(database, NOW)
    business = SqlBusiness(database, SHOP_ZONE)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        work = []
        for order_tail, phone_tail in (("9999", "0001"), ("8806", "9999"), ("9999", "9999"), ("x", "y")):
            asked.clear()
            business.answer(
                VerifyTails(order_tail=order_tail, phone_tail=phone_tail, attempt=1), Policies(), NOW
            )
            work.append(tuple(asked))
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert len(set(work)) == 1
    assert len([statement for statement in work[0] if statement.startswith("SELECT")]) == 1
