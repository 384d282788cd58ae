"""The echo of what was sent is found and taken out, and the caller is left; on sounds made from formulas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from voicebot.audio import Samples
from voicebot.audio.canceller import EchoCanceller
from voicebot.audio.level import dbfs

Sound = Callable[..., Samples]


def a_room(seed: int = 1) -> NDArray[np.float64]:
    """0.1 s of a response that dies away."""
    response = np.random.default_rng(seed).normal(size=800) * np.exp(-np.arange(800) / 150)
    response[0] = 2.0
    normalised: NDArray[np.float64] = response / np.sqrt(np.square(response).sum())
    return normalised


def an_echo_of(prompt: Samples, *, gain_db: float, delay_samples: int) -> Samples:
    late = np.concatenate([np.zeros(delay_samples), prompt.astype(float)])
    heard = np.convolve(late, a_room())[: prompt.size]
    return np.rint(heard * 10 ** (gain_db / 20)).astype(np.int16)


def cleaned(canceller: EchoCanceller, sent: Samples | None, heard: Samples) -> Samples:
    frames = [
        canceller.clean(None if sent is None else sent[start : start + 160], heard[start : start + 160])
        for start in range(0, heard.size - 159, 160)
    ]
    return np.concatenate(frames)


def taken_out_db(before: Samples, after: Samples, *, last_seconds: float) -> float:
    return dbfs(before[-round(8000 * last_seconds) :]) - dbfs(after[-round(8000 * last_seconds) :])


@pytest.mark.parametrize(("gain_db", "delay_samples"), [(-6, 800), (-12, 2345), (-20, 5111)])
def test_an_echo_is_found_and_taken_out(
    voice: Sound, hiss: Sound, gain_db: float, delay_samples: int
) -> None:
    prompt = voice(6.0, seed=5, level_dbfs=-18)
    heard = an_echo_of(prompt, gain_db=gain_db, delay_samples=delay_samples) + hiss(6.0, level_dbfs=-65)
    canceller = EchoCanceller()
    canceller.begin()
    after = cleaned(canceller, prompt, heard)
    assert canceller.delay == pytest.approx(delay_samples, abs=400)
    assert taken_out_db(heard, after, last_seconds=2.0) > 10
    assert canceller.left_dbfs is not None


def test_the_caller_stays(voice: Sound, hiss: Sound) -> None:
    prompt = voice(8.0, seed=5, level_dbfs=-18)
    caller = np.zeros(prompt.size, np.int16)
    caller[-8000:] = voice(1.0, seed=8, pitch_hz=200, level_dbfs=-25)
    echo = an_echo_of(prompt, gain_db=-12, delay_samples=1600)
    canceller = EchoCanceller()
    after = cleaned(canceller, prompt, echo + caller + hiss(8.0, level_dbfs=-65))
    left = after[-8000:].astype(float) - caller[-8000:]
    assert dbfs(np.rint(left).astype(np.int16)) < dbfs(caller[-8000:]) - 6


def test_without_a_prompt_nothing_is_touched(voice: Sound) -> None:
    heard = voice(2.0)
    assert (cleaned(EchoCanceller(), None, heard) == heard).all()


def test_without_an_echo_the_caller_over_a_prompt_is_not_touched(voice: Sound) -> None:
    prompt, caller = voice(4.0, seed=5, level_dbfs=-18), voice(4.0, seed=9, pitch_hz=210, level_dbfs=-25)
    after = cleaned(EchoCanceller(), prompt, caller)
    assert dbfs(np.rint(after.astype(float) - caller).astype(np.int16)) < dbfs(caller) - 10


def test_an_echo_that_moves_with_the_next_prompt_is_found_again(voice: Sound, hiss: Sound) -> None:
    canceller = EchoCanceller()
    first, second = voice(5.0, seed=5, level_dbfs=-18), voice(4.0, seed=6, level_dbfs=-18)
    canceller.begin()
    cleaned(canceller, first, an_echo_of(first, gain_db=-10, delay_samples=1600) + hiss(5.0, level_dbfs=-65))
    cleaned(canceller, None, hiss(2.0, level_dbfs=-65))
    canceller.begin()
    heard = an_echo_of(second, gain_db=-10, delay_samples=1700) + hiss(4.0, level_dbfs=-65)
    after = cleaned(canceller, second, heard)
    assert taken_out_db(heard, after, last_seconds=2.0) > 10
    assert canceller.delay == pytest.approx(1700, abs=400)


def test_silence_after_the_prompt_is_handed_on_as_it_is(voice: Sound, hiss: Sound) -> None:
    prompt = voice(3.0, seed=5, level_dbfs=-18)
    canceller = EchoCanceller()
    cleaned(canceller, prompt, an_echo_of(prompt, gain_db=-10, delay_samples=1600))
    cleaned(canceller, None, hiss(2.0, level_dbfs=-65))
    after = hiss(1.0, level_dbfs=-40)
    assert (cleaned(canceller, None, after) == after).all()


def test_a_line_without_echo_is_known_for_one_after_some_seconds(voice: Sound, hiss: Sound) -> None:
    prompt, canceller = voice(6.0, seed=5, level_dbfs=-18), EchoCanceller()
    cleaned(canceller, prompt[:16000], hiss(2.0, level_dbfs=-60))
    assert not canceller.hears_none
    cleaned(canceller, prompt[16000:], hiss(4.0, level_dbfs=-60))
    assert canceller.hears_none


def test_an_echo_is_never_taken_for_none(voice: Sound, hiss: Sound) -> None:
    prompt, canceller = voice(6.0, seed=5, level_dbfs=-18), EchoCanceller()
    heard = an_echo_of(prompt, gain_db=-30, delay_samples=2345) + hiss(6.0, level_dbfs=-65)
    for start in range(0, prompt.size - 1599, 1600):
        cleaned(canceller, prompt[start : start + 1600], heard[start : start + 1600])
        assert not canceller.hears_none
