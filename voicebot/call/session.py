"""One call as a machine: events and the passing of time in, actions out; it owns no clock and no thread."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

from voicebot.call.actions import Action, EndCall, TakeTurn, TransferToHuman
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
from voicebot.call.listening import Listening, Outcome, Settled
from voicebot.call.lookups import Lookups
from voicebot.call.playback import Cut, Playback
from voicebot.call.second_breath import Taken, can_be_undone, copied
from voicebot.call.silence import Silence
from voicebot.dialogue.conversation import Conversation, Script
from voicebot.dialogue.turn import Ending, Turn
from voicebot.nlu.reading import Reading

MARK_SECONDS = 3.0
"""Longest wait for a mark after the prompt must have ended."""
UNSTARTED_PROMPT_SECONDS = 20.0
"""Longest wait for a prompt to begin: it is being rendered."""
STRICT_TAIL_SECONDS = 1.0
"""The end of a prompt that asks for money to be moved: a yes before it has not heard what it agrees to."""
NOISES = 3
"""What so many noises have cut is said to its end: in such a room it would never be heard otherwise."""
CALL_SECONDS = 15 * 60.0


class CallSession:
    """Everything that decides in one call. Feed it the same events and it takes the same actions."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._conversation: Conversation | None = None
        self._playback = Playback()
        self._deadlines = Deadlines()
        self._ear = Listening(self._deadlines)
        self._lookups = Lookups(self._deadlines)
        self._silence = Silence(self._deadlines, self._ear.keypad)
        self._kept: Settled | None = None
        self._taken: Taken | None = None
        self._answer_began_seconds: float | None = None
        self._ending: Ending | None = None
        self._noises = 0
        """How often noise cut what is said now."""
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
            return self._leave(self._ear.abandon())
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
        self._ear.today = today.isoformat()
        self._conversation = Conversation(self._script, event.call_id, today, event.from_number)
        self._deadlines.set("call", now + CALL_SECONDS)
        return self._carry_out(self._conversation.begin(), now)

    def _dispatch(self, event: Event, now: float) -> list[Action]:  # noqa: C901 - a table of what may happen
        match event:
            case SpeechStarted():
                return self._speech_started(event, now)
            case SpeechPaused():
                return self._ear.paused(event, now)
            case SpeechResumed():
                return self._ear.resumed(event)
            case SpeechEnded():
                return self._speech_ended(event, now)
            case TranscriptReady():
                return self._came_of(self._ear.transcribed(event), now)
            case PartialHeard():
                return []
            case TranscriptFailed():
                return self._came_of(self._ear.failed(event.job), now)
            case UtteranceRead():
                return self._read(event.job, event.reading, now)
            case ReadingFailed():
                return self._read(event.job, None, now)
            case TextTyped():
                return self._typed(event.text, now)
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

    # ---- speech ------------------------------------------------------------------------------------------

    def _speech_started(self, event: SpeechStarted, now: float) -> list[Action]:
        taken = self._taken
        may_go_on = taken is not None and taken.may_go_on_at(event.at_seconds, self._answer_began_seconds)
        self._ear.started(event, now, taken if may_go_on else None)
        return self._interrupt(now) if event.over_prompt or (may_go_on and self._is_about_to_answer) else []

    @property
    def _is_about_to_answer(self) -> bool:
        """An answer that was not heard yet would be said into the caller's words."""
        return self._playback.is_playing and self._answer_began_seconds is None

    def _interrupt(self, now: float, *, by_key: bool = False) -> list[Action]:
        """Stop talking. The last words of a call, and what must be heard out, are said to their end."""
        if not self._playback.is_playing or self._ending is not None:
            return []
        if self._playback.must_be_heard_out and not by_key:
            self._ear.cut = Cut(in_last=False, seconds_left=math.inf)
            return []
        clear, self._ear.cut = self._playback.cut(now)
        self._deadlines.drop("playback")
        return [clear]

    def _speech_ended(self, event: SpeechEnded, now: float) -> list[Action]:
        actions, settled = self._ear.ended(event, now)
        if event.closed_by == "dismissed":
            actions += self._await_on(now)
        elif settled is None:
            self._lookups.acknowledge_in_time(now, event.ended_seconds)
        return self._came_of((actions, settled), now)

    def _came_of(self, outcome: Outcome, now: float) -> list[Action]:
        """What an utterance came to, if that is known by now."""
        actions, settled = outcome
        if settled is None:
            return actions
        if not self._lookups.is_waiting and not self._ear.turns.is_recognising:
            self._deadlines.drop("acknowledge")
        if settled.kind == "turn":
            return [*actions, *self._heed(settled, now)]
        if settled.kind == "aside":
            return [*actions, *self._resume(now, by_noise=not settled.heard)]
        if self._ear.carried:  # only the first of two breaths had words
            heard, self._ear.carried = self._ear.carried, ()
            return [*actions, self._ear.ask_reader(now, heard)]
        if self._ear.keypad.is_waiting or (settled.kind == "noise" and self._ear.expect.kind == "free"):
            return [*actions, *self._resume(now, by_noise=True)]
        # A sound in answer to a closed question was an answer: say that it was lost.
        return [*actions, *self._not_heard(now)]

    def _heed(self, turn: Settled, now: float) -> list[Action]:
        """Words of the caller with their meaning: they are answered, after what must be heard out."""
        if turn.reading is None:
            return self._not_heard(now)
        if self._playback.must_be_heard_out and self._ending is None:
            self._kept = turn
            return []
        actions: list[Action] = []
        if turn.rest_of is not None:
            actions += self._undo(turn.rest_of, now)
        if turn.is_joined:
            self._ear.patience.cut_off()
        else:
            self._ear.patience.turn_taken()
        self._ear.cut = None
        self._taken = Taken(
            heard=turn.heard,
            expect=self._ear.expect,
            closed_seconds=self._ear.closed_seconds,
            spoke_seconds=self._ear.spoke_seconds,
            asked_seconds=self._ear.asked_seconds,
            conversation=copied(self._talk),
            awaited=self._lookups.awaited,
        )
        self._answer_began_seconds = None
        take = TakeTurn(utterance=turn.utterance, text=turn.heard[0].text, joined=turn.is_joined)
        return [*actions, take, *self._understood(turn.reading, now)]

    def _understood(self, reading: Reading, now: float) -> list[Action]:
        before = self._ear.was_before_the_question(reading)
        turn = self._talk.hear(reading, before_the_question=before)
        if turn.on_hold:
            self._ear.patience.cut_off()
        return self._carry_out(turn, now)

    def _undo(self, taken: Taken, now: float) -> list[Action]:
        """The caller was not done: nothing was answered yet."""
        self._conversation = taken.conversation
        self._ear.turns.expect = taken.expect
        self._ear.asked_seconds, self._ear.spoke_seconds = taken.asked_seconds, taken.spoke_seconds
        self._lookups.put_back(taken.awaited)
        if not self._playback.is_playing:
            return []
        clear, _ = self._playback.cut(now)
        self._deadlines.drop("playback")
        return [clear]

    def _resume(self, now: float, *, by_noise: bool) -> list[Action]:
        """Nothing was meant: say what was cut, from the clause where it was, or go on waiting."""
        cut, self._ear.cut = self._ear.cut, None
        if cut is None or not cut.rest:
            return self._await_on(now)
        self._noises += by_noise
        may_be_cut = self._noises < NOISES
        rest = [replace(saying, interruptible=saying.interruptible and may_be_cut) for saying in cut.rest]
        return self._carry_out(Turn(sayings=rest), now, new_question=False)

    def _not_heard(self, now: float) -> list[Action]:
        self._ear.cut = None
        return self._carry_out(self._talk.not_heard(), now)

    # ---- words typed, keys -------------------------------------------------------------------------------

    def _typed(self, text: str, now: float) -> list[Action]:
        self._deadlines.drop("no_input")
        self._ear.spoke_seconds = self._ear.silent_since = None
        heard = (Heard(text=text, confidence=1.0),)
        read = self._ear.ask_reader(now, heard)
        return [*self._interrupt(now), TakeTurn(utterance=None, text=text), read]

    def _read(self, job: int, reading: Reading | None, now: float) -> list[Action]:
        is_speech, outcome = self._ear.understood(job, reading)
        if is_speech:
            return self._came_of(outcome, now)
        if not self._ear.was_asked(job):
            return []
        if reading is None:
            return self._not_heard(now)
        self._ear.cut, self._taken = None, None
        return self._understood(reading, now)

    def _key_pressed(self, digit: str, now: float) -> list[Action]:
        """A key stops the prompt at once; digits are collected as far as the question wants them."""
        self._deadlines.drop("no_input")
        actions = [*self._interrupt(now, by_key=True), *self._ear.give_way_to_keys(now)]
        self._ear.cut, self._taken = None, None
        keys = self._ear.keypad.press(digit, self._ear.expect)
        if keys is None:
            self._deadlines.set("keys", now + Keypad.GAP_SECONDS)
            return actions
        self._deadlines.drop("keys")
        return [*actions, *self._keyed(keys, now)]

    def _keyed(self, keys: str, now: float) -> list[Action]:
        return [self._ear.ask_reader(now, keys=keys)] if keys else []

    # ---- business and prompts ----------------------------------------------------------------------------

    def _answered(self, event: BusinessAnswered, now: float) -> list[Action]:
        if not self._lookups.answered(event.request):
            return []
        if self._taken is not None and event.request in self._taken.awaited:
            self._stands()
        return self._carry_out(self._talk.learn(event.request, event.result), now)

    def _stands(self) -> None:
        """What was done for the last turn cannot be taken back any more."""
        self._taken = self._ear.rest_of = None

    def _prompt_started(self, event: PromptStarted, now: float) -> list[Action]:
        if self._playback.started(event, now):
            end = self._playback.last_end_seconds
            self._deadlines.set("playback", (now if end is None else end) + MARK_SECONDS)
            if self._answer_began_seconds is None:
                self._answer_began_seconds = now
        return []

    def _prompt_over(self, nothing_left: bool, now: float) -> list[Action]:
        actions = self._all_said(now) if nothing_left else []
        if self._playback.waits_to_start:
            self._deadlines.set("playback", now + UNSTARTED_PROMPT_SECONDS)
        kept = self._kept
        if kept is None or self._playback.must_be_heard_out or self.is_over:
            return actions
        self._kept = None
        return [*actions, *self._interrupt(now), *self._heed(kept, now)]

    # ---- time --------------------------------------------------------------------------------------------

    def _expire(self, due: Deadline, now: float) -> list[Action]:
        match due:
            case "no_input":
                return self._nothing_said(now)
            case "keys":
                return self._keyed(self._ear.keypad.take(self._ear.expect), now)
            case "hurry":
                return self._ear.hurry()
            case "turn":
                return self._ear.close()
            case "transcript":
                return [*self._ear.abandon(), *self._not_heard(now)]
            case "reading":
                self._ear.forget_readings()
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

    def _nothing_said(self, now: float) -> list[Action]:
        if self._silence.take_sign():
            return self._carry_out(self._talk.aside("hold.sign"), now, new_question=False)
        return self._carry_out(self._talk.silence(), now)

    def _still_working(self, now: float) -> list[Action]:
        """Say that something happens, but not into the caller's words."""
        speaking = self._ear.turns.caller_is_speaking
        self._lookups.acknowledge_later(now, speaking=speaking)
        if speaking:
            return []
        waiting = self._lookups.is_waiting
        turn = self._talk.still_working() if waiting else self._talk.aside("ack.hearing")
        return self._carry_out(turn, now, new_question=False)

    def _business_late(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for request, failed in self._lookups.take_late():
            actions += self._carry_out(self._talk.learn(request, failed), now)
        return actions

    def _all_said(self, now: float) -> list[Action]:
        """Everything queued was heard: it is the caller's turn, or the end."""
        self._deadlines.drop("playback")
        if self._ear.asked_seconds == math.inf:
            self._ear.asked_seconds = now - STRICT_TAIL_SECONDS
        if self._ending is not None:
            return self._finish(self._ending)
        self._await_caller(now)
        return []

    def _await_caller(self, now: float) -> None:
        """It is the caller's turn: from now on silence counts."""
        if self._is_our_turn:
            return
        self._silence.begin(now, self._ear.expect.patience_seconds, is_busy=self._ear.is_busy)

    def _await_on(self, now: float) -> list[Action]:
        """It was a noise, and counts as silence: a room that is never still must not silence the line."""
        if self._is_our_turn or self._ear.is_busy or not self._silence.go_on(now):
            return []
        return self._nothing_said(now)

    @property
    def _is_our_turn(self) -> bool:
        """Something is said or found out; until then the caller need not speak."""
        return self._playback.is_playing or self._lookups.is_waiting or self._ear.is_reading

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
        if turn.ending is not None or not all(can_be_undone(request) for request in turn.requests):
            self._stands()
        actions += self._lookups.ask(turn.requests, now)
        if new_question:
            listens = turn.expect is not None
            self._lookups.wait(now, listens=listens, silent_since=self._ear.silent_since)
            self._silence.hold(turn.on_hold)
            self._noises = 0
        if turn.expect is not None:
            if turn.sayings:
                self._ear.asked_seconds = math.inf if turn.expect.strict else now
            actions += self._ear.wait_for(turn.expect)
        if turn.ending is not None:
            self._ending = turn.ending
            self._deadlines.drop("no_input", "keys")
            if not self._playback.is_playing:
                return [*actions, *self._finish(turn.ending)]
        elif not turn.sayings:
            self._await_caller(now)
        return actions

    def _finish(self, ending: Ending) -> list[Action]:
        if ending.kind == "transfer":
            last: Action = TransferToHuman(
                ticket_no=ending.ticket_no, reason=ending.outcome, summary=ending.summary
            )
        else:
            last = EndCall(outcome=ending.outcome)
        return self._leave([*self._ear.abandon(), last])

    def _leave(self, actions: list[Action]) -> list[Action]:
        self.is_over = True
        self._deadlines.clear()
        return actions
