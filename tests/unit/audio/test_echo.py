"""The echo watch compares what is heard with what was sent, however seldom it is asked."""

from __future__ import annotations

import numpy as np
import pytest

from voicebot.audio import Samples
from voicebot.audio.echo import EchoWatch
from voicebot.audio.framing import FRAME_BYTES
from voicebot.audio.level import dbfs

DELAY_FRAMES = 9


def syllables(frames: int) -> list[Samples]:
    """Noise whose colour changes every few frames, as speech does."""
    random = np.random.default_rng(1)
    found = []
    for index in range(frames):
        if index % 6 == 0:
            smoothing = np.hanning(random.integers(3, 16))
        noise = np.convolve(random.normal(0, 3000, FRAME_BYTES), smoothing / smoothing.sum(), "same")
        found.append(noise.astype(np.int16))
    return found


def watched(sent: list[Samples], *, judged_every: int) -> float:
    """How alike the echo is to what was sent, at the last frame."""
    watch = EchoWatch()
    likeness = -1.0
    for index, frame in enumerate(sent):
        heard = (sent[max(0, index - DELAY_FRAMES)] * 0.1).astype(np.int16)
        watch.watch(frame, dbfs(frame), heard)
        if index % judged_every == 0 or index == len(sent) - 1:
            likeness = watch.judge(dbfs(heard)).likeness
    return likeness


@pytest.mark.parametrize("judged_every", [2, 7, 50, 1000])
def test_it_finds_the_same_echo_whether_it_is_asked_always_or_once(judged_every: int) -> None:
    sent = syllables(200)
    always = watched(sent, judged_every=1)
    assert always > 0.6
    assert watched(sent, judged_every=judged_every) == pytest.approx(always, abs=1e-9)


def taught(gain: float, *, none_found: bool = False) -> EchoWatch:
    watch = EchoWatch()
    sent = syllables(200)
    for index, frame in enumerate(sent):
        heard = np.clip(sent[max(0, index - DELAY_FRAMES)] * gain, -32768, 32767).astype(np.int16)
        watch.watch(frame, dbfs(frame), heard)
        watch.judge(dbfs(heard), none_found=none_found)
    return watch


def test_an_echo_teaches_how_loud_it_is() -> None:
    assert taught(0.1).gain_db == pytest.approx(-20.0, abs=3.0)


def test_what_is_nearly_as_loud_as_the_prompt_is_no_echo_and_teaches_nothing() -> None:
    assert taught(1.5).gain_db == -np.inf


def test_where_a_longer_search_found_no_echo_likeness_teaches_nothing() -> None:
    assert taught(0.1, none_found=True).gain_db == -np.inf
    watch = taught(0.1)
    sent = syllables(1)[0]
    watch.watch(sent, dbfs(sent), sent)
    known = watch.judge(-20.0).expected_dbfs
    assert watch.judge(-20.0, none_found=True).expected_dbfs < known - 10.0
