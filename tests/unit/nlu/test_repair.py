"""What recognition wrote for words of the trade is put back; numbers, negations, yes and no are not."""

from __future__ import annotations

from typing import Any

import pytest

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.expectation import Option
from voicebot.nlu.repair import NEAR_EXACT, Repaired, Repairer

JACKET = Option(key="1", label="藏青色羽绒服", names=("羽绒服",))
POT = Option(key="2", label="砂锅", names=())


@pytest.fixture(scope="module")
def repairer(bundle: Bundle) -> Repairer:
    return Repairer(bundle)


def repaired(
    repairer: Repairer,
    bundle: Bundle,
    *texts: str,
    state: str | None = None,
    sure: float = 0.75,
    syllables: tuple[str, ...] = (),
    **known: Any,
) -> Repaired:
    expect = expectation_for(bundle, state, **known)
    return repairer.repair([(text, sure) for text in texts], expect, syllables=syllables)


@pytest.mark.parametrize(
    ("state", "heard", "meant"),
    [
        (None, "我要退货，这个鞋子迟马不合适", "我要退货，这个鞋子尺码不合适"),
        (None, "趁山洗了一次就掉色了", "衬衫洗了一次就掉色了"),
        (None, "我的包裹走的是顺风还是源统", "我的包裹走的是顺丰还是圆通"),
        (None, "帮我展人工克服", "帮我转人工客服"),
        (None, "连一群颜色发错了", "连衣裙颜色发错了"),
        (None, "推宽神么时候到仗", "退款什么时候到账"),
        ("city", "行奏", "杭州"),
        ("reason", "齐马不合适", "尺码不合适"),
        ("product", "羽荣服", "羽绒服"),
    ],
)
def test_words_of_the_trade_are_put_back(
    repairer: Repairer, bundle: Bundle, state: str | None, heard: str, meant: str
) -> None:
    found = repaired(repairer, bundle, heard, state=state)
    assert found.alternatives[0][0] == meant
    assert found.repairs


def test_a_repair_says_what_was_changed_and_why(repairer: Repairer, bundle: Bundle) -> None:
    (repair,) = repaired(repairer, bundle, "趁山洗了一次就掉色了").repairs
    assert (repair.before, repair.after, repair.distance, repair.reason) == ("趁山", "衬衫", 0.0, "product")


@pytest.mark.parametrize(
    "said",
    [
        "我想查一下我的快递到哪儿了",
        "收到的耳机一边不响",
        "货到了能先验货吗",
        "买的台灯用了一个礼拜就不亮了",
        "你们最近搞不搞活动",
        "快递会上门吗",
        "明天早上叫我起床",
    ],
)
def test_what_people_say_stays(repairer: Repairer, bundle: Bundle, said: str) -> None:
    for sure in (0.8, 1.0):
        assert repaired(repairer, bundle, said, sure=sure).repairs == ()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("order_tail", "午久三四"),
        ("order_tail", "7765"),
        ("phone", "幺三八零零零零一二三四"),
        (None, "四见套到了没有"),
        (None, "我买了四件衣服七天了"),
        ("tracking_no", "SF一二三四"),
        ("name", "林尺马"),
        ("address", "顺风路圆桶街"),
    ],
)
def test_numbers_names_and_addresses_stay_as_heard(
    repairer: Repairer, bundle: Bundle, state: str | None, said: str
) -> None:
    numbers = [character for character in said if character in "四七零幺三八一二午久"]
    found = repaired(repairer, bundle, said, state=state).alternatives[0][0]
    assert [character for character in found if character in "四七零幺三八一二午久"] == numbers
    if state is not None:
        assert found == said


def test_a_number_never_comes_from_another_alternative(repairer: Repairer, bundle: Bundle) -> None:
    found = repaired(repairer, bundle, "我要退三见一服", "我要退四件衣服")
    assert "四" not in found.alternatives[0][0]


def test_no_negation_comes_or_goes(repairer: Repairer, bundle: Bundle) -> None:
    for said in ("我末收到货", "我美收到货", "可是我没手到"):
        found = repaired(repairer, bundle, said).alternatives[0][0]
        assert ("没" in found) == ("没" in said)


@pytest.mark.parametrize("state", ["confirm:refund.apply", "confirm:order_ref", "anything_else"])
@pytest.mark.parametrize("said", ["却认", "提交把", "可已", "试的", "不用料"])
def test_yes_and_no_are_never_made(repairer: Repairer, bundle: Bundle, state: str, said: str) -> None:
    assert repaired(repairer, bundle, said, state=state).alternatives[0][0] == said


def test_members_of_the_closed_set_stay(repairer: Repairer, bundle: Bundle) -> None:
    for phrase in expectation_for(bundle, "refund_type").phrases:
        for says in phrase.says:
            assert repaired(repairer, bundle, says, state="refund_type").repairs == ()


def test_what_this_caller_bought_may_lie_further_off(repairer: Repairer, bundle: Bundle) -> None:
    heard = "沙哥那个"
    assert repaired(repairer, bundle, heard).repairs == ()
    found = repaired(repairer, bundle, heard, state="choice", options=(JACKET, POT))
    assert found.alternatives[0][0] == "砂锅那个"
    assert found.repairs[0].reason == "own"
    assert repaired(repairer, bundle, heard, bias=("砂锅",)).alternatives[0][0] == "砂锅那个"


def test_the_alternative_that_makes_sense_wins(repairer: Repairer, bundle: Bundle) -> None:
    found = repaired(repairer, bundle, "我的快递显示已经牵手了", "我的快递显示已经签收了")
    assert found.alternatives[0][0] == "我的快递显示已经签收了"
    assert found.repairs


def test_syllables_heard_beside_the_words_are_evidence(repairer: Repairer, bundle: Bundle) -> None:
    written = "包裹到横竹了"
    assert repaired(repairer, bundle, written).alternatives[0][0] == written
    heard = ("bao", "guo", "dao", "hang", "zhou", "le")
    assert repaired(repairer, bundle, written, syllables=heard).alternatives[0][0] == "包裹到杭州了"


def test_only_near_repairs_can_be_asked_for(repairer: Repairer, bundle: Bundle) -> None:
    heard = [("我登路不上去，你马忘了", 0.75)]
    far = repairer.repair(heard, expectation_for(bundle, None))
    near = repairer.repair(heard, expectation_for(bundle, None), furthest=NEAR_EXACT)
    assert [repair.after for repair in far.repairs] == ["登录", "密码"]
    assert [repair.after for repair in near.repairs] == ["登录"]
    assert near.is_near_exact
    assert not far.is_near_exact


def test_nothing_heard_is_nothing_repaired(repairer: Repairer, bundle: Bundle) -> None:
    assert repairer.repair([], expectation_for(bundle, None)) == Repaired(alternatives=())
    for silent in ("", "，。", "hello"):
        assert repaired(repairer, bundle, silent).repairs == ()
