"""The softphone: a page that phones the hotline from the browser, speaking the carrier's own protocol."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import Any

import structlog
from flask import Blueprint, Response, abort, jsonify, render_template, request

from voicebot.telephony.line import Caller
from voicebot.telephony.media_socket import require_own_origin
from voicebot.telephony.public_address import client_address, is_local
from voicebot.telephony.rate_limit import RateLimit
from voicebot.telephony.switchboard import Switchboard

MAX_REQUEST_BYTES = 4096
SOCKET_PATH = "/softphone/media"
_NUMBER = re.compile(r"\+?[0-9]{3,20}")

log = structlog.get_logger(__name__)


def create_softphone(board: Switchboard) -> Blueprint:
    """Serve /softphone to this machine itself, and elsewhere against the softphone's password."""
    blueprint = Blueprint(
        "softphone",
        __name__,
        url_prefix="/softphone",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    wrong_passwords = RateLimit(per_minute=10, burst=10, now=board.now)

    @blueprint.before_request
    def check() -> Response | None:
        board.limit_address(request)
        request.max_content_length = MAX_REQUEST_BYTES
        return None if is_local(request) else _ask_password(board, wrong_passwords)

    @blueprint.get("", strict_slashes=False)
    def page() -> Response:
        nonce = secrets.token_urlsafe(16)
        html = render_template(
            "softphone.html",
            nonce=nonce,
            numbers=board.settings.softphone_numbers,
            hotline_number=board.settings.hotline_number,
        )
        return _guarded(Response(html, content_type="text/html; charset=utf-8"), nonce)

    @blueprint.post("/call")
    def call() -> tuple[Response, int]:
        require_own_origin(board)
        wanted: Any = request.get_json(silent=True)
        number = wanted.get("from_number", False) if isinstance(wanted, dict) else False
        if number is not None and not (isinstance(number, str) and _NUMBER.fullmatch(number)):
            return jsonify(error="from_number"), 400
        if not board.line.admits():
            return jsonify(error="busy"), 503
        caller = Caller(
            call_sid="SP" + _identifier(board.secret()),
            from_number=number,
            to_number=board.settings.hotline_number,
            channel="softphone",
        )
        return jsonify(
            socket=SOCKET_PATH,
            account_sid="softphone",
            call_sid=caller.call_sid,
            stream_sid="MZ" + _identifier(board.secret()),
            ticket=board.tickets.issue(caller),
        ), 201

    return blueprint


def _ask_password(board: Switchboard, wrong_passwords: RateLimit) -> Response | None:
    client = client_address(request, board.settings)
    if board.settings.softphone_password is None:
        log.warning("softphone.refused", client=client)
        abort(403)
    if _knows_password(board.settings.softphone_password):
        return None
    if not wrong_passwords.allows(client):
        abort(429)
    return Response("", 401, {"WWW-Authenticate": 'Basic realm="softphone", charset="UTF-8"'})


def _identifier(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def _knows_password(password: str) -> bool:
    """Check HTTP Basic by hand: Werkzeug's own reading drops passwords that are not UTF-8 in silence."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(encoded, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, password.encode())


def _guarded(response: Response, nonce: str) -> Response:
    """Allow our own files and sockets alone; not every browser takes 'self' to cover a WebSocket."""
    sockets = f"ws://{request.host} wss://{request.host}"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; "
        f"script-src 'nonce-{nonce}' 'self'; "
        "style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {sockets}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
