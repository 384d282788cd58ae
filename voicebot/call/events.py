"""What happens to a call, and nothing else changes a ``CallSession``; past tense, frozen, without audio."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.call.hearing import SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from voicebot.dialogue.requests import Request, Result
from voicebot.nlu.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """The stream is open. Time counts from here."""

    call_id: str
    from_number: str | None
    to_number: str
    wall_time: str
    """ISO date and time with zone of second 0."""
    channel: str
    """``phone``, ``softphone`` or ``text``: on the last nothing is heard and nothing is timed."""
    versions: tuple[tuple[str, str], ...]
    """(part, version): grammar, reader, asr, tts …, as they were when the call began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """The caller pressed a key of the telephone."""

    digit: str
    """0–9, * or #."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTyped:
    """The caller wrote instead of speaking: softphone or chat."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One hypothesis of the recogniser."""

    text: str
    confidence: float
    syllables: tuple[str, ...] = ()
    """What it sounded like beside the words, in toneless pinyin, where the engine hears syllables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptReady:
    """The recogniser's result for one ``Transcribe``; ``alternatives`` is empty when nothing was said."""

    job: int
    alternatives: tuple[Heard, ...]
    engine: str
    decided_by: str
    audio_seconds: float
    compute_seconds: float
    end_likelihood: float | None = None
    """How finished the sentence sounded by its melody, 0..1; None where nothing judged it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialHeard:
    """What the utterance in progress sounds like so far, for those who read along; it decides nothing."""

    utterance: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptFailed:
    """The recogniser broke, or had no place for this utterance."""

    job: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceRead:
    """What the words of one ``Read`` mean."""

    job: int
    reading: Reading
    version: str
    """Of the grammar and the classifier that read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFailed:
    """The reader broke on one ``Read``: that costs a question, not the call."""

    job: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessAnswered:
    """The answer to one ``Consult``."""

    request: Request
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptStarted:
    """The prompt began to sound: its first frame is due at the ear by our clock."""

    prompt_id: int
    generation: int
    seconds: float
    part_ends_seconds: tuple[float, ...]
    """Where each part of the prompt ends, counted from its start."""
    resume_seconds: tuple[float, ...] = ()
    """Where it can be taken up again: after each pause in its sound, counted from its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFailed:
    """The prompt could not be rendered; nothing of it was heard."""

    prompt_id: int
    generation: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReached:
    """Twilio played everything sent before this mark (Media Streams, 'mark' message), or was cleared."""

    prompt_id: int
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHungUp:
    """The stream is over, and not because the call had ended."""

    cause: str
    """``stopped``: the carrier said so; ``dropped``: the socket died; others as the transport names them."""


Event = (
    CallStarted
    | SpeechStarted
    | SpeechPaused
    | SpeechResumed
    | SpeechEnded
    | KeyPressed
    | TextTyped
    | TranscriptReady
    | PartialHeard
    | TranscriptFailed
    | UtteranceRead
    | ReadingFailed
    | BusinessAnswered
    | PromptStarted
    | PromptFailed
    | MarkReached
    | CallerHungUp
)
