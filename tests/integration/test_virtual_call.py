"""Whole calls on a virtual clock: frames in, a refund in the database, the same log every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.virtual import LeavesAt, Line, is_closed, wordings
from voicebot.benches.latency import measured
from voicebot.benches.virtual_line import HeldCall
from voicebot.call.log import to_line
from voicebot.dialogue.requests import IdentifyCaller, LookupFailed, Request, RequestRefund, Result
from voicebot.runtime.performer import Asks

STRANGER = "+8619900000000"
REFUND = (
    {"say": "我要退那件羽绒服"},
    {"say": "收货城市是杭州"},
    {"say": "尺码不合适"},
    {"expect": ["羽绒服.*尺码不合适.*确认提交吗"], "say": "确认"},
    {"expect": ["退货申请已经提交"], "say": "没有了，谢谢，再见"},
)


def ends_with(held: HeldCall, *types: str) -> bool:
    return tuple(entry.type for entry in held.entries[-len(types) :]) == types


# ---- a whole call ----------------------------------------------------------------------------------------


def test_a_caller_gets_a_refund_and_it_exists_once(line: Line) -> None:
    held = line.call(*REFUND)
    assert line.caller.unmet == []
    (refund,) = line.new_refunds()
    assert refund.order.order_no.endswith("8806")
    assert (held.outcome.kind, held.stream.ended) == ("hangup", "bot_closed")
    assert is_closed(line, held, str(held.entries[-1].body["outcome"]))


def test_the_same_call_leaves_the_same_log(open_line: Callable[..., Line]) -> None:
    first, second = (open_line().call(*REFUND) for _ in range(2))
    assert [to_line(entry) for entry in first.entries] == [to_line(entry) for entry in second.entries]
    assert first.stream.timeline.events() == second.stream.timeline.events()


def response(held: HeldCall) -> float:
    figures = measured("one", held.entries, held.stream.timeline.events())
    assert figures.exchanges[0].response_seconds is not None
    return figures.exchanges[0].response_seconds


def test_what_recognition_computes_shows_in_the_answers_latency(open_line: Callable[..., Line]) -> None:
    question = {"say": "我的快递到哪了"}
    quick, hidden, slow = (
        response(open_line(compute_seconds=seconds).call(question)) for seconds in (0.0, 0.2, 0.9)
    )
    assert quick == hidden  # tried at the first pause, 0.3 s before a whole sentence counts as the end
    assert slow - quick == pytest.approx(0.9 - 0.3, abs=0.03)


def test_an_answer_is_passed_on_without_waiting_for_the_next_frame(line: Line) -> None:
    figures = measured(
        "one", (held := line.call({"say": "我的快递到哪了"})).entries, held.stream.timeline.events()
    )
    stages = figures.exchanges[0].stages
    assert stages is not None
    assert max(stages.reading, stages.deciding) < 0.01


# ---- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "cause", "kind", "outcome"),
    [("hang_up", "stopped", "hangup", "abandoned"), ("drop", "dropped", "interrupted", "interrupted")],
)
def test_who_leaves_in_the_middle_of_a_word_leaves_a_closed_log(
    line: Line, how: str, cause: str, kind: str, outcome: str
) -> None:
    said = {"after": {"seconds": 3}, "say": "我要退那件羽绒服"}
    held = line.call(said, changed=lambda caller: LeavesAt(caller, 4.0, how))
    last = held.entries[-1]
    assert "SpeechStarted" in held.types()
    assert (last.type, last.body["cause"]) == ("CallerHungUp", cause)
    assert held.outcome.kind == kind
    assert is_closed(line, held, outcome)
    assert line.new_refunds() == []


def test_a_socket_that_dies_after_the_confirmation_leaves_one_refund(line: Line) -> None:
    held = line.call(*REFUND[:4], {"after": {"speaking": 0.1}, "drop": True})
    assert len(line.new_refunds()) == 1
    assert held.outcome.kind == "interrupted"
    assert is_closed(line, held, "interrupted")


def test_who_only_presses_keys_hears_of_the_parcel(line: Line) -> None:
    keys = [{"press": keys} for keys in ("1", "3721", "0001", "2")]
    held = line.call(*keys, from_number=STRANGER)
    assert line.caller.unmet == []
    assert "track.out_for_delivery" in wordings(held)
    assert (wordings(held)[-1], held.outcome.kind) == ("goodbye", "hangup")
    assert is_closed(line, held, str(held.entries[-1].body["outcome"]))


def test_a_zero_reaches_a_human_from_anywhere(line: Line) -> None:
    held = line.call({"press": "1"}, {"press": "0"}, from_number=STRANGER)
    assert held.outcome.kind == "transfer"
    assert ends_with(held, "MarkReached", "TransferToHuman")
    assert is_closed(line, held, "transfer")


def lost_from(kind: type[object]) -> Callable[[Asks], Asks]:
    """A database that is lost when the first request of this kind comes, for good."""

    def around(asks: Asks) -> Asks:
        lost = False

        def ask(request: Request, now: Any) -> Result:
            nonlocal lost
            lost = lost or isinstance(request, kind)
            return LookupFailed(retryable=True, message="gone") if lost else asks(request, now)

        return ask

    return around


def test_a_database_that_is_gone_when_the_call_comes_in_leads_to_a_human(
    open_line: Callable[..., Line],
) -> None:
    line = open_line(business=lost_from(IdentifyCaller))
    held = line.call(*REFUND[:1], stay_seconds=60)
    assert wordings(held) == ["greeting", "system_trouble"]
    assert held.outcome.kind == "transfer"
    assert is_closed(line, held, "transfer")


def test_a_database_lost_at_the_confirmation_is_owned_up_to_and_a_human_takes_over(
    open_line: Callable[..., Line],
) -> None:
    line = open_line(business=lost_from(RequestRefund))
    held = line.call(*REFUND[:4], stay_seconds=60)
    said = wordings(held)
    assert "system_trouble" in said
    assert not {"refund.approved", "refund.approved_only", "refund.in_review"} & set(said)
    assert held.outcome.kind == "transfer"
    assert line.new_refunds() == []
    assert is_closed(line, held, "transfer")
