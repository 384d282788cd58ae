"""The Whisper adapter with its real model, on Mandarin that Kokoro speaks over a telephone line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from voicebot.asr.engine import Samples, transcribe
from voicebot.asr.recording import over_the_telephone
from voicebot.asr.whisper import WhisperEngine
from voicebot.language.pinyin import distance
from voicebot.nlu.expectation import OPEN, Expectation, Phrase
from voicebot.ops.errors import UserFacingError
from voicebot.tts.kokoro import KokoroEngine

pytestmark = pytest.mark.engines

YES_NO = (
    Phrase(key="yes", says=("是的", "对", "好的", "可以", "没问题")),
    Phrase(key="no", says=("不是", "不对", "不用了", "算了", "先不要")),
)


@pytest.fixture(scope="module")
def whisper(weights_path: Callable[..., Path]) -> Iterator[WhisperEngine]:
    engine = WhisperEngine(weights_path("whisper-base"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def say(weights_path: Callable[..., Path]) -> Iterator[Callable[[str], Samples]]:
    """Speech as it comes from a telephone line, 8 kHz."""
    voice = KokoroEngine(weights_path("kokoro"))
    quiet = np.zeros(1_600, np.int16)

    def spoken(text: str) -> Samples:
        speech = voice.render(text)
        return np.concatenate([quiet, over_the_telephone(speech.samples, speech.sample_rate_hz), quiet])

    yield spoken
    voice.close()


def test_a_wish_is_understood_by_sound(whisper: WhisperEngine, say: Callable[[str], Samples]) -> None:
    heard = transcribe(whisper, say("我要退款"), 8_000, OPEN)
    assert heard.decided_by == "decode"
    assert distance(heard.text, "我要退款") < 0.2


def test_an_answer_is_taken_from_the_closed_set(
    whisper: WhisperEngine, say: Callable[[str], Samples]
) -> None:
    strict = Expectation(kind="closed", phrases=YES_NO, strict=True)
    for answer in ("先不要", "没问题"):
        heard = transcribe(whisper, say(answer), 8_000, strict)
        assert (heard.text, heard.decided_by) == (answer, "phrases")


def test_a_wish_instead_of_an_answer_is_none_of_these(
    whisper: WhisperEngine, say: Callable[[str], Samples]
) -> None:
    heard = transcribe(whisper, say("我要退款"), 8_000, Expectation(kind="closed", phrases=YES_NO))
    assert heard.decided_by == "decode"
    assert distance(heard.text, "我要退款") < 0.2


def test_digits_come_as_digits_of_the_expected_length(
    whisper: WhisperEngine, say: Callable[[str], Samples]
) -> None:
    heard = transcribe(whisper, say("九零七零"), 8_000, Expectation(kind="digits", digit_counts=(4,)))
    assert heard.decided_by == "digits"
    assert all(len(one.text) == 4 and one.text.isdigit() for one in heard.alternatives)


def test_words_instead_of_digits_come_as_words(whisper: WhisperEngine, say: Callable[[str], Samples]) -> None:
    heard = transcribe(whisper, say("我要退款"), 8_000, Expectation(kind="digits", digit_counts=(4,)))
    assert heard.decided_by == "decode"


@pytest.mark.parametrize("expect", [OPEN, Expectation(kind="closed", phrases=YES_NO)])
def test_noise_says_nothing(whisper: WhisperEngine, expect: Expectation) -> None:
    noise = np.random.default_rng(1).normal(0, 1_500, 8_000 * 3).astype(np.int16)
    assert transcribe(whisper, noise, 8_000, expect).decided_by == "gate"


def test_a_long_utterance_is_heard_to_its_end(whisper: WhisperEngine, say: Callable[[str], Samples]) -> None:
    sentence = say("我要退款")
    pause = np.zeros(8_000 * 11, np.int16)
    heard = transcribe(whisper, np.concatenate([sentence, pause, pause, pause, sentence]), 8_000, OPEN)
    assert heard.text.count("退款") == 2


def test_a_missing_file_of_the_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserFacingError) as caught:
        WhisperEngine(tmp_path)
    assert "model.bin" in caught.value.message
    assert "voicebot models fetch" in caught.value.hint
