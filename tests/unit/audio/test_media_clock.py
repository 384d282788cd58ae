"""Timestamps on the call's clock: as they are while they can be right, and never out of the future."""

import pytest

from voicebot.audio.media_clock import MediaClock

CHUNK = 0.02


def placed(clock: MediaClock, *, timestamps: list[float], arrived: list[float]) -> list[float]:
    pairs = zip(timestamps, arrived, strict=True)
    return [round(clock.place(timestamp, at, CHUNK), 6) for timestamp, at in pairs]


def ticks(begin: float, count: int) -> list[float]:
    return [round(begin + CHUNK * number, 6) for number in range(count)]


def test_timestamps_in_order_stay_as_they_are() -> None:
    clock = MediaClock()
    assert placed(clock, timestamps=ticks(0, 5), arrived=ticks(0.1, 5)) == ticks(0, 5)
    assert clock.jumps == 0


def test_what_comes_late_and_at_once_keeps_its_place() -> None:
    """A network that stood still for four seconds: that is no jump of the clock."""
    clock = MediaClock()
    placed(clock, timestamps=[0.0], arrived=[0.05])
    assert placed(clock, timestamps=ticks(0.02, 200), arrived=[4.05] * 200) == ticks(0.02, 200)
    assert clock.jumps == 0


def test_a_gap_of_lost_sound_stays_a_gap() -> None:
    clock = MediaClock()
    assert placed(clock, timestamps=[0.0, 3.0], arrived=[0.05, 3.05]) == [0.0, 3.0]


@pytest.mark.parametrize("jump_seconds", [3600.0, 1.5, -0.6, -3600.0])
def test_after_a_jump_sound_goes_on_behind_the_last(jump_seconds: float) -> None:
    clock = MediaClock()
    placed(clock, timestamps=ticks(4000, 3), arrived=ticks(4000.1, 3))
    after = ticks(4000.06 + jump_seconds, 3)
    assert placed(clock, timestamps=after, arrived=ticks(4000.16, 3)) == ticks(4000.06, 3)
    assert clock.jumps == 1


def test_a_clock_may_jump_again_and_back() -> None:
    clock = MediaClock()
    timestamps = [0.0, 3600.02, 0.04, 7200.06, 7200.08]
    assert placed(clock, timestamps=timestamps, arrived=ticks(0.1, 5)) == ticks(0, 5)
    assert clock.jumps == 3


def test_time_that_passed_without_sound_passed_though_the_clock_jumped() -> None:
    clock = MediaClock()
    assert placed(clock, timestamps=[1.0, 0.02], arrived=[1.1, 3.1]) == [1.0, 3.0]


def test_a_clock_that_never_began_at_nought_begins_when_it_is_heard() -> None:
    clock = MediaClock()
    assert placed(clock, timestamps=ticks(1.7e9, 3), arrived=ticks(0.1, 3)) == ticks(0.08, 3)
