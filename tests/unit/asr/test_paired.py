"""Two recognisers as one, and which one is chosen."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from voicebot.asr import choice
from voicebot.asr.engine import RecognitionFailedError, Samples, transcribe
from voicebot.asr.fake import FakeRecognition
from voicebot.asr.paired import PairedEngine
from voicebot.nlu.expectation import OPEN, Expectation
from voicebot.ops.errors import UserFacingError

SPEECH = np.full(8_000, 3_000, np.int16)


def hears(text: str, *, streaming: bool = False) -> FakeRecognition:
    return FakeRecognition(lambda *_: text, streaming=streaming, name=f"fake/{text}")


def breaks(samples: Samples, rate_hz: int, expect: Expectation) -> str:
    raise RecognitionFailedError("no memory")


def test_the_first_streams_and_the_second_has_the_last_word() -> None:
    pair = PairedEngine(streaming=hears("partial", streaming=True), final=hears("final"))
    recogniser = pair.open(OPEN, 8_000)
    assert recogniser.feed(SPEECH) == "partial"
    assert recogniser.finish().text == "final"
    assert pair.streaming
    assert pair.name == "fake/final+fake/partial"


def test_when_the_second_breaks_the_first_one_s_final_counts() -> None:
    pair = PairedEngine(streaming=hears("partial", streaming=True), final=FakeRecognition(breaks))
    assert transcribe(pair, SPEECH, 8_000, OPEN).text == "partial"


@dataclass(frozen=True)
class Settings:
    asr: str
    models_dir: Path
    asr_threads: int = 1


def test_an_unknown_recogniser_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserFacingError) as caught:
        choice.choose(Settings(asr="siri", models_dir=tmp_path))
    assert "siri" in caught.value.message
    assert "auto, vosk, whisper" in caught.value.hint


@pytest.mark.parametrize("name", ["auto", "whisper", "vosk"])
def test_a_missing_model_is_named_with_the_command_that_fetches_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserFacingError) as caught:
        choice.choose(Settings(asr=name, models_dir=tmp_path))
    assert str(tmp_path) in caught.value.message
    assert "voicebot models fetch" in caught.value.hint


@pytest.mark.parametrize(
    ("present", "opened"),
    [
        ({"vosk-cn", "whisper-base"}, "fake/whisper+fake/vosk"),
        ({"vosk-cn"}, "fake/vosk"),
        ({"whisper-base"}, "fake/whisper"),
    ],
)
def test_auto_takes_what_is_there(
    present: set[str], opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicebot.ops.weights.has", lambda model, *, models_dir: model in present)
    monkeypatch.setattr(choice, "_open", lambda name, _settings: hears(name))
    assert choice.choose(Settings(asr="auto", models_dir=tmp_path)).name == opened
