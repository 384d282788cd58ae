"""The dialogue of a call: tasks, digression, correction, confirmation, repair, hand-over."""

from __future__ import annotations

import pytest

from tests.support.scripts import WORDINGS
from tests.support.shop import NOBODY, a_check, a_line, an_order, known, said
from tests.support.talk import JACKET, Talk, to_confirmation
from voicebot.dialogue import requests as rq
from voicebot.dialogue.script import read_script
from voicebot.grammar.bundle import Bundle
from voicebot.nlu.reading import Reading
from voicebot.ops.grammar_files import read_folder


def test_the_parcel_under_way_is_found_by_the_calling_number() -> None:
    talk = Talk().hears(said(intents=("logistics.track",)))
    assert talk.said == ["track.in_transit", "track.at_place", "track.eta", "anything_else"]


def test_a_refund_is_written_once_and_only_after_a_clear_yes() -> None:
    talk = to_confirmation()
    assert talk.said == ["refund.confirm.return_paid"]
    assert talk.written() == []
    talk.hears(said("确认", "affirm"))
    assert talk.said == ["refund.approved", "anything_else"]
    assert [w.key for w in talk.written()] == ["call-1/1"]


def test_an_unclear_yes_moves_no_money_and_is_asked_again_in_other_words() -> None:
    talk = to_confirmation().hears(said("嗯", "affirm", confidence=0.4))
    assert talk.said == ["refund.confirm.unclear"]
    assert talk.written() == []
    assert talk.hears(said("确认", "affirm")).said == ["refund.approved", "anything_else"]


def test_a_yes_said_while_the_business_is_asked_confirms_nothing() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服", city="杭州"))
    conversation = talk.conversation
    [check] = conversation.hear(said("尺码小了", reason="size")).requests
    assert conversation.hear(said("对", "affirm")).sayings == []
    turn = conversation.learn(check, a_check())
    assert [saying.wording for saying in turn.sayings] == ["refund.confirm.return_paid"]
    assert turn.requests == []


def test_a_changed_reason_is_checked_and_confirmed_anew() -> None:
    talk = to_confirmation()
    talk.answers[rq.CheckRefund] = [a_check(freight_payer="shop", freight_fen=0)]
    talk.hears(said("不对，是质量问题", "deny", reason="quality"))
    assert talk.said == ["refund.confirm.return_free"]
    assert talk.hears(said("确认", "affirm")).said[0] == "refund.approved"
    assert [w.reason for w in talk.written()] == ["quality"]


def test_wait_no_with_a_new_reason_corrects_instead_of_holding_the_line() -> None:
    talk = to_confirmation().hears(said("等等，不对，是质量问题", "wait", "deny", reason="quality"))
    assert talk.said[-1].startswith("refund.confirm")
    talk.hears(said("确认", "affirm"))
    assert [w.reason for w in talk.written()] == ["quality"]


def test_what_is_broken_is_the_reason_of_a_refund_and_no_new_wish() -> None:
    talk = to_confirmation().hears(said("是坏的", intents=("aftersales.repair",), reason="quality"))
    assert talk.said == ["refund.confirm.return_paid"]


def test_wanting_to_change_it_is_a_no() -> None:
    talk = to_confirmation().hears(said("改一下", intents=("order.change",)))
    assert talk.said == ["refund.change"]
    assert talk.hears(said("改原因", change="reason")).said == ["refund.reason.again"]
    assert talk.hears(said("发错了", reason="wrong_item")).said == ["refund.confirm.return_paid"]


def test_what_is_said_beside_a_new_wish_belongs_to_it() -> None:
    talk = to_confirmation().hears(said("运动鞋到哪了", intents=("logistics.track",), product="运动鞋"))
    assert talk.said == [
        "track.in_transit",
        "track.at_place",
        "track.eta",
        "resume",
        "refund.confirm.return_paid",
    ]
    talk.hears(said("确认", "affirm"))
    assert [w.order_no for w in talk.written()] == [JACKET.order_no]


def test_after_a_plain_no_the_line_asks_what_shall_change() -> None:
    talk = to_confirmation().hears(said("不是", "deny"))
    assert talk.said == ["refund.change"]
    assert talk.hears(said("不退了", "stop")).said == ["stopped", "anything_else"]
    assert talk.written() == []


