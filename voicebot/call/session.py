"""One call as a machine: events and the passing of time in, actions out; it owns no clock and no thread."""

from __future__ import annotations

import math
from datetime import datetime

from voicebot.call.actions import Action, Consult, EndCall, Listen, Read, TransferToHuman
from voicebot.call.deadlines import Deadline, Deadlines
from voicebot.call.events import (
    BusinessAnswered,
    CallerHungUp,
    CallStarted,
    Event,
    Heard,
    KeyPressed,
    MarkReached,
    PartialHeard,
    PromptFailed,
    PromptStarted,
    ReadingFailed,
    TextTyped,
    TranscriptFailed,
    TranscriptReady,
    UtteranceRead,
)
from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from voicebot.call.keypad import Keypad
from voicebot.call.playback import Playback
from voicebot.call.turn_taking import TurnTaking
from voicebot.dialogue.conversation import Conversation, Script
from voicebot.dialogue.requests import LookupFailed, Request
from voicebot.dialogue.turn import Ending, Saying, Turn
from voicebot.nlu.reading import Reading, is_only, without_answer

HOLD_SECONDS = 30.0
"""Silence that is allowed after 等一下."""
ACKNOWLEDGE_SECONDS = 0.9
"""The business has not answered: say that we are looking, before 1.5 s of silence (docs/architecture.md)."""
ACKNOWLEDGE_AGAIN_SECONDS = 5.0
BUSINESS_SECONDS = 12.0
TRANSCRIPT_SECONDS = 8.0
READING_SECONDS = 4.0
MARK_SECONDS = 3.0
"""Longest wait for a mark after the prompt must have ended."""
UNSTARTED_PROMPT_SECONDS = 20.0
"""Longest wait for a prompt to begin: it is being rendered."""
STRICT_TAIL_SECONDS = 1.0
"""The end of a prompt that asks for money to be moved: a yes before it has not heard what it agrees to."""
CALL_SECONDS = 15 * 60.0


