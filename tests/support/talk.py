"""A dialogue to talk with in readings, at a business that answers at once."""

from __future__ import annotations

from datetime import date

from tests.support.scripts import a_script
from tests.support.shop import a_check, a_line, an_order, known, said
from voicebot.dialogue import requests as rq
from voicebot.dialogue.conversation import Conversation
from voicebot.dialogue.turn import Turn
from voicebot.nlu.reading import Reading

JACKET = an_order("202611180001", lines=(a_line("羽绒服"),))
SHOES = an_order("202611200002", state="shipped", lines=(a_line("运动鞋"),))
CUSTOMER = known(JACKET, SHOES)


class Talk:
    """A conversation with a business that answers at once from a table."""

    def __init__(self, caller: rq.CallerIdentified = CUSTOMER) -> None:
        self.conversation = Conversation(a_script(), "call-1", date(2026, 11, 22), "+8613800000001")
        self.answers: dict[type, list[rq.Result]] = {
            rq.IdentifyCaller: [caller],
            rq.VerifyFact: [rq.FactVerified(correct=True)],
            rq.CheckRefund: [a_check()],
            rq.OpenTicket: [rq.TicketOpened(ticket_no="T-1")],
            rq.RequestRefund: [
                rq.RefundDecided(
                    refund_no="R20261122000123", state="approved", amount_fen=19900, already_on_file=False
                )
            ],
            rq.TrackParcel: [
                rq.ParcelTracked(
                    order_no=SHOES.order_no,
                    state="in_transit",
                    carrier="SF",
                    place="杭州",
                    event_at="2026-11-22T08:00:00+08:00",
                    eta_on="2026-11-23",
                )
            ],
        }
        self.asked: list[rq.Request] = []
        self.turn = Turn()
        self.said: list[str] = []
        self._follow(self.conversation.begin())

    def hears(self, reading: Reading) -> Talk:
        self.said = []
        self._follow(self.conversation.hear(reading))
        return self

    def is_silent(self) -> Talk:
        self.said = []
        self._follow(self.conversation.silence())
        return self

    def _follow(self, turn: Turn) -> None:
        self.turn = turn
        self.said += [saying.wording for saying in turn.sayings]
        for request in turn.requests:
            self.asked.append(request)
            answers = self.answers[type(request)]
            self._follow(self.conversation.learn(request, answers.pop(0) if len(answers) > 1 else answers[0]))

    def written(self) -> list[rq.RequestRefund]:
        return [request for request in self.asked if isinstance(request, rq.RequestRefund)]


def to_confirmation() -> Talk:
    talk = Talk()
    talk.hears(said(intents=("refund.apply",), product="羽绒服"))
    assert talk.said == ["refund.found", "fact"]
    talk.hears(said(city="杭州"))
    assert talk.said == ["fact.right", "refund.reason"]
    return talk.hears(said(reason="size"))
