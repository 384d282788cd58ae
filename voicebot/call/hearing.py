"""What the call hears: frames of the caller's audio in, the beginnings and ends of utterances out."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from voicebot.audio import Samples, endpoint, mulaw
from voicebot.audio.barge_in import BargeIn
from voicebot.audio.endpoint import Endpointer, Turn
from voicebot.audio.framing import FRAME_BYTES, FRAME_SECONDS, FrameLine, TimedFrame
from voicebot.audio.level import OffsetRemover
from voicebot.audio.likelihood import SpeechModel
from voicebot.audio.vad import SpeechDetector, VoiceActivity


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """The caller began to speak."""

    utterance: int
    """Counts from 1 in each call."""
    at_seconds: float
    """Where the speech began on the call's clock, a little before the moment it was noticed."""
    over_prompt: bool
    """A prompt was playing: this is an interruption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPaused:
    """A short silence: the caller may be done, so recognition may be tried ahead of the end."""

    utterance: int
    at_seconds: float
    """Where the silence began: the end of the speech heard so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResumed:
    """The caller went on after a pause; what was tried ahead of the end is void."""

    utterance: int
    at_seconds: float


Judged = Literal["complete", "open", "unfinished", "unjudged"]
"""What the words so far say of the turn: over, perhaps over, not over; ``unjudged``: not known yet."""
ClosedBy = Literal["complete", "open", "unfinished", "unjudged", "length", "clock", "dismissed"]
"""Why an utterance counts as over: the silence lasted as long as its words allow, it went on for too long, no
sound came any more, or nothing was meant by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The utterance is over."""

    utterance: int
    began_seconds: float
    ended_seconds: float
    """Where the speech really ended, not the later moment at which that was certain."""
    closed_by: ClosedBy = "open"


HearingEvent = SpeechStarted | SpeechPaused | SpeechResumed | SpeechEnded

PRE_ROLL_SECONDS = 0.3
"""Audio kept from before the speech began: soft first consonants lie there."""
LONGEST_UTTERANCE_SECONDS = 30.0
"""Audio kept of one utterance at most, whatever the endpointer allows."""


class UnknownUtteranceError(LookupError):
    """The audio of an utterance was asked for that never was, or that has been let go."""

    def __init__(self, utterance: int) -> None:
        super().__init__(
            f"the audio of utterance {utterance} is not kept: only that of the current and the last one is"
        )


