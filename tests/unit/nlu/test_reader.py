"""What the reader makes of utterances, state by state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from voicebot.nlu.expectation import Option
from voicebot.nlu.reader import Reader
from voicebot.nlu.reading import Reading

Hears = Callable[..., Reading]

ORDERS = (
    Option(key="1", label="藏青色羽绒服", names=("羽绒服",)),
    Option(key="2", label="灰色跑鞋", names=("跑鞋", "鞋")),
    Option(key="3", label="电饭煲", names=("电饭锅",)),
)


def acts(reading: Reading) -> list[str]:
    return [act.name for act in reading.acts]


def intents(reading: Reading) -> list[str]:
    return [intent.name for intent in reading.intents]


def value(reading: Reading, name: str) -> object:
    slot = reading.slot(name)
    return None if slot is None else slot.value


def test_one_utterance_carries_an_act_and_an_intent_in_order(hears: Hears) -> None:
    reading = hears("嗯对，还有那个鞋子我想换一下", "confirm:refund.apply")
    assert acts(reading) == ["affirm"]
    assert intents(reading) == ["exchange.apply"]


def test_two_wishes_joined_in_so_many_words_are_both_kept(hears: Hears) -> None:
    assert intents(hears("我要查快递，顺便开个发票")) == ["logistics.track", "invoice.ask"]


@pytest.mark.parametrize("text", ["先不要", "先别", "还是别了", "先不要吧"])
def test_a_confirmation_can_be_put_off(hears: Hears, text: str) -> None:
    assert acts(hears(text, "confirm:refund.apply")) == ["deny"]


def test_what_is_negated_is_not_wanted(hears: Hears) -> None:
    assert intents(hears("我不是查快递，我要开发票")) == ["invoice.ask"]
    refused = hears("先别转人工")
    assert acts(refused) == ["deny"]
    assert intents(refused) == []


@pytest.mark.parametrize(
    "state", [None, "order_tail", "confirm:refund.apply", "choice", "reason", "order_fact"]
)
@pytest.mark.parametrize("said", ["转人工", "我要找人工客服", "帮我展人工克服"])
def test_a_human_is_reached_from_every_state_even_when_misheard(hears: Hears, state: str, said: str) -> None:
    assert "agent.request" in intents(hears(said, state, options=ORDERS if state == "choice" else ()))


@pytest.mark.parametrize("state", [None, "order_tail", "confirm:refund.apply", "reason"])
def test_stopping_is_understood_in_every_state(hears: Hears, state: str) -> None:
    assert acts(hears("算了不弄了", state)) == ["stop"]


def test_asking_whether_it_is_human_is_no_request_for_one(hears: Hears) -> None:
    reading = hears("是人工吗")
    assert acts(reading) == ["robot"]
    assert intents(reading) == []


def test_a_nod_answers_a_question_and_fills_a_pause_elsewhere(hears: Hears) -> None:
    assert acts(hears("嗯", "confirm:refund.apply")) == ["affirm"]
    assert acts(hears("嗯")) == ["backchannel"]
    assert acts(hears("嗯", "confirm:refund.apply", strict=True)) == ["backchannel"]


@pytest.mark.parametrize("said", ["应该可以吧", "好的，不要", "可能是吧", "好，算了"])
def test_under_strict_an_unclear_yes_is_none(hears: Hears, said: str) -> None:
    assert "affirm" not in acts(hears(said, "confirm:refund.apply", strict=True))


@pytest.mark.parametrize("said", ["确认", "对", "好的", "是的", "可以", "没错", "确认退款"])
def test_under_strict_a_clear_yes_stays(hears: Hears, said: str) -> None:
    assert acts(hears(said, "confirm:refund.apply", strict=True)) == ["affirm"]


@pytest.mark.parametrize(
    "said", ["好像不对", "好几天了", "可以退吗", "行李箱", "对不起我没听清", "对于这个我不清楚"]
)
def test_words_that_begin_like_a_yes_are_none(hears: Hears, said: str) -> None:
    assert "affirm" not in acts(hears(said))


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("一二三四", "1234"),
        ("幺二三四", "1234"),
        ("两个七八九", "7789"),
        ("1234", "1234"),
        ("尾号是零五六九", "0569"),
        ("一二三四，不对，一二三五", "1235"),
        ("呃，我看一下，七七六五", "7765"),
    ],
)
def test_tails_are_read_as_callers_say_them(hears: Hears, said: str, digits: str) -> None:
    assert value(hears(said, "order_tail"), "order_tail") == digits


@pytest.mark.parametrize("said", ["一二三", "我不知道", "一二三四五", "没有订单号"])
def test_no_tail_appears_that_the_words_do_not_support(hears: Hears, said: str) -> None:
    assert hears(said, "order_tail").slot("order_tail") is None


def test_digits_misheard_as_homophones_are_believed_less(hears: Hears) -> None:
    slot = hears("午久七把", "order_tail").slot("order_tail")
    assert slot is not None
    assert slot.value == "5978"
    assert slot.confidence < 0.7


def test_repairing_a_digit_is_correct_and_not_deny(hears: Hears) -> None:
    assert acts(hears("不是三，是四", "order_tail")) == ["correct"]


@pytest.mark.parametrize(
    ("said", "name", "wanted"),
    [
        ("杭州", "city", "杭州"),
        ("收货地址在苏州那边", "city", "苏州"),
        ("航州", "city", "杭州"),
        ("三百九十九", "amount", 39_900),
        ("付了四百二十块", "amount", 42_000),
        ("零三一七", "order_tail", "0317"),
    ],
)
def test_a_fact_of_the_order_is_a_tail_a_city_or_an_amount(
    hears: Hears, said: str, name: str, wanted: object
) -> None:
    reading = hears(said, "order_fact")
    assert value(reading, name) == wanted
    assert [slot.name for slot in reading.slots] == [name]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("第二个", 2),
        ("一", 1),
        ("最后一个", 3),
        ("后面那个", 3),
        ("灰色的那双鞋", 2),
        ("羽荣服", 1),
        ("电饭锅", 3),
        ("就羽绒服那个", 1),
    ],
)
def test_an_option_is_picked_by_place_or_name(hears: Hears, said: str, place: int) -> None:
    assert value(hears(said, "choice", options=ORDERS), "choice") == place


@pytest.mark.parametrize("said", ["第四个", "都不是", "洗衣机", "不知道"])
def test_nothing_is_picked_that_was_not_offered(hears: Hears, said: str) -> None:
    assert hears(said, "choice", options=ORDERS).slot("choice") is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("质量有问题", "quality"),
        ("你们发错颜色了", "wrong_item"),
        ("跟图片上不一样", "not_as_described"),
        ("收到就是碎的", "damaged"),
        ("少了个充电器", "missing_parts"),
        ("穿着太小了", "size"),
        ("不喜欢", "unwanted"),
        ("等太久了", "late"),
        ("降价了", "price"),
        ("其他原因", "other"),
    ],
)
def test_reasons_keep_the_callers_words_and_are_no_new_wish(hears: Hears, said: str, reason: str) -> None:
    reading = hears(said, "reason")
    slot = reading.slot("reason")
    assert slot is not None
    assert slot.value == reason
    assert slot.text in said
    assert intents(reading) == []


def test_the_refund_type_is_set_only_when_it_was_said(hears: Hears) -> None:
    assert value(hears("我要退款"), "refund_type") is None
    assert value(hears("我要退货"), "refund_type") == "return_refund"
    assert value(hears("只退款不退货"), "refund_type") == "refund_only"


def test_a_pointer_to_an_order_gives_its_product_and_day_too(hears: Hears) -> None:
    reading = hears("前天买的那口锅到哪了")
    assert value(reading, "order_ref") == "前天买的那口锅"
    assert value(reading, "product") == "锅"
    assert value(reading, "date") == "2026-11-20"


def test_two_tails_are_told_apart_by_what_they_belong_to(hears: Hears) -> None:
    reading = hears("我手机尾号是五六七八，订单尾号一二三四")
    assert value(reading, "phone_tail") == "5678"
    assert value(reading, "order_tail") == "1234"
    assert reading.slot("product") is None


def test_a_misheard_sentence_is_understood_by_its_sound(hears: Hears) -> None:
    assert intents(hears("推宽神那时候到仗")) == ["refund.status"]


def test_alternatives_are_tried_when_the_first_means_nothing(hears: Hears) -> None:
    reading = hears("第好个", "choice", options=ORDERS, others=("第二个",))
    assert value(reading, "choice") == 2
    assert reading.confidence == 0.5


def test_hurrying_wins_over_asking_and_hurrying_a_refund_is_about_the_refund(hears: Hears) -> None:
    assert intents(hears("怎么还不发货啊快点")) == ["order.urge"]
    assert intents(hears("帮我催一下退款")) == ["refund.status"]


def test_the_remedy_decides_what_damage_is(hears: Hears) -> None:
    assert intents(hears("收到的杯子是碎的")) == ["logistics.exception"]
    assert intents(hears("收到的杯子是碎的我要退款")) == ["refund.apply"]
    assert intents(hears("收到的杯子是碎的给我换一个")) == ["exchange.apply"]


def test_anger_shows_and_calm_does_not(hears: Hears) -> None:
    assert hears("什么垃圾公司，三次了都没人管，我要投诉").frustration > 0.7
    assert hears("我想查一下快递").frustration == 0.0


@pytest.mark.parametrize(
    "said", ["", "   ", "，。！", "\ud800", "啊" * 5_000, "🙂🙂", "\x00\x01", "((((", "1" * 3_000]
)
def test_odd_input_gives_a_reading_and_no_error(hears: Hears, said: str) -> None:
    assert isinstance(hears(said), Reading)
    assert isinstance(hears(said, "order_tail"), Reading)


def test_no_alternatives_at_all_is_an_empty_reading(reader: Reader, hears: Hears) -> None:
    assert hears("").is_empty


def test_a_city_is_known_by_any_reading_of_its_misheard_characters(hears: Hears) -> None:
    assert value(hears("收获城市市行奏", "order_fact"), "city") == "杭州"
    assert value(hears("市中心", "order_fact"), "city") is None


def test_a_reason_named_ahead_of_its_question_is_kept_and_is_no_wish(hears: Hears) -> None:
    reading = hears("齐马不合适", "order_fact")
    assert value(reading, "reason") == "size"
    assert intents(reading) == []
