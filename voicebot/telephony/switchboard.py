"""What all blueprints of the carrier's side share: the line, its settings, the tickets and the limits."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Request, abort

from voicebot.telephony.configuration import PromptSource, TelephonySettings, no_prompts
from voicebot.telephony.line import Caller, Line
from voicebot.telephony.public_address import client_address
from voicebot.telephony.rate_limit import RateLimit
from voicebot.telephony.signature import require_signature
from voicebot.telephony.tickets import Tickets
from voicebot.telephony.twiml import Speaker

MAX_FORM_BYTES = 32_768

_WITHHELD = {
    # What From holds for a hidden number: words, or the same words on a telephone's keys.
    # https://help.twilio.com/articles/223179988
    "anonymous", "restricted", "unavailable", "unknown", "blocked", "private",
    "+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533", "+7774824",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    line: Line
    settings: TelephonySettings
    tickets: Tickets
    now: Callable[[], float]
    """Seconds of a clock that never goes back."""
    secret: Callable[[], str]
    prompts: PromptSource
    speaker: Speaker
    by_number: RateLimit
    by_address: RateLimit

    @classmethod
    def build(
        cls,
        line: Line,
        settings: TelephonySettings,
        *,
        prompts: PromptSource = no_prompts,
        now: Callable[[], float] = time.monotonic,
        secret: Callable[[], str] = secrets.token_urlsafe,
    ) -> Switchboard:
        """Wire the parts; tests bring their own clock and secrets."""
        return cls(
            line=line,
            settings=settings,
            tickets=Tickets(secret=secret, now=now),
            now=now,
            secret=secret,
            prompts=prompts,
            speaker=Speaker(settings=settings, has_recording=lambda key: prompts(key) is not None),
            by_number=RateLimit(
                per_minute=settings.calls_per_minute_per_number,
                burst=settings.calls_per_minute_per_number,
                now=now,
            ),
            by_address=RateLimit(
                per_minute=settings.requests_per_minute_per_address,
                burst=settings.requests_per_minute_per_address,
                now=now,
            ),
        )

    def limit_address(self, request: Request) -> None:
        """Answer 429 when this address has asked too often."""
        if not self.by_address.allows(client_address(request, self.settings)):
            abort(429)

    def admit_webhook(self, request: Request) -> None:
        """Let only signed requests of a sensible size and number through: 413, 429 or 403."""
        request.max_content_length = MAX_FORM_BYTES
        self.limit_address(request)
        require_signature(request, self.settings)


def caller_of(request: Request) -> Caller:
    """Read who calls from a webhook's form; 400 when there is no call in it."""
    call_sid = request.form.get("CallSid", "")
    if not (call_sid.isascii() and call_sid.isalnum() and 1 <= len(call_sid) <= 64):
        abort(400)
    number = request.form.get("From", "").strip()[:64]
    return Caller(
        call_sid=call_sid,
        from_number=None if not number or number.lower() in _WITHHELD else number,
        to_number=request.form.get("To", "").strip()[:64],
    )