def test_a_yes_to_an_old_proposal_is_no_yes_to_a_new_one() -> None:
    talk = to_confirmation().hears(said("是的，不过是质量问题", "affirm", reason="quality"))
    assert talk.written() == []
    assert talk.said[-1].startswith("refund.confirm")


def test_a_digression_comes_back_to_the_task_it_left() -> None:
    talk = to_confirmation().hears(said(intents=("logistics.track",)))
    assert talk.said[:3] == ["track.in_transit", "track.at_place", "track.eta"]
    assert talk.said[3:] == ["resume", "refund.confirm.return_paid"]


def test_two_wishes_in_one_breath_are_settled_in_order() -> None:
    talk = Talk().hears(said(intents=("logistics.track", "order.status"), product="运动鞋"))
    assert talk.said == ["track.in_transit", "track.at_place", "track.eta", "status.shipped", "anything_else"]


def test_a_human_comes_at_any_moment_with_the_story() -> None:
    talk = to_confirmation().hears(said("转人工", intents=("agent.request",)))
    ending = talk.turn.ending
    assert ending is not None
    assert (ending.kind, ending.ticket_no) == ("transfer", "T-1")
    ticket = next(request for request in talk.asked if isinstance(request, rq.OpenTicket))
    assert ticket.order_no == JACKET.order_no
    assert ticket.identity == "verified"
    assert any("退货" in line for line in ticket.summary)


def test_an_unknown_number_needs_both_tails_and_has_three_tries() -> None:
    talk = Talk(NOBODY)
    talk.answers[rq.VerifyTails] = [NOBODY]
    talk.hears(said(intents=("logistics.track",)))
    assert talk.said == ["identity.order_tail"]
    assert talk.hears(said(order_tail="0002")).said == ["identity.phone_tail"]
    assert talk.hears(said(phone_tail="9999")).said == ["identity.mismatch", "identity.order_tail.again"]
    assert talk.hears(said(order_tail="0002")).said == ["identity.phone_tail.again"]
    assert talk.hears(said(phone_tail="9999")).said == ["identity.mismatch", "identity.order_tail.again"]
    talk.hears(said(order_tail="0002"))
    assert talk.hears(said(phone_tail="9999")).said == ["human.identity"]
    assert [type(r).__name__ for r in talk.asked].count("VerifyTails") == 3


def test_not_wanting_it_any_more_is_the_reason_of_a_refund_and_no_wish_to_cancel() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    talk.hears(said("不想要了", intents=("order.cancel",), reason="unwanted"))
    assert talk.said[-1].startswith("fact")
    assert talk.hears(said(city="杭州")).said[-1].startswith("refund.confirm")


def test_cancelling_in_so_many_words_is_a_wish_of_its_own() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="羽绒服"))
    talk.hears(said("帮我取消另一单", intents=("order.cancel",)))
    assert talk.said[-1].startswith("human.offer")


def test_the_policies_say_how_many_tries_there_are() -> None:
    sources = {**read_folder(WORDINGS.parent)}
    sources["policies.yaml"] = sources["policies.yaml"].replace("tries: 3", "tries: 2")
    bundle, _ = Bundle.from_sources(sources)
    assert bundle is not None
    script, _ = read_script(bundle)
    assert script is not None
    assert script.identity_tries == 2


def test_matching_tails_open_the_orders_but_prove_no_fact_of_them() -> None:
    talk = Talk(NOBODY)
    talk.answers[rq.VerifyTails] = [known(JACKET)]
    talk.hears(said(intents=("refund.apply",)))
    talk.hears(said(order_tail="0001"))
    talk.hears(said(phone_tail="0001"))
    assert talk.said == ["identity.matched", "refund.found", "fact.city"]


def test_a_city_that_the_line_has_said_proves_nothing() -> None:
    talk = Talk().hears(said(intents=("logistics.track",)))
    assert "track.at_place" in talk.said
    assert talk.hears(said(intents=("refund.apply",), product="羽绒服")).said == ["refund.found", "fact.tail"]
    assert talk.hears(said(city="杭州")).said == ["fact.tail.again"]
    assert talk.hears(said(order_tail="0001")).said == ["fact.right", "refund.reason"]


