"""Silero's weights as they are fetched: speech scores high, noise and tones low, the same every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voicebot.asr.silero import FILE, MODEL, SileroModel, open_silero
from voicebot.audio import Samples
from voicebot.audio.endpoint import Endpointer, SpeechBegan
from voicebot.audio.framing import FRAME_SECONDS, SAMPLE_RATE_HZ
from voicebot.audio.likelihood import CHUNK_SAMPLES
from voicebot.audio.resample import resample
from voicebot.audio.vad import VoiceActivity
from voicebot.ops.errors import UserFacingError
from voicebot.tts.espeak import EspeakEngine

pytestmark = pytest.mark.engines


@pytest.fixture(scope="session")
def model(weights_path: Callable[..., Path]) -> SileroModel:
    return SileroModel(weights_path(MODEL, FILE))


@pytest.fixture(scope="module")
def sentence() -> Samples:
    engine = EspeakEngine()
    try:
        speech = engine.render("我想查一下我的快递到哪里了。")
    finally:
        engine.close()
    return resample(speech.samples, speech.sample_rate_hz, SAMPLE_RATE_HZ)


def scores(model: SileroModel, sound: Samples) -> list[float]:
    linear = (sound[: sound.size // CHUNK_SAMPLES * CHUNK_SAMPLES] / 32768).astype(np.float32)
    memory: Any = None
    found: list[float] = []
    for chunk in linear.reshape(-1, CHUNK_SAMPLES):
        likelihood, memory = model.score(chunk, memory)
        found.append(likelihood)
    return found


def turns(model: SileroModel, sound: Samples) -> int:
    """How many turns begin, with half a second of a quiet line before."""
    activity, endpointer, began = VoiceActivity(model=model), Endpointer(), 0
    line = np.random.default_rng(7).normal(0, 15, sound.size + 4000)
    line[4000:] += sound
    samples = np.clip(np.rint(line), -32768, 32767).astype(np.int16)
    for start in range(0, samples.size - 159, 160):
        voicing = activity.hear(samples[start : start + 160])
        events = endpointer.feed(FRAME_SECONDS, voicing.speech, voicing.voiced)
        began += sum(isinstance(event, SpeechBegan) for event in events)
    return began


def tones(*frequencies_hz: float, seconds: float = 6.0, on_seconds: float, off_seconds: float) -> Samples:
    moments = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sound = np.zeros(moments.size)
    for frequency in frequencies_hz:
        sound += np.sin(2 * np.pi * frequency * moments)
    sound[moments % (on_seconds + off_seconds) >= on_seconds] = 0
    return np.rint(5000 * sound).astype(np.int16)


def a_chord(root_hz: float, seconds: float = 1.5) -> Samples:
    """Three struck strings, dying away, with ten partials each."""
    moments = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sound = np.zeros(moments.size)
    for ratio in (1, 1.26, 1.5):
        for partial in range(1, 11):
            frequency = root_hz * ratio * partial
            if frequency < 3800:
                sound += np.exp(-2 * partial * moments) * np.sin(2 * np.pi * frequency * moments) / partial
    return np.rint(4000 * sound).astype(np.int16)


def test_a_sentence_is_speech_and_every_time_the_same(model: SileroModel, sentence: Samples) -> None:
    first = scores(model, sentence)
    assert np.mean(np.array(first) > 0.5) > 0.5
    assert scores(model, sentence) == first


def test_a_sentence_begins_a_turn(model: SileroModel, sentence: Samples) -> None:
    assert turns(model, sentence) >= 1


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(tones(770, 1336, on_seconds=0.1, off_seconds=0.1), id="keys"),
        pytest.param(tones(425, on_seconds=1.0, off_seconds=4.0), id="ringing"),
        pytest.param(tones(450, on_seconds=0.35, off_seconds=0.35), id="engaged"),
        pytest.param(np.concatenate([a_chord(hz) for hz in (131, 175, 196, 131, 220)]), id="music"),
    ],
)
def test_tones_and_music_begin_none(model: SileroModel, sound: Samples) -> None:
    assert turns(model, sound) == 0


def test_a_line_without_the_weights_does_without(tmp_path: Path) -> None:
    assert open_silero(tmp_path) is None


def test_a_file_that_is_no_model_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no model")
    with pytest.raises(UserFacingError) as refused:
        SileroModel(tmp_path / FILE)
    assert refused.value.hint