class CallSession:
    """Everything that decides in one call. Feed it the same events and it takes the same actions."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._conversation: Conversation | None = None
        self._playback = Playback()
        self._turns = TurnTaking()
        self._deadlines = Deadlines()
        self._keypad = Keypad()
        self._awaited: list[Request] = []
        self._is_waiting = False
        self._readings: set[int] = set()
        self._cut: tuple[Saying, ...] = ()
        self._carried: tuple[Heard, ...] = ()
        self._ending: Ending | None = None
        self._on_hold = False
        self._today = ""
        self._asked_at_seconds = 0.0
        self._spoke_at_seconds: float | None = None
        self.is_over = False

    @property
    def is_playing(self) -> bool:
        """A prompt is sounding or about to: what is heard now is over it."""
        return self._playback.is_playing

    @property
    def next_deadline(self) -> float | None:
        """Seconds since the call started at which ``tick`` has something to do."""
        return None if self.is_over else self._deadlines.next_seconds

    def receive(self, event: Event, now: float) -> list[Action]:
        """Take one event at ``now`` seconds since CallStarted."""
        if self.is_over:
            return []
        if isinstance(event, CallStarted):
            return self._start(event, now)
        if isinstance(event, CallerHungUp):
            return self._leave(self._turns.abandon())
        return self._dispatch(event, now)

    def tick(self, now: float) -> list[Action]:
        """Apply every deadline that is due, in order, even when late."""
        actions: list[Action] = []
        while not self.is_over and (due := self._deadlines.take_due(now)) is not None:
            actions += self._expire(due, now)
        return actions

    # ---- events ------------------------------------------------------------------------------------------

    def _start(self, event: CallStarted, now: float) -> list[Action]:
        if self._conversation is not None:
            raise ValueError("a call starts once")
        today = datetime.fromisoformat(event.wall_time).date()
        self._today = today.isoformat()
        self._conversation = Conversation(self._script, event.call_id, today, event.from_number)
        self._deadlines.set("call", now + CALL_SECONDS)
        return self._carry_out(self._conversation.begin(), now)

    def _dispatch(self, event: Event, now: float) -> list[Action]:  # noqa: C901 - a table of what may happen
        match event:
            case SpeechStarted():
                return self._speech_started(event, now)
            case SpeechPaused():
                return self._turns.paused(event.utterance)
            case SpeechResumed():
                return self._turns.resumed()
            case SpeechEnded():
                return self._speech_ended(event, now)
            case TranscriptReady():
                final = self._turns.transcribed(event)
                return [] if final is None else self._words(final, now)
            case PartialHeard():
                return []
            case TranscriptFailed():
                return self._not_heard(now) if self._turns.failed(event.job) else []
            case UtteranceRead():
                return self._read(event.job, event.reading, now)
            case ReadingFailed():
                return self._reading_failed(event.job, now)
            case TextTyped():
                self._deadlines.drop("no_input")
                self._spoke_at_seconds = None
                heard = (Heard(text=event.text, confidence=1.0),)
                return [*self._interrupt(now), self._ask_reader(heard, None, now)]
            case KeyPressed():
                return self._key_pressed(event.digit, now)
            case BusinessAnswered():
                return self._answered(event, now)
            case PromptStarted():
                return self._prompt_started(event, now)
            case MarkReached():
                return self._prompt_over(self._playback.finished(event.prompt_id, event.generation), now)
            case PromptFailed():
                return self._prompt_over(self._playback.failed(event.prompt_id, event.generation), now)
            case _:
                raise TypeError(f"no call expects {event!r} here")

    def _speech_started(self, event: SpeechStarted, now: float) -> list[Action]:
        self._deadlines.drop("no_input")
        self._turns.started()
        if not self._turns.is_recognising:
            self._spoke_at_seconds = event.at_seconds
        return self._interrupt(now) if event.over_prompt else []

    def _interrupt(self, now: float) -> list[Action]:
        """Stop talking. The last words of a call are said to their end."""
        if not self._playback.is_playing or self._ending is not None:
            return []
        clear, rest = self._playback.cut(now)
        self._cut = rest
        self._deadlines.drop("playback")
        return [clear]

    def _speech_ended(self, event: SpeechEnded, now: float) -> list[Action]:
        actions, result = self._turns.ended(event.utterance)
        if result is not None:
            return [*actions, *self._words(result, now)]
        self._deadlines.set("transcript", now + TRANSCRIPT_SECONDS)
        return actions

    def _words(self, event: TranscriptReady, now: float) -> list[Action]:
        """The words of a finished turn. Noise is no turn: go on where we were."""
        if not self._turns.is_recognising:
            self._deadlines.drop("transcript")
        if self._turns.caller_is_speaking:
            self._carried = _joined(self._carried, event.alternatives)
            return []
        alternatives = _joined(self._carried, event.alternatives)
        self._carried = ()
        if alternatives:
            return [self._ask_reader(alternatives, None, now)]
        if event.decided_by == "gate" and (self._cut or self._turns.expect.kind == "free"):
            return self._resume(now)
        # A sound in answer to a closed question was an answer: say that it was lost.
        return self._not_heard(now)

    def _ask_reader(self, alternatives: tuple[Heard, ...], keys: str | None, now: float) -> Action:
        job = self._turns.next_job()
        self._readings.add(job)
        self._deadlines.set("reading", now + READING_SECONDS)
        return Read(
            job=job,
            alternatives=alternatives,
            keys=keys,
            expect=self._turns.expect,
            today=self._today,
        )

    def _read(self, job: int, reading: Reading, now: float) -> list[Action]:
        if not self._has_read(job):
            return []
        spoken_before = self._was_spoken_before(reading)
        only_yes = spoken_before and without_answer(reading).is_empty
        if self._cut and (is_only(reading, "backchannel") or only_yes):
            return self._resume(now)
        self._cut = ()
        return self._carry_out(self._talk.hear(reading, before_the_question=spoken_before), now)

    def _was_spoken_before(self, reading: Reading) -> bool:
        """It began before the question was asked or, where money hangs on a yes, was heard out."""
        spoke, asked = self._spoke_at_seconds, self._asked_at_seconds
        if spoke is None or spoke >= asked:
            return False
        return asked < math.inf or (reading.has_act("affirm") and not reading.has_act("deny"))

    def _has_read(self, job: int) -> bool:
        """True when this reading was awaited."""
        if job not in self._readings:
            return False
        self._readings.remove(job)
        if not self._readings:
            self._deadlines.drop("reading")
        return True

    def _reading_failed(self, job: int, now: float) -> list[Action]:
        if not self._has_read(job):
            return []
        return self._not_heard(now)

    def _not_heard(self, now: float) -> list[Action]:
        self._cut = ()
        return self._carry_out(self._talk.not_heard(), now)

    def _resume(self, now: float) -> list[Action]:
        """Nothing was meant: say what was cut, from the sentence where it was, or go on waiting."""
        rest, self._cut = self._cut, ()
        if not rest:
            self._await_caller(now)
            return []
        return self._carry_out(Turn(sayings=list(rest)), now, new_question=False)

    def _key_pressed(self, digit: str, now: float) -> list[Action]:
        """A key stops the prompt at once; digits are collected as far as the question wants them."""
        self._deadlines.drop("no_input")
        actions = self._interrupt(now)
        self._cut = ()
        self._spoke_at_seconds = None
        keys = self._keypad.press(digit, self._turns.expect)
        if keys is None:
            self._deadlines.set("keys", now + Keypad.GAP_SECONDS)
            return actions
        self._deadlines.drop("keys")
        return [*actions, *self._keyed(keys, now)]

    def _keyed(self, keys: str, now: float) -> list[Action]:
        return [self._ask_reader((), keys, now)] if keys else []

    def _answered(self, event: BusinessAnswered, now: float) -> list[Action]:
        if event.request not in self._awaited:
            return []
        self._awaited.remove(event.request)
        if not self._awaited:
            self._deadlines.drop("business")
        return self._carry_out(self._talk.learn(event.request, event.result), now)

    def _prompt_started(self, event: PromptStarted, now: float) -> list[Action]:
        if self._playback.started(event, now):
            end = self._playback.last_end_seconds
            self._deadlines.set("playback", (now if end is None else end) + MARK_SECONDS)
        return []

    def _prompt_over(self, nothing_left: bool, now: float) -> list[Action]:
        if nothing_left:
            return self._all_said(now)
        if self._playback.waits_to_start:
            self._deadlines.set("playback", now + UNSTARTED_PROMPT_SECONDS)
        return []

    # ---- time --------------------------------------------------------------------------------------------

    def _expire(self, due: Deadline, now: float) -> list[Action]:
        match due:
            case "no_input":
                return self._carry_out(self._talk.silence(), now)
            case "keys":
                return self._keyed(self._keypad.take(), now)
            case "transcript":
                return [*self._turns.abandon(), *self._not_heard(now)]
            case "reading":
                self._readings.clear()
                return self._not_heard(now)
            case "acknowledge":
                return self._still_working(now)
            case "business":
                return self._business_late(now)
            case "playback":
                self._playback.forget()
                return self._all_said(now)
            case "call":
                return self._carry_out(self._talk.out_of_time(), now)

    def _still_working(self, now: float) -> list[Action]:
        """Say that something happens, but not into the caller's words."""
        if self._turns.caller_is_speaking:
            self._deadlines.set("acknowledge", now + ACKNOWLEDGE_SECONDS)
            return []
        self._deadlines.set("acknowledge", now + ACKNOWLEDGE_AGAIN_SECONDS)
        return self._carry_out(self._talk.still_working(), now, new_question=False)

    def _business_late(self, now: float) -> list[Action]:
        actions: list[Action] = []
        late, self._awaited = self._awaited, []
        for request in late:
            failed = LookupFailed(retryable=True, message=f"no answer within {BUSINESS_SECONDS:g} s")
            actions += self._carry_out(self._talk.learn(request, failed), now)
        return actions

    def _all_said(self, now: float) -> list[Action]:
        """Everything queued was heard: it is the caller's turn, or the end."""
        self._deadlines.drop("playback")
        if self._asked_at_seconds == math.inf:
            self._asked_at_seconds = now - STRICT_TAIL_SECONDS
        if self._ending is not None:
            return self._finish(self._ending)
        self._await_caller(now)
        return []

    def _await_caller(self, now: float) -> None:
        someone_is_busy = self._is_waiting or bool(self._readings) or self._turns.is_recognising
        if self._playback.is_playing or self._turns.caller_is_speaking or someone_is_busy:
            return
        patience = HOLD_SECONDS if self._on_hold else self._turns.expect.patience_seconds
        self._deadlines.set("no_input", now + patience)

    # ---- the dialogue's wishes ---------------------------------------------------------------------------

    @property
    def _talk(self) -> Conversation:
        if self._conversation is None:
            raise ValueError("the call has not started")
        return self._conversation

    def _carry_out(self, turn: Turn, now: float, *, new_question: bool = True) -> list[Action]:
        actions: list[Action] = [self._playback.queue(saying) for saying in turn.sayings]
        if turn.sayings and "playback" not in self._deadlines:
            self._deadlines.set("playback", now + UNSTARTED_PROMPT_SECONDS)
        for request in turn.requests:
            self._awaited.append(request)
            self._deadlines.set("business", now + BUSINESS_SECONDS)
            actions.append(Consult(request=request))
        if new_question:
            self._wait_for_business(turn, now)
        if turn.expect is not None:
            self._turns.expect = turn.expect
            if turn.sayings:
                self._asked_at_seconds = math.inf if turn.expect.strict else now
            actions.append(Listen(state=turn.expect.state, finish_seconds=turn.expect.end_silence_seconds))
        if new_question:
            self._on_hold = turn.on_hold
        if turn.ending is not None:
            self._ending = turn.ending
            self._deadlines.drop("no_input", "keys")
            if not self._playback.is_playing:
                return [*actions, *self._finish(turn.ending)]
        elif not turn.sayings:
            self._await_caller(now)
        return actions

    def _wait_for_business(self, turn: Turn, now: float) -> None:
        """A dialogue that listens waits for nobody, whatever it has asked in the background."""
        self._is_waiting = bool(self._awaited) and turn.expect is None
        if not self._is_waiting:
            self._deadlines.drop("acknowledge")
        elif "acknowledge" not in self._deadlines:
            self._deadlines.set("acknowledge", now + ACKNOWLEDGE_SECONDS)

    def _finish(self, ending: Ending) -> list[Action]:
        if ending.kind == "transfer":
            last: Action = TransferToHuman(
                ticket_no=ending.ticket_no, reason=ending.outcome, summary=ending.summary
            )
        else:
            last = EndCall(outcome=ending.outcome)
        return self._leave([*self._turns.abandon(), last])

    def _leave(self, actions: list[Action]) -> list[Action]:
        self.is_over = True
        self._deadlines.clear()
        return actions


def _joined(first: tuple[Heard, ...], then: tuple[Heard, ...]) -> tuple[Heard, ...]:
    """What was said in two breaths, best hypothesis to best; the alternatives of one alone otherwise."""
    if not first or not then:
        return first or then
    return (
        Heard(
            text=first[0].text + "，" + then[0].text, confidence=min(first[0].confidence, then[0].confidence)
        ),
    )
