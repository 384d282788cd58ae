"""What the carrier's side has to be told, in one value; bootstrap fills it from the settings."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftphoneNumber:
    """A number that the softphone offers to call from, and what there is to try with it."""

    number: str
    who: str = ""
    to_try: str = ""
    """In Chinese."""
    to_try_english: str = ""
    answers: str = ""
    """What the line will want to know, in the caller's words."""
    openings: tuple[str, ...] = ()
    """First lines to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephonySettings:
    public_url: str | None = None
    """Scheme and host under which the carrier reaches us (https://bot.example.com), a path prefix allowed."""
    account_sid: str | None = None
    """When set, webhooks of another account are refused."""
    auth_token: str | None = field(default=None, repr=False)
    """Signs the webhooks and handshakes; while unset they are refused (but see ``allow_unsigned``)."""
    allow_unsigned: bool = False
    """Take unsigned requests that come from this machine itself, for development."""
    trusted_proxies: tuple[Network, ...] = ()
    """Whose X-Forwarded-* headers are believed."""
    agent_number: str | None = None
    """Where humans answer; None puts the caller into the queue ``queue_name``."""
    queue_name: str = "support"
    dial_timeout_seconds: int = 30
    say_voice: str | None = "Polly.Zhiyu"
    """The carrier's own voice, heard only where no recorded prompt exists."""
    say_language: str = "cmn-CN"
    softphone: bool = True
    """Serve /softphone: to this machine itself, and elsewhere only with ``softphone_password``."""
    softphone_password: str | None = field(default=None, repr=False)
    """HTTP Basic password (any user name) for a softphone from elsewhere; None: this machine only."""
    softphone_numbers: tuple[SoftphoneNumber, ...] = ()
    """Numbers to call from, offered on the page."""
    hotline_number: str = "4000000000"
    """The number that a softphone calls."""
    calls_per_minute_per_number: int = 10
    requests_per_minute_per_address: int = 600
    messages_per_second: int = 120
    """On one socket; speech is 50 a second."""
    start_timeout_seconds: float = 10.0
    """How long a socket may stay without a ``start``."""
    ping_interval_seconds: float = 25.0


PromptSource = Callable[[str], bytes | None]
"""The WAV file of a fixed prompt (a key of ``twiml.PROMPTS``) in our own voice, None where none is."""


def no_prompts(key: str) -> bytes | None:  # noqa: ARG001  a PromptSource
    """Have none: everything is said by the carrier's voice."""
    return None
