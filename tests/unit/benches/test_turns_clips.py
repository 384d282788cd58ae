"""Pauses are put where the speaker would breathe, and nothing of the speech is lost."""

from __future__ import annotations

import numpy as np
import pytest

from voicebot.benches.turns_clips import RATE_HZ, Saying, Sound, breaks_seconds, levelled, opened

NUMBER = Saying(marked="三七/二一")


def spoken(*pieces: tuple[float, float]) -> Sound:
    """(seconds, loudness), one after the other."""
    random = np.random.default_rng(3)
    return np.concatenate([loud * random.normal(size=round(seconds * RATE_HZ)) for seconds, loud in pieces])


def test_a_saying_is_written_with_commas_and_spoken_with_colons() -> None:
    saying = Saying(marked="你好/我要退货//就是那件")
    assert (saying.text, saying.spoken) == ("你好，我要退货，就是那件", "你好：我要退货：就是那件")
    assert saying.after_clauses == (False, True)


def test_a_silence_that_is_there_is_made_as_long_as_wanted() -> None:
    sound = spoken((0.5, 3000), (0.1, 1), (0.5, 3000))
    (found,) = breaks_seconds(sound, NUMBER)
    assert found == pytest.approx((0.5, 0.6), abs=0.02)
    clip = opened(sound, NUMBER, [0.8], -22.0)
    (pause_seconds,) = clip.pauses_seconds
    assert pause_seconds == pytest.approx((0.5, 1.3), abs=0.02)
    assert clip.seconds == pytest.approx(1.8, abs=0.02)
    assert clip.texts_before == ("三七",)
    pause = clip.samples[round(0.55 * RATE_HZ) : round(1.25 * RATE_HZ)]
    assert not pause.any()


def test_a_voice_that_runs_on_is_parted_near_the_break_where_it_is_weakest() -> None:
    sound = spoken((0.1, 3000), (0.03, 150), (0.4, 3000), (0.03, 400), (0.5, 3000))
    ((begin, end),) = breaks_seconds(sound, NUMBER)
    assert begin == end == pytest.approx(0.545, abs=0.02)
    assert opened(sound, NUMBER, [0.5], -22.0).seconds == pytest.approx(len(sound) / RATE_HZ + 0.5, abs=0.001)


def test_without_a_pause_the_speech_is_as_it_was() -> None:
    sound = spoken((0.5, 3000), (0.1, 1), (0.5, 3000))
    clip = opened(sound, NUMBER, [None], -22.0)
    assert clip.pauses_seconds == ()
    assert len(clip.samples) == len(sound)


def test_breaks_come_in_their_order() -> None:
    saying = Saying(marked="嗯/那个/我想退货")
    found = breaks_seconds(spoken((1.4, 3000)), saying)
    assert [begin for begin, _ in found] == sorted(begin for begin, _ in found)
    assert found[0][1] <= found[1][0]


def test_speech_gets_its_level_whatever_silence_is_in_it() -> None:
    sound = levelled(spoken((0.5, 500), (2.0, 0.1), (0.5, 500)), -22.0)
    power = np.mean(sound[: RATE_HZ // 2] ** 2) / 32768**2
    assert 10 * np.log10(power) == pytest.approx(-22.0, abs=0.5)
