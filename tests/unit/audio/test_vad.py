"""Voice told from silence, hiss and hum, on sounds made from formulas."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from voicebot.audio import Samples
from voicebot.audio.likelihood import Chunk
from voicebot.audio.vad import NoiseFloor, VoiceActivity, Voicing, WebRtcDetector, periodicity

Sound = Callable[..., Samples]


class AlwaysSpeech:
    """Takes everything for speech, and counts what it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def is_speech(self, samples: Samples) -> bool:
        self.asked += 1
        return True


def judged(activity: VoiceActivity, sound: Samples) -> list[Voicing]:
    return [activity.hear(sound[start : start + 160]) for start in range(0, sound.size - 159, 160)]


def share_of_speech(found: list[Voicing]) -> float:
    return sum(voicing.speech for voicing in found) / len(found)


def test_a_voice_in_a_quiet_room_is_speech_and_voiced(voice: Sound, hiss: Sound) -> None:
    activity = VoiceActivity()
    judged(activity, hiss(1.0, level_dbfs=-62))
    found = judged(activity, voice(1.0))
    assert share_of_speech(found) > 0.9
    assert sum(voicing.voiced for voicing in found) / len(found) > 0.6


def test_a_quiet_room_is_not_speech(hiss: Sound) -> None:
    assert share_of_speech(judged(VoiceActivity(), hiss(3.0, level_dbfs=-62))) == 0


def test_the_detector_alone_takes_white_noise_for_speech_and_the_noise_floor_does_not(hiss: Sound) -> None:
    noise = hiss(8.0, level_dbfs=-25)
    detector = WebRtcDetector()
    alone = [detector.is_speech(noise[start : start + 160]) for start in range(0, noise.size, 160)]
    assert sum(alone) / len(alone) > 0.9
    assert share_of_speech(judged(VoiceActivity(), noise)[150:]) < 0.02


def test_white_noise_is_never_voiced_even_before_the_floor_has_risen(hiss: Sound) -> None:
    assert not any(voicing.voiced for voicing in judged(VoiceActivity(), hiss(3.0, level_dbfs=-25)))


def test_a_voice_over_steady_noise_is_heard(voice: Sound, hiss: Sound) -> None:
    activity = VoiceActivity()
    judged(activity, hiss(4.0, level_dbfs=-42))
    mixed = voice(1.0, level_dbfs=-22) + hiss(1.0, level_dbfs=-42, seed=2)
    assert share_of_speech(judged(activity, mixed)) > 0.7


def test_what_the_detector_takes_for_speech_is_none_below_the_quietest_level(hiss: Sound) -> None:
    detector = AlwaysSpeech()
    found = judged(VoiceActivity(detector, quietest_dbfs=-50), hiss(0.4, level_dbfs=-53))
    assert share_of_speech(found) == 0
    assert detector.asked == len(found)


def test_the_noise_floor_falls_at_once_and_rises_within_two_and_a_half_seconds() -> None:
    floor = NoiseFloor(at_first_dbfs=-60)
    for _ in range(50):
        floor.hear(-30.0)
    assert floor.dbfs == -60
    for _ in range(75):
        floor.hear(-30.0)
    assert floor.dbfs == pytest.approx(-30, abs=0.5)
    for _ in range(15):
        floor.hear(-70.0)
    assert floor.dbfs < -65


def test_short_dips_keep_the_floor_under_unbroken_talk() -> None:
    floor = NoiseFloor(at_first_dbfs=-60)
    for frame in range(1000):
        floor.hear(-60.0 if frame % 50 < 8 else -20.0)
    assert floor.dbfs < -50


@pytest.mark.parametrize("pitch_hz", [80, 110, 160, 220, 300])
def test_voices_of_men_and_women_are_periodic(voice: Sound, pitch_hz: float) -> None:
    sound = voice(1.0, pitch_hz=pitch_hz)
    found = [periodicity(sound[start : start + 320]) for start in range(800, 7600, 160)]
    assert np.median(found) > 0.7


@pytest.mark.parametrize("pitch_hz", [600, 800])
def test_a_pitch_no_grown_up_speaks_at_is_no_voice(pitch_hz: float) -> None:
    moments = np.arange(320) / 8000
    shrill = sum(np.sin(2 * np.pi * k * pitch_hz * moments) / k for k in range(1, 4))
    assert periodicity(np.rint(6000 * shrill).astype(np.int16)) == 0


def test_silence_is_not_periodic() -> None:
    assert periodicity(np.zeros(320, dtype=np.int16)) == 0


class Sure:
    """A model that thinks the same of everything."""

    def __init__(self, likelihood: float) -> None:
        self.likelihood = likelihood
        self.asked = 0

    def score(self, chunk: Chunk, memory: Any) -> tuple[float, Any]:
        self.asked += 1
        return self.likelihood, None


class NeverSpeech:
    def is_speech(self, samples: Samples) -> bool:
        return False


def share_of_voice(found: list[Voicing]) -> float:
    return sum(voicing.voiced for voicing in found) / len(found)


def test_a_pitch_that_the_model_takes_for_no_speech_is_not_voiced(voice: Sound, hiss: Sound) -> None:
    activity = VoiceActivity(model=Sure(0.1))
    judged(activity, hiss(1.0, level_dbfs=-62))
    assert share_of_voice(judged(activity, voice(1.0))) == 0


def test_a_pitch_that_the_model_half_believes_in_is_voiced_and_hiss_is_not(voice: Sound, hiss: Sound) -> None:
    activity = VoiceActivity(model=Sure(0.5))
    judged(activity, hiss(1.0, level_dbfs=-62))
    assert share_of_voice(judged(activity, voice(1.0))) > 0.6
    assert share_of_voice(judged(VoiceActivity(model=Sure(0.5)), hiss(1.0))) == 0


def test_what_the_model_is_sure_of_is_speech_against_the_detector(voice: Sound, hiss: Sound) -> None:
    activity = VoiceActivity(NeverSpeech(), Sure(0.9))
    judged(activity, hiss(1.0, level_dbfs=-62))
    found = judged(activity, voice(1.0))
    assert share_of_speech(found) > 0.9
    assert share_of_voice(found) > 0.9


def test_the_model_is_not_asked_about_silence(hiss: Sound) -> None:
    model = Sure(0.9)
    judged(VoiceActivity(model=model), hiss(4.0, level_dbfs=-66))
    assert model.asked == 0


def test_the_murmur_after_a_loud_voice_is_not_the_same_caller(voice: Sound, hiss: Sound) -> None:
    first = VoiceActivity(NeverSpeech(), Sure(0.9))
    judged(first, hiss(1.0, level_dbfs=-66))
    assert share_of_speech(judged(first, voice(0.5, level_dbfs=-48))) > 0.8
    after = VoiceActivity(NeverSpeech(), Sure(0.9))
    judged(after, hiss(1.0, level_dbfs=-66))
    judged(after, voice(0.5, level_dbfs=-15))
    assert share_of_speech(judged(after, voice(0.5, level_dbfs=-48))) < 0.2
