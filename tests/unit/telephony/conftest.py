"""A line that does what a test tells it to, and a Flask client for the blueprints in front of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from voicebot.dialogue.requests import (
    CallerIdentified,
    LookupFailed,
    OpenTicket,
    Request,
    Result,
    TicketOpened,
)
from voicebot.simulator.signing import HEADER, sign
from voicebot.telephony.blueprints import create_blueprints
from voicebot.telephony.configuration import PromptSource, TelephonySettings, no_prompts
from voicebot.telephony.line import Caller, OutcomeKind
from voicebot.telephony.media_stream import Started
from voicebot.telephony.transport import Transport

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://bot.example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    kind: OutcomeKind = "unknown"
    ticket_no: str | None = None
    summary: tuple[str, ...] = ()


@dataclass
class FakeLine:
    admitting: bool = True
    report: dict[str, Any] = field(default_factory=lambda: {"ready": True, "asr": "fake"})
    outcomes: dict[str, Ended] = field(default_factory=dict)
    answers: Callable[[Request], Result] = lambda request: LookupFailed(retryable=True, message="down")
    asked: list[Request] = field(default_factory=list)
    statuses: list[tuple[str, str, int | None]] = field(default_factory=list)
    served: list[Caller] = field(default_factory=list)

    def admits(self) -> bool:
        return self.admitting

    def ready(self) -> Mapping[str, Any]:
        return self.report

    def serve(self, transport: Transport, start: Started, caller: Caller) -> None:
        self.served.append(caller)

    def outcome(self, call_sid: str) -> Ended:
        return self.outcomes.get(call_sid, Ended())

    def business(self, request: Request) -> Result:
        self.asked.append(request)
        return self.answers(request)

    def status(self, call_sid: str, status: str, duration_seconds: int | None) -> None:
        self.statuses.append((call_sid, status, duration_seconds))


class Carrier:
    """Posts as the carrier does: signed for the public address."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def post(
        self, path: str, fields: Mapping[str, str] | None = None, *, token: str = TOKEN, **options: Any
    ) -> Any:
        body = {"CallSid": "CA1", "From": "+8613800000001", "To": "+864000000000", **(fields or {})}
        headers = {HEADER: sign(token, PUBLIC + path, body), **options.pop("headers", {})}
        return self.client.post(path, data=body, headers=headers, **options)

    def twiml(self, path: str, **fields: str) -> str:
        answered = self.post(path, fields)
        assert answered.status_code == 200, answered.status
        text: str = answered.get_data(as_text=True)
        return text


Hotline = Callable[..., Carrier]


@pytest.fixture
def line() -> FakeLine:
    return FakeLine()


@pytest.fixture
def hotline(line: FakeLine) -> Hotline:
    """`hotline(setting=value, …)`: the blueprints with these settings over those of a signed public line."""

    def build(*, prompts: PromptSource = no_prompts, **settings: Any) -> Carrier:
        app = Flask("hotline")
        told = TelephonySettings(**{"public_url": PUBLIC, "auth_token": TOKEN, **settings})
        for blueprint in create_blueprints(line, told, prompts=prompts):
            app.register_blueprint(blueprint)
        return Carrier(app.test_client())

    return build


@pytest.fixture
def ended() -> type[Ended]:
    return Ended


@pytest.fixture
def shop() -> Callable[..., Callable[[Request], Result]]:
    """`shop(orders)`: a shop that knows one caller with these orders, and opens tickets."""

    def build(orders: tuple[Any, ...], customer_id: str | None = "c1") -> Callable[[Request], Result]:
        def answer(request: Request) -> Result:
            if isinstance(request, OpenTicket):
                return TicketOpened(ticket_no="T100")
            return CallerIdentified(customer_id=customer_id, title=None, orders=orders)

        return answer

    return build
