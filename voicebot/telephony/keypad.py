"""The keypad menu that answers when no stream can be served: orders by tail numbers, and a human."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, request
from twilio.twiml.voice_response import Gather, VoiceResponse

from voicebot.dialogue.requests import (
    CallerIdentified,
    OpenTicket,
    OrderView,
    ParcelTracked,
    TicketOpened,
    TrackParcel,
    VerifyTails,
)
from voicebot.telephony.switchboard import Switchboard, caller_of
from voicebot.telephony.twiml import answer, gather_digits, to_human

MAX_TRIES = 3
"""Wrong pairs of tails, and misses of any one question, before a human takes over."""

_ORDER_STATES = {
    "unpaid": "还没有付款",
    "paid": "已经付款，等待发货",
    "packed": "已经打包，马上发出",
    "shipped": "已经发货",
    "delivered": "已经签收",
    "partially_refunded": "已经部分退款",
    "refunded": "已经退款",
    "refused": "已经拒收",
    "cancelled": "已经取消",
}
_PARCEL_STATES = {
    "none": "快递还没有收件",
    "collected": "快递已经收件",
    "in_transit": "正在运输途中",
    "out_for_delivery": "正在派送",
    "delivered": "已经送达",
    "refused": "已经拒收",
    "exception": "运输有些异常，建议您转人工客服",
    "returned": "正在退回",
}


@dataclass(slots=True)
class KeypadCall:
    """Where one caller stands in the menu; kept here because digits do not belong into addresses and logs."""

    order_tail: str = ""
    tries: int = 0
    misses: int = 0


class KeypadCalls:
    """The callers in the menu by CallSid, bounded: beyond ``capacity`` the longest unused is forgotten."""

    def __init__(self, capacity: int = 1000) -> None:
        self._capacity = capacity
        self._calls: OrderedDict[str, KeypadCall] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, call_sid: str) -> KeypadCall:
        """Return this caller's place, a fresh one at first."""
        with self._lock:
            call = self._calls.pop(call_sid, None) or KeypadCall()
            while len(self._calls) >= self._capacity:
                self._calls.popitem(last=False)
            self._calls[call_sid] = call
            return call


def menu(board: Switchboard, *prompts: str) -> VoiceResponse:
    """Ask: one for an order, zero for a human."""
    return _ask(board, "/voice/gather/menu", 1, *prompts)


def create_keypad(board: Switchboard) -> Blueprint:
    """Serve POST /voice/gather/menu, order-tail and phone-tail."""
    blueprint = Blueprint("keypad", __name__, url_prefix="/voice/gather")
    calls = KeypadCalls()

    def step(path: str, proceed: Callable[[Switchboard, KeypadCall, str], VoiceResponse]) -> None:
        def view() -> Response:
            board.admit_webhook(request)
            digits = request.form.get("Digits", "")[:16]
            return answer(proceed(board, calls.of(caller_of(request).call_sid), digits))

        blueprint.add_url_rule(path, endpoint=path.strip("/"), view_func=view, methods=["POST"])

    step("/menu", _menu_pressed)
    step("/order-tail", _order_tail_pressed)
    step("/phone-tail", _phone_tail_pressed)
    return blueprint


def _ask(board: Switchboard, action: str, digits: int, *prompts: str | tuple[str]) -> VoiceResponse:
    """Ask for keys; a prompt is a key of PROMPTS, or a text of the moment in a one-tuple."""
    response = VoiceResponse()
    gather: Gather = gather_digits(action=action, digits=digits)
    for prompt in prompts:
        if isinstance(prompt, tuple):
            board.speaker.say(gather, prompt[0])
        else:
            board.speaker.prompt(gather, prompt)
    response.append(gather)
    response.redirect(action, method="POST")
    return response


def _menu_pressed(board: Switchboard, call: KeypadCall, digits: str) -> VoiceResponse:
    if digits == "1":
        call.misses = 0
        return _ask(board, "/voice/gather/order-tail", 4, "keypad_order_tail")
    if digits == "0":
        return _human(board, "agent.request", "transfer")
    call.misses += 1
    if call.misses >= MAX_TRIES:
        return _human(board, "no_input" if not digits else "no_match", "transfer")
    return menu(board, "keypad_no_such_key" if digits else "keypad_nothing_pressed", "keypad_menu")


def _order_tail_pressed(board: Switchboard, call: KeypadCall, digits: str) -> VoiceResponse:
    if not re.fullmatch(r"[0-9]{4}", digits):
        return _missed(board, call, "/voice/gather/order-tail", "keypad_order_tail")
    call.misses = 0
    call.order_tail = digits
    return _ask(board, "/voice/gather/phone-tail", 4, "keypad_phone_tail")


def _phone_tail_pressed(board: Switchboard, call: KeypadCall, digits: str) -> VoiceResponse:
    if not call.order_tail:
        return menu(board, "keypad_menu")
    if not re.fullmatch(r"[0-9]{4}", digits):
        return _missed(board, call, "/voice/gather/phone-tail", "keypad_phone_tail")
    call.misses = 0
    call.tries += 1
    order_tail, call.order_tail = call.order_tail, ""
    result = board.line.business(VerifyTails(order_tail=order_tail, phone_tail=digits, attempt=call.tries))
    if not isinstance(result, CallerIdentified):
        return _human(board, "backend_down", "apology_transfer")
    order = next((order for order in result.orders if order.order_no.endswith(order_tail)), None)
    if result.customer_id is not None and order is not None:
        call.tries = 0
        return _ask(board, "/voice/gather/menu", 1, (_order_said(board, order),), "keypad_again")
    if call.tries >= MAX_TRIES:
        return _human(board, "identity", "transfer")
    return _ask(board, "/voice/gather/order-tail", 4, "keypad_no_match", "keypad_order_tail")


def _missed(board: Switchboard, call: KeypadCall, action: str, question: str) -> VoiceResponse:
    call.misses += 1
    if call.misses >= MAX_TRIES:
        return _human(board, "no_match", "transfer")
    return _ask(board, action, 4, "keypad_four_digits", question)


def _order_said(board: Switchboard, order: OrderView) -> str:
    """Items and state, as far as the two tails entitle: no name, number or address."""
    goods = "、".join(line.name for line in order.lines[:2]) + ("等商品" if len(order.lines) > 2 else "")
    said = f"您的{goods or '订单'}，{_ORDER_STATES[order.state]}"
    if order.state == "shipped":
        parcel = board.line.business(TrackParcel(order_no=order.order_no))
        if isinstance(parcel, ParcelTracked):
            place = f"，最新到了{parcel.place}" if parcel.place else ""
            said += f"，{_PARCEL_STATES[parcel.state]}{place}"
    return said + "。"


def _human(board: Switchboard, reason: str, prompt: str) -> VoiceResponse:
    """Go to a human; the ticket is written first, and the call moves even where that fails."""
    call_sid = caller_of(request).call_sid
    opened = board.line.business(
        OpenTicket(
            key=f"{call_sid}:keypad:transfer",
            call_id=call_sid,
            kind="transfer",
            reason=reason,
            customer_id=None,
            identity="none",
            order_no=None,
            summary=("来电者通过按键菜单转人工", "语音服务当时不可用"),
        )
    )
    if not isinstance(opened, TicketOpened):
        prompt = "apology_transfer"
    return to_human(board.settings, board.speaker, prompt)
