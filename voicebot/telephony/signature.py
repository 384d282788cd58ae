"""Twilio's signature, checked on every webhook and on the WebSocket handshake.

The header holds HMAC-SHA1, by the auth token, of the public address and the sorted form fields; on a
handshake there are no fields (https://www.twilio.com/docs/usage/security#validating-requests). Twilio signs a
stream's address as the TwiML wrote it (wss://); proxies and versions differ in the scheme and in a slash at
the end, so all of these forms of *our own* address count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import structlog
from flask import Request, abort
from twilio.request_validator import RequestValidator

from voicebot.telephony.configuration import TelephonySettings
from voicebot.telephony.public_address import client_address, is_local, public_url

HEADER = "X-Twilio-Signature"

log = structlog.get_logger(__name__)


def signed_by_carrier(request: Request, settings: TelephonySettings) -> bool:
    """Tell whether this request comes from the carrier, or is allowed in without a signature."""
    if not settings.auth_token:
        return settings.allow_unsigned and is_local(request)
    signature = request.headers.get(HEADER, "")
    if not signature:
        return False
    validator = RequestValidator(settings.auth_token)
    url = public_url(request, settings)
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return any(validator.validate(form, {}, signature) for form in _socket_forms(url))
    fields: Mapping[str, str] = request.form
    return bool(validator.validate(url, fields, signature))


def require_signature(request: Request, settings: TelephonySettings) -> None:
    """Refuse with 403 what the carrier did not sign; the log names the place and never the body."""
    if not signed_by_carrier(request, settings):
        log.warning(
            "signature.refused",
            path=request.path,
            client=client_address(request, settings),
            signature="present" if HEADER in request.headers else "missing",
            hint=_hint(settings),
        )
        abort(403)
    account = request.form.get("AccountSid")
    if settings.account_sid and account is not None and account != settings.account_sid:
        log.warning("signature.wrong_account", path=request.path, client=client_address(request, settings))
        abort(403)


def _hint(settings: TelephonySettings) -> str:
    if not settings.auth_token:
        return "set VOICEBOT_TWILIO_AUTH_TOKEN; without it only this machine may call, with ALLOW_UNSIGNED=1"
    if not settings.public_url:
        return "behind a proxy or tunnel set VOICEBOT_PUBLIC_URL to the https address that Twilio calls"
    return "compare VOICEBOT_PUBLIC_URL and the auth token with Twilio's console"


def _socket_forms(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    schemes = ("wss", "https") if parts.scheme in ("https", "wss") else ("ws", "http")
    path = parts.path.rstrip("/")
    for scheme in schemes:
        for ending in ("", "/"):
            yield parts._replace(scheme=scheme, path=path + ending).geturl()
