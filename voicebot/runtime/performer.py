"""Carries out what a call wants of the slow parts: recognition, reading, the business, the voice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from voicebot.asr.engine import RecognitionEngine, Samples, Transcript, transcribe
from voicebot.asr.pool import Priority, RecognitionBusyError
from voicebot.audio.framing import SAMPLE_RATE_HZ
from voicebot.audio.likelihood import SpeechModel
from voicebot.call.actions import Consult, Read, Say, Transcribe
from voicebot.call.events import (
    BusinessAnswered,
    Event,
    Heard,
    PromptFailed,
    ReadingFailed,
    TranscriptFailed,
    TranscriptReady,
    UtteranceRead,
)
from voicebot.dialogue.requests import LookupFailed, Request, Result
from voicebot.dialogue.wording import Part
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.reading import Reading
from voicebot.ops import call_metrics
from voicebot.tts.voice import SpokenPrompt

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Finds out what words or keys mean in the light of the question."""

    def read(
        self,
        texts: Sequence[tuple[str, float]],
        expect: Expectation,
        today: date,
        *,
        syllables: Sequence[str] = (),
    ) -> Reading:
        """What (text, confidence) hypotheses mean, best first; ``today`` is the shop's."""

    def read_keys(self, digits: str, expect: Expectation) -> Reading:
        """What keys of the telephone mean."""


