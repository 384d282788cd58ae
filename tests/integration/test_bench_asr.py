"""`voicebot bench asr` from its options to its table and JSON, on an engine and voices that are fakes."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from voicebot.asr.engine import Samples
from voicebot.asr.fake import FakeRecognition
from voicebot.benches.asr_conditions import CONDITIONS
from voicebot.cli import bench_asr
from voicebot.demonstration import caller_voice
from voicebot.nlu.expectation import Expectation
from voicebot.ops import weights
from voicebot.ops.errors import UserFacingError
from voicebot.tts.engine import Speech


class Voice:
    """Says everything as the same tone."""

    name = "tone"

    def render(self, text: str, speed: float = 1.0) -> Speech:
        return Speech(samples=loud(0.5, 24_000), sample_rate_hz=24_000)

    def close(self) -> None:
        pass


class Ear:
    """Hears one text in everything, and remembers what it was asked."""

    def __init__(self, text: str) -> None:
        self.asked: list[tuple[int, Expectation]] = []
        self.engine = FakeRecognition(self._hear, confidence=0.95, compute_seconds=0.1)
        self._text = text

    def _hear(self, samples: Samples, rate_hz: int, expect: Expectation) -> str:
        self.asked.append((rate_hz, expect))
        return self._text


def loud(seconds: float, rate_hz: int = 16_000) -> Samples:
    return (8_000 * np.sin(np.arange(int(seconds * rate_hz)) / 10)).astype(np.int16)


@pytest.fixture(autouse=True)
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(caller_voice, "open_engine", lambda *_arguments, **_settings: Voice())
    monkeypatch.setattr(weights, "has", lambda *_names, models_dir: True)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Two words, a sentence and a noise."""
    rows = [("好", "word", "a"), ("不要", "word", "a"), ("我要退款", "sentence", "b"), ("Rain", "noise", "c")]
    lines = ["file\ttext\tkind\tsource"]
    for number, (text, kind, source) in enumerate(rows):
        with wave.open(str(tmp_path / f"{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(loud(0.5).tobytes())
        lines.append(f"{number}.wav\t{text}\t{kind}\t{source}")
    (tmp_path / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, text: str, *options: object) -> tuple[Result, Ear]:
    ear = Ear(text)
    monkeypatch.setattr(bench_asr, "choose", lambda _settings: ear.engine)
    return CliRunner().invoke(bench_asr.command, [str(one) for one in options]), ear


def report(file: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    figures = json.loads(file.read_text(encoding="utf-8"))["figures"]
    return {(one["group"], one["measure"], one["condition"]): one for one in figures if one["part"] == ""}


def test_every_set_is_heard_in_every_condition(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "figures.json"
    result, ear = run(monkeypatch, "我要退款", "--audio", clips, "--limit", 2, "--spread", 1, "--json", out)
    assert result.exit_code == 0, result.output
    found = report(out)
    assert {condition for _, _, condition in found} == set(CONDITIONS)
    assert {rate for rate, _ in ear.asked} == {8_000, 16_000}
    assert found["sentences", "wrong characters", "mobile"]["value"] == 0.0
    assert found["noise", "text", "telephone"]["count"] == 1
    assert found["no yes", "false yes", "telephone"]["count"] == 0
    assert ("noise", "text", "noise 5 dB") not in found
    assert "What was heard: telephone" in result.output


def test_the_reader_repairs_and_reads_as_on_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "figures.json"
    options = ("--set", "strict answers", "--set", "no yes", "--condition", "telephone", "--limit", 4)
    result, _ = run(monkeypatch, "是的", *options, "--json", out)
    assert result.exit_code == 0, result.output
    found = report(out)
    assert found["no yes", "false yes", "telephone"]["count"] == 4
    assert "missed" in result.output
    assert set(found) == {
        ("no yes", "false yes", "telephone"),
        *(("strict answers", name, "telephone") for name in ("right", "wrong", "lost")),
    }


def test_other_conditions_hear_fewer_and_what_was_heard_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "figures.json"
    options = ("--set", "numbers", "--limit", 6, "--spread", 3, "--condition", "telephone")
    result, ear = run(monkeypatch, "八零二六", *options, "--condition", "mobile", "--json", out)
    assert result.exit_code == 0, result.output
    assert len(ear.asked) == 6 + 2
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["run"]["trials"] == 8
    assert {trial["taken"] for trial in written["trials"]} == {"8026"}


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result, _ = run(monkeypatch, "好", "--audio", tmp_path)
    assert isinstance(result.exception, UserFacingError)
    assert "manifest.tsv" in result.exception.message
