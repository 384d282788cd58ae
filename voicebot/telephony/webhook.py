"""Webhooks of a call: it comes in, its stream ends, somebody answers or not, it is over."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, abort, request
from twilio.twiml.voice_response import VoiceResponse

from voicebot.telephony.keypad import menu
from voicebot.telephony.public_address import public_base, socket_url
from voicebot.telephony.switchboard import Switchboard, caller_of
from voicebot.telephony.twiml import PROMPTS, answer, connect_stream, farewell, to_human

STREAM_PATH = "/media"

log = structlog.get_logger(__name__)


def create_webhooks(board: Switchboard) -> Blueprint:
    """Serve POST /voice/incoming, after-stream, dial-result, queue-wait, status and GET /voice/prompts."""
    blueprint = Blueprint("voice", __name__, url_prefix="/voice")

    @blueprint.post("/incoming")
    def incoming() -> Response:
        board.admit_webhook(request)
        return answer(_incoming(board))

    @blueprint.post("/after-stream")
    def after_stream() -> Response:
        board.admit_webhook(request)
        return answer(_after_stream(board))

    @blueprint.post("/dial-result")
    def dial_result() -> Response:
        board.admit_webhook(request)
        return answer(_dial_result(board))

    @blueprint.post("/queue-wait")
    def queue_wait() -> Response:
        board.admit_webhook(request)
        response = VoiceResponse()
        board.speaker.prompt(response, "queue_wait")
        response.pause(length=15)
        return answer(response)

    @blueprint.post("/status")
    def status() -> tuple[str, int]:
        board.admit_webhook(request)
        duration = request.form.get("CallDuration", "")
        board.line.status(
            caller_of(request).call_sid,
            request.form.get("CallStatus", "")[:32],
            int(duration) if duration.isascii() and duration.isdigit() and len(duration) < 9 else None,
        )
        return "", 204

    @blueprint.get("/prompts/<key>.wav")
    def prompt(key: str) -> Response:
        """Serve fixed prompts; they are the same for everybody, so no signature is asked."""
        board.limit_address(request)
        wav = board.prompts(key) if key in PROMPTS else None
        if wav is None:
            abort(404)
        return Response(wav, content_type="audio/wav", headers={"Cache-Control": "public, max-age=300"})

    return blueprint


def _incoming(board: Switchboard) -> VoiceResponse:
    caller = caller_of(request)
    if caller.from_number is not None and not board.by_number.allows(caller.from_number):
        log.warning("call.too_many", call_sid=caller.call_sid)
        return farewell(board.speaker, "too_many_calls")
    if not board.line.admits():
        log.warning("call.keypad_fallback", call_sid=caller.call_sid)
        return menu(board, "keypad_menu")
    url = socket_url(public_base(request, board.settings), STREAM_PATH)
    return connect_stream(url, board.tickets.issue(caller))


def _after_stream(board: Switchboard) -> VoiceResponse:
    call_sid = caller_of(request).call_sid
    if request.form.get("CallStatus") in ("completed", "canceled", "failed", "busy", "no-answer"):
        return VoiceResponse()
    outcome = board.line.outcome(call_sid)
    log.info("call.after_stream", call_sid=call_sid, outcome=outcome.kind, ticket_no=outcome.ticket_no)
    if outcome.kind == "hangup":
        return farewell(board.speaker, None)
    if outcome.kind == "transfer":
        return to_human(board.settings, board.speaker, None)
    return to_human(board.settings, board.speaker, "apology_transfer")


def _dial_result(board: Switchboard) -> VoiceResponse:
    """After ``<Dial>`` or ``<Enqueue>``: somebody talked to the caller, or nobody could."""
    result = request.form.get("DialCallStatus") or request.form.get("QueueResult") or ""
    call_sid = caller_of(request).call_sid
    if result in ("completed", "answered", "bridged", "hangup", "leave", "redirected"):
        return farewell(board.speaker, None)
    log.warning("call.nobody_answered", call_sid=call_sid, result=result[:32])
    noted = board.line.outcome(call_sid).ticket_no is not None
    return farewell(board.speaker, "nobody_answers_noted" if noted else "nobody_answers")
