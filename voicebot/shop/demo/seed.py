"""Fills an empty database with the demonstration shop: the same seed and clock give the same shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from random import Random

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from voicebot.ops.errors import UserFacingError
from voicebot.shop.demo.callers import CALLERS, DemoCaller
from voicebot.shop.demo.catalogue import WARES, product_no
from voicebot.shop.demo.orders import OrderBook
from voicebot.shop.demo.people import (
    CITIES,
    GIVEN_NAMES_MEN,
    GIVEN_NAMES_WOMEN,
    PHONE_PREFIXES,
    STREETS,
    SURNAMES,
    full_address,
)
from voicebot.shop.demo.plan import planned_order
from voicebot.shop.demo.reading import ARTICLES, COUPONS, SOURCE
from voicebot.storage.database import Database
from voicebot.storage.tables import (
    Article,
    Coupon,
    Customer,
    DemoSeed,
    Order,
    OrderLine,
    Product,
    Refund,
    RefundLine,
    Shipment,
    Ticket,
    Title,
    TrackingEvent,
)

DEFAULT_SEED = 20_261_122
CUSTOMERS = 40
ORDERS = 150
SHOP_TABLES = (
    Ticket, RefundLine, Refund, TrackingEvent, Shipment, OrderLine, Order,
    Coupon, Article, Product, Customer, DemoSeed,
)  # fmt: skip
"""In the order in which they can be emptied."""


class NotADemoShopError(UserFacingError):
    """The database holds a shop that the seed did not make; it is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReport:
    seed: int
    already_there: bool
    """The shop stood already, from ``seed``; nothing was written."""
    customers: int
    products: int
    orders: int


def seed_shop(
    database: Database, now: datetime, zone: tzinfo, seed: int = DEFAULT_SEED, *, reset: bool = False
) -> SeedReport:
    """Write the shop in one transaction; ``now`` has a zone, days are counted in the shop's ``zone``.

    Leaves a seeded database as it is, unless ``reset`` asks for a new one. Raises ``NotADemoShopError`` where
    customers, products or orders came from elsewhere.
    """
    with database.session() as session:
        made = session.scalar(select(DemoSeed).order_by(DemoSeed.id.desc()).limit(1))
        if made is None and any(_count(session, table) for table in (Customer, Product, Order)):
            raise NotADemoShopError(
                f"The database {database.address} holds a shop that `voicebot db seed` did not make.",
                "Nothing was changed. Point VOICEBOT_DATABASE_URL to an empty database.",
            )
        if made is not None and not reset:
            return _report(session, made.seed, already_there=True)
        for table in SHOP_TABLES:
            session.execute(delete(table))
        _Shop(session, Random(seed), now.astimezone(zone)).build()  # noqa: S311  a made-up shop, no secret
        session.add(DemoSeed(seed=seed, seeded_at=now))
        session.flush()
        return _report(session, seed, already_there=False)


def _count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _report(session: Session, seed: int, *, already_there: bool) -> SeedReport:
    return SeedReport(
        seed=seed,
        already_there=already_there,
        customers=_count(session, Customer),
        products=_count(session, Product),
        orders=_count(session, Order),
    )


class _Shop:
    """One shop being made; ``now`` is in the shop's zone."""

    def __init__(self, session: Session, rng: Random, now: datetime) -> None:
        self.session = session
        self.rng = rng
        self.now = now

    def build(self) -> None:
        products = self._products()
        self._coupons_and_articles()
        book = OrderBook(self.session, self.rng, self.now, products)
        fixed = [(self._fixed_customer(caller, i), caller) for i, caller in enumerate(CALLERS, start=1)]
        others = list(self._other_customers(first=len(CALLERS) + 1))
        self.session.add_all([*(customer for customer, _ in fixed), *others])
        self.session.flush()
        for customer, caller in fixed:
            for plan in caller.orders:
                book.enter(customer, plan)
        for index in range(ORDERS - book.entered):
            book.enter(others[index % len(others)], planned_order(self.rng, index))
        self.session.flush()

    def _products(self) -> dict[str, Product]:
        products = {
            ware.name: Product(
                product_no=product_no(ware),
                name=ware.name,
                aliases=list(ware.aliases),
                category=ware.category,
                return_class=ware.return_class,
                price_fen=ware.price_fen,
                stock=self.rng.choice((0, 3, 25, 80, 200)),
                facts=dict([ware.fact]),
            )
            for ware in WARES
        }
        self.session.add_all(products.values())
        self.session.flush()
        return products

    def _coupons_and_articles(self) -> None:
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        for code, title, threshold_fen, discount_fen, first_day, last_day in COUPONS:
            self.session.add(
                Coupon(
                    code=code,
                    title=title,
                    threshold_fen=threshold_fen,
                    discount_fen=discount_fen,
                    starts_at=midnight + timedelta(days=first_day),
                    ends_at=midnight + timedelta(days=last_day + 1),
                )
            )
        for key, title, body in ARTICLES:
            self.session.add(Article(key=key, title=title, body=body, source=SOURCE, updated_at=midnight))

    def _fixed_customer(self, caller: DemoCaller, number: int) -> Customer:
        return self._customer(number, caller.name, caller.title, caller.number, caller.city, caller.risk)

    def _other_customers(self, first: int) -> Iterator[Customer]:
        for number in range(first, CUSTOMERS + 1):
            title: Title = "女士" if number % 2 else "先生"
            given = self.rng.choice(GIVEN_NAMES_WOMEN if title == "女士" else GIVEN_NAMES_MEN)
            name = self.rng.choice(SURNAMES) + given
            phone = f"{self.rng.choice(PHONE_PREFIXES)}0000{1000 + number * 37:04d}"
            risk = "raised" if number % 13 == 0 else "low"
            yield self._customer(number, name, title, phone, self.rng.choice(CITIES), risk)

    def _customer(self, number: int, name: str, title: Title, phone: str, city: str, risk: str) -> Customer:
        return Customer(
            customer_no=f"C{number:04d}",
            name=name,
            title=title,
            phone=phone,
            city=city,
            address=full_address(
                city, self.rng.choice(STREETS), self.rng.randint(1, 200), self.rng.randint(101, 1808)
            ),
            risk=risk,
            joined_at=self.now - timedelta(days=self.rng.randint(70, 900)),
        )
