"""Tickets are for one call, once, for a minute; limits refill and forget."""

from __future__ import annotations

import itertools

import pytest

from voicebot.telephony.configuration import TelephonySettings
from voicebot.telephony.line import Caller
from voicebot.telephony.rate_limit import RateLimit
from voicebot.telephony.tickets import TicketRefused, Tickets

CALLER = Caller(call_sid="CA1", from_number="+8613800000001", to_number="+864000000000")


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def an_office(watch: Watch, capacity: int = 1000) -> Tickets:
    numbers = itertools.count()
    return Tickets(secret=lambda: f"secret{next(numbers)}", now=watch, capacity=capacity)


def test_a_ticket_gives_back_its_caller_once() -> None:
    tickets = an_office(Watch())
    ticket = tickets.issue(CALLER)
    assert tickets.redeem(ticket, call_sid="CA1", channel="phone") == CALLER
    with pytest.raises(TicketRefused, match="used"):
        tickets.redeem(ticket, call_sid="CA1", channel="phone")


@pytest.mark.parametrize("ticket", [None, "", "guess"])
def test_an_unknown_ticket_is_refused(ticket: str | None) -> None:
    with pytest.raises(TicketRefused, match="unknown"):
        an_office(Watch()).redeem(ticket, call_sid="CA1", channel="phone")


@pytest.mark.parametrize(("call_sid", "channel"), [("CA2", "phone"), ("CA1", "softphone")])
def test_a_ticket_is_bound_to_its_call_and_channel(call_sid: str, channel: str) -> None:
    tickets = an_office(Watch())
    with pytest.raises(TicketRefused, match="another"):
        tickets.redeem(tickets.issue(CALLER), call_sid=call_sid, channel=channel)


def test_a_ticket_expires_after_a_minute() -> None:
    watch = Watch()
    tickets = an_office(watch)
    ticket = tickets.issue(CALLER)
    watch.seconds = 60.0
    with pytest.raises(TicketRefused, match="expired"):
        tickets.redeem(ticket, call_sid="CA1", channel="phone")


def test_tickets_never_pile_up() -> None:
    watch = Watch()
    tickets = an_office(watch, capacity=3)
    issued = [tickets.issue(CALLER) for _ in range(5)]
    assert len(tickets) == 3
    assert tickets.redeem(issued[-1], call_sid="CA1", channel="phone") == CALLER
    watch.seconds = 61.0
    tickets.issue(CALLER)
    assert len(tickets) == 1


def test_a_limit_allows_a_burst_and_then_its_rate() -> None:
    watch = Watch()
    limit = RateLimit(per_minute=60, burst=2, now=watch)
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    assert limit.allows("b")
    watch.seconds = 1.0
    assert [limit.allows("a"), limit.allows("a")] == [True, False]


def test_a_limit_forgets_who_asked_longest_ago() -> None:
    limit = RateLimit(per_minute=1, burst=1, now=Watch(), capacity=2)
    for key in "abc":
        assert limit.allows(key)
    assert len(limit) == 2
    assert not limit.allows("c")
    assert limit.allows("a")


def test_secrets_do_not_show_in_what_a_log_may_print() -> None:
    settings = TelephonySettings(auth_token="a-secret-token", softphone_password="a-secret-word")
    assert "a-secret" not in repr(settings)
