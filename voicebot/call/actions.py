"""What a call wants done: imperative, frozen. The runtime carries them out and reports back as events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voicebot.call.events import Heard
from voicebot.call.hearing import Judged
from voicebot.dialogue.requests import Request
from voicebot.dialogue.wording import Part
from voicebot.nlu.expectation import Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Play this prompt after those already queued; answer with PromptStarted and, at its end, MarkReached."""

    prompt_id: int
    generation: int
    wording: str
    parts: tuple[Part, ...]
    text: str
    """As a supervisor reads it."""
    interruptible: bool = True
    """False: it is said to its end, whatever is spoken over it."""
    skip_seconds: float = 0.0
    """How much of its sound is left out: it was heard before an interruption that was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearPlayback:
    """Stop what plays, forget what is queued, here and at the carrier; later prompts bear ``generation``."""

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """What is waited for from now on: sets the patience of the hearing."""

    state: str | None
    finish_seconds: float
    """Silence that ends an utterance."""
    judged: Judged = "open"
    """What was made of the words so far, where that decided it."""
    added_seconds: float = 0.0
    """How much of it this caller has earned by being cut off, or by asking for time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTurn:
    """Take this utterance for over now; answered with SpeechEnded where it is still in progress."""

    utterance: int
    because: Literal["clock", "dismissed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTurn:
    """These words are the caller's turn: show them. Backchannels and noise over a prompt are none."""

    utterance: int | None
    """None for typed words."""
    text: str
    joined: bool = False
    """They were said in two breaths: the first had been taken for the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribe:
    """Recognise this utterance's audio, as far as it has come; answer with TranscriptReady or -Failed."""

    job: int
    utterance: int
    expect: Expectation
    speculative: bool
    """Tried during a short silence; waits behind every final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeFinal:
    """The utterance ended where the speculation was made: it is waited for now."""

    job: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTranscription:
    """Nobody wants this result any more; it may be dropped while it is queued."""

    job: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Find out what these words mean, or these keys; answer with UtteranceRead or ReadingFailed."""

    job: int
    alternatives: tuple[Heard, ...]
    keys: str | None
    expect: Expectation
    today: str
    """ISO date for 昨天 and 十五号."""
    speculative: bool = False
    """The caller may still go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """Ask the business; answer with BusinessAnswered, whatever happens."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToHuman:
    """Leave the stream; the webhook goes on with <Dial> or <Enqueue>."""

    ticket_no: str | None
    reason: str
    summary: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """Leave the stream and hang up."""

    outcome: str


Action = (
    Say
    | ClearPlayback
    | Listen
    | CloseTurn
    | TakeTurn
    | Transcribe
    | MakeFinal
    | CancelTranscription
    | Read
    | Consult
    | TransferToHuman
    | EndCall
)
