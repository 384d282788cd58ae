"""The WebSockets of a call: the carrier's /media and the softphone's /softphone/media."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, abort, request
from flask.blueprints import BlueprintSetupState
from flask_sock import Sock
from simple_websocket import Server

from voicebot.telephony.line import Caller, Channel
from voicebot.telephony.media_stream import CLOSE_POLICY, Started
from voicebot.telephony.public_address import client_address, public_base
from voicebot.telephony.signature import require_signature
from voicebot.telephony.socket_transport import HARD_MAX_MESSAGE_BYTES, ReadByTheCall, SocketTransport
from voicebot.telephony.switchboard import Switchboard
from voicebot.telephony.tickets import TicketRefused
from voicebot.telephony.transport import StreamClosed

log = structlog.get_logger(__name__)


def create_media_socket(board: Switchboard) -> Blueprint:
    """Serve WS /media; a handshake without the carrier's signature gets 403 and no socket."""
    blueprint = Blueprint("media", __name__)

    @blueprint.before_request
    def check() -> None:
        board.limit_address(request)
        require_signature(request, board.settings)

    return _with_socket(board, blueprint, "/media", "phone")


def create_softphone_socket(board: Switchboard) -> Blueprint:
    """Serve WS /softphone/media, to pages of our own origin only; the ticket proves the rest."""
    blueprint = Blueprint("softphone_media", __name__)

    @blueprint.before_request
    def check() -> None:
        board.limit_address(request)
        require_own_origin(board)

    return _with_socket(board, blueprint, "/softphone/media", "softphone")


def require_own_origin(board: Switchboard) -> None:
    """Refuse what another site's page started: browsers send Origin and no page can forge it."""
    origin = urlsplit(request.headers.get("Origin", ""))
    own = {urlsplit(public_base(request, board.settings)).netloc, request.host}
    if origin.scheme not in ("http", "https") or origin.netloc not in own:
        log.warning(
            "softphone.wrong_origin", path=request.path, client=client_address(request, board.settings)
        )
        abort(403)


def _with_socket(board: Switchboard, blueprint: Blueprint, path: str, channel: Channel) -> Blueprint:
    sock = Sock()

    def limits(state: BlueprintSetupState) -> None:
        state.app.config["SOCK_SERVER_OPTIONS"] = {
            "thread_class": ReadByTheCall,
            "max_message_size": HARD_MAX_MESSAGE_BYTES,
        }

    blueprint.record_once(limits)

    def carry(server: Server) -> None:
        transport = SocketTransport(
            server,
            typed=channel == "softphone",
            messages_per_second=board.settings.messages_per_second,
            ping_interval_seconds=board.settings.ping_interval_seconds,
            now=board.now,
        )
        try:
            _carry(board, transport, channel)
        finally:
            transport.finish()

    sock.route(path, bp=blueprint)(carry)
    return blueprint


def _carry(board: Switchboard, transport: SocketTransport, channel: Channel) -> None:
    try:
        start = _await_start(board, transport)
        caller = _admit(board, transport, start, channel)
    except StreamClosed as closed:
        log.info("stream.never_started", channel=channel, reason=closed.reason)
        return
    log.info("stream.started", channel=channel, call_sid=caller.call_sid)
    try:
        board.line.serve(transport, start, caller)
    except StreamClosed as closed:
        log.info("stream.closed", call_sid=caller.call_sid, reason=closed.reason)
    if channel == "softphone":
        _tell_end(board, transport, caller)
    counts = transport.protocol
    log.info(
        "stream.ended",
        call_sid=caller.call_sid,
        dropped_chunks=counts.dropped_chunks,
        missing_chunks=counts.missing_chunks,
    )


def _tell_end(board: Switchboard, transport: SocketTransport, caller: Caller) -> None:
    outcome = board.line.outcome(caller.call_sid)
    ended = {
        "event": "ended",
        "outcome": outcome.kind,
        "ticket_no": outcome.ticket_no,
        "summary": list(outcome.summary),
    }
    try:
        transport.send_extra(ended)
    except StreamClosed as closed:
        log.debug("softphone.left_first", call_sid=caller.call_sid, reason=closed.reason)


def _await_start(board: Switchboard, transport: SocketTransport) -> Started:
    deadline_seconds = board.now() + board.settings.start_timeout_seconds
    while (left_seconds := deadline_seconds - board.now()) > 0:
        message = transport.receive(left_seconds)
        if isinstance(message, Started):
            return message
    transport.close(CLOSE_POLICY)
    raise StreamClosed("no start came in time")


def _admit(
    board: Switchboard, transport: SocketTransport, start: Started, channel: Literal["phone", "softphone"]
) -> Caller:
    try:
        return board.tickets.redeem(start.parameters.get("ticket"), call_sid=start.call_sid, channel=channel)
    except TicketRefused as refused:
        log.warning("stream.ticket_refused", channel=channel, call_sid=start.call_sid, reason=str(refused))
        transport.close(CLOSE_POLICY)
        raise StreamClosed(str(refused)) from None
