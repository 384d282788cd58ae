"""What callers do to a dialogue: not knowing, stepping back, anger, other names for things, silence."""

from __future__ import annotations

from tests.support.shop import NOBODY, a_check, a_line, an_order, known, said
from tests.support.talk import JACKET, SHOES, Talk, to_confirmation
from voicebot.dialogue import requests as rq
from voicebot.nlu.reading import Reading


def test_who_knows_no_fact_is_asked_another_and_then_offered_a_human() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.hears(said("不知道", "deny")).said == ["fact.amount"]
    assert talk.hears(said("忘了", "deny")).said == ["human.offer.identity"]
    assert talk.hears(said("好", "affirm")).said == ["human.transfer"]


def test_a_wrong_amount_said_in_passing_counts_but_is_not_held_against_the_caller() -> None:
    talk = Talk()
    talk.answers[rq.VerifyFact] = [rq.FactVerified(correct=False)]
    talk.hears(said(intents=("refund.apply",), product="羽绒服", amount=1_000_000))
    assert talk.said == ["refund.found", "fact"]
    assert talk.hears(said(city="北京")).said == ["fact.wrong", "fact.again"]
    assert talk.hears(said(city="上海")).said == ["human.identity"]


def test_one_wrong_digit_is_put_right() -> None:
    talk = Talk()
    talk.answers[rq.VerifyFact] = [rq.FactVerified(correct=False), rq.FactVerified(correct=True)]
    talk.hears(said(intents=("refund.apply",), product="羽绒服")).hears(said(order_tail="0002"))
    assert talk.hears(said("不是二是一", "correct")).said == ["noted", "fact.right", "refund.reason"]
    facts = [request.value for request in talk.asked if isinstance(request, rq.VerifyFact)]
    assert facts == ["0002", "0001"]


def test_a_step_back_asks_the_last_answer_again() -> None:
    talk = to_confirmation().hears(said("上一步", "back"))
    assert talk.said == ["back", "refund.reason.again"]
    assert talk.hears(said("坏了", reason="quality")).said == ["refund.confirm.return_paid"]


def test_a_refusal_goes_on_with_another_reason() -> None:
    talk = Talk()
    talk.answers[rq.CheckRefund] = [a_check(decision="refused", clause="refund.seven_days"), a_check()]
    talk.hears(said(intents=("refund.apply",), product="羽绒服", city="杭州", reason="unwanted"))
    assert talk.said[-2:] == ["refund.refused.window", "refund.refused.then"]
    assert talk.hears(said("是坏的", reason="quality")).said == ["refund.confirm.return_paid"]


def test_a_second_anger_offers_a_human_and_a_no_leads_back() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    angry = Reading(text="气死我了", frustration=0.8)
    assert talk.hears(angry).said == ["sorry", "fact.again"]
    assert talk.hears(angry).said == ["human.offer.upset"]
    assert talk.hears(said("不用", "deny")).said == ["human.declined", "resume", "fact.again"]


def test_a_product_named_after_the_last_task_means_the_same_for_that_one() -> None:
    talk = Talk().hears(said(intents=("order.status",), product="羽绒服"))
    assert talk.hears(said("运动鞋呢", product="运动鞋")).said == ["status.shipped", "anything_else"]


def test_a_product_named_before_any_wish_is_kept_for_it() -> None:
    talk = Talk().hears(said("羽绒服", product="羽绒服"))
    assert talk.said == ["open.about"]
    assert talk.hears(said(intents=("order.status",))).said == ["status.delivered", "anything_else"]


def test_nothing_outside_the_hotline_is_refused_twice_in_the_same_words() -> None:
    talk = Talk()
    outside = said("讲个笑话", intents=("oos",))
    assert talk.hears(outside).said == ["oos"]
    assert talk.hears(outside).said == ["oos"]
    assert talk.hears(outside).said == ["human.oos"]


def test_a_parcel_without_news_is_said_to_be_stuck_and_a_human_offered() -> None:
    talk = Talk()
    talk.answers[rq.TrackParcel] = [
        rq.ParcelTracked(
            order_no=SHOES.order_no,
            state="in_transit",
            carrier="SF",
            place="郑州",
            event_at="2026-11-16T08:00:00+08:00",
            eta_on=None,
        )
    ]
    talk.hears(said(intents=("logistics.track",)))
    assert talk.said == ["track.in_transit", "track.at_place", "track.stuck"]
    assert talk.hears(said("不用", "deny")).said == ["human.declined", "anything_else"]


def test_another_word_for_the_same_product_finds_it() -> None:
    talk = Talk()
    talk.conversation.tasks._synonyms = lambda said: ("羽绒服",) if said == "鸭绒服" else ()
    assert talk.hears(said(intents=("refund.apply",), product="鸭绒服")).said == ["refund.found", "fact"]


def test_a_tail_said_for_one_task_is_not_asked_again_for_the_next() -> None:
    talk = Talk(NOBODY)
    talk.answers[rq.VerifyTails] = [known(JACKET, SHOES)]
    talk.hears(said(intents=("order.status",)))
    assert talk.hears(said(order_tail="0002")).said == ["identity.phone_tail"]
    assert talk.hears(said(intents=("logistics.track",))).said == ["identity.phone_tail"]
    talk.hears(said(phone_tail="0001"))
    assert talk.said[:2] == ["identity.matched", "track.in_transit"]


def test_of_two_wishes_each_gets_its_own_product() -> None:
    coat = an_order("202611150009", lines=(a_line("卫衣"),))
    talk = Talk(known(JACKET, coat, SHOES))
    talk.hears(
        said("退卫衣，查一下羽绒服", intents=("refund.apply", "order.status"), product=("卫衣", "羽绒服"))
    )
    assert talk.said == ["refund.found", "fact"]
    assert talk.hears(said("不退了", "stop")).said == ["stopped", "status.delivered", "anything_else"]
    assert [done.order_no for done in talk.conversation.tasks.done] == [None, JACKET.order_no]


def test_naming_the_interrupted_task_brings_it_back() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.hears(said(intents=("invoice.ask",))).said == ["human.offer"]
    assert talk.hears(said("我要退货", intents=("refund.apply",))).said == ["fact.again"]
    assert [frame.task for frame in talk.conversation.tasks.frames] == ["refund.apply"]


def test_an_answer_ahead_of_its_question_is_no_misunderstanding() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.hears(said("质量问题", reason="quality")).said == ["fact.again"]
    question = talk.conversation.floor.question
    assert question is not None
    assert question.misses == 0
    assert talk.hears(said(city="杭州")).said == ["fact.right", "refund.confirm.return_paid"]


def test_beginning_anew_gives_no_new_tries() -> None:
    talk = Talk()
    talk.answers[rq.VerifyFact] = [rq.FactVerified(correct=False)]
    for city in ("北京", "上海"):
        talk.hears(said(intents=("refund.apply",), product="羽绒服")).hears(said(city=city))
        assert talk.said == ["fact.wrong", "fact.again"]
        talk.hears(said("算了", "stop"))
    talk.hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.hears(said(city="广州")).said == ["human.identity"]


def test_who_is_served_and_says_nothing_more_is_said_goodbye_to() -> None:
    talk = Talk().hears(said(intents=("order.status",), product="羽绒服"))
    assert talk.is_silent().said == ["anything_else.again"]
    assert talk.is_silent().said == ["anything_else.keypad"]
    assert talk.is_silent().said == ["goodbye"]
