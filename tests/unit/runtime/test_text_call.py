"""Typed calls: the same dialogue without sound, where time passes only when the caller lets it."""

from __future__ import annotations

import pytest

from tests.support.calls import started
from tests.support.lines import WALL, FakeReader, FakeShop, MemorySink
from tests.support.scripts import a_script
from tests.support.shop import NOBODY, a_check, an_order, known, said
from voicebot.call.actions import EndCall, TransferToHuman
from voicebot.call.replay import replay
from voicebot.call.session import CallSession
from voicebot.dialogue.requests import (
    CallerIdentified,
    CheckRefund,
    FactVerified,
    IdentifyCaller,
    RefundChecked,
    RefundDecided,
    RequestRefund,
    VerifyFact,
)
from voicebot.runtime.record import CallRecord
from voicebot.runtime.text_call import TextCall

DECIDED = RefundDecided(
    refund_no="R20261122000123", state="approved", amount_fen=19900, already_on_file=False
)
READINGS = {
    "我要退羽绒服": said("我要退羽绒服", intents=("refund.apply",), product="羽绒服"),
    "杭州": said("杭州", city="杭州"),
    "不想要了": said("不想要了", reason="unwanted"),
    "对": said("对", "affirm"),
    "没有了": said("没有了", "deny"),
    "人工": said("人工", intents=("agent.request",)),
    "3": said("3", intents=("refund.apply",)),
}


class Typed:
    """A typed call with a shop that refunds, and its log."""

    def __init__(self, caller: CallerIdentified = known(an_order())) -> None:  # noqa: B008  a frozen value
        self.shop = FakeShop(
            (IdentifyCaller, caller),
            (VerifyFact, FactVerified(correct=True)),
            (CheckRefund, a_check()),
            (RequestRefund, DECIDED),
        )
        self.reader = FakeReader(READINGS)
        self.sink = MemorySink()
        self.call = TextCall(
            script=a_script(),
            reader=self.reader,
            reader_version="test",
            business=self.shop,
            record=CallRecord(self.sink),
            wall_clock=lambda: WALL,
        )
        self.greeting = self.call.start(started())


@pytest.fixture
def typed() -> Typed:
    return Typed()


def test_the_call_begins_with_the_greeting_and_the_open_question(typed: Typed) -> None:
    assert typed.greeting.bot
    assert typed.greeting.caller == ""
    assert typed.greeting.state is None
    assert [type(request) for request in typed.shop.asked] == [IdentifyCaller]


def test_a_whole_refund_is_written_once_and_ends_with_a_goodbye(typed: Typed) -> None:
    call = typed.call
    states = [call.type(text).state for text in ("我要退羽绒服", "杭州", "不想要了")]
    assert states == ["order_fact", "reason", "confirm:refund.apply"]
    written = call.type("对")
    (request,) = [asked for asked in typed.shop.asked if isinstance(asked, RequestRefund)]
    assert (request.amount_fen, request.reason, request.line_nos) == (19900, "unwanted", (1,))
    assert written.state == "anything_else"
    assert any("000123" in text for text in written.bot)
    last = call.type("没有了")
    assert isinstance(last.actions[-1], EndCall)
    assert call.is_over
    assert replay(typed.sink.entries, CallSession(a_script())).difference is None


def test_a_turn_as_json_has_what_was_said_meant_and_done(typed: Typed) -> None:
    turn = typed.call.type("我要退羽绒服").as_json()
    assert list(turn) == ["caller", "bot", "acts", "intents", "slots", "actions", "state"]
    assert turn["caller"] == "我要退羽绒服"
    assert turn["intents"] == [{"name": "refund.apply", "confidence": 0.9}]
    assert turn["slots"] == {"product": {"value": "羽绒服", "text": "羽绒服", "confidence": 0.9}}
    assert turn["actions"] == []
    checked = typed.call.type("杭州").as_json()
    assert checked["actions"][0]["type"] == "Consult"
    assert checked["actions"][0]["request"]["type"] == "VerifyFact"


def test_a_choice_is_pressed_as_a_key_and_counts_after_the_pause(typed: Typed) -> None:
    turn = typed.call.press("3")
    assert turn.caller == "3"
    assert typed.reader.read_texts == ["3"]
    assert turn.state == "order_fact"


def test_a_number_is_entered_key_by_key_and_read_as_a_whole() -> None:
    unknown = Typed(NOBODY)
    assert unknown.call.type("我要退羽绒服").state == "order_tail"
    unknown.call.press("0001")
    assert unknown.reader.read_texts == ["我要退羽绒服", "0001"]


def test_silence_is_answered_and_keeps_the_question(typed: Typed) -> None:
    typed.call.type("我要退羽绒服")
    silent = typed.call.wait(8.0)
    assert silent.bot
    assert silent.caller == ""
    assert silent.state == "order_fact"


def test_nothing_is_said_while_the_caller_may_still_be_thinking(typed: Typed) -> None:
    assert typed.call.wait(1.0).bot == []


def test_a_caller_who_stays_silent_is_let_go(typed: Typed) -> None:
    for _ in range(10):
        typed.call.wait(30.0)
    assert typed.call.is_over
    assert "EndCall" in typed.sink.types("action")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("pause", [0.187, 0.203, 0.312])
def test_a_deadline_between_two_milliseconds_does_not_make_time_stand_still(
    typed: Typed, pause: float
) -> None:
    typed.call.wait(pause)
    typed.call.type("嗯")
    asked_at = round(pause + 0.2, 3)
    assert asked_at + 7.0 > round(asked_at + 7.0, 3)  # as floats go
    assert typed.call.wait(30.0).bot


def test_a_wish_for_a_human_ends_with_the_transfer(typed: Typed) -> None:
    turn = typed.call.type("人工")
    assert isinstance(turn.actions[-1], TransferToHuman)
    assert turn.as_json()["actions"][-1]["ticket_no"] == "T-1"
    assert typed.call.is_over


def test_nothing_happens_after_the_end(typed: Typed) -> None:
    typed.call.type("人工")
    entries = len(typed.sink.entries)
    assert typed.call.type("喂").bot == []
    assert typed.call.press("12").bot == []
    assert typed.call.wait(60.0).bot == []
    assert len(typed.sink.entries) == entries


def test_a_business_that_fails_leads_to_a_human(typed: Typed) -> None:
    del typed.shop.results[CheckRefund]
    for text in ("我要退羽绒服", "杭州"):
        typed.call.type(text)
    turn = typed.call.type("不想要了")
    assert isinstance(turn.actions[-1], TransferToHuman)
    assert turn.actions[-1].reason == "backend_down"


def test_a_refusal_is_told_and_nothing_is_written(typed: Typed) -> None:
    check = a_check(decision="refused", clause="refund.not_paid", amount_fen=0)
    assert isinstance(check, RefundChecked)
    typed.shop.results[CheckRefund] = check
    for text in ("我要退羽绒服", "杭州", "不想要了"):
        turn = typed.call.type(text)
    assert turn.state == "anything_else"
    assert not any(isinstance(asked, RequestRefund) for asked in typed.shop.asked)


def test_the_outcome_is_what_the_dialogue_made_of_it(typed: Typed) -> None:
    assert typed.call.outcome == "abandoned"
    typed.call.type("人工")
    assert (typed.call.outcome, typed.call.ticket_no) == ("transfer", "T-1")
