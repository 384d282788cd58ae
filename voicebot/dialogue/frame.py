"""One task under way: what the caller has said so far, what the business has answered, what was agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from voicebot.dialogue.requests import (
    CallerIdentified,
    FactVerified,
    OrderLine,
    OrderView,
    Request,
    Result,
    VerifyTails,
)
from voicebot.nlu.reading import SlotValue


@dataclass
class Frame:
    """The slots, results and agreements of one task. What comes next is derived from them anew each time."""

    task: str
    number: int
    """Counts the tasks of this call from 1: part of the idempotency key of what it writes."""
    slots: dict[str, SlotValue] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    """The caller's own words for a slot."""
    heard: dict[str, str] = field(default_factory=dict)
    """The last value of each slot, in the order of hearing: for 不是三是四 and 上一步."""
    unsure: set[str] = field(default_factory=set)
    """Slots whose value was not heard clearly: it is read back before it counts."""
    synonyms: tuple[str, ...] = ()
    """Other names of the product that was said."""
    results: dict[Request, Result] = field(default_factory=dict)
    confirmed: str | None = None
    """The proposal that the caller said yes to."""
    denied: str | None = None
    turned_down: set[str] = field(default_factory=set)
    """Candidates that the caller does not mean."""
    told: set[str] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=dict)
    """How often something led nowhere in this task: ``named``, ``unknown fact``."""

    def text(self, slot: str) -> str | None:
        """A slot's value as text; None where it is not known."""
        value = self.slots.get(slot)
        return None if value is None else str(value)

    def put(self, slot: str, value: SlotValue, words: str, *, sure: bool = True) -> None:
        """Keep a value that the caller has said; one that is not ``sure`` has to be read back."""
        self.slots[slot] = value
        (self.unsure.discard if sure else self.unsure.add)(slot)
        self.words[slot] = words
        self.heard.pop(slot, None)
        self.heard[slot] = str(value)

    def drop(self, *slots: str) -> None:
        """Forget values that turned out wrong; what was heard stays known to 上一步."""
        for slot in slots:
            self.slots.pop(slot, None)
            self.words.pop(slot, None)
            self.unsure.discard(slot)


@dataclass
class KnownCaller:
    """What is known of the caller, shared by all tasks of the call."""

    from_number: str | None
    today: date
    """In the shop's zone."""
    identified: CallerIdentified | None = None
    by_tails: bool = False
    """Identified by the two tails, not by the calling number."""
    proven_orders: set[str] = field(default_factory=set)
    """Orders of which the caller has named a fact."""
    tries_allowed: int = 3
    tries: dict[str, int] = field(default_factory=dict)
    """Wrong ``tails and wrong facts (``fact``) of the whole call: a new task gives no new tries."""
    heard_a_place: bool = False
    """The line has said where a parcel is: naming that city proves nothing any more."""
    carriers: dict[str, None] = field(default_factory=dict)
    """Codes of those that have a parcel of this caller, as far as this call has asked; in that order."""

    def learn(self, request: Request, result: CallerIdentified) -> bool:
        """Keep who is calling; tails that match nobody change nothing. True when tails have matched."""
        by_tails = isinstance(request, VerifyTails)
        if not by_tails or result.customer_id is not None:
            self.identified, self.by_tails = result, by_tails
        return by_tails and result.customer_id is not None

    @property
    def is_identified(self) -> bool:
        """A customer is known, by number or by tails."""
        return self.identified is not None and self.identified.customer_id is not None

    @property
    def customer_id(self) -> str | None:
        return self.identified.customer_id if self.identified else None

    @property
    def orders(self) -> tuple[OrderView, ...]:
        """What this caller may hear about, newest first; by tails one order alone."""
        return self.identified.orders if self.identified else ()

    def order(self, order_no: str) -> OrderView | None:
        return next((order for order in self.orders if order.order_no == order_no), None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order, or one line of it, that a task could be about."""

    order: OrderView
    line: OrderLine

    @property
    def key(self) -> str:
        """``order number/line number``: what the slot ``candidate`` holds."""
        return f"{self.order.order_no}/{self.line.line_no}"


def matches(line: OrderLine, product: str) -> bool:
    """Does the caller's word for a product mean this line? 外套 means a 羽绒服 that has it as an alias."""
    said = product.lower()
    names = [name.lower() for name in (line.name, *line.aliases) if name]
    return any(said in name or name in said for name in names)


def fact_is_right(result: Result | None) -> bool:
    """Has the business said that the fact fits the order?"""
    return isinstance(result, FactVerified) and result.correct
