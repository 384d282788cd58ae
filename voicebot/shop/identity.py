"""Who may hear what: calling numbers, tails of order and phone, facts that prove an order one's own."""

from __future__ import annotations

import re
from hmac import compare_digest

from voicebot.dialogue.requests import CallerIdentified, Fact
from voicebot.shop.orders import BoughtOrder

NOBODY = CallerIdentified(customer_id=None, title=None, orders=())
"""The one answer to everybody who is not recognised, so that it tells nothing about any account."""
MAINLAND_MOBILE = re.compile(r"(?:\+|00)?86(1\d{10})")
TAIL = re.compile(r"\d{4}")


def phone_digits(number: str | None) -> str | None:
    """Return a calling number as the shop keeps it, or None when it is withheld or no telephone number.

    +8613800000001, 008613800000001 and 13800000001 are one number. Twilio gives a withheld number as a word
    ("anonymous", "Restricted") or as +266696687, which spells ANONYMOUS on a keypad; neither has a customer.
    """
    if number is None:
        return None
    compact = re.sub(r"[\s()-]", "", number)
    mainland = MAINLAND_MOBILE.fullmatch(compact)
    if mainland is not None:
        return mainland[1]
    if re.fullmatch(r"\+?[0-9]{5,15}", compact) is None or compact.lstrip("+") == "266696687":
        return None
    return compact.lstrip("+")


def are_tails(order_tail: str, phone_tail: str) -> bool:
    """Both are four ASCII digits; anything else matches nothing and need not be looked up as it is."""
    return all(tail.isascii() and TAIL.fullmatch(tail) is not None for tail in (order_tail, phone_tail))


def fact_is_true(order: BoughtOrder | None, fact: Fact, value: str) -> bool:
    """Tell whether the caller knows this fact of the order; an order that is not there has no facts."""
    if order is None:
        truth = ""
    elif fact == "order_tail":
        truth = order.order_no[-4:]
    elif fact == "amount":
        truth = str(order.paid_fen)
    else:
        truth = plain_city(order.city)
    said = plain_city(value) if fact == "city" else value.strip()
    return compare_digest(said.encode(), truth.encode()) and order is not None


def plain_city(city: str) -> str:
    """Return a city as people say it: 杭州市 → 杭州."""
    name = city.strip()
    return name.removesuffix("市") if len(name) > 2 else name
