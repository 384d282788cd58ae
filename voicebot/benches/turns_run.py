"""One run of `voicebot bench turns`: the plan gets its sounds, and is held in batches."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from voicebot.asr.measure import read_manifest
from voicebot.asr.recording import read_recording
from voicebot.audio.resample import resample
from voicebot.benches import turns_sounds
from voicebot.benches.spoken import SpokenClips, Utterance
from voicebot.benches.turns_clips import RATE_HZ, Sound
from voicebot.benches.turns_line import SILENT, Batch, BenchLine, Counted, Engine, Held
from voicebot.benches.turns_plan import (
    STEADY_DBFS,
    Condition,
    Plan,
    Recorded,
    RecordedKind,
    Silence,
    with_sound,
)

BATCH_PROBES = 24
BACKGROUND_SECONDS = 60.0
CLEAN_RATE_HZ = 16_000


def read_recorded(folder: Path) -> list[Recorded]:
    """The clips of a folder with a manifest.tsv (docs/cli.md). Raises UserFacingError."""
    found = []
    for clip in read_manifest(folder):
        if clip.kind in ("word", "sentence", "noise"):
            samples, rate_hz = read_recording(clip.path)
            sound = resample(samples, rate_hz, RATE_HZ).astype(np.float64)
            kind = cast("RecordedKind", clip.kind)
            found.append(Recorded(text=clip.text, kind=kind, sound=_trimmed(sound, kind)))
    return found


def _trimmed(sound: Sound, kind: str) -> Sound:
    """Speech without the silence before and after it."""
    if kind == "noise":
        return sound
    frames = sound[: len(sound) // 80 * 80].reshape(-1, 80)
    power = np.mean(frames**2, axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-35 / 10))
    return sound[loud[0] * 80 : (loud[-1] + 1) * 80]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Where the sounds of a plan come from."""

    clips: SpokenClips
    recorded: Sequence[Recorded]
    seed: int

    def of(self, utterance: Utterance) -> Sound:
        """What a voice says, at 8 kHz."""
        return resample(self.clips.clean(utterance), CLEAN_RATE_HZ, RATE_HZ).astype(np.float64)

    def beside(self, condition: Condition, others: Sequence[Utterance], seed: int) -> Sound | None:
        """What is heard behind the caller."""
        if condition.noise_snr_db is not None:
            return turns_sounds.at_level(self._noise(seed), STEADY_DBFS - condition.noise_snr_db)
        if condition.music_snr_db is not None:
            tune = turns_sounds.music(BACKGROUND_SECONDS, seed)
            return turns_sounds.at_level(tune, STEADY_DBFS - condition.music_snr_db)
        room = None
        if condition.room_dbfs is not None:
            room = turns_sounds.at_level(turns_sounds.pink(BACKGROUND_SECONDS, seed), condition.room_dbfs)
        if condition.others_snr_db is None:
            return room
        low, high = condition.others_snr_db
        below_db = float(np.random.default_rng(seed).uniform(low, high))
        talk = turns_sounds.voices([self.of(one) for one in others], seed)
        talk = turns_sounds.at_level(talk, STEADY_DBFS - below_db)
        return talk if room is None else talk + np.resize(room, len(talk))

    def _noise(self, seed: int) -> Sound:
        """In turn a street, hiss, and what was recorded of rain, waves and engines."""
        kinds: list[Callable[[], Sound]] = [
            lambda: turns_sounds.street(BACKGROUND_SECONDS, seed),
            lambda: turns_sounds.white(BACKGROUND_SECONDS, seed),
            lambda: turns_sounds.pink(BACKGROUND_SECONDS, seed),
        ]
        steady = [clip for clip in self.recorded if clip.text in ("Rain", "Sea waves", "Helicopter")]
        if steady:
            kinds.append(lambda: steady[seed % len(steady)].sound)
        return kinds[seed % len(kinds)]()

    def silence(self, silence: Silence, seed: int) -> Sound | None:
        """What is heard where nobody speaks; None without a recording of it."""
        made: dict[str, Callable[[float, int], Sound]] = {
            "white": turns_sounds.white,
            "room": turns_sounds.pink,
            "street": turns_sounds.street,
            "hum": turns_sounds.hum,
            "music": turns_sounds.music,
        }
        if silence.sound in made:
            return turns_sounds.at_level(made[silence.sound](silence.seconds, seed), silence.level_dbfs)
        noises = [clip.sound for clip in self.recorded if clip.kind == "noise"]
        if not noises:
            return None
        order = np.random.default_rng(seed).permutation(len(noises))
        wanted = [turns_sounds.at_level(noises[number], silence.level_dbfs) for number in order]
        return np.concatenate(wanted)[: round(silence.seconds * RATE_HZ)]


def batches(plan: Plan, sounds: Sounds) -> list[Batch]:
    """The plan with its sounds, the longest situations cut up."""
    found: list[Batch] = []
    for situation in plan.situations:
        probes = [
            with_sound(probe, number, sounds.of) for number, probe in enumerate(situation.probes, start=1)
        ]
        for first in range(0, len(probes), BATCH_PROBES):
            seed = sounds.seed * 1000 + len(found)
            found.append(
                Batch(
                    situation=situation.name,
                    condition=situation.condition_name,
                    seed=seed,
                    walk=situation.walk,
                    numbers=situation.numbers,
                    states=situation.states,
                    digit_counts=situation.digit_counts,
                    probes=tuple(probes[first : first + BATCH_PROBES]),
                    background=_kept(sounds.beside(situation.condition, plan.others, seed)),
                    echo_loss_db=situation.condition.echo_loss_db,
                    delay_seconds=situation.condition.delay_seconds,
                )
            )
    for number, silence in enumerate(plan.silences):
        sound = sounds.silence(silence, sounds.seed * 1000 + number)
        if sound is not None:
            found.append(
                Batch(
                    situation=SILENT,
                    condition=f"{silence.sound} {silence.level_dbfs:.0f} dBFS",
                    seed=sounds.seed * 1000 + len(found),
                    background=_kept(sound),
                    silent_seconds=silence.seconds,
                )
            )
    return found


def _kept(sound: Sound | None) -> NDArray[np.int16] | None:
    """In a quarter of the memory: there are a hundred of them."""
    return None if sound is None else np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def held(work: Sequence[Batch], engine: Engine, counted: Counted, processes: int) -> Iterator[Held]:
    """Hold them all, in the order in which they are done. Several processes share the cores."""
    if processes == 1 or engine == "fake":
        known = tuple(probe for batch in work for probe in batch.probes) if engine == "fake" else ()
        with BenchLine.opened(engine, counted, known) as line:
            for batch in work:
                yield line.hold(batch)
        return
    fresh = multiprocessing.get_context("spawn")  # a fork would share the threads of loaded models
    with ProcessPoolExecutor(processes, fresh, initializer=_open, initargs=(engine, counted)) as pool:
        for done in as_completed([pool.submit(_hold, batch) for batch in work]):
            yield done.result()


_opened: list[BenchLine] = []
_parts = ExitStack()


def _open(engine: Engine, counted: Counted) -> None:
    """The line of this process, kept until it ends."""
    _opened.append(_parts.enter_context(BenchLine.opened(engine, counted)))


def _hold(batch: Batch) -> Held:
    return _opened[0].hold(batch)
