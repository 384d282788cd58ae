"""Whisper on sound as no telephone should carry it: what can be understood is, and nothing else has words."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.bad_input import tone_of
from voicebot.asr.engine import Samples, transcribe
from voicebot.asr.whisper import WhisperEngine
from voicebot.audio import mulaw
from voicebot.language.pinyin import distance
from voicebot.nlu.expectation import OPEN

pytestmark = pytest.mark.engines

PROMPTS = Path(__file__).parents[2] / "audio_prompts" / "zh-CN" / "zf_xiaoyi"
SENTENCE = "抱歉，按照退款规则，这件商品暂时不能退款。"


@pytest.fixture(scope="module")
def whisper(weights_path: Callable[..., Path]) -> Iterator[WhisperEngine]:
    engine = WhisperEngine(weights_path("whisper-base"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def sentence() -> NDArray[np.float64]:
    """A prompt as it goes over the line; its peak is 8 dB below full scale."""
    clips = json.loads((PROMPTS / "manifest.json").read_text(encoding="utf-8"))["clips"].values()
    [file] = [clip["file"] for clip in clips if clip["text"] == SENTENCE]
    return mulaw.decode((PROMPTS / file).read_bytes()).astype(np.float64)


def on_the_line(sound: NDArray[np.float64]) -> Samples:
    return mulaw.decode(mulaw.encode(np.clip(np.rint(sound), -32768, 32767).astype(np.int16)))


@pytest.mark.parametrize(
    ("gain", "constant"),
    [(10**-1.5, 0), (10.0, 0), (1.0, 3277), (1.0, -9830)],
    ids=["30 dB too quiet", "20 dB too loud", "on a constant", "below a constant"],
)
def test_what_a_person_would_understand_is_understood(
    whisper: WhisperEngine, sentence: NDArray[np.float64], gain: float, constant: int
) -> None:
    heard = transcribe(whisper, on_the_line(sentence * gain + constant), 8_000, OPEN)
    assert distance(heard.text.strip("。"), SENTENCE.strip("。")) < 0.2


def test_what_is_40_db_too_quiet_says_nothing(whisper: WhisperEngine, sentence: NDArray[np.float64]) -> None:
    heard = transcribe(whisper, on_the_line(sentence / 100), 8_000, OPEN)
    assert (heard.text, heard.decided_by) == ("", "gate")


@pytest.mark.parametrize("digits", ["1590*#", "5", "0000"])
def test_the_tones_of_keys_say_nothing(whisper: WhisperEngine, digits: str) -> None:
    rest = np.zeros(800, np.int16)
    tones = np.concatenate([np.concatenate([tone_of(digit, 0.2), rest]) for digit in digits])
    assert transcribe(whisper, on_the_line(tones.astype(np.float64)), 8_000, OPEN).text == ""
