"""Which words are a whole answer, which break off, and which may be either."""

from __future__ import annotations

import pytest

from voicebot.nlu.completeness import completeness, is_nod
from voicebot.nlu.expectation import Expectation, Phrase
from voicebot.nlu.reading import Act, Intent, Reading, Slot

OPEN = Expectation()
TAIL = Expectation(state="order_tail", kind="digits", digit_counts=(4,), known=("8612",))
PHONE = Expectation(state="phone", kind="digits", digit_counts=(11,))
ORDER_NO = Expectation(state="order_no", kind="digits", digit_counts=(4, 12, 18), known=("8612",))
FACT = Expectation(state="order_fact", digit_counts=(4,))
YES_NO = Expectation(
    state="anything_else", phrases=(Phrase(key="yes", says=("有",)), Phrase(key="no", says=("没",)))
)
CITY = Expectation(state="city")
CHOICE = Expectation(state="choice", kind="closed", phrases=(Phrase(key="1", says=("第一个",)),))


def read(text: str, *acts: str, intent: str | None = None, **slots: str) -> Reading:
    return Reading(
        text=text,
        acts=tuple(Act(name=name, confidence=0.95) for name in acts),
        intents=(Intent(name=intent, confidence=0.9),) if intent else (),
        slots=tuple(Slot(name=name, value=text, text=said, confidence=0.95) for name, said in slots.items()),
    )


@pytest.mark.parametrize(
    ("expect", "reading"),
    [
        (YES_NO, read("有的", "affirm")),
        (YES_NO, read("不用了谢谢", "deny", "thanks")),
        (TAIL, read("一二三四")),
        (TAIL, read("嗯，1234。")),
        (PHONE, read("幺三八，零零幺三，八零零零")),
        (ORDER_NO, read("八六幺二")),
        (FACT, read("杭州", city="杭州")),
        (CITY, read("是杭州", city="杭州")),
        (TAIL, read("不知道", "deny")),
        (TAIL, read("转人工", intent="agent.request")),
        (CHOICE, read("第一个", choice="第一个")),
        (OPEN, read("我要退款", intent="refund.apply")),
        (OPEN, read("我昨天买的羽绒服现在到哪了", intent="logistics.track")),
        (OPEN, read("再说一遍", "repeat")),
        (OPEN, read("好了再见", "goodbye")),
    ],
    ids=lambda value: value.text if isinstance(value, Reading) else "",
)
def test_whole_answers_and_wishes_are_complete(expect: Expectation, reading: Reading) -> None:
    assert completeness(reading, reading.text, expect) == "complete"


@pytest.mark.parametrize(
    ("expect", "reading"),
    [
        (OPEN, read("我想查一下")),
        (OPEN, read("你好，我想问一下", "greet")),
        (OPEN, read("嗯，那个")),
        (OPEN, read("嗯", "backchannel")),
        (OPEN, read("因为")),
        (OPEN, read("我要退款因为", intent="refund.apply")),
        (OPEN, read("我昨天买的")),
        (TAIL, read("我的订单号是")),
        (TAIL, read("一二")),
        (PHONE, read("幺三八零零幺三")),
        (PHONE, read("号码是幺三八")),
        (ORDER_NO, read("二零二六")),
        (ORDER_NO, read("二零二六幺幺幺八零零零幺")),
        (TAIL, read("幺三八零零幺三")),
        (YES_NO, read("那个")),
        (OPEN, read("你好", "greet")),
        (OPEN, read("我之前打国电话")),
        (TAIL, read("积")),
        (TAIL, read("二零二六一一二八一二七二")),
    ],
    ids=lambda value: value.text if isinstance(value, Reading) else "",
)
def test_what_breaks_off_is_unfinished(expect: Expectation, reading: Reading) -> None:
    assert completeness(reading, reading.text, expect) == "unfinished"


@pytest.mark.parametrize(
    ("expect", "reading"),
    [
        (YES_NO, Reading(text="嗯", acts=(Act(name="affirm", confidence=0.7),))),
        (YES_NO, read("对，我想换一个大一号的", "affirm", intent="exchange.apply")),
        (YES_NO, read("对，不对", "affirm", "deny")),
        (OPEN, read("我上个星期在你们店里买了一双鞋", intent="order.status")),
        (OPEN, read("算了", "stop")),
        (OPEN, read("等一下", "wait")),
        (FACT, read("一百九十九", amount="一百九十九")),
    ],
    ids=lambda value: value.text if isinstance(value, Reading) else "",
)
def test_what_may_be_all_or_not_is_open(expect: Expectation, reading: Reading) -> None:
    assert completeness(reading, reading.text, expect) == "open"


def test_a_nod_is_told_from_words() -> None:
    assert is_nod("嗯。")
    assert is_nod("嗯嗯")
    assert not is_nod("嗯好")
    assert not is_nod("")
