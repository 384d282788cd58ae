"""The call's ear: from speech and silence to a turn with its words and their meaning, or to nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from voicebot.call.actions import Action, CloseTurn, Listen, Read
from voicebot.call.asides import is_aside
from voicebot.call.deadlines import Deadlines
from voicebot.call.events import Heard, TranscriptReady
from voicebot.call.hearing import Judged, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from voicebot.call.keypad import Keypad
from voicebot.call.patience import Patience
from voicebot.call.playback import Cut
from voicebot.call.second_breath import Taken, joined
from voicebot.call.turn_taking import Attempt, TurnTaking
from voicebot.nlu.completeness import is_nod
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.reading import Reading

TRANSCRIPT_SECONDS = 8.0
READING_SECONDS = 4.0
TURN_SECONDS = 22.0
"""Longest by the clock that an utterance is held open; by its sound it is over after 20 s."""
STALLED_SECONDS = 1.5
"""A silence that lasts so much longer by the clock than it may: no sound comes in any more."""
SPEECH_BEFORE_KEY_SECONDS = 0.5
"""Less sound before a key than this is the key's own tone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of an utterance."""

    kind: Literal["turn", "aside", "noise", "nothing", "failed"]
    """``aside``: it meant nothing by it; ``noise``: nobody spoke; ``nothing``: no words were found."""
    utterance: int
    heard: tuple[Heard, ...] = ()
    reading: Reading | None = None
    is_joined: bool = False
    """It was said in two breaths."""
    rest_of: Taken | None = None
    """The first of them was acted upon already: that is to be undone."""


Outcome = tuple[list[Action], Settled | None]


