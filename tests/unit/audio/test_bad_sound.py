"""Sound as bad lines bring it: begun and ended turns stay bounded, and a voice is still a voice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from voicebot.audio import Samples, mulaw
from voicebot.audio.framing import FRAME_BYTES, FRAME_SECONDS
from voicebot.audio.level import OffsetRemover
from voicebot.call.hearing import Hearing, HearingEvent, SpeechEnded, SpeechStarted

Sound = Callable[..., Samples]


def heard(sound: Samples, *, kept: Callable[[int], bool] = lambda frame: True) -> list[HearingEvent]:
    """What a call makes of it, no prompt playing; frames that are not kept are lost on the way."""
    hearing, events = Hearing(), list[HearingEvent]()
    coded = mulaw.encode(sound)
    for frame in range(len(coded) // FRAME_BYTES):
        if kept(frame):
            chunk = coded[frame * FRAME_BYTES : (frame + 1) * FRAME_BYTES]
            events += hearing.hear(chunk, round(frame * FRAME_SECONDS, 3), playing=False)
    return events


def turns(events: list[HearingEvent]) -> int:
    return sum(isinstance(event, SpeechStarted) for event in events)


def a_word(voice: Sound, hiss: Sound, *, level_dbfs: float = -20) -> Samples:
    """1 s of a quiet line, 1 s of voice, 1 s of a quiet line."""
    line = hiss(3.0, level_dbfs=-68)
    line[8000:16000] += voice(1.0, level_dbfs=level_dbfs)
    return line


def test_a_minute_of_silence_is_no_turn() -> None:
    assert heard(np.zeros(60 * 8000, np.int16)) == []


def test_a_minute_of_white_noise_is_no_turn(hiss: Sound) -> None:
    assert turns(heard(hiss(60.0, level_dbfs=-25))) == 0


def test_a_voice_40_db_too_quiet_begins_no_turn_without_a_model(voice: Sound, hiss: Sound) -> None:
    assert turns(heard(a_word(voice, hiss, level_dbfs=-60))) == 0


def test_a_clipped_voice_is_one_turn(voice: Sound, hiss: Sound) -> None:
    line = a_word(voice, hiss).astype(np.int32)
    clipped = np.clip(line * 12, -32768, 32767).astype(np.int16)
    events = heard(clipped)
    assert turns(events) == 1
    assert sum(isinstance(event, SpeechEnded) for event in events) == 1


@pytest.mark.parametrize("offset", [-4000, 900])
def test_a_quiet_voice_on_a_constant_offset_is_one_turn(voice: Sound, hiss: Sound, offset: int) -> None:
    line = np.concatenate([hiss(2.0, level_dbfs=-62), a_word(voice, hiss, level_dbfs=-30)]).astype(np.int32)
    events = heard(np.clip(line + offset, -32768, 32767).astype(np.int16))
    spoken = [event for event in events if isinstance(event, SpeechStarted)]
    assert [2.8 < event.at_seconds < 3.3 for event in spoken] == [True]


def test_half_the_frames_lost_leave_every_turn_ended(voice: Sound, hiss: Sound) -> None:
    line = np.concatenate([a_word(voice, hiss) for _ in range(4)])
    events = heard(line, kept=lambda frame: frame % 2 == 0)
    assert turns(events) == sum(isinstance(event, SpeechEnded) for event in events) <= 8


def test_lost_bursts_neither_split_a_word_into_many_nor_hang(voice: Sound, hiss: Sound) -> None:
    events = heard(a_word(voice, hiss), kept=lambda frame: not 60 <= frame < 68)
    assert turns(events) == sum(isinstance(event, SpeechEnded) for event in events) == 1


def test_an_offset_is_taken_off_and_nothing_else(voice: Sound) -> None:
    remover, sound = OffsetRemover(), voice(3.0, level_dbfs=-30)
    frames = [remover.remove(sound[at : at + 160] + np.int16(2000)) for at in range(0, 24000, 160)]
    late = np.concatenate(frames[-50:]).astype(float)
    assert abs(late.mean()) < 60
    assert np.corrcoef(late, sound[-8000:])[0, 1] > 0.99


def test_sound_without_an_offset_is_handed_on_as_it_is(voice: Sound) -> None:
    remover, sound = OffsetRemover(), voice(1.0, level_dbfs=-30)
    assert all(
        (remover.remove(sound[at : at + 160]) == sound[at : at + 160]).all() for at in range(0, 8000, 160)
    )
