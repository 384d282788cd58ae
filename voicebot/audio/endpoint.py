"""Where a turn begins, pauses and ends, counted in seconds of audio; others say whether a frame is speech."""

from dataclasses import dataclass, field
from enum import Enum


class Turn(Enum):
    """Where the caller is in a turn."""

    QUIET = "quiet"
    SPEECH = "speech"
    PAUSING = "pausing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechBegan:
    """Enough speech was heard for a turn."""

    offset_seconds: float
    """Where that speech began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPaused:
    """A short silence, in which an answer may be tried."""

    offset_seconds: float
    """Where the silence began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResumed:
    """The pause was none: speech goes on."""

    offset_seconds: float
    """Where it went on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechFinished:
    """The silence outlasted the patience, or the turn its longest length."""

    begin_seconds: float
    end_seconds: float
    """Where the speech ended, not where the patience did."""
    too_long: bool = False
    """The turn was closed for its length, whether the caller was done or not."""


EndpointEvent = SpeechBegan | SpeechPaused | SpeechResumed | SpeechFinished

_SLACK_SECONDS = 1e-9
"""Sums of 0.02 come out a hair short of what they should be."""


def _rounded(seconds: float) -> float:
    return round(seconds, 6)


def _reached(seconds: float, needed_seconds: float) -> bool:
    return seconds >= needed_seconds - _SLACK_SECONDS


@dataclass
class Endpointer:
    """Counts speech and silence. Parameters may be changed at any time and hold from the next chunk on."""

    begin_seconds: float = 0.12
    """Speech needed before a turn counts as begun. Gaps in it are taken off, so clicks add up to nothing."""
    begin_voiced_seconds: float = 0.06
    """How much of that must be voiced in one stretch, as a vowel is: hiss and rattle begin no turn.

    0.08 took 5 of the 23 loud and 7 of the 17 low noises off that begin one, but missed 12 of 741 words
    instead of 5 (the samples are named in vad.py).
    """
    pause_seconds: float = 0.20
    """Silence after which a pause is reported."""
    finish_seconds: float = 0.60
    """Silence after which the turn is over."""
    resume_seconds: float = 0.06
    """Speech needed to break a silence, so that a click doesn't hold the turn open."""
    unvoiced_seconds: float = 0.20
    """How long speech without voice still counts within a turn: breath and rustling don't hold it open."""
    max_turn_seconds: float = 20.0
    """A turn is closed at this length, however it goes on: hold music must not hold the line."""
    turn: Turn = Turn.QUIET
    position_seconds: float = 0.0
    """How much audio was counted so far."""
    _run_seconds: float = field(default=0.0, repr=False)
    _run_voiced_seconds: float = field(default=0.0, repr=False)
    _stretch_seconds: float = field(default=0.0, repr=False)
    _run_from_seconds: float = field(default=0.0, repr=False)
    _voiced_until_seconds: float = field(default=0.0, repr=False)
    _begin_seconds: float = field(default=0.0, repr=False)
    _end_seconds: float = field(default=0.0, repr=False)

    def feed(self, seconds: float, is_speech: bool, is_voiced: bool | None = None) -> list[EndpointEvent]:
        """Count one chunk of audio and give what became certain with it, in order.

        Without is_voiced all speech counts as voiced.
        """
        voiced = is_speech if is_voiced is None else is_speech and is_voiced
        started_seconds = self.position_seconds
        self.position_seconds += seconds
        if voiced:
            self._voiced_until_seconds = self.position_seconds
        in_turn = self.turn is not Turn.QUIET
        if in_turn and _reached(started_seconds - self._voiced_until_seconds, self.unvoiced_seconds):
            is_speech = False
        self._count_run(started_seconds, seconds, is_speech, voiced)
        if not in_turn:
            return self._listen_for_speech(is_speech)
        if is_speech and _reached(self._run_seconds, self.resume_seconds):
            return self._go_on_speaking()
        return self._wait_for_end()

    def close(self) -> SpeechFinished:
        """Take the turn in progress for over; audio that follows may begin another."""
        return self._finish()

    def _count_run(self, started_seconds: float, seconds: float, is_speech: bool, voiced: bool) -> None:
        if is_speech:
            if self._run_seconds <= _SLACK_SECONDS:
                self._run_from_seconds, self._run_voiced_seconds = started_seconds, 0.0
                self._stretch_seconds = 0.0
            self._run_seconds += seconds
            self._stretch_seconds = self._stretch_seconds + seconds if voiced else 0.0
            self._run_voiced_seconds = max(self._run_voiced_seconds, self._stretch_seconds)
        else:
            self._run_seconds = max(0.0, self._run_seconds - seconds)
            self._stretch_seconds = 0.0

    def _listen_for_speech(self, is_speech: bool) -> list[EndpointEvent]:
        enough = _reached(self._run_seconds, self.begin_seconds)
        voiced = _reached(self._run_voiced_seconds, self.begin_voiced_seconds)
        if not (is_speech and enough and voiced):
            return []
        self.turn = Turn.SPEECH
        self._begin_seconds = self._run_from_seconds
        self._end_seconds = self.position_seconds
        return [SpeechBegan(offset_seconds=_rounded(self._begin_seconds))]

    def _go_on_speaking(self) -> list[EndpointEvent]:
        events: list[EndpointEvent] = []
        if self.turn is Turn.PAUSING:
            self.turn = Turn.SPEECH
            resumed_seconds = max(self._run_from_seconds, self._end_seconds)
            events.append(SpeechResumed(offset_seconds=_rounded(resumed_seconds)))
        self._end_seconds = self.position_seconds
        # What was said must not vouch for the clicks that come after it, so the run keeps little credit.
        self._run_seconds = min(self._run_seconds, self.resume_seconds)
        if self._too_long():
            events.append(self._finish(too_long=True))
        return events

    def _wait_for_end(self) -> list[EndpointEvent]:
        silence_seconds = self.position_seconds - self._end_seconds
        events: list[EndpointEvent] = []
        if self.turn is Turn.SPEECH and _reached(silence_seconds, self.pause_seconds):
            self.turn = Turn.PAUSING
            events.append(SpeechPaused(offset_seconds=_rounded(self._end_seconds)))
        too_long = self._too_long()
        if too_long or _reached(silence_seconds, self.finish_seconds):
            events.append(self._finish(too_long=too_long))
        return events

    def _too_long(self) -> bool:
        return _reached(self.position_seconds - self._begin_seconds, self.max_turn_seconds)

    def _finish(self, *, too_long: bool = False) -> SpeechFinished:
        self.turn = Turn.QUIET
        self._run_seconds = 0.0
        return SpeechFinished(
            begin_seconds=_rounded(self._begin_seconds),
            end_seconds=_rounded(self._end_seconds),
            too_long=too_long,
        )
