"""The dialogue of one call: readings and results in, turns out; the next step derives from what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

from voicebot.dialogue import requests as rq
from voicebot.dialogue.frame import Frame, KnownCaller
from voicebot.dialogue.prompter import Prompter
from voicebot.dialogue.repair import Question, wording_for
from voicebot.dialogue.steps import Ask, Confirm, Fetch, Finish, Handover, Step, Tell
from voicebot.dialogue.summary import identity_of, order_in_question, summarise
from voicebot.dialogue.task_stack import CLEAR_INTENT, TaskStack
from voicebot.dialogue.tasks import task_for
from voicebot.dialogue.turn import Ending, Turn
from voicebot.dialogue.wording import Wordings
from voicebot.nlu.expectation import Expectation, Option
from voicebot.nlu.reading import Reading, is_only, says_more, without_answer

ExpectationFor = Callable[[str | None, tuple[Option, ...], tuple[str, ...], bool], Expectation]
"""(state, options, bias, strict) → what is listened for; from the grammar's states."""

CLEAR_YES = 0.6
"""Least confidence, words times act, of a yes on which money hangs; below it the question is asked again."""
FACT_SLOTS = frozenset({"city", "amount", "order_tail"})
"""What answers the question for a fact of an order."""
MAX_STEPS = 40
"""More steps than this without waiting for anybody is a task that runs in circles: our bug."""

Verdict = Literal["took", "unclear", "nothing"]
"""What an utterance was to the question: an answer, a yes that may be none, or something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the operators wrote, ready for use: one per version of the grammar, shared by all calls."""

    wordings: Wordings
    labels: Mapping[str, str]
    expectation_for: ExpectationFor
    version: str
    """Hash of the grammar bundle."""


