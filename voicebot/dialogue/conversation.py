"""The dialogue of one call: readings and results in, turns out; the next step derives from what is known."""

from __future__ import annotations

from datetime import date
from typing import Literal, assert_never

from voicebot.dialogue import requests as rq
from voicebot.dialogue.answering import Verdict, confirmed, turned_down
from voicebot.dialogue.floor import Floor
from voicebot.dialogue.frame import Frame, KnownCaller
from voicebot.dialogue.hints import listened_for
from voicebot.dialogue.material import Script
from voicebot.dialogue.repair import Question, question_of
from voicebot.dialogue.steering import Move, move_of
from voicebot.dialogue.steps import Ask, Confirm, Fetch, Finish, Handover, Step, Tell
from voicebot.dialogue.summary import summarise, ticket_for
from voicebot.dialogue.task_stack import CLEAR_INTENT, TaskStack
from voicebot.dialogue.tasks import UPSET, task_for
from voicebot.dialogue.temper import Temper
from voicebot.dialogue.turn import Ending, Turn
from voicebot.nlu.reading import Reading, without_answer

__all__ = ["Conversation", "Script"]

MAX_STEPS = 40
"""More steps than this without waiting for anybody is a task that runs in circles: our bug."""


class Conversation:
    """One call's dialogue. Pure: ``begin``, ``hear``, ``learn``, ``fail``, ``silence`` each return a Turn."""

    def __init__(self, script: Script, call_id: str, today: date, from_number: str | None) -> None:
        self.script = script
        self.call_id = call_id
        self.caller = KnownCaller(from_number, today, tries_allowed=script.identity_tries)
        self.tasks = TaskStack(script.synonyms)
        self.floor = Floor(script.wordings, today)
        self._ended = False
        self._awaiting: list[rq.Request] = []
        self._held: list[Reading] = []
        self._last_words = ""
        self._heard_anything = False
        self._temper = Temper()
        self._closing: Handover | None = None

    def begin(self) -> Turn:
        """Greet at once; who is calling is found out meanwhile."""
        self.floor.say("greeting")
        self.floor.ask_silently()
        self._request(rq.IdentifyCaller(from_number=self.caller.from_number))
        return self._flush()

    def hear(self, reading: Reading, *, before_the_question: bool = False) -> Turn:
        """One utterance, as read in the light of the question.

        What was said ``before_the_question`` could be heard is no answer to it: no yes comes from it.
        """
        if before_the_question:
            reading = without_answer(reading)
        if self.has_ended():
            return self._flush()
        self._last_words = reading.text or self._last_words
        self._heard_anything = True
        if self._waiting_for_business():
            self._held.append(without_answer(reading))
            return self._flush()
        if not (before_the_question and reading.is_empty):
            self._understand(reading)
        return self._flush()

    def learn(self, request: rq.Request, result: rq.Result) -> Turn:
        """An answer of the business. Answers to questions no longer of interest are kept, never spoken."""
        if request not in self._awaiting or self.has_ended():
            return self._flush()
        self._awaiting.remove(request)
        if isinstance(result, rq.LookupFailed):
            self._lookup_failed(request)
        else:
            self._store(request, result)
            self._go_on()
        if not self._waiting_for_business():
            held, self._held = self._held, []
            for reading in held:
                if not reading.is_empty:
                    self._understand(reading)
        return self._flush()

    def silence(self) -> Turn:
        """The caller said nothing for as long as the question allows."""
        if self.has_ended() or self.floor.question is None or self.floor.silence():
            return self._flush()
        if self.floor.question.kind == "anything_else":
            self._end("goodbye", "completed")
        elif self._heard_anything:
            self._hand_over(Handover(reason="no_input", wording="human.no_input"))
        else:
            self._end("goodbye.silence", "silent")
        return self._flush()

    def not_heard(self) -> Turn:
        """The recogniser failed or found no words: a rung of the ladder, with the blame on our side."""
        if not self.has_ended() and not self._waiting_for_business():
            self._understood_or_human(self.floor.miss())
        return self._flush()

    def still_working(self) -> Turn:
        """The business takes its time: say that we are at it (docs/architecture.md, "Acknowledgement")."""
        if self._waiting_for_business() and not self.has_ended():
            self.floor.says_in_turn("ack.checking", "ack.still")
        return self._flush()

    def aside(self, wording: str) -> Turn:
        """A word that changes nothing, so that the line does not seem dead; none without a wording."""
        if self.script.wordings.has(wording) and not self.has_ended():
            self.floor.say(wording)
        return self.floor.take_turn()

    def out_of_time(self) -> Turn:
        """The call has lasted as long as calls may."""
        if not self.has_ended() and self._closing is None:
            self._hand_over(Handover(reason="call_too_long", wording="goodbye.time"))
        return self._flush()

    def has_ended(self) -> bool:
        """The last words are being said."""
        return self._ended

    # ---- understanding -----------------------------------------------------------------------------------

    def _understand(self, reading: Reading) -> None:
        if self.has_ended() or self._closing is not None:
            return
        if any(i.name == "agent.request" and i.confidence >= CLEAR_INTENT for i in reading.intents):
            self._hand_over(Handover(reason="agent.request", wording="human.transfer"))
            return
        question = self.floor.question
        move = move_of(reading, thanks_answers=question is not None and question.kind == "anything_else")
        if move is not None:
            self._steer(move)
        else:
            self._take_in(self.tasks.absorb(reading))

    def _take_in(self, reading: Reading) -> None:
        """What it says to the matter: values, an answer, wishes; else a rung of the ladder."""
        asked = self.floor.slots_asked
        took = self.tasks.fill(reading, asked)
        self.floor.answered_ahead = took and all(slot.name not in asked for slot in reading.slots)
        if not took and self.tasks.correct(reading, asked):
            self.floor.say("noted")
            self.floor.question = None
            took = True
        verdict: Verdict = "took" if took and not self.floor.is_confirming else self._answered(reading)
        if self.has_ended():
            return
        began = self.tasks.begin_wished(reading, confirming=self.floor.is_confirming)
        if began:
            self.floor.question = None
        upset = self._is_upset(reading)
        if took or began or upset or verdict == "took":
            self._go_on()
        elif any(intent.name == "oos" for intent in reading.intents):
            self._out_of_scope()
        else:
            self._understood_or_human(self.floor.miss(unclear=verdict == "unclear"))

    def _is_upset(self, reading: Reading) -> bool:
        """The first anger gets an apology, the second the offer of a human. True when it is offered now."""
        top = self.tasks.top
        if top is not None and task_for(top.task).offers_human:
            return False
        owed = self._temper.after(reading.frustration)
        if owed == "sorry":
            self.floor.say("sorry")
        if owed != "offer":
            return False
        self.tasks.begin(UPSET)
        self.floor.question = None
        return True

    def _out_of_scope(self) -> None:
        if self.floor.miss_quietly():
            self.floor.say("oos")
        else:
            self._hand_over(Handover(reason="oos", wording="human.oos"))

    def _understood_or_human(self, understood: bool) -> None:
        """When no words are left to ask with, a human goes on."""
        if self.floor.question is None:
            self._go_on()
        elif not understood:
            self._hand_over(Handover(reason="no_match", wording="human.no_match"))

    def _steer(self, move: Move) -> None:
        """Acts that concern the talk itself."""
        match move:
            case "robot":
                self.floor.say("robot")
                self._understood_or_human(self.floor.ask_on())
            case "hold":
                self.floor.turn.on_hold = True
                self.floor.say("hold")
            case "repeat":
                self._understood_or_human(self.floor.repeat())
            case "greet":
                self._understood_or_human(self.floor.greet_back())
            case "nod":
                pass  # the question stands, and so does its clock
            case "thanks":
                self.floor.say("thanks")
                self._understood_or_human(self.floor.ask_on())
            case "back":
                self._go_back()
            case "stop":
                self._stop()
            case "goodbye":
                self._end("goodbye.open" if self.tasks.top else "goodbye", "completed")
            case _:
                assert_never(move)

    def _go_back(self) -> None:
        """上一步: forget the last answer and ask for it again; without one, ask what is wanted."""
        if self.tasks.take_back():
            self.floor.say("back")
            self.floor.question = None
            self._go_on()
        elif self.tasks.top is not None:
            self._understood_or_human(self.floor.ask_on())
        else:
            self.floor.ask_openly()

    def _answered(self, reading: Reading) -> Verdict:
        """A yes, a no or a choice in answer to the question."""
        question = self.floor.question
        if question is None:
            return "nothing"
        match question.kind:
            case "confirm":
                return confirmed(question, reading, self.tasks.top)
            case "anything_else":
                return self._anything_else(reading)
            case "ask":
                return turned_down(question, reading, self.tasks.top)
            case "open":
                return self._named_something(reading)
            case _:
                assert_never(question.kind)

    def _anything_else(self, reading: Reading) -> Verdict:
        if reading.intents:
            return "nothing"
        if self.tasks.begin_again(reading):
            self.floor.question = None
            return "took"
        if reading.has_act("deny") or reading.has_act("thanks"):
            self._end("goodbye", "completed")
            return "took"
        if reading.has_act("affirm"):
            self.floor.ask_openly()
            return "took"
        return "nothing"

    def _named_something(self, reading: Reading) -> Verdict:
        """A product and no wish: keep it, and ask what about it."""
        product = None if reading.intents else self.tasks.keep_for_later(reading)
        if not product or self.floor.uses("open.about"):
            return "nothing"
        self.floor.say("open.about", {"product": product})
        return "took"

    # ---- tasks -------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Walk the task on top until somebody has to answer."""
        for _ in range(MAX_STEPS):
            if self.has_ended() or self._closing is not None or self._waiting_for_business():
                return
            frame = self.tasks.top
            if frame is None:
                if self.tasks.begin_waiting():
                    continue
                self._ask_open()
                return
            if not self._take(frame, task_for(frame.task).next_step(frame, self.caller, self.call_id)):
                return
        raise RuntimeError(f"{self.tasks.top} takes {MAX_STEPS} steps without an answer from anybody")

    def _take(self, frame: Frame, step: Step) -> bool:
        """Carry out one step; True when the task can go on at once."""
        match step:
            case Tell():
                frame.told.add(step.key)
                self.floor.say(step.wording, step.values)
                return True
            case Fetch():
                self.floor.question = None
                self._request(step.request)
                return False
            case Finish():
                self._finish(frame, step)
                return True
            case Handover():
                self._hand_over(step)
                return False
            case Ask() | Confirm():
                if isinstance(step, Confirm):
                    frame.denied = None
                self._understood_or_human(self.floor.ask(question_of(step, frame.number)))
                return False
            case _:
                assert_never(step)

    def _finish(self, frame: Frame, step: Finish) -> None:
        if step.wording is not None:
            self.floor.say(step.wording, step.values)
        self.tasks.finish(frame, step)
        self.floor.question = None
        if self.tasks.top is not None:
            self.floor.say("resume")

    def _stop(self) -> None:
        """算了，不弄了: give up the task under way, or the call when there is none."""
        if self.tasks.top is not None:
            self._finish(self.tasks.top, Finish(outcome="stopped", wording="stopped"))
            self._go_on()
        else:
            self._end("goodbye", "completed")

    def _ask_open(self) -> None:
        if self.floor.question is not None and self.floor.question.kind == "open":
            return
        done, key = len(self.tasks.done), "anything_else"
        self.floor.ask(Question(wording=key, state=key, kind="anything_else", task=done))

    # ---- business ----------------------------------------------------------------------------------------

    def _request(self, request: rq.Request) -> None:
        self._awaiting.append(request)
        self.floor.turn.requests.append(request)

    def _waiting_for_business(self) -> bool:
        """Nothing can be said before an answer; who is calling matters only once a task is under way."""
        working = self.tasks.top is not None
        return any(not isinstance(request, rq.IdentifyCaller) or working for request in self._awaiting)

    def _store(self, request: rq.Request, result: rq.Result) -> None:
        if isinstance(result, rq.TicketOpened):
            self._transfer(result.ticket_no)
            return
        if isinstance(result, rq.CallerIdentified) and self.caller.learn(request, result):
            self.floor.say("identity.matched")
        if isinstance(result, rq.ParcelTracked) and result.carrier is not None:
            self.caller.carriers[result.carrier] = None
        if self.tasks.top is not None:
            self.tasks.top.results[request] = result

    def _lookup_failed(self, request: rq.Request) -> None:
        """An apology and a human; nothing that was not committed is ever announced."""
        if isinstance(request, rq.OpenTicket):
            self._transfer(None)
        elif self._closing is None:
            self.floor.say("system_trouble")
            self._hand_over(Handover(reason="backend_down", wording=""))

    # ---- humans and endings ------------------------------------------------------------------------------

    def _hand_over(self, handover: Handover) -> None:
        """Write the story down first; the call moves when that is done, or has failed."""
        if self._closing is not None:
            return
        self._closing = handover
        self.floor.question = None
        if handover.wording:
            self.floor.say(handover.wording)
        tasks = self.tasks
        self._request(
            ticket_for(handover.reason, self.call_id, tasks.done, tasks.frames, self.caller, self._summary())
        )

    def _summary(self) -> tuple[str, ...]:
        return summarise(
            self.tasks.done, self.tasks.frames, self.caller, self._last_words, self.script.labels
        )

    def _transfer(self, ticket_no: str | None) -> None:
        self._finish_call("transfer", self._closing.reason if self._closing else "agent.request", ticket_no)

    def _end(self, wording: str, outcome: str) -> None:
        self.floor.say(wording)
        self._finish_call("hangup", outcome)

    def _finish_call(
        self, kind: Literal["hangup", "transfer"], outcome: str, ticket_no: str | None = None
    ) -> None:
        self._ended = True
        self.floor.question = None
        self.floor.turn.ending = Ending(
            kind=kind, outcome=outcome, ticket_no=ticket_no, summary=self._summary()
        )

    def _flush(self) -> Turn:
        """Hand the turn out, with what is listened for from now on."""
        turn, question = self.floor.take_turn(), self.floor.question
        if question is not None and not self.has_ended() and not self._waiting_for_business():
            turn.expect = listened_for(question, self.caller, self.script)
        return turn
