"""Frames out of chunks, and an unbroken line of frames out of timestamped ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio.framing import (
    FRAME_BYTES,
    FRAME_SECONDS,
    SILENT_FRAME,
    FrameLine,
    Framer,
    TimedFrame,
    frames_of,
)


def a_frame(number: int) -> bytes:
    return bytes([number]) * FRAME_BYTES


def numbers_of(frames: list[TimedFrame]) -> list[int]:
    return [frame.coded[0] for frame in frames]


@given(chunks=st.lists(st.binary(max_size=500), max_size=12))
def test_chunks_of_any_size_come_out_as_whole_frames_of_the_same_bytes(chunks: list[bytes]) -> None:
    framer = Framer()
    frames = [frame for chunk in chunks for frame in framer.feed(chunk)]
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    everything = b"".join(chunks)
    last = framer.flush()
    assert (b"".join(frames + last))[: len(everything)] == everything
    assert len(frames + last) == -(-len(everything) // FRAME_BYTES)


def test_the_last_frame_is_filled_up_with_silence() -> None:
    assert frames_of(b"\x01" * 200) == [b"\x01" * 160, b"\x01" * 40 + b"\xff" * 120]


def test_nothing_held_back_gives_no_last_frame() -> None:
    framer = Framer()
    framer.feed(a_frame(1))
    assert framer.flush() == []


def test_frames_in_time_pass_as_they_are() -> None:
    line = FrameLine()
    frames = [frame for n in range(5) for frame in line.accept(a_frame(n), 3.0 + n * FRAME_SECONDS)]
    assert numbers_of(frames) == [0, 1, 2, 3, 4]
    assert [round(frame.at_seconds, 3) for frame in frames] == [3.0, 3.02, 3.04, 3.06, 3.08]


def test_lost_frames_become_silence_at_their_own_times() -> None:
    line = FrameLine()
    line.accept(a_frame(1), 0.0)
    frames = line.accept(a_frame(2), 0.06)
    assert [frame.coded for frame in frames] == [SILENT_FRAME, SILENT_FRAME, a_frame(2)]
    assert [round(frame.at_seconds, 3) for frame in frames] == [0.02, 0.04, 0.06]
    assert line.filled_frames == 2


@pytest.mark.parametrize("at_seconds", [0.0, 0.02, 0.04])
def test_late_and_doubled_frames_are_dropped(at_seconds: float) -> None:
    line = FrameLine()
    for n in range(3):
        line.accept(a_frame(n), n * FRAME_SECONDS)
    assert line.accept(a_frame(9), at_seconds) == []
    assert line.dropped_chunks == 1
    assert numbers_of(line.accept(a_frame(3), 0.06)) == [3]


def test_timestamps_that_are_a_little_off_neither_lose_nor_add_a_frame() -> None:
    line = FrameLine()
    off_seconds = [0.0, 0.004, -0.006, 0.009, 0.0, -0.009]
    frames = [
        frame
        for n, off in enumerate(off_seconds)
        for frame in line.accept(a_frame(n), n * FRAME_SECONDS + off)
    ]
    assert numbers_of(frames) == [0, 1, 2, 3, 4, 5]


def test_a_gap_longer_than_any_patience_is_filled_in_part_and_then_skipped() -> None:
    line = FrameLine(longest_fill_seconds=1.0)
    line.accept(a_frame(1), 0.0)
    frames = line.accept(a_frame(2), 3600.0)
    assert numbers_of(frames) == [0xFF] * 50 + [2]
    assert frames[-1].at_seconds == 3600.0
    assert numbers_of(line.accept(a_frame(3), 3600.02)) == [3]


def test_chunks_that_are_no_whole_frames_are_regrouped() -> None:
    line = FrameLine()
    assert line.accept(b"\x01" * 100, 0.0) == []
    frames = line.accept(b"\x02" * 100, 0.0125)
    assert [frame.coded for frame in frames] == [b"\x01" * 100 + b"\x02" * 60]
