"""The prompt's echo is no interruption, the caller is; on sounds made from formulas."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from voicebot.audio import Samples, mulaw
from voicebot.audio.barge_in import BargeIn
from voicebot.audio.level import dbfs
from voicebot.audio.vad import Voicing

Sound = Callable[..., Samples]


def an_echo_of(prompt: Samples, *, gain_db: float, delay_samples: int) -> Samples:
    late = np.concatenate([np.zeros(delay_samples), prompt.astype(float)])[: prompt.size]
    dull = np.convolve(late, [0.7, 0.25, 0.05])[: prompt.size]
    return np.rint(dull * 10 ** (gain_db / 20)).astype(np.int16)


def admitted(
    rule: BargeIn,
    heard: Samples,
    prompt: Samples | None,
    *,
    playing: bool = True,
    above_noise_db: float = 40.0,
) -> list[bool]:
    """What the rule says of each frame, if the voice activity takes every audible frame for speech."""
    said: list[bool] = []
    for start in range(0, heard.size - 159, 160):
        if prompt is not None:
            rule.sent(mulaw.encode(prompt[start : start + 160]))
        frame = rule.clean(heard[start : start + 160])
        level = dbfs(frame)
        voicing = Voicing(speech=level > -55, voiced=True, level_dbfs=level, above_noise_db=above_noise_db)
        said.append(rule.admits(frame, voicing, playing=playing))
    return said


@pytest.mark.parametrize("gain_db", [-6, -15, -25])
@pytest.mark.parametrize("delay_samples", [800, 2345, 5111])
def test_the_echo_of_the_prompt_is_held_back(
    voice: Sound, hiss: Sound, gain_db: float, delay_samples: int
) -> None:
    prompt = voice(4.0, seed=5, level_dbfs=-18)
    heard = an_echo_of(prompt, gain_db=gain_db, delay_samples=delay_samples) + hiss(4.0, level_dbfs=-62)
    said = admitted(BargeIn(), heard, prompt)
    longest = max(len(run) for run in "".join("x" if frame else " " for frame in said).split(" "))
    assert longest * 0.02 < BargeIn().confirm_seconds
    assert sum(said) / len(said) < 0.1


def test_a_caller_over_a_prompt_without_echo_is_admitted(voice: Sound, hiss: Sound) -> None:
    prompt = voice(4.0, seed=5, level_dbfs=-18)
    heard = hiss(4.0, level_dbfs=-62)
    heard[16000:24000] += voice(1.0, seed=8, pitch_hz=200, syllables_per_second=4, level_dbfs=-20)
    said = admitted(BargeIn(), heard, prompt)
    assert sum(said[100:150]) > 40


def test_a_caller_over_a_known_echo_is_admitted(voice: Sound, hiss: Sound) -> None:
    prompt = voice(4.0, seed=5, level_dbfs=-18)
    heard = an_echo_of(prompt, gain_db=-22, delay_samples=2345) + hiss(4.0, level_dbfs=-62)
    heard[16000:24000] += voice(1.0, seed=8, pitch_hz=200, syllables_per_second=4, level_dbfs=-18)
    rule = BargeIn()
    said = admitted(rule, heard, prompt)
    assert sum(said[:100]) < 8
    assert sum(said[100:150]) > 30


def test_the_call_teaches_how_loud_what_is_left_of_its_echo_is(voice: Sound, hiss: Sound) -> None:
    rule = BargeIn()
    assert rule.echo_gain_db == -math.inf
    prompt = voice(3.0, seed=5, level_dbfs=-18)
    admitted(rule, an_echo_of(prompt, gain_db=-15, delay_samples=1600) + hiss(3.0, level_dbfs=-62), prompt)
    assert -45 < rule.echo_gain_db < -11


def test_the_echo_that_comes_after_the_prompt_has_stopped_is_still_held_back(voice: Sound) -> None:
    prompt = voice(3.0, seed=5, level_dbfs=-18)
    echo = an_echo_of(np.concatenate([prompt, np.zeros(4000)]), gain_db=-12, delay_samples=3200)
    rule = BargeIn()
    admitted(rule, echo[: prompt.size], prompt)
    rule.stopped()
    tail = admitted(rule, echo[prompt.size : prompt.size + 3200], None, playing=False)
    assert sum(tail) <= 3


def test_speech_that_hardly_stands_out_of_the_background_counts_without_a_prompt_only(voice: Sound) -> None:
    murmur = voice(0.5, level_dbfs=-40)
    assert not any(admitted(BargeIn(), murmur, None, above_noise_db=8.0))
    assert all(admitted(BargeIn(), murmur, None, above_noise_db=8.0, playing=False))


def test_what_is_no_speech_is_never_admitted() -> None:
    silence = np.zeros(8000, dtype=np.int16)
    assert not any(admitted(BargeIn(), silence, None, playing=False))


def test_a_prompt_sent_ahead_in_one_piece_is_laid_out_in_real_time(voice: Sound, hiss: Sound) -> None:
    prompt = voice(3.0, seed=5, level_dbfs=-18)
    rule = BargeIn()
    rule.sent(mulaw.encode(prompt))
    heard = an_echo_of(prompt, gain_db=-12, delay_samples=1600) + hiss(3.0, level_dbfs=-62)
    assert sum(admitted(rule, heard, None)) / 150 < 0.1
