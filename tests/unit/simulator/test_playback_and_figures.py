"""The playback clock keeps marks in their places; the figures are read from a timeline as defined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voicebot.audio import mulaw
from voicebot.simulator import g711
from voicebot.simulator.channel import Channel, ChannelQuality, frames_of, speech_bounds_seconds
from voicebot.simulator.clock import RealClock, VirtualClock
from voicebot.simulator.latency import measure, percentile
from voicebot.simulator.playback import Playback
from voicebot.simulator.recording import BotEar, Recording, Timeline, TimelineEvent

FRAME = b"\x10" * 160


def a_tone(seconds: float) -> NDArray[np.int16]:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * 8000)) / 8000)).astype(np.int16)


def test_a_mark_is_reached_with_the_last_sample_before_it() -> None:
    playback = Playback()
    playback.media(FRAME * 2)
    playback.mark("a")
    playback.media(FRAME)
    playback.mark("b")
    assert [playback.play().marks for _ in range(4)] == [(), ("a",), ("b",), ()]


def test_a_mark_on_an_empty_queue_comes_back_at_once() -> None:
    playback = Playback()
    playback.mark("a")
    assert playback.play().marks == ("a",)


def test_clear_returns_every_pending_mark_and_silences_the_line() -> None:
    playback = Playback()
    for name in "ab":
        playback.media(FRAME * 50)
        playback.mark(name)
    playback.play()
    assert playback.queued_seconds == pytest.approx(1.98)
    assert playback.clear() == ("a", "b")
    assert playback.play().payload == g711.SILENCE * 160
    playback.media(FRAME)
    playback.mark("c")
    assert playback.play().marks == ("c",)


def test_a_part_of_a_frame_is_filled_up_with_silence() -> None:
    playback = Playback()
    playback.media(b"\x10" * 100)
    played = playback.play()
    assert played.audio_bytes == 100
    assert played.payload == b"\x10" * 100 + g711.SILENCE * 60


def test_running_dry_inside_a_prompt_is_an_under_run_and_between_prompts_is_not() -> None:
    playback = Playback()
    playback.media(FRAME)
    for _ in range(4):
        playback.play()
    playback.media(FRAME)
    assert playback.take_gaps() == pytest.approx((0.06,))
    playback.mark("a")
    for _ in range(4):
        playback.play()
    playback.media(FRAME)
    assert playback.take_gaps() == ()


def test_a_mark_that_comes_after_its_audio_was_played_still_ends_the_prompt() -> None:
    playback = Playback()
    playback.media(FRAME)
    for _ in range(3):
        playback.play()
    playback.mark("late")
    playback.media(FRAME)
    assert playback.take_gaps() == ()


def test_mu_law_round_trips_every_byte_and_keeps_speech_close() -> None:
    every = bytes(range(256))
    again = g711.encode(g711.decode(every))
    assert again == bytes(255 if byte == 127 else byte for byte in every)
    samples = np.arange(-32768, 32768, 7, dtype=np.int16)
    error = np.abs(g711.decode(g711.encode(samples)).astype(int) - samples.astype(int))
    assert (error <= np.maximum(np.abs(samples.astype(int)) * 0.04, 8)).all()


def test_mu_law_agrees_with_the_voicebots_own() -> None:
    every = bytes(range(256))
    assert np.array_equal(mulaw.decode(every), g711.decode(every))


def test_a_channel_is_the_same_for_the_same_seed() -> None:
    quality = ChannelQuality(noise_snr_db=15, loss=0.1, jitter_ms=60, seed=7)
    first, second = Channel(quality), Channel(quality)
    for index, frame in enumerate(frames_of(a_tone(0.5))):
        assert first.carry(frame, index * 0.02) == second.carry(frame, index * 0.02)


def test_late_packets_keep_their_order() -> None:
    channel = Channel(ChannelQuality(jitter_ms=100, seed=1))
    due = [
        channel.carry(frame, index * 0.02).due_seconds for index, frame in enumerate(frames_of(a_tone(2.0)))
    ]
    assert due == sorted(due)
    assert max(late - index * 0.02 for index, late in enumerate(due)) > 0.05


def test_noise_is_as_loud_as_it_was_ordered() -> None:
    channel = Channel(ChannelQuality(noise_snr_db=20, seed=3))
    silence = np.zeros(160, dtype=np.int16)
    heard = np.concatenate([g711.decode(channel.carry(silence, 0.0).payload) for _ in range(100)])
    assert np.sqrt((heard.astype(float) ** 2).mean()) == pytest.approx(260, rel=0.1)


def test_lost_packets_fade_instead_of_clicking() -> None:
    channel = Channel(ChannelQuality(loss=1.0, seed=3))
    heard = [g711.decode(channel.carry(frame, 0.0).payload) for frame in frames_of(a_tone(0.1))]
    assert all(np.abs(frame).max() <= 8 for frame in heard)


def test_speech_is_found_within_its_clip() -> None:
    silence = np.zeros(4000, dtype=np.int16)
    clip = np.concatenate([silence, a_tone(1.0), silence])
    assert speech_bounds_seconds(clip) == pytest.approx((0.5, 1.5), abs=0.011)
    assert speech_bounds_seconds(silence) == (0.0, 0.0)
    assert speech_bounds_seconds(silence[:10]) == (0.0, 0.0)


def test_the_ear_notices_the_first_and_the_last_audible_sample() -> None:
    timeline = Timeline()
    ear = BotEar(timeline)
    loud, silent = np.zeros(160, dtype=np.int16), np.zeros(160, dtype=np.int16)
    loud[80:] = 5000
    for index in range(40):
        ear.hear(loud if index < 2 else silent, index * 0.02)
    assert [(event.event, event.at_seconds) for event in timeline.events()] == [
        ("bot_began", 0.01),
        ("bot_ended", 0.04),
    ]


def test_a_recording_has_the_caller_left_and_the_bot_right(tmp_path: Path) -> None:
    import wave

    recording = Recording()
    recording.frame(g711.encode(np.full(160, 1000, dtype=np.int16)), g711.SILENCE * 160)
    recording.write_wav(tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 160)
        stereo = np.frombuffer(file.readframes(160), dtype="<i2").reshape(-1, 2)
    assert abs(int(stereo[0, 0]) - 1000) < 40
    assert abs(int(stereo[0, 1])) < 8
    assert recording.seconds == 0.02


def events(*rows: tuple[float, str] | tuple[float, str, str]) -> list[TimelineEvent]:
    return [
        TimelineEvent(at_seconds=row[0], event=row[1], detail={"name": row[2]} if len(row) == 3 else {})
        for row in rows
    ]


def test_latency_runs_from_the_end_of_speech_to_the_first_sound_of_content() -> None:
    figures = measure(
        events(
            (0.2, "bot_began"),
            (2.0, "mark", "0.1"),
            (3.0, "caller_speech_began"),
            (4.0, "caller_speech_ended"),
            (4.4, "bot_began"),
            (5.0, "mark", "0.2"),
            (5.1, "bot_began"),
            (7.0, "mark", "0.3"),
        ),
        acknowledges=lambda mark: mark == "0.2",
    )
    assert figures.greeting_seconds == 0.2
    (turn,) = figures.turns
    assert turn.first_sound_seconds == pytest.approx(0.4)
    assert turn.response_seconds == pytest.approx(1.1)
    assert figures.unanswered == 0


def test_speech_that_nobody_answers_is_counted() -> None:
    figures = measure(
        events(
            (1.0, "caller_speech_began"),
            (2.0, "caller_speech_ended"),
            (3.0, "caller_speech_began"),
            (4.0, "caller_speech_ended"),
            (4.5, "bot_began"),
        )
    )
    assert (len(figures.turns), figures.unanswered) == (1, 1)


def test_yielding_runs_from_the_interruption_to_the_last_sound() -> None:
    figures = measure(
        events(
            (1.0, "bot_began"),
            (2.0, "caller_speech_began"),
            (2.35, "bot_ended"),
            (3.0, "caller_speech_ended"),
            (3.5, "bot_began"),
        )
    )
    assert figures.yield_seconds == pytest.approx((0.35,))


def test_a_percentile_is_a_measured_value() -> None:
    assert percentile([], 0.95) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0


def test_a_virtual_clock_goes_forward_only_when_told() -> None:
    clock = VirtualClock()
    clock.sleep_until(2.0)
    clock.sleep_until(1.0)
    clock.advance(0.5)
    assert clock.now() == 2.5
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_the_real_clock_wakes_no_earlier_than_asked() -> None:
    clock = RealClock()
    moment = clock.now() + 0.01
    clock.sleep_until(moment)
    assert clock.now() >= moment
