"""Kept utterances: rendered once a voice, speed and text, clean and by telephone, in no other voice."""

from pathlib import Path

import numpy as np
import pytest

from voicebot.benches.spoken import SpokenClips, Utterance
from voicebot.demonstration import caller_voice
from voicebot.ops import weights
from voicebot.ops.errors import UserFacingError
from voicebot.tts.engine import Speech


class Voices:
    """Engines whose speech is a tone; counts what they rendered and which are open."""

    def __init__(self) -> None:
        self.rendered: list[tuple[str, str, float]] = []
        self.open: list[str] = []
        self.open_at_most = 0

    def engine(self, _name: str, *, models_dir: Path, voice: str) -> "Tone":
        self.open.append(voice)
        self.open_at_most = max(self.open_at_most, len(self.open))
        return Tone(self, voice)


class Tone:
    def __init__(self, voices: Voices, voice: str) -> None:
        self._voices = voices
        self.name = voice

    def render(self, text: str, speed: float = 1.0) -> Speech:
        self._voices.rendered.append((self.name, text, speed))
        seconds = 0.2 * len(text) / speed
        tone = (3_000 * np.sin(np.arange(int(24_000 * seconds)) / 8)).astype(np.int16)
        return Speech(samples=tone, sample_rate_hz=24_000)

    def close(self) -> None:
        self._voices.open.remove(self.name)


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch) -> Voices:
    made = Voices()
    monkeypatch.setattr(caller_voice, "open_engine", made.engine)
    monkeypatch.setattr(weights, "has", lambda *_names, models_dir: True)
    return made


def utterance(text: str, voice: str = "a", speed: float = 1.0) -> Utterance:
    return Utterance(text=text, voice=voice, speed=speed)


def test_what_was_rendered_once_is_kept_for_the_next_run(tmp_path: Path, voices: Voices) -> None:
    wanted = [utterance("好"), utterance("好", speed=1.2), utterance("好", "b"), utterance("好")]
    SpokenClips(tmp_path, tmp_path).render(wanted)
    assert sorted(voices.rendered) == [("a", "好", 1.0), ("a", "好", 1.2), ("b", "好", 1.0)]
    again = SpokenClips(tmp_path, tmp_path)
    assert again.missing(wanted) == []
    again.clean(wanted[0])
    assert len(voices.rendered) == 3


def test_one_voice_is_loaded_at_a_time_and_none_stays(tmp_path: Path, voices: Voices) -> None:
    clips = SpokenClips(tmp_path, tmp_path)
    clips.render([utterance("一", "a"), utterance("二", "b"), utterance("三", "a"), utterance("四", "b")])
    assert voices.open_at_most == 1
    assert voices.open == []


def test_clean_is_sixteen_kilohertz_and_a_telephone_eight_with_silence_around(
    tmp_path: Path, voices: Voices
) -> None:
    clips = SpokenClips(tmp_path, tmp_path)
    clean, telephone = clips.clean(utterance("一二三四五")), clips.telephone(utterance("一二三四五"))
    assert len(clean) / 16_000 == pytest.approx(1.0, abs=0.05)
    assert len(telephone) / 8_000 == pytest.approx(len(clean) / 16_000 + 0.12, abs=0.01)
    assert np.abs(telephone[:400].astype(int)).max() < 50


def test_no_other_voice_stands_in_for_one_that_is_not_installed(
    tmp_path: Path, voices: Voices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "has", lambda *_names, models_dir: False)
    with pytest.raises(UserFacingError, match="jm_kumo"):
        SpokenClips(tmp_path, tmp_path).render([utterance("好", "jm_kumo")])
    assert voices.rendered == []
