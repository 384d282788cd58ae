"""The line of `voicebot bench turns`: everything of a real one but the carrier, on a virtual clock."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from voicebot import bootstrap
from voicebot.asr.choice import choose
from voicebot.asr.engine import RecognitionEngine
from voicebot.asr.fake import FakeRecognition, KnownClips
from voicebot.asr.silero import open_silero
from voicebot.benches.turns import CallFigures, judged
from voicebot.benches.turns_caller import Probe, ProbingCaller, SilentCaller, Walk
from voicebot.benches.turns_clips import RATE_HZ
from voicebot.benches.virtual_line import CallBrokeError, HeldCall, LineParts, Observe, VirtualHotline
from voicebot.dialogue.conversation import Script
from voicebot.nlu.expectation import Expectation, Option
from voicebot.runtime.archive import StoredCalls
from voicebot.settings import Settings, load_settings
from voicebot.shop.demo.seed import seed_shop
from voicebot.simulator.surroundings import Background, InSurroundings, Speakerphone
from voicebot.simulator.twilio import PhoneCaller
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal
from voicebot.tts.choice import open_engine
from voicebot.tts.voice import Voice

Engine = Literal["whisper", "vosk", "auto", "fake"]
Counted = Literal["wall", "cpu"]
TIMERS: Mapping[Counted, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
"""By which computing takes time: what passes, or what this process computes, whoever else is busy."""
PROBES_A_CALL = 8
IDLE_CALLS = 2
"""So many calls one after the other in which nothing could be said: what is left has no place."""
SILENT = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some of the probes of one situation, or a call in which nobody speaks."""

    situation: str
    condition: str
    seed: int
    walk: Walk | None = None
    """None: nobody speaks."""
    numbers: tuple[str, ...] = ("+8619900000000",)
    states: Mapping[str, str] = field(default_factory=dict)
    digit_counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()
    background: NDArray[np.int16] | None = None
    echo_loss_db: float | None = None
    delay_seconds: float = 0.0
    silent_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What came of a batch."""

    calls: tuple[CallFigures, ...]
    left: int = 0
    """Probes that found no place."""
    broken: int = 0
    """Calls that ended by a fault of ours."""


class BenchLine:
    """Holds batches, one call after the other; each call finds the shop as it is at first."""

    def __init__(
        self,
        knowledge: bootstrap.Knowledge,
        engine: RecognitionEngine,
        voice: Voice,
        here: Settings,
        timer: Callable[[], float],
    ) -> None:
        """``here``: the settings with a folder and a database for this line alone."""
        self._timer = timer
        self._here = here
        self._engine = engine
        self._voice = voice
        self._knowledge = knowledge
        self._speech_model = open_silero(here.models_dir)
        for state in bootstrap.PREPARED_STATES:
            engine.prepare(knowledge.script.expectation_for(state, (), (), False))
        self._seeded = here.var_dir / "seeded.db"
        database = Database(f"sqlite:///{self._seeded}")
        database.upgrade()
        seed_shop(database, datetime.now(UTC), here.zone)
        database.close()

    @classmethod
    @contextmanager
    def opened(cls, engine: Engine, counted: Counted, probes: tuple[Probe, ...] = ()) -> Iterator[Self]:
        """As the settings say, with files of its own that are thrown away; a fake engine knows ``probes``."""
        settings = load_settings()
        with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as folder, ExitStack() as parts:
            here = load_settings(var_dir=Path(folder), database_url=f"sqlite:///{folder}/voicebot.db")
            speaking = open_engine(settings.tts, models_dir=settings.models_dir, voice=settings.voice)
            knowledge = bootstrap.load_knowledge(settings)
            voice = bootstrap.open_voice(settings, knowledge.script, speaking)
            parts.callback(voice.close)
            hearing = _knowing(probes) if engine == "fake" else choose(load_settings(asr=engine))
            parts.callback(hearing.close)
            yield cls(knowledge, hearing, voice, here, TIMERS[counted])

    @property
    def versions(self) -> dict[str, str]:
        """What was measured."""
        return {
            "grammar": self._knowledge.version,
            "reader": self._knowledge.reader_version,
            "asr": self._engine.name,
            "speech_model": "none" if self._speech_model is None else type(self._speech_model).__name__,
        }

    def hold(self, batch: Batch) -> Held:
        """Phone until everything has been said that can be."""
        if batch.walk is None:
            return self._silence(batch)
        queue = deque(batch.probes)
        calls: list[CallFigures] = []
        broken = idle = number = 0
        while queue and idle < IDLE_CALLS:
            number += 1
            before = len(queue)
            try:
                calls.append(self._call(batch, batch.walk, queue, number))
            except CallBrokeError:
                broken += 1
            idle = idle + 1 if len(queue) == before else 0
        return Held(calls=tuple(calls), left=len(queue), broken=broken)

    def _call(self, batch: Batch, walk: Walk, queue: deque[Probe], number: int) -> CallFigures:
        callers: list[ProbingCaller] = []
        seed = batch.seed * 1000 + number

        def caller_of(line: VirtualHotline) -> PhoneCaller:
            callers.append(
                ProbingCaller(
                    walk,
                    queue,
                    entries=line.entries,
                    seed=seed,
                    most_probes=PROBES_A_CALL,
                    first_wish=number,
                )
            )
            return _surrounded(callers[0], batch, seed)

        held = self._phone(batch, caller_of, batch.numbers[number % len(batch.numbers)])
        return judged(
            batch.situation,
            batch.condition,
            held.call_id,
            callers[0].said,
            held.entries,
            held.stream.timeline.events(),
        )

    def _silence(self, batch: Batch) -> Held:
        def caller_of(_line: VirtualHotline) -> PhoneCaller:
            return _surrounded(SilentCaller(batch.silent_seconds), batch, batch.seed)

        held = self._phone(batch, caller_of, batch.numbers[0])
        events = held.stream.timeline.events()
        figures = judged(batch.situation, batch.condition, held.call_id, (), held.entries, events)
        return Held(calls=(figures,))

    def _phone(
        self, batch: Batch, caller_of: Callable[[VirtualHotline], PhoneCaller], from_number: str
    ) -> HeldCall:
        with self._line(batch) as line:

            def observed(_said: Observe) -> PhoneCaller:
                return caller_of(line)

            return line.call(observed, from_number=from_number, typed=True)

    @contextmanager
    def _line(self, batch: Batch) -> Iterator[VirtualHotline]:
        here = self._here
        shutil.copyfile(self._seeded, here.var_dir / "voicebot.db")
        database = Database(here.database_url)
        archive = StoredCalls(database, Journal(here.var_dir / "calls"))
        line = VirtualHotline(
            LineParts(
                script=_exchanged(self._knowledge.script, batch),
                engine=self._engine,
                reader=self._knowledge.reader,
                reader_version=self._knowledge.reader_version,
                business=bootstrap.business_of(database, here, self._knowledge.policies),
                voice=self._voice,
                archive=archive,
                versions=self.versions,
                opened_at=datetime.now(here.zone),
                recordings=here.var_dir / "recordings",
                recognition_workers=here.asr_threads,
                speech_model=self._speech_model,
            ),
            timer=self._timer,
            new_call_id=bootstrap.new_call_id,
        )
        try:
            yield line
        finally:
            line.close()
            archive.close()
            database.close()
            shutil.rmtree(here.var_dir / "recordings", ignore_errors=True)
            for path in here.var_dir.glob("voicebot.db*"):
                path.unlink()


def _exchanged(script: Script, batch: Batch) -> Script:
    """The same questions, some of them listened to as others are."""
    if not batch.states:
        return script

    def expectation_for(
        state: str | None,
        options: tuple[Option, ...],
        bias: tuple[str, ...],
        strict: bool,
        known: tuple[str, ...] = (),
    ) -> Expectation:
        name = state or ""
        found = script.expectation_for(batch.states.get(name, state), options, bias, strict, known)
        counts = batch.digit_counts.get(name, found.digit_counts)
        return replace(found, state=state, digit_counts=counts)

    return replace(script, expectation_for=expectation_for)


def _surrounded(caller: PhoneCaller, batch: Batch, seed: int) -> PhoneCaller:
    random = np.random.default_rng(seed)
    speakerphone = None
    if batch.echo_loss_db is not None:
        speakerphone = Speakerphone(loss_db=batch.echo_loss_db, delay_seconds=batch.delay_seconds, seed=seed)
    background = None
    if batch.background is not None:
        sound = batch.background.astype(np.float64)
        background = Background(sound, begin=int(random.integers(len(sound))))
    return InSurroundings(caller, speakerphone=speakerphone, background=background)


def _knowing(probes: tuple[Probe, ...]) -> RecognitionEngine:
    clips = KnownClips()
    for probe in probes:
        clips.register(probe.clip.samples, RATE_HZ, probe.text)
        for (begin_seconds, _), text in zip(probe.clip.pauses_seconds, probe.clip.texts_before, strict=True):
            clips.register(probe.clip.samples[: round(begin_seconds * RATE_HZ)], RATE_HZ, text)
    return FakeRecognition(clips.hear)
