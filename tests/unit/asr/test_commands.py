"""`voicebot transcribe`: what it reads, what it prints, what it refuses."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from voicebot.asr.engine import Samples
from voicebot.asr.fake import FakeRecognition
from voicebot.asr.recording import over_the_telephone, read_recording
from voicebot.cli import bench, transcribe
from voicebot.nlu.expectation import Expectation
from voicebot.ops.errors import UserFacingError


def write_wave(
    path: Path, samples: Samples, rate_hz: int = 16_000, channels: int = 1, width: int = 2
) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def loud(seconds: float, rate_hz: int = 16_000) -> Samples:
    return (8_000 * np.sin(np.arange(int(seconds * rate_hz)) / 10)).astype(np.int16)


class Ear:
    """A recogniser in the commands' place; remembers what it was asked to expect, and at which rate."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        self.asked: list[tuple[int, Expectation]] = []
        self._text = text
        engine = FakeRecognition(self._hear, confidence=0.9, compute_seconds=0.1)
        monkeypatch.setattr(transcribe, "choose", lambda _settings: engine)

    def _hear(self, samples: Samples, rate_hz: int, expect: Expectation) -> str:
        self.asked.append((rate_hz, expect))
        return self._text


def run(*arguments: object) -> Result:
    return CliRunner().invoke(transcribe.command, [str(one) for one in arguments])


def test_each_file_gives_one_line_with_the_stable_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ear(monkeypatch, "我要退款")
    files = [write_wave(tmp_path / f"{number}.wav", loud(0.5)) for number in range(2)]
    result = run(*files)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0] == {
        "file": str(files[0]),
        "text": "我要退款",
        "confidence": 0.9,
        "alternatives": [{"text": "我要退款", "confidence": 0.9}],
        "audio_seconds": 0.5,
        "compute_seconds": 0.1,
    }
    assert [line["file"] for line in lines] == [str(file) for file in files]


def test_by_telephone_the_engine_hears_eight_kilohertz(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear(monkeypatch, "好")
    assert run(write_wave(tmp_path / "a.wav", loud(0.5)), "--telephone").exit_code == 0
    assert ear.asked[0][0] == 8_000


def test_a_confirmation_expects_yes_or_no_strictly_and_digits_their_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear(monkeypatch, "好")
    file = write_wave(tmp_path / "a.wav", loud(0.5))
    run(file, "--expect", "confirm:refund.apply")
    run(file, "--expect", "order_tail")
    confirm, tail = (expect for _, expect in ear.asked)
    assert {phrase.key for phrase in confirm.phrases} == {"yes", "no"}
    assert confirm.strict
    assert (tail.kind, tail.digit_counts) == ("digits", (4,))


def test_what_is_not_in_the_set_is_printed_as_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear(monkeypatch, "等一下")
    phrases = tmp_path / "phrases.txt"
    phrases.write_text("退款 | 退钱\n\n转人工\n", encoding="utf-8")
    result = run(write_wave(tmp_path / "a.wav", loud(0.5)), "--phrases", phrases)
    assert json.loads(result.stdout)["text"] == ""
    assert [phrase.says for phrase in ear.asked[0][1].phrases] == [("退款", "退钱"), ("转人工",)]


def test_a_question_that_does_not_exist_is_refused_with_those_that_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ear(monkeypatch, "好")
    error = run(write_wave(tmp_path / "a.wav", loud(0.5)), "--expect", "shoe_size").exception
    assert isinstance(error, UserFacingError)
    assert "shoe_size" in error.message
    assert "order_tail" in error.hint


def test_two_ways_of_expecting_are_wrong_use(tmp_path: Path) -> None:
    phrases = tmp_path / "phrases.txt"
    phrases.write_text("好\n", encoding="utf-8")
    assert run("a.wav", "--expect", "menu", "--phrases", phrases).exit_code == 2


def test_other_rates_and_two_channels_are_brought_to_what_engines_take(tmp_path: Path) -> None:
    stereo = np.repeat(loud(0.5, 44_100), 2)
    samples, rate_hz = read_recording(write_wave(tmp_path / "a.wav", stereo, 44_100, channels=2))
    assert rate_hz == 16_000
    assert len(samples) == pytest.approx(8_000, abs=5)
    assert len(over_the_telephone(samples, rate_hz)) == pytest.approx(4_000, abs=5)


def test_files_that_are_no_speech_recordings_are_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("hello")
    eight_bit = write_wave(tmp_path / "8.wav", loud(0.1), width=1)
    for file in (tmp_path / "absent.wav", text, eight_bit, tmp_path):
        with pytest.raises(UserFacingError) as caught:
            read_recording(file)
        assert str(file) in caught.value.message


def test_every_measurement_has_its_own_module() -> None:
    result = CliRunner().invoke(bench.command, ["--help"])
    assert "asr" in result.output
    assert CliRunner().invoke(bench.command, ["nonsense"]).exit_code == 2
