"""How well speech is told from other sound on a folder of recorded clips: what docs/hearing.md reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import Samples, mulaw
from voicebot.audio.endpoint import Endpointer, EndpointEvent, SpeechBegan, SpeechFinished
from voicebot.audio.framing import FRAME_BYTES, FRAME_SECONDS, SAMPLE_RATE_HZ
from voicebot.audio.level import FULL_SCALE, frame_levels_dbfs, normalise_level, peak_dbfs
from voicebot.audio.likelihood import SpeechModel
from voicebot.audio.vad import VoiceActivity

QUIET_LINE_DBFS = -65.0
LEVELS_DBFS = ((-18.0, QUIET_LINE_DBFS), (-32.0, QUIET_LINE_DBFS), (-24.0, -45.0))
"""Speech, and the white noise behind it."""
NOISE_PEAKS_DBFS = (-12.0, -32.0)
_BEFORE_SECONDS, _AFTER_SECONDS = 2.0, 1.5
_SPEAKS_WITHIN_DB = 25.0
_NEAR_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What was counted at one level of speech, or of noise."""

    condition: str
    clips: int
    missed: int = 0
    """Clips of speech in which no turn began."""
    ends_found: int = 0
    """Ends found within 0.1 s of where the clip falls 25 dB below its loudest."""
    turns: int = 0
    """Turns that began in clips of noise."""


def detection(
    speech: Sequence[Samples], noise: Sequence[Samples], model: SpeechModel | None, *, seed: int = 0
) -> list[Detected]:
    """Play every clip (8 kHz) at every level through the voice activity and the endpointer, as mu-law."""
    found = [_speech_at(speech, *levels, model, seed) for levels in LEVELS_DBFS]
    return found + [_noise_at(noise, peak, model, seed) for peak in NOISE_PEAKS_DBFS]


def turns_in(line: Samples, model: SpeechModel | None) -> list[EndpointEvent]:
    """The beginnings, pauses and ends that a line of sound has."""
    activity, endpointer = VoiceActivity(model=model), Endpointer()
    coded = mulaw.decode(mulaw.encode(line))
    events: list[EndpointEvent] = []
    for start in range(0, coded.size - FRAME_BYTES + 1, FRAME_BYTES):
        voicing = activity.hear(coded[start : start + FRAME_BYTES])
        events += endpointer.feed(FRAME_SECONDS, voicing.speech, voicing.voiced)
    return events


def _speech_at(
    clips: Sequence[Samples], level_dbfs: float, noise_dbfs: float, model: SpeechModel | None, seed: int
) -> Detected:
    missed = ends_found = 0
    for index, clip in enumerate(clips):
        levels = frame_levels_dbfs(clip)
        end_seconds = (np.flatnonzero(levels > levels.max() - _SPEAKS_WITHIN_DB)[-1] + 1) / 100
        spoken = normalise_level(clip, level_dbfs, peak_at_most_dbfs=0.0)
        around = [np.zeros(round(seconds * SAMPLE_RATE_HZ)) for seconds in (_BEFORE_SECONDS, _AFTER_SECONDS)]
        line = np.concatenate((around[0], spoken, around[1]))
        events = turns_in(_with_noise(line, noise_dbfs, seed + index), model)
        ends = [event.end_seconds for event in events if isinstance(event, SpeechFinished)]
        missed += not ends
        ends_found += bool(ends and abs(ends[-1] - end_seconds - _BEFORE_SECONDS) <= _NEAR_SECONDS)
    condition = f"speech at {level_dbfs:.0f} dBFS, noise at {noise_dbfs:.0f}"
    return Detected(condition=condition, clips=len(clips), missed=missed, ends_found=ends_found)


def _noise_at(clips: Sequence[Samples], peak: float, model: SpeechModel | None, seed: int) -> Detected:
    turns = 0
    for index, clip in enumerate(clips):
        gain = 10 ** ((peak - peak_dbfs(clip)) / 20)
        line = _with_noise(clip * gain, QUIET_LINE_DBFS, seed + index)
        turns += sum(isinstance(event, SpeechBegan) for event in turns_in(line, model))
    return Detected(condition=f"noise with peaks of {peak:.0f} dBFS", clips=len(clips), turns=turns)


def _with_noise(line: NDArray[Any], dbfs: float, seed: int) -> Samples:
    noise = np.random.default_rng(seed).normal(0, FULL_SCALE * 10 ** (dbfs / 20), line.size)
    mixed: Samples = np.clip(np.rint(line + noise), -32768, 32767).astype(np.int16)
    return mixed