class Listening:
    """Decides how long an utterance stays open, what is read of it, and whether it is a turn at all."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self.turns = TurnTaking()
        self.patience = Patience()
        self.keypad = Keypad()
        self.today = ""
        self.cut: Cut | None = None
        """What the caller interrupted."""
        self.rest_of: Taken | None = None
        """The turn that this utterance may be the rest of."""
        self.carried: tuple[Heard, ...] = ()
        """Words of a turn that was not acted upon yet when the caller went on."""
        self.spoke_seconds: float | None = None
        self.asked_seconds = 0.0
        """When the question could be heard; infinite while a strict one was not heard out."""
        self.closed_seconds = -math.inf
        """When the last turn was closed."""
        self.silent_since: float | None = None
        """Where its speech had ended; None after keys and typed words."""
        self._began_seconds = 0.0
        self._listening: Listen | None = None
        self._spoken_before_keys: int | None = None
        self._readings: set[int] = set()
        """Of keys and typed words, which are no utterances."""

    @property
    def expect(self) -> Expectation:
        """What is waited for."""
        return self.turns.expect

    @property
    def is_busy(self) -> bool:
        """The caller speaks, or waits to be understood."""
        return self.turns.caller_is_speaking or self.turns.is_recognising

    def wait_for(self, expect: Expectation) -> list[Action]:
        """A question was put."""
        self.turns.expect = expect
        self._listening = None
        return self.listen("unjudged")

    def listen(self, judged: Judged, end_likelihood: float | None = None) -> list[Action]:
        """Set the silence that ends an utterance, where it is another than before."""
        expect = self._expect_now
        if self.turns.in_progress is None and judged == "unjudged":
            expect = self.expect
        wanted = self.patience.listen(expect, judged, end_likelihood)
        if wanted == self._listening:
            return []
        self._listening = wanted
        return [wanted]

    @property
    def is_reading(self) -> bool:
        """Keys or typed words wait to be understood."""
        return bool(self._readings)

    def ask_reader(self, now: float, heard: tuple[Heard, ...] = (), keys: str | None = None) -> Action:
        """Have words read that are no utterance of their own, or keys."""
        job = self.turns.next_job()
        self._readings.add(job)
        self._deadlines.set("reading", now + READING_SECONDS)
        return Read(job=job, alternatives=heard, keys=keys, expect=self.expect, today=self.today)

    def was_asked(self, job: int) -> bool:
        """True when this reading of keys or typed words was awaited."""
        if job not in self._readings:
            return False
        self._readings.remove(job)
        if not self._readings:
            self._deadlines.drop("reading")
        return True

    def forget_readings(self) -> None:
        """The reader is too late."""
        self._readings.clear()

    # ---- speech ------------------------------------------------------------------------------------------

    def started(self, event: SpeechStarted, now: float, rest_of: Taken | None) -> None:
        """The caller speaks; ``rest_of`` when this may be the rest of a turn that was acted upon already."""
        self._deadlines.drop("no_input", "keys")
        self._deadlines.set("turn", now + TURN_SECONDS)
        if not self.turns.is_recognising:
            self.spoke_seconds = event.at_seconds
            self.rest_of = rest_of
        self._began_seconds = now
        self.turns.started(event.utterance)

    def paused(self, event: SpeechPaused, now: float) -> list[Action]:
        """A short silence: find out what was said, and what it says of the turn."""
        actions = self.turns.paused(event.utterance, self._expect_now)
        actions += self.listen("unjudged" if actions else "open")
        self._deadlines.set("hurry", event.at_seconds + self._expect_now.end_silence_seconds)
        finish_seconds = 0.0 if self._listening is None else self._listening.finish_seconds
        self._deadlines.set("turn", now + finish_seconds + STALLED_SECONDS)
        return actions

    def resumed(self, _event: SpeechResumed) -> list[Action]:
        """It was no end: what was made of it is void."""
        self._deadlines.drop("hurry")
        self._deadlines.set("turn", self._began_seconds + TURN_SECONDS)
        return [*self.turns.resumed(), *self.listen("unjudged")]

    def ended(self, event: SpeechEnded, now: float) -> Outcome:
        """The turn is closed."""
        self._deadlines.drop("hurry", "turn")
        if event.closed_by == "dismissed":
            return [*self.turns.dismiss(event.utterance), *self.listen("unjudged")], None
        self.closed_seconds, self.silent_since = now, event.ended_seconds
        actions, attempt = self.turns.ended(event.utterance, self._expect_now)
        actions += self.listen("unjudged")
        if attempt is None:
            self._deadlines.set("transcript", now + TRANSCRIPT_SECONDS)
            return actions, None
        return actions, self._settle(attempt)

    def hurry(self) -> list[Action]:
        """As long a silence as may be the end: the recogniser is waited for now."""
        return self.turns.hurry()

    def close(self) -> list[Action]:
        """No sound comes in any more, or far too much."""
        if not self.turns.caller_is_speaking:
            return []
        return [CloseTurn(utterance=self.turns.utterance, because="clock")]

    # ---- words -------------------------------------------------------------------------------------------

    def transcribed(self, event: TranscriptReady) -> Outcome:
        """The recogniser is done with an utterance, or with as much as there was of it."""
        if event.job == self._spoken_before_keys:
            self._spoken_before_keys = None
            self.keypad.say(event.alternatives[0].text if event.alternatives else "")
            return [], None
        attempt = self.turns.transcribed(event)
        if attempt is None:
            return [], None
        if attempt.is_over and self.turns.caller_is_speaking:  # again: both are read as one
            self.turns.settle(attempt)
            self.carried = joined(self.carried, event.alternatives)
            return [], None
        self._deadlines.drop("hurry")
        if not event.alternatives:
            return self._known(attempt)
        heard = self.keypad.continued_by(event.alternatives, attempt.expect)
        before = self._before(heard)
        return [self.turns.read(attempt, joined(before, heard), self.today, is_joined=bool(before))], None

    def understood(self, job: int, reading: Reading | None) -> tuple[bool, Outcome]:
        """The reader is done, None when it broke. False when this was no utterance's job."""
        attempt = self.turns.understood(job, reading)
        return (False, ([], None)) if attempt is None else (True, self._known(attempt))

    def failed(self, job: int) -> Outcome:
        """The recogniser broke on it."""
        attempt = self.turns.failed(job)
        return ([], None) if attempt is None else self._known(attempt)

    def _before(self, heard: tuple[Heard, ...]) -> tuple[Heard, ...]:
        """What was said a breath earlier, and belongs to this. A nod into our answer is no more than that."""
        if self.carried:
            return self.carried
        if self.rest_of is None or (self.cut is not None and is_nod(heard[0].text)):
            return ()
        return self.rest_of.heard

    def _known(self, attempt: Attempt) -> Outcome:
        """All is known of it that will be: make use of it where it is over, else decide whether it is."""
        if attempt.is_over:
            return [], self._settle(attempt)
        if self._is_aside(attempt):
            return self.dismiss(), Settled(kind="aside", utterance=attempt.utterance, heard=attempt.heard)
        return self.listen(attempt.judged(), attempt.end_likelihood), None

    def _settle(self, attempt: Attempt) -> Settled | None:
        self.turns.settle(attempt)
        if not self.turns.is_recognising:
            self._deadlines.drop("transcript")
        if self.turns.caller_is_speaking:  # again, while this was read
            self.carried = attempt.heard or self.carried
            return None
        rest_of, self.rest_of = self.rest_of, None
        utterance = attempt.utterance
        if attempt.has_failed:
            self.carried = ()
            return Settled(kind="failed", utterance=utterance)
        if self._is_aside(attempt):
            return Settled(kind="aside", utterance=utterance, heard=attempt.heard)
        if not attempt.heard:
            gated = attempt.result is not None and attempt.result.decided_by == "gate"
            return Settled(kind="noise" if gated else "nothing", utterance=utterance)
        self.carried = ()
        self.keypad.clear()
        return Settled(
            kind="turn",
            utterance=utterance,
            heard=attempt.heard,
            reading=attempt.reading,
            is_joined=attempt.is_joined,
            rest_of=rest_of if attempt.is_joined else None,
        )

    def _is_aside(self, attempt: Attempt) -> bool:
        """Over a prompt: a noise, a nod, a yes to nothing."""
        if self.cut is None or self.carried:
            return False
        if not attempt.heard:
            return attempt.result is not None and attempt.result.decided_by == "gate"
        return attempt.reading is not None and is_aside(
            attempt.reading,
            attempt.expect,
            self.cut,
            before_the_question=self.was_before_the_question(attempt.reading),
        )

    def was_before_the_question(self, reading: Reading) -> bool:
        """It began before the question was asked or, where money hangs on a yes, was heard out."""
        spoke, asked = self.spoke_seconds, self.asked_seconds
        if spoke is None or spoke >= asked:
            return False
        return asked < math.inf or (reading.has_act("affirm") and not reading.has_act("deny"))

    # ---- ends --------------------------------------------------------------------------------------------

    def dismiss(self) -> list[Action]:
        """Nothing was meant by the utterance in progress: what follows is another."""
        self._deadlines.drop("hurry", "turn")
        self.rest_of = None
        utterance = self.turns.utterance
        close = [CloseTurn(utterance=utterance, because="dismissed")] if self.turns.caller_is_speaking else []
        return [*self.turns.dismiss(utterance), *close]

    def give_way_to_keys(self, now: float) -> list[Action]:
        """A key is pressed into speech: digits that were spoken may begin the number, words are void."""
        self.spoke_seconds = self.silent_since = None
        if not self.turns.caller_is_speaking:
            return []
        actions: list[Action] = []
        if self.expect.digit_counts and now - self._began_seconds >= SPEECH_BEFORE_KEY_SECONDS:
            actions, known, job = self.turns.set_aside()
            self._spoken_before_keys = job
            if known:
                self.keypad.say(known)
        return [*actions, *self.dismiss()]

    def abandon(self) -> list[Action]:
        """Nobody wants to know any more what was said."""
        self.carried = ()
        return self.turns.abandon()

    @property
    def _expect_now(self) -> Expectation:
        """What the utterance in progress answers: the rest of a turn answers what that did."""
        return self.expect if self.rest_of is None else self.rest_of.expect