class Asks(Protocol):
    """The business with the policies in force: one request, one result; never raises for others' faults."""

    def __call__(self, request: Request, now: datetime) -> Result: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A prompt that a worker has put together."""

    prompt_id: int
    generation: int
    assembled: SpokenPrompt


Post = Callable[[Event | Rendered], None]


class Speaks(Protocol):
    """The voice: what is rendered ahead comes at once, the rest from a worker."""

    def prompt(self, parts: Sequence[Part], today: date) -> SpokenPrompt:
        """Render what is missing, seconds perhaps. Raises where the voice fails."""

    def prompt_ready(self, parts: Sequence[Part], today: date) -> SpokenPrompt | None:
        """The prompt where all of it is at hand, else None; quick enough for the thread that sends sound."""


class Recognises(Protocol):
    """The workers of recognition: ``asr.pool.RecognitionPool``, or those of a virtual clock."""

    def submit(
        self, call_id: str, work: Callable[[], Transcript], priority: Priority = "final"
    ) -> Future[Transcript]:
        """Queue ``work``; the future may come back cancelled. Raises RecognitionBusyError."""

    def close(self) -> None:
        """Give up what waits; what runs comes to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What every call of this process shares."""

    engine: RecognitionEngine | None
    """None: no recogniser could be had; calls go by keypad."""
    pool: Recognises
    reader: Reader
    reader_version: str
    """Of the grammar and the classifier."""
    business: Asks
    voice: Speaks
    renderers: Executor
    """For prompts that are not rendered ahead: seconds each, so they have threads of their own."""
    workers: Executor
    """For reading, the business and the joining of recordings."""
    wall_clock: Callable[[], datetime]
    """The time with its zone."""
    speech_model: SpeechModel | None = None
    """Tells speech from noise; without it a detector that needs no weights does so less well."""


def to_event(job: int, transcript: Transcript) -> TranscriptReady:
    """The recogniser's result as the call's log keeps it."""
    return TranscriptReady(
        job=job,
        alternatives=tuple(
            Heard(text=a.text, confidence=a.confidence, syllables=transcript.syllables)
            for a in transcript.alternatives
        ),
        engine=transcript.engine,
        decided_by=transcript.decided_by,
        audio_seconds=round(transcript.audio_seconds, 3),
        compute_seconds=round(transcript.compute_seconds, 3),
    )


def answer_of(services: Services, request: Request, call_id: str | None) -> Result:
    """The answer of the business; our bug in it is a lookup that failed: the caller reaches a human."""
    try:
        return services.business(request, services.wall_clock())
    except Exception as error:
        log.exception("business failed", extra={"call_id": call_id})
        return LookupFailed(retryable=False, message=f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class _Recognition:
    """A job that has not been answered yet."""

    future: Future[Transcript]
    work: Callable[[], Transcript]
    priority: Priority


class Performer:
    """The workers of one call. Every action is answered with one event, whatever breaks.

    A speculation that gave way to others is answered when it is made final or cancelled.
    """

    def __init__(self, services: Services, call_id: str, post: Post) -> None:
        self._services = services
        self._call_id = call_id
        self._post = post
        self._recognitions: dict[int, _Recognition] = {}

    # ---- recognition -------------------------------------------------------------------------------------

    def transcribe(self, action: Transcribe, samples: Samples) -> None:
        """Queue the recognition of 8 kHz samples; TranscriptReady or TranscriptFailed follows."""
        engine = self._services.engine
        if engine is None:
            self._post(TranscriptFailed(job=action.job, message="no recogniser"))
            return

        def work() -> Transcript:
            return transcribe(engine, samples, SAMPLE_RATE_HZ, action.expect)

        self._submit(action.job, work, "speculative" if action.speculative else "final")

    def _submit(self, job: int, work: Callable[[], Transcript], priority: Priority) -> None:
        try:
            future = self._services.pool.submit(self._call_id, work, priority)
        except RecognitionBusyError as error:
            self._recognitions.pop(job, None)
            self._post(TranscriptFailed(job=job, message=str(error)))
            return
        self._recognitions[job] = _Recognition(future, work, priority)
        future.add_done_callback(lambda done: self._transcribed(job, priority, done))

    def _transcribed(self, job: int, priority: Priority, future: Future[Transcript]) -> None:
        if future.cancelled():
            if priority == "final":
                self._recognitions.pop(job, None)
                self._post(TranscriptFailed(job=job, message="given up"))
            return  # a speculation that gave way to others is done as a final, or not wanted any more
        self._recognitions.pop(job, None)
        error = future.exception()
        if error is not None:  # an engine's failure degrades this turn, not the call
            log.error("recognition failed", exc_info=error, extra={"call_id": self._call_id})
            self._post(TranscriptFailed(job=job, message=f"{type(error).__name__}: {error}"))
            return
        transcript = future.result()
        call_metrics.recognition_seconds.observe(transcript.compute_seconds)
        self._post(to_event(job, transcript))

    def make_final(self, job: int) -> None:
        """A speculation that waits, or gave way, goes to the finals; one that runs stays where it is."""
        known = self._recognitions.get(job)
        if known is not None and known.priority == "speculative" and known.future.cancel():
            self._submit(job, known.work, "final")

    def cancel(self, job: int) -> None:
        """One that runs cannot be stopped: its result comes all the same."""
        known = self._recognitions.get(job)
        if known is not None and known.future.cancel() and known.priority == "speculative":
            self._recognitions.pop(job, None)
            self._post(TranscriptFailed(job=job, message="given up"))

    # ---- reading, business -------------------------------------------------------------------------------

    def read(self, action: Read) -> None:
        """Have it read on a worker; UtteranceRead or ReadingFailed follows."""
        self._services.workers.submit(self._read, action)

    def _read(self, action: Read) -> None:
        reader = self._services.reader
        try:
            if action.keys is not None:
                reading = reader.read_keys(action.keys, action.expect)
            else:
                texts = tuple((heard.text, heard.confidence) for heard in action.alternatives)
                heard_apart = action.alternatives[0].syllables if action.alternatives else ()
                today = date.fromisoformat(action.today)
                reading = reader.read(texts, action.expect, today, syllables=heard_apart)
            self._post(UtteranceRead(job=action.job, reading=reading, version=self._services.reader_version))
        except Exception as error:  # our bug in reading must cost one question, not the call
            log.exception("reading failed", extra={"call_id": self._call_id})
            self._post(ReadingFailed(job=action.job, message=f"{type(error).__name__}: {error}"))

    def consult(self, action: Consult) -> None:
        """Ask the business on a worker; BusinessAnswered follows."""
        self._services.workers.submit(self._consult, action.request)

    def _consult(self, request: Request) -> None:
        result = answer_of(self._services, request, self._call_id)
        self._post(BusinessAnswered(request=request, result=result))

    # ---- voice -------------------------------------------------------------------------------------------

    def say(self, action: Say, today: date) -> SpokenPrompt | None:
        """The prompt at once when every clip of it is at hand, else None and a ``Rendered`` follows."""
        try:
            assembled = self._services.voice.prompt_ready(action.parts, today)
        except Exception as error:  # noqa: BLE001  logged below; one prompt must not cost the call
            self._prompt_failed(action, error)
            return None
        if assembled is None:
            self._services.renderers.submit(self._render, action, today)
        return assembled

    def _render(self, action: Say, today: date) -> None:
        try:
            assembled = self._services.voice.prompt(action.parts, today)
        except Exception as error:  # noqa: BLE001  logged below; the talk goes on without this prompt
            self._prompt_failed(action, error)
            return
        self._post(Rendered(prompt_id=action.prompt_id, generation=action.generation, assembled=assembled))

    def _prompt_failed(self, action: Say, error: Exception) -> None:
        extra = {"call_id": self._call_id, "wording": action.wording}
        log.error("prompt failed", exc_info=error, extra=extra)
        self._post(
            PromptFailed(
                prompt_id=action.prompt_id,
                generation=action.generation,
                message=f"{type(error).__name__}: {error}",
            )
        )