class Hearing:
    """Turns one call's frames into utterances, and keeps the audio of the current and the last one."""

    def __init__(
        self,
        *,
        detector: SpeechDetector | None = None,
        model: SpeechModel | None = None,
        endpointer: Endpointer | None = None,
        barge_in: BargeIn | None = None,
    ) -> None:
        self._line = FrameLine()
        self._activity = VoiceActivity(detector, model)
        self._offset = OffsetRemover()
        self._endpointer = endpointer or Endpointer()
        self._barge_in = barge_in or BargeIn()
        self._begin_seconds = self._endpointer.begin_seconds
        self._begin_voiced_seconds = self._endpointer.begin_voiced_seconds
        self._utterance = 0
        self._began_seconds = 0.0
        self._clock_offset_seconds = 0.0
        self._playing = False
        self._judged: Judged = "open"
        longest_candidate = PRE_ROLL_SECONDS + 1.0
        self._recent: deque[bytes] = deque(maxlen=round(longest_candidate / FRAME_SECONDS))
        self._kept: dict[int, bytearray] = {}

    @property
    def in_speech(self) -> bool:
        """An utterance is in progress, pauses included."""
        return self._endpointer.turn is not Turn.QUIET

    @property
    def utterance(self) -> int:
        """The utterance in progress or, in quiet, the last one; 0 before the first."""
        return self._utterance

    def set_patience(
        self,
        finish_seconds: float,
        *,
        judged: Judged = "open",
        pause_seconds: float | None = None,
        max_turn_seconds: float | None = None,
    ) -> None:
        """Change how much silence ends an utterance, from now on and in the one in progress.

        ``judged`` is why; an utterance that ends by that silence says so.
        """
        self._judged = judged
        self._endpointer.finish_seconds = finish_seconds
        if pause_seconds is not None:
            self._endpointer.pause_seconds = pause_seconds
        if max_turn_seconds is not None:
            self._endpointer.max_turn_seconds = max_turn_seconds

    def close(self, utterance: int, because: ClosedBy) -> list[HearingEvent]:
        """Take the utterance for over at once; nothing happens when it is not the one in progress."""
        if not self.in_speech or utterance != self._utterance:
            return []
        return [self._ended(self._endpointer.close(), because)]

    def hear(
        self, frame: bytes, at_seconds: float, playing: bool, sent: bytes | None = None
    ) -> list[HearingEvent]:
        """Take in mu-law audio and give what became certain with it, in order.

        at_seconds is the media timestamp of the frame on the call's clock; playing, whether a prompt can be
        heard now; sent, the mu-law audio sent to the caller since the last frame.
        """
        if self._playing and not playing:
            self._barge_in.stopped()
        self._playing = playing
        if sent:
            self._barge_in.sent(sent)
        events: list[HearingEvent] = []
        for timed in self._line.accept(frame, at_seconds):
            events += self._hear_frame(timed)
        return events

    def audio_of(self, utterance: int) -> Samples:
        """The audio of the utterance in progress or just ended, 8 kHz, from 0.3 s before its speech began.

        Raises UnknownUtteranceError for any other.
        """
        if utterance not in self._kept:
            raise UnknownUtteranceError(utterance)
        return mulaw.decode(bytes(self._kept[utterance]))

    def _hear_frame(self, timed: TimedFrame) -> list[HearingEvent]:
        samples = self._barge_in.clean(self._offset.remove(mulaw.decode(timed.coded)))
        voicing = self._activity.hear(samples)
        admitted = self._barge_in.admits(samples, voicing, playing=self._playing)
        self._set_threshold()
        self._clock_offset_seconds = timed.at_seconds - self._endpointer.position_seconds
        self._keep(mulaw.encode(samples))
        found = self._endpointer.feed(FRAME_SECONDS, admitted, voicing.voiced)
        return [self._as_heard(event) for event in found]

    def _set_threshold(self) -> None:
        over_prompt = self._playing
        self._endpointer.begin_seconds = (
            self._barge_in.confirm_seconds if over_prompt else self._begin_seconds
        )
        self._endpointer.begin_voiced_seconds = (
            self._barge_in.confirm_voiced_seconds if over_prompt else self._begin_voiced_seconds
        )

    def _keep(self, coded: bytes) -> None:
        self._recent.append(coded)
        if self.in_speech:
            kept = self._kept[self._utterance]
            if len(kept) < LONGEST_UTTERANCE_SECONDS / FRAME_SECONDS * FRAME_BYTES:
                kept += coded

    def _as_heard(self, event: endpoint.EndpointEvent) -> HearingEvent:
        if isinstance(event, endpoint.SpeechBegan):
            return self._start(event)
        if isinstance(event, endpoint.SpeechPaused):
            return SpeechPaused(utterance=self._utterance, at_seconds=self._on_call(event.offset_seconds))
        if isinstance(event, endpoint.SpeechResumed):
            return SpeechResumed(utterance=self._utterance, at_seconds=self._on_call(event.offset_seconds))
        return self._ended(event, "length" if event.too_long else self._judged)

    def _ended(self, event: endpoint.SpeechFinished, closed_by: ClosedBy) -> SpeechEnded:
        return SpeechEnded(
            utterance=self._utterance,
            began_seconds=self._began_seconds,
            ended_seconds=self._on_call(event.end_seconds),
            closed_by=closed_by,
        )

    def _start(self, event: endpoint.SpeechBegan) -> SpeechStarted:
        self._kept.pop(self._utterance - 1, None)
        self._utterance += 1
        self._began_seconds = self._on_call(event.offset_seconds)
        back_seconds = self._endpointer.position_seconds - event.offset_seconds + PRE_ROLL_SECONDS
        frames = min(len(self._recent), round(back_seconds / FRAME_SECONDS))
        self._kept[self._utterance] = bytearray().join(list(self._recent)[len(self._recent) - frames :])
        return SpeechStarted(
            utterance=self._utterance, at_seconds=self._began_seconds, over_prompt=self._playing
        )

    def _on_call(self, offset_seconds: float) -> float:
        return round(offset_seconds + self._clock_offset_seconds, 3)
