"""What the call hears: frames of the caller's audio in, the beginnings and ends of utterances out."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The utterance is over."""

    utterance: int
    began_seconds: float
    ended_seconds: float
    """Where the speech really ended, not the later moment at which that was certain."""


HearingEvent = SpeechStarted | SpeechPaused | SpeechResumed | SpeechEnded
