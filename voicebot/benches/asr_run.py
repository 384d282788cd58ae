"""Lets a recogniser hear the trials of `voicebot bench asr`, and judges each as the line would take it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, Protocol

from voicebot.asr.engine import (
    RecognitionEngine,
    RecognitionFailedError,
    Samples,
    Transcript,
    transcribe,
)
from voicebot.asr.measure import Clip, comparable
from voicebot.asr.recording import TELEPHONE_RATE_HZ, read_recording
from voicebot.audio.resample import resample
from voicebot.benches.asr_conditions import Channels, Condition
from voicebot.benches.asr_trials import Trial
from voicebot.benches.spoken import SpokenClips, Utterance
from voicebot.demonstration.caller_voice import CLEAN_RATE_HZ
from voicebot.dialogue.answering import confirmed
from voicebot.dialogue.frame import Frame
from voicebot.dialogue.repair import Question
from voicebot.language.digits import read_digits
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.reading import Reading

_CLIPS_REMEMBERED = 256
_TODAY = date(2026, 11, 22)
"""Of every reading: 上个星期五 must mean the same in every run."""

Answer = Literal["yes", "no", ""]


class Reads(Protocol):
    """What the line reads words with: ``nlu.reader.Reader``."""

    def read(
        self,
        texts: Sequence[tuple[str, float]],
        expect: Expectation,
        today: date,
        *,
        syllables: Sequence[str] = (),
    ) -> Reading:
        """What (text, confidence) hypotheses mean, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One trial in one condition."""

    trial: Trial
    condition: Condition
    text: str
    """The best alternative, empty for nothing."""
    taken: str
    """What the line would go by: the phrase's key, the digits, a confirmation's yes or no; else empty."""
    words_heard: int = 0
    words_read: int = 0
    """Of the trial's words, those in what was heard, and in what was read of it, repaired."""
    audio_seconds: float
    compute_seconds: float
    failed: bool = False
    """The engine broke; the line would ask again."""


class Sounds:
    """Each trial's sound as it arrives in a condition."""

    def __init__(self, spoken: SpokenClips, channels: Channels) -> None:
        self._spoken = spoken
        self._channels = channels
        self.of = lru_cache(_CLIPS_REMEMBERED)(self._of)

    def _of(self, sound: Utterance | Clip, condition: Condition) -> tuple[Samples, int]:
        if isinstance(sound, Utterance):
            clean, rate_hz = self._spoken.clean(sound), CLEAN_RATE_HZ
            name = f"{sound.voice} {sound.speed} {sound.text}"
        else:
            clean, rate_hz = read_recording(sound.path)
            name = f"{sound.path.parent.name}/{sound.path.name}"
        return self._channels.carry(clean, rate_hz, condition, name)


def recorded_noises(clips: Sequence[Clip]) -> list[Samples]:
    """The clips of the kind ``noise`` at 8 kHz."""
    found = (read_recording(clip.path) for clip in clips if clip.kind == "noise")
    return [resample(samples, rate_hz, TELEPHONE_RATE_HZ) for samples, rate_hz in found]


def hear_all(
    engine: RecognitionEngine,
    reader: Reads,
    sounds: Sounds,
    jobs: Sequence[tuple[Trial, Condition]],
    *,
    workers: int,
) -> Iterator[Outcome]:
    """Every trial in its condition, in order; ``workers`` at once, as many as the line would have."""
    for expect in dict.fromkeys(trial.expect for trial, _ in jobs):
        engine.prepare(expect)

    def hear(job: tuple[Trial, Condition]) -> Outcome:
        trial, condition = job
        samples, rate_hz = sounds.of(trial.sound, condition)
        try:
            transcript = transcribe(engine, samples, rate_hz, trial.expect)
        except RecognitionFailedError:
            silent = Transcript(
                alternatives=(),
                engine=engine.name,
                audio_seconds=len(samples) / rate_hz,
                compute_seconds=0.0,
            )
            return judged(trial, condition, silent, reader, failed=True)
        return judged(trial, condition, transcript, reader)

    with ThreadPoolExecutor(workers, thread_name_prefix="bench") as pool:
        yield from pool.map(hear, jobs)


def judged(
    trial: Trial, condition: Condition, transcript: Transcript, reader: Reads, *, failed: bool = False
) -> Outcome:
    """What the line would make of a transcript."""
    read = _read(trial, transcript, reader)
    return Outcome(
        trial=trial,
        condition=condition,
        text=transcript.text,
        taken=_TAKEN.get(trial.group, _nothing)(trial, transcript, read),
        words_heard=_words_in(trial.words, transcript.text),
        words_read=_words_in(trial.words, read.text) if read is not None else 0,
        audio_seconds=transcript.audio_seconds,
        compute_seconds=transcript.compute_seconds,
        failed=failed,
    )


def _read(trial: Trial, transcript: Transcript, reader: Reads) -> Reading | None:
    if not transcript.alternatives or trial.group not in ("hotline", "no yes", "strict answers"):
        return None
    texts = [(one.text, one.confidence) for one in transcript.alternatives]
    return reader.read(texts, trial.expect, _TODAY, syllables=transcript.syllables)


def _phrase(trial: Trial, transcript: Transcript, _read: Reading | None) -> str:
    """The key of the phrase that was taken; a free decode is none of the set."""
    if transcript.decided_by != "phrases" or not transcript.alternatives:
        return ""
    found = (phrase.key for phrase in trial.expect.phrases if transcript.text in phrase.says)
    return next(found, "")


def _number(_trial: Trial, transcript: Transcript, _read: Reading | None) -> str:
    return read_digits(transcript.text) or ""


def _on_file(trial: Trial, transcript: Transcript, read: Reading | None) -> str:
    """The number taken for one on file: the best alternative, where it is one of them."""
    number = _number(trial, transcript, read)
    return number if number in trial.expect.known else ""


def _confirmed(trial: Trial, _transcript: Transcript, read: Reading | None) -> Answer:
    """What the dialogue takes the answer for when money hangs on it; 算了 stops all of it."""
    if read is None:
        return ""
    if read.has_act("stop"):
        return "no"
    question = Question(
        wording="", state=trial.expect.state, kind="confirm", proposal="refund", strict=trial.expect.strict
    )
    frame = Frame(task="refund.apply", number=1)
    confirmed(question, read, frame)
    return "no" if frame.denied else "yes" if frame.confirmed else ""


def _nothing(_trial: Trial, _transcript: Transcript, _read: Reading | None) -> str:
    return ""


_TAKEN: dict[str, Callable[[Trial, Transcript, Reading | None], str]] = {
    "words": _phrase,
    "closed": _phrase,
    "outside": _phrase,
    "numbers": _number,
    "list": _on_file,
    "unlisted": _on_file,
    "no yes": _confirmed,
    "strict answers": _confirmed,
}


def _words_in(words: Sequence[str], text: str) -> int:
    """How many of ``words`` are in ``text``, each place of it counting once."""
    rest, found = comparable(text), 0
    for word in sorted((comparable(one) for one in words), key=len, reverse=True):
        if word in rest:
            rest = rest.replace(word, "\n", 1)
            found += 1
    return found
