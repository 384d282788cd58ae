"""The line's side of the talk: no question is worn out, repeats end, asides come back to the question."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.scripts import a_script
from tests.support.shop import said
from voicebot.dialogue.floor import Floor
from voicebot.dialogue.repair import Question
from voicebot.dialogue.steering import move_of
from voicebot.dialogue.temper import Temper


def a_floor() -> Floor:
    return Floor(a_script().wordings, date(2026, 11, 22))


def the_fact(task: int = 1) -> Question:
    return Question(wording="fact", state="order_fact", kind="ask", slot="fact", task=task)


def wordings(floor: Floor) -> list[str]:
    return [saying.wording for saying in floor.take_turn().sayings]


def test_a_question_asked_again_later_is_asked_shorter() -> None:
    floor = a_floor()
    assert floor.ask(the_fact())
    floor.question = None
    assert floor.ask(the_fact())
    assert wordings(floor) == ["fact", "fact.again"]


def test_another_task_asks_its_question_in_full() -> None:
    floor = a_floor()
    floor.ask(the_fact())
    floor.question = None
    floor.ask(the_fact(task=2))
    assert wordings(floor) == ["fact", "fact"]


def test_when_all_words_are_worn_out_nothing_can_be_asked_any_more() -> None:
    floor = a_floor()
    asked = 0
    while floor.ask(the_fact()):
        floor.question = None
        asked += 1
        assert asked < 20
    said_so_far = wordings(floor)
    assert asked == 6
    assert max(said_so_far.count(wording) for wording in said_so_far) == 2


def test_a_question_with_values_is_put_in_full_after_an_aside() -> None:
    floor = a_floor()
    values: dict[str, str | int] = {"first": "皮鞋", "second": "毛衣"}
    for _ in range(2):
        floor.question = None
        floor.ask(Question(wording="choice.two", state="choice", kind="ask", slot="choice", values=values))
    first, second = (saying.text for saying in floor.take_turn().sayings)
    assert "皮鞋" in first
    assert "毛衣" in second
    assert first != second


def test_the_third_repeat_comes_in_other_words() -> None:
    floor = a_floor()
    floor.ask(the_fact())
    floor.take_turn()
    for _ in range(2):
        floor.repeat()
        assert wordings(floor) == ["fact"]
    floor.repeat()
    assert wordings(floor) == ["fact.again"]


def test_the_open_question_is_greeted_once() -> None:
    floor = a_floor()
    floor.ask_silently()
    floor.greet_back()
    floor.greet_back()
    assert wordings(floor) == ["open.greet", "open.again"]


@pytest.mark.parametrize(
    ("acts", "move"),
    [
        (("robot", "affirm"), "robot"),
        (("wait",), "hold"),
        (("wait", "deny"), None),
        (("slower",), "repeat"),
        (("greet",), "greet"),
        (("backchannel",), "nod"),
        (("thanks",), "thanks"),
        (("affirm", "thanks"), None),
        (("back",), "back"),
        (("stop",), "stop"),
        (("deny", "goodbye"), "goodbye"),
    ],
)
def test_what_steers_the_talk(acts: tuple[str, ...], move: str | None) -> None:
    assert move_of(said("…", *acts), thanks_answers=False) == move


def test_a_wish_beside_a_goodbye_is_followed_first() -> None:
    assert move_of(said("…", "goodbye", intents=("order.status",)), thanks_answers=False) is None


def test_after_anything_else_a_thank_you_is_an_answer() -> None:
    assert move_of(said("谢谢", "thanks"), thanks_answers=True) is None


def test_one_apology_one_offer_and_then_no_more_of_it() -> None:
    temper = Temper()
    assert [temper.after(frustration) for frustration in (0.5, 0.7, 0.2, 0.9, 0.9)] == [
        "calm",
        "sorry",
        "calm",
        "offer",
        "calm",
    ]