class Conversation:
    """One call's dialogue. Pure: ``begin``, ``hear``, ``learn``, ``fail``, ``silence`` each return a Turn."""

    def __init__(self, script: Script, call_id: str, today: date, from_number: str | None) -> None:
        self.script = script
        self.call_id = call_id
        self.today = today
        self.caller = KnownCaller(from_number)
        self.tasks = TaskStack()
        self.question: Question | None = None
        self._ended = False
        self._turn = Turn()
        self._prompter = Prompter(script.wordings, today)
        self._awaiting: list[rq.Request] = []
        self._held: list[Reading] = []
        self._last_words = ""
        self._heard_anything = False
        self._closing: Handover | None = None

    # ---- what happens to it ------------------------------------------------------------------------------

    def begin(self) -> Turn:
        """Greet at once; who is calling is found out meanwhile."""
        self._say("greeting")
        self._ask(Question(wording="open", state=None, kind="open"), spoken=True)
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
        if self.has_ended() or self.question is None:
            return self._flush()
        rung = self.question.unanswered()
        if rung == "give_up":
            if self._heard_anything:
                self._hand_over(Handover(reason="no_input", wording="human.no_match"))
            else:
                self._end("goodbye.silence", "silent")
        elif rung == "again" and self.question.kind == "open":
            self._say("open.silence")
        else:
            self._say(wording_for(self.question, rung, self.script.wordings), self.question.values)
        return self._flush()

    def not_heard(self) -> Turn:
        """The recogniser failed or found no words: a rung of the ladder, with the blame on our side."""
        if not self.has_ended() and self.question is not None and not self._waiting_for_business():
            self._missed()
        return self._flush()

    def still_working(self) -> Turn:
        """The business takes its time: say that we are at it (docs/architecture.md, "Acknowledgement")."""
        if self._waiting_for_business() and not self.has_ended():
            uses = self._prompter.uses
            self._say("ack.checking" if uses["ack.checking"] <= uses["ack.still"] else "ack.still")
        return self._flush()

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
        human = next((i for i in reading.intents if i.name == "agent.request"), None)
        if human is not None and human.confidence >= CLEAR_INTENT:
            self._hand_over(Handover(reason="agent.request", wording="human.transfer"))
            return
        if self._steered(reading):
            return
        reading = self.tasks.absorb(reading)
        took = self.tasks.fill(reading, self._slots_asked())
        verdict = self._answered(reading)
        if self.has_ended():
            return
        began = self.tasks.begin_wished(reading, confirming=self._is_confirming())
        if began:
            self.question = None
        if took or began or verdict == "took":
            self._go_on()
        elif verdict == "unclear":
            self._missed("unclear")
        elif any(intent.name == "oos" for intent in reading.intents):
            self._say("oos")
            self._missed(None)
        else:
            self._missed()

    def _steered(self, reading: Reading) -> bool:
        """Acts that concern the talk itself. True when the utterance is dealt with."""
        if reading.has_act("robot"):
            self._say("robot")
            self._repeat_question()
        elif reading.has_act("wait") and not says_more(reading):
            self._turn.on_hold = True
            self._say("hold")
        elif reading.has_act("repeat") or reading.has_act("slower") or reading.has_act("louder"):
            self._repeat_last()
        elif is_only(reading, "greet"):
            if self.question is not None and self.question.kind == "open":
                self._say("open.greet")
            else:
                self._repeat_question()
        elif is_only(reading, "backchannel"):
            pass  # the question stands, and so does its clock
        elif reading.has_act("stop") and not reading.intents:
            self._stop()
        elif reading.has_act("goodbye") and not reading.intents:
            self._end("goodbye", "completed")
        else:
            return False
        return True

    def _slots_asked(self) -> frozenset[str]:
        """The slots that answer the question."""
        asked = self.question.slot if self.question else None
        if asked is None:
            return frozenset()
        return FACT_SLOTS if asked == "fact" else frozenset({asked})

    def _is_confirming(self) -> bool:
        return self.question is not None and self.question.kind == "confirm"

    def _answered(self, reading: Reading) -> Verdict:
        """A yes, a no or a choice in answer to the question."""
        question = self.question
        if question is None:
            return "nothing"
        match question.kind:
            case "confirm":
                return self._confirmed(question, reading)
            case "anything_else":
                return self._anything_else(reading)
            case "open" | "ask":
                return "nothing"
            case _:
                assert_never(question.kind)

    def _confirmed(self, question: Question, reading: Reading) -> Verdict:
        """Money moves on a clear yes only; a no wins over a yes in the same breath."""
        frame = self.tasks.top
        if frame is None:
            raise RuntimeError("a confirmation without a task")
        yes = next((act for act in reading.acts if act.name == "affirm"), None)
        if reading.has_act("deny") or reading.has_act("correct"):
            frame.denied = question.proposal
            return "took"
        if yes is None or reading.intents:
            return "nothing"
        if question.strict and reading.confidence * yes.confidence < CLEAR_YES:
            return "unclear"
        frame.confirmed = question.proposal
        return "took"

    def _anything_else(self, reading: Reading) -> Verdict:
        if reading.intents:
            return "nothing"
        if reading.has_act("deny") or reading.has_act("thanks"):
            self._end("goodbye", "completed")
            return "took"
        if reading.has_act("affirm"):
            self.question = Question(wording="open", state=None, kind="open")
            self._say("open.go_on")
            return "took"
        return "nothing"

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
                self._say(step.wording, step.values)
                return True
            case Fetch():
                self.question = None
                self._request(step.request)
                return False
            case Finish():
                self._finish(frame, step)
                return True
            case Handover():
                self._hand_over(step)
                return False
            case Ask():
                self._ask(
                    Question(
                        wording=step.wording,
                        state=step.state,
                        kind="ask",
                        slot=step.slot,
                        values=dict(step.values),
                        options=step.options,
                    )
                )
                return False
            case Confirm():
                frame.denied = None
                self._ask(
                    Question(
                        wording=step.wording,
                        state=step.state,
                        kind="confirm",
                        proposal=step.proposal,
                        values=dict(step.values),
                        strict=step.strict,
                    )
                )
                return False
            case _:
                assert_never(step)

    def _finish(self, frame: Frame, step: Finish) -> None:
        if step.wording is not None:
            self._say(step.wording, step.values)
        self.tasks.finish(frame, step)
        self.question = None
        if self.tasks.top is not None:
            self._say("resume")

    def _stop(self) -> None:
        """算了，不弄了: give up the task under way, or the call when there is none."""
        if self.tasks.top is not None:
            self._finish(self.tasks.top, Finish(outcome="stopped", wording="stopped"))
            self._go_on()
        else:
            self._end("goodbye", "completed")

    # ---- business ----------------------------------------------------------------------------------------

    def _request(self, request: rq.Request) -> None:
        self._awaiting.append(request)
        self._turn.requests.append(request)

    def _waiting_for_business(self) -> bool:
        """Nothing can be said before an answer; who is calling matters only once a task is under way."""
        working = self.tasks.top is not None
        return any(not isinstance(request, rq.IdentifyCaller) or working for request in self._awaiting)

    def _store(self, request: rq.Request, result: rq.Result) -> None:
        if isinstance(result, rq.TicketOpened):
            self._transfer(result.ticket_no)
            return
        if isinstance(result, rq.CallerIdentified):
            if isinstance(request, rq.IdentifyCaller) or result.customer_id is not None:
                self.caller.identified = result
                self.caller.by_tails = isinstance(request, rq.VerifyTails)
            if result.customer_id is not None and isinstance(request, rq.VerifyTails):
                self._say("identity.matched")
        if self.tasks.top is not None:
            self.tasks.top.results[request] = result

    def _lookup_failed(self, request: rq.Request) -> None:
        """An apology and a human; nothing that was not committed is ever announced."""
        if isinstance(request, rq.OpenTicket):
            self._transfer(None)
        elif self._closing is None:
            self._say("system_trouble")
            self._hand_over(Handover(reason="backend_down", wording=""))

    # ---- humans and endings ------------------------------------------------------------------------------

    def _hand_over(self, handover: Handover) -> None:
        """Write the story down first; the call moves when that is done, or has failed."""
        if self._closing is not None:
            return
        self._closing = handover
        self.question = None
        if handover.wording:
            self._say(handover.wording)
        self._request(
            rq.OpenTicket(
                key=f"{self.call_id}/ticket",
                call_id=self.call_id,
                kind="transfer",
                reason=handover.reason,
                customer_id=self.caller.customer_id,
                identity=identity_of(self.caller),
                order_no=order_in_question(self.tasks.done, self.tasks.frames),
                summary=self._summary(),
            )
        )

    def _summary(self) -> tuple[str, ...]:
        return summarise(
            self.tasks.done, self.tasks.frames, self.caller, self._last_words, self.script.labels
        )

    def _transfer(self, ticket_no: str | None) -> None:
        reason = self._closing.reason if self._closing else "agent.request"
        self._finish_call(
            Ending(kind="transfer", outcome=reason, ticket_no=ticket_no, summary=self._summary())
        )

    def _end(self, wording: str, outcome: str) -> None:
        self._say(wording)
        self._finish_call(Ending(kind="hangup", outcome=outcome, summary=self._summary()))

    def _finish_call(self, ending: Ending) -> None:
        self._ended = True
        self.question = None
        self._turn.ending = ending

    # ---- talking -----------------------------------------------------------------------------------------

    def _ask_open(self) -> None:
        if self.question is not None and self.question.kind == "open":
            return
        if self.tasks.done:
            self._ask(Question(wording="anything_else", state="anything_else", kind="anything_else"))
        else:
            self._ask(Question(wording="open", state=None, kind="open"), spoken=True)

    def _ask(self, question: Question, *, spoken: bool = False) -> None:
        """Make it the question and say it, unless it is being said already.

        The same question again, with nothing asked of the business between, means that the answer did not
        help: that is a rung of the ladder, never the same words.
        """
        if self.question is not None and question.same_as(self.question):
            self._missed()
            return
        self.question = question
        if not spoken:
            self._say(question.wording, question.values)

    def _missed(self, rung_wording: Literal["unclear", "ladder"] | None = "ladder") -> None:
        """One rung down: ``unclear`` has words of its own, None says nothing more."""
        if self.question is None:
            self._go_on()
            return
        rung = self.question.missed()
        if rung == "give_up":
            self._hand_over(Handover(reason="no_match", wording="human.no_match"))
        elif rung_wording == "unclear" and rung == "again":
            self._say(wording_for(self.question, "unclear", self.script.wordings), self.question.values)
        elif rung_wording is not None:
            self._say(wording_for(self.question, rung, self.script.wordings), self.question.values)

    def _repeat_question(self) -> None:
        """Ask on after an aside, shorter where there is a shorter wording."""
        if self.question is not None and self.question.kind != "open":
            again = wording_for(self.question, "again", self.script.wordings)
            self._say(again, self.question.values)

    def _repeat_last(self) -> None:
        self._turn.sayings.extend(self._prompter.last_said)

    def _say(self, wording: str, values: Mapping[str, str | int] | None = None) -> None:
        self._turn.sayings.append(self._prompter.say(wording, values or {}))

    def _flush(self) -> Turn:
        """Hand the turn out, with what is listened for from now on."""
        turn, self._turn = self._turn, Turn()
        self._prompter.remember(turn.sayings)
        if self.question is not None and not self.has_ended() and not self._waiting_for_business():
            turn.expect = self.script.expectation_for(
                self.question.state, self.question.options, self.caller.product_names, self.question.strict
            )
        return turn
