"""The fake recogniser: scripts, known clips, and what a telephone line does to them."""

import numpy as np
import pytest

from voicebot.asr.engine import Samples, transcribe
from voicebot.asr.fake import FakeRecognition, KnownClips
from voicebot.asr.recording import over_the_telephone
from voicebot.nlu.expectation import OPEN

RATE = 16_000


def speechlike(seed: int, seconds: float = 1.2) -> Samples:
    """Noise whose colour and loudness change like syllables: as different between seeds as words are."""
    random = np.random.default_rng(seed)
    time = np.arange(int(0.15 * RATE)) / RATE
    syllables = [
        sum(np.sin(2 * np.pi * pitch * time) for pitch in random.uniform(200, 3_000, 4))
        * np.hanning(len(time))
        * random.uniform(1_000, 4_000)
        for _ in range(int(seconds / 0.15))
    ]
    return np.concatenate(syllables).astype(np.int16)


@pytest.fixture
def known() -> KnownClips:
    clips = KnownClips()
    for seed, text in enumerate(["我要退款", "快递到哪了", "转人工", "是的"]):
        clips.register(speechlike(seed), RATE, text)
    return clips


def test_a_known_clip_is_found_after_a_telephone_line_with_other_cuts(known: KnownClips) -> None:
    line = over_the_telephone(speechlike(1), RATE)
    early = np.concatenate([np.zeros(1_600, np.int16), line, np.zeros(3_200, np.int16)])
    late = line[800:-400]
    assert [known.hear(clip, 8_000, OPEN) for clip in (line, early, late)] == ["快递到哪了"] * 3


def test_a_quieter_clip_in_noise_is_still_found(known: KnownClips) -> None:
    line = over_the_telephone(speechlike(2), RATE).astype(np.float64) * 0.4
    noisy = (line + np.random.default_rng(0).normal(0, 60, len(line))).astype(np.int16)
    assert known.hear(noisy, 8_000, OPEN) == "转人工"


def test_an_unknown_clip_says_nothing(known: KnownClips) -> None:
    assert known.hear(speechlike(99), RATE, OPEN) == ""
    assert KnownClips().hear(speechlike(0), RATE, OPEN) == ""


def test_a_script_is_heard_line_by_line_and_silence_takes_none() -> None:
    engine = FakeRecognition.scripted(["我要退款", "对"], confidence=0.7)
    silence, speech = np.zeros(8_000, np.int16), speechlike(0)
    heard = [transcribe(engine, clip, RATE, OPEN).text for clip in (speech, silence, speech, speech)]
    assert heard == ["我要退款", "", "对", ""]
    assert transcribe(FakeRecognition.scripted(["好"], confidence=0.7), speech, RATE, OPEN).confidence == 0.7


def test_the_time_it_claims_is_the_time_it_was_given() -> None:
    engine = FakeRecognition(lambda *_: "好", compute_seconds=0.25)
    assert transcribe(engine, speechlike(0), RATE, OPEN).compute_seconds == 0.25