def test_three_wrong_facts_lead_to_a_human() -> None:
    talk = Talk()
    talk.answers[rq.VerifyFact] = [rq.FactVerified(correct=False)]
    talk.hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.hears(said(city="北京")).said == ["fact.wrong", "fact.again"]
    assert talk.hears(said(order_tail="1234")).said == ["fact.wrong", "fact.again"]
    assert talk.hears(said(city="上海")).said == ["human.identity"]
    assert talk.written() == []


def test_of_several_orders_one_is_chosen_by_number_or_name() -> None:
    orders = known(JACKET, an_order("202611170003", lines=(a_line("电饭煲"),)))
    talk = Talk(orders).hears(said(intents=("refund.apply",)))
    assert talk.said == ["choice.two"]
    assert talk.hears(said(choice="2")).said[0] == "refund.found"
    assert (
        Talk(orders).hears(said(intents=("refund.apply",))).hears(said(product="电饭煲")).said[0]
        == "refund.found"
    )


def test_a_product_that_was_never_bought_is_said_so() -> None:
    talk = Talk().hears(said(intents=("refund.apply",), product="手机"))
    assert talk.said[0] == "orders.none_by_product"


@pytest.mark.parametrize(
    ("check", "wording"),
    [
        (a_check(decision="refused", clause="refund.seven_days"), "refund.refused.window"),
        (a_check(decision="refused", clause="refund.excluded.underwear"), "refund.refused.excluded"),
        (a_check(existing_refund_no="R20261101000001"), "refund.already"),
        (a_check(needs_code=True), "human.code"),
    ],
)
def test_what_policy_forbids_is_explained_and_never_written(check: rq.RefundChecked, wording: str) -> None:
    talk = Talk()
    talk.answers[rq.CheckRefund] = [check]
    talk.hears(said(intents=("refund.apply",), product="羽绒服", city="杭州", reason="unwanted"))
    assert wording in talk.said
    assert talk.written() == []


def test_the_ladder_says_other_words_on_every_rung_and_ends_at_a_human() -> None:
    talk = Talk()
    nothing = Reading(text="哔哔")
    assert talk.hears(nothing).said == ["open.again"]
    assert talk.hears(nothing).said == ["open.keypad"]
    assert talk.hears(nothing).said == ["human.no_match"]
    assert talk.turn.ending is not None


def test_a_caller_who_never_speaks_is_said_goodbye_to() -> None:
    talk = Talk()
    assert talk.is_silent().said == ["open.silence"]
    assert talk.is_silent().said == ["open.keypad"]
    assert talk.is_silent().said == ["goodbye.silence"]
    assert talk.turn.ending is not None
    assert talk.turn.ending.kind == "hangup"


def test_the_keypad_menu_starts_a_task() -> None:
    assert Talk().hears(said("1", intents=("logistics.track",))).said[0] == "track.in_transit"


def test_a_lost_back_end_means_an_apology_and_a_human_and_no_promise() -> None:
    talk = to_confirmation()
    talk.answers[rq.RequestRefund] = [rq.LookupFailed(retryable=True, message="gone")]
    talk.answers[rq.OpenTicket] = [rq.LookupFailed(retryable=True, message="gone")]
    talk.hears(said("确认", "affirm"))
    assert talk.said == ["system_trouble"]
    assert talk.turn.ending is not None
    assert (talk.turn.ending.kind, talk.turn.ending.ticket_no) == ("transfer", None)
    assert any("退货" in line for line in talk.turn.ending.summary)


def test_asked_whether_it_is_a_machine_it_says_yes_and_goes_on() -> None:
    assert to_confirmation().hears(said("你是机器人吗", "robot")).said == ["robot", "refund.confirm.again"]


def test_other_wishes_are_offered_a_human() -> None:
    talk = Talk().hears(said(intents=("invoice.ask",)))
    assert talk.said == ["human.offer"]
    assert talk.hears(said("好的", "affirm")).said == ["human.transfer"]


def test_goodbye_ends_the_call() -> None:
    talk = Talk().hears(said(intents=("order.status",), product="羽绒服"))
    assert talk.said == ["status.delivered", "anything_else"]
    assert talk.hears(said("没有了谢谢", "deny")).said == ["goodbye"]


def test_goodbye_in_the_middle_says_that_nothing_was_done() -> None:
    talk = to_confirmation().hears(said("再见", "goodbye"))
    assert talk.said == ["goodbye.open"]
    assert talk.written() == []
