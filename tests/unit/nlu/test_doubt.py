"""What the reader makes of alternatives that disagree, and of corrections to a number."""

from __future__ import annotations

import pytest

from tests.unit.nlu.conftest import TODAY, Hears
from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.doubt import doubted
from voicebot.nlu.reader import Reader
from voicebot.nlu.reading import Reading

CLEAR = 0.5


def tail(reader: Reader, *texts: tuple[str, float], known: tuple[str, ...] = ()) -> tuple[object, float]:
    expect = expectation_for(reader.bundle, "order_tail", known=known)
    slot = reader.read(texts, expect, TODAY).slot("order_tail")
    assert slot is not None
    return slot.value, slot.confidence


def test_a_number_with_an_equal_rival_is_not_relied_on(reader: Reader) -> None:
    value, sure = tail(reader, ("三七二一", 0.8), ("三七二七", 0.79))
    assert value == "3721"
    assert sure < CLEAR


def test_a_number_that_is_much_likelier_than_its_rivals_is(reader: Reader) -> None:
    assert tail(reader, ("三七二一", 0.8), ("三七二七", 0.3))[1] >= CLEAR


def test_the_same_number_in_other_words_is_no_rival(reader: Reader) -> None:
    assert tail(reader, ("三七二幺", 0.8), ("3721", 0.79), ("三七二", 0.79))[1] >= CLEAR


def test_a_number_on_file_is_not_doubted_for_one_that_is_not(reader: Reader) -> None:
    rivals = (("三七二一", 0.8), ("三七二七", 0.79))
    assert tail(reader, *rivals, known=("3721",))[1] >= CLEAR
    assert tail(reader, *rivals, known=("3727",))[1] < CLEAR
    assert tail(reader, *rivals, known=("3721", "3727"))[1] < CLEAR


def test_nothing_heard_is_not_doubted(bundle: Bundle) -> None:
    empty = Reading(text="")
    assert doubted(empty, [], expectation_for(bundle, "order_tail")) == empty


@pytest.mark.parametrize(
    "said",
    ["第三位是五", "最后一位错了，是九", "不是三是四", "不是二七，是二幺", "中间那个是八", "后两位是五六"],
)
@pytest.mark.parametrize("state", ["confirm:order_tail", "phone_tail", "order_fact"])
def test_a_correction_of_a_digit_is_told_from_an_answer(hears: Hears, state: str, said: str) -> None:
    reading = hears(said, state)
    assert [act.name for act in reading.acts] == ["correct"]
    assert reading.slots == ()


@pytest.mark.parametrize("said", ["后四位是七七六五", "最后四位是七七六五"])
def test_a_tail_said_as_a_place_is_the_tail(hears: Hears, said: str) -> None:
    reading = hears(said, "order_tail")
    assert reading.acts == ()
    slot = reading.slot("order_tail")
    assert slot is not None
    assert slot.value == "7765"


def test_a_number_read_back_is_answered_by_the_right_one(hears: Hears) -> None:
    reading = hears("不是，是七七六五", "confirm:order_tail")
    slot = reading.slot("order_tail")
    assert slot is not None
    assert slot.value == "7765"
    assert "affirm" not in [act.name for act in reading.acts]


def test_repairs_come_with_the_reading_and_cost_confidence(hears: Hears) -> None:
    reading = hears("趁山洗了一次就掉色了", confidence=0.75)
    assert [(repair.before, repair.after) for repair in reading.repairs] == [("趁山", "衬衫")]
    product = reading.slot("product")
    assert product is not None
    assert product.value == "衬衫"
    assert product.confidence < 0.95


@pytest.mark.parametrize("said", ["却认", "可已", "试的", "推交"])
def test_under_strict_no_repair_makes_a_yes(hears: Hears, said: str) -> None:
    reading = hears(said, "confirm:refund.apply", strict=True, confidence=0.6, others=("确认",))
    assert "affirm" not in [act.name for act in reading.acts]
