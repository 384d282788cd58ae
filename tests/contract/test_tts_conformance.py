"""What every voice engine promises, held by Kokoro, espeak and the fake alike."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio import level
from voicebot.tts.clip import clip_of, seconds_of
from voicebot.tts.engine import Speech, VoiceEngine, VoiceFailedError
from voicebot.tts.espeak import EspeakEngine
from voicebot.tts.fake import FakeVoice
from voicebot.tts.kokoro import FALLBACK_VOICE, KokoroEngine

pytestmark = pytest.mark.engines

SENTENCE = "您好，请问有什么可以帮您？"
LONG = "您的订单已经发货了，预计后天送到，请您注意查收，" * 4 + "谢谢。"
ENGINES = ("fake", "espeak", "kokoro")
BIT_IDENTICAL = ("fake", "kokoro")


@pytest.fixture(scope="session")
def kokoro_models(weights_path: Callable[..., Path]) -> Path:
    return weights_path("kokoro", "model.onnx").parent.parent


@pytest.fixture(scope="module")
def engines(kokoro_models: Path) -> Iterator[dict[str, VoiceEngine]]:
    opened: dict[str, VoiceEngine] = {
        "fake": FakeVoice(),
        "espeak": EspeakEngine(),
        "kokoro": KokoroEngine.open(models_dir=kokoro_models),
    }
    yield opened
    for engine in opened.values():
        engine.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, engines: dict[str, VoiceEngine]) -> VoiceEngine:
    return engines[request.param]


def silent_edges_ms(speech: Speech) -> tuple[int, int]:
    levels = level.frame_levels_dbfs(speech.samples, speech.sample_rate_hz)
    sounding = np.flatnonzero(levels > levels.max() - 40)
    return int(sounding[0]) * 10, (len(levels) - 1 - int(sounding[-1])) * 10


def test_it_is_a_voice_engine_that_names_engine_version_and_voice(engine: VoiceEngine):
    assert isinstance(engine, VoiceEngine)
    made, _, voice = engine.name.partition("/")
    assert any(character.isdigit() for character in made)
    assert voice


def test_a_sentence_becomes_speech_of_a_plausible_length(engine: VoiceEngine):
    speech = engine.render(SENTENCE)
    assert speech.samples.dtype == np.int16
    assert speech.samples.ndim == 1
    assert speech.sample_rate_hz in (8000, 16000, 22050, 24000)
    assert 1.0 < speech.seconds < 6.0
    assert level.peak_dbfs(speech.samples) > -20


def test_no_silence_is_left_at_the_edges(engine: VoiceEngine):
    for text in (SENTENCE, "好"):
        before, after = silent_edges_ms(engine.render(text))
        assert before <= 100
        assert after <= 100


@pytest.mark.parametrize("name", BIT_IDENTICAL)
def test_the_same_text_gives_the_same_samples(engines: dict[str, VoiceEngine], name: str):
    assert np.array_equal(engines[name].render("请稍等").samples, engines[name].render("请稍等").samples)


def test_espeak_gives_the_same_length_to_a_hundredth(engines: dict[str, VoiceEngine]):
    lengths = [engines["espeak"].render("请稍等").seconds for _ in range(3)]
    assert max(lengths) - min(lengths) < 0.03


@pytest.mark.parametrize("text", ["", "   ", "\n", "，。！", "……"])
def test_nothing_to_say_is_an_error(engine: VoiceEngine, text: str):
    with pytest.raises(VoiceFailedError):
        engine.render(text)


def test_a_text_far_beyond_what_fits_at_once_is_spoken_whole(engine: VoiceEngine):
    sentence = engine.render(LONG[: len(LONG) // 4]).seconds
    assert engine.render(LONG).seconds > 3 * sentence


@pytest.mark.parametrize(
    "text", ["尺码XL有货", "单号SF1234", "ＡＢ１２", "价格是3.5", "好😀的", "第〇号", "a"]
)
def test_letters_digits_and_oddities_are_spoken_somehow(engine: VoiceEngine, text: str):
    assert engine.render(text).seconds > 0.1


def test_slower_is_longer_and_faster_is_shorter(engine: VoiceEngine):
    slow, usual, fast = (engine.render("请您稍等一下", speed).seconds for speed in (0.8, 1.0, 1.3))
    assert slow > usual > fast


def test_two_threads_get_their_own_texts(engine: VoiceEngine):
    texts = ("好的", "请问您的订单号是多少")
    alone = {text: engine.render(text).seconds for text in texts}
    together: dict[str, float] = {}

    def speak(text: str) -> None:
        together[text] = engine.render(text).seconds

    threads = [threading.Thread(target=speak, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert together == pytest.approx(alone, abs=0.03)


def test_every_voice_makes_clips_for_the_line(engine: VoiceEngine):
    clip = clip_of(engine.render("您好"))
    assert 0.2 < seconds_of(clip) < 1.5


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.parametrize("name", ENGINES)
def test_closing_leaves_no_process_and_refuses_what_follows(name: str, kokoro_models: Path):
    before = children()
    makers: dict[str, Callable[[], VoiceEngine]] = {
        "fake": FakeVoice,
        "espeak": EspeakEngine,
        "kokoro": lambda: KokoroEngine.open(models_dir=kokoro_models),
    }
    engine = makers[name]()
    engine.render("好")
    engine.close()
    assert children() <= before
    with pytest.raises(VoiceFailedError):
        engine.render("好")


def test_kokoro_speaks_with_the_fallback_voice_where_the_mandarin_one_is_missing(
    kokoro_models: Path, caplog: pytest.LogCaptureFixture
):
    engine = KokoroEngine.open(models_dir=kokoro_models, voice="zf_nobody")
    assert engine.name.endswith(f"/{FALLBACK_VOICE}")
    assert len(caplog.records) == 1
    assert "zf_nobody" in caplog.text
    assert engine.render("您好").seconds > 0.2
    engine.close()


def test_one_syllable_of_kokoro_has_the_length_of_one(engines: dict[str, VoiceEngine]):
    for digit in "零四九":
        assert 0.2 < engines["kokoro"].render(digit).seconds < 0.65
