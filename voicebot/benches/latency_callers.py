"""Callers for many calls at once: each with a number, orders and a pace of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

from sqlalchemy import select

from voicebot.shop.demo.callers import CALLERS, DemoCaller
from voicebot.shop.demo.orders import OrderBook
from voicebot.simulator.script import CallerScript
from voicebot.storage.database import Database
from voicebot.storage.tables import Customer, Product

THINKING_SECONDS = (0.9, 2.5)
"""From the end of what the line says to the caller's next word: so long at least and at most."""
COUNTRY_CODE = "+86"
PHONES_FROM = 13_900_002_000
"""Numbers of these callers: nobody of the demonstration shop has one, nor a tail that a script names."""


def own_callers(
    scripts: Sequence[CallerScript], database: Database, now: datetime, random: Random
) -> list[CallerScript]:
    """The same callers, but none shares a customer with another: what one returns, another still has.

    Their orders are copies of the demonstration's, dated back from ``now``. A number that the shop does not
    know stays unknown.
    """
    known = {f"{COUNTRY_CODE}{caller.number}": caller for caller in CALLERS}
    found: list[CallerScript] = []
    with database.session() as session:
        products = {product.name: product for product in session.scalars(select(Product))}
        models = {customer.phone: customer for customer in session.scalars(select(Customer))}
        book = OrderBook(session, random, now, products)
        for index, script in enumerate(scripts):
            from_number = script.from_number
            caller = known.get(from_number or "")
            if caller is not None:
                customer = _copy(models[caller.number], caller, index)
                session.add(customer)
                session.flush()
                for order in caller.orders:
                    book.enter(customer, order)
                from_number = COUNTRY_CODE + customer.phone
            elif from_number is not None:
                from_number = f"{from_number[:-5]}{index:05d}"
            found.append(replace(paced(script, random), from_number=from_number))
    return found


def _copy(model: Customer, caller: DemoCaller, index: int) -> Customer:
    return Customer(
        customer_no=f"B{index:05d}",
        name=caller.name,
        title=caller.title,
        phone=str(PHONES_FROM + index),
        city=caller.city,
        address=model.address,
        risk=caller.risk,
        joined_at=model.joined_at,
    )


def paced(script: CallerScript, random: Random) -> CallerScript:
    """The same caller with pauses for thought, each another."""
    steps = tuple(replace(step, quiet_seconds=random.uniform(*THINKING_SECONDS)) for step in script.steps)
    return replace(script, steps=steps)
