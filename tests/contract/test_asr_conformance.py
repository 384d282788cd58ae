"""What every recogniser promises, held to by Whisper, by Vosk and by the fake alike."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from voicebot.asr.engine import Recogniser, RecognitionEngine, Samples, Transcript, transcribe
from voicebot.asr.fake import FakeRecognition
from voicebot.asr.recording import over_the_telephone, read_recording
from voicebot.asr.vosk import VoskEngine
from voicebot.asr.whisper import WhisperEngine
from voicebot.audio.resample import resample
from voicebot.nlu.expectation import OPEN, Expectation, Phrase
from voicebot.tts.kokoro import KokoroEngine

pytestmark = pytest.mark.engines

RATE = 16_000
FRAME = 160
"""20 ms at 8 kHz."""


@dataclass(frozen=True)
class Subject:
    """An engine with speech that it should understand, and a closed set that holds what is said."""

    engine: RecognitionEngine
    speech: Samples
    """At 16 kHz."""
    phrases: tuple[Phrase, ...]
    said: str

    @property
    def telephone(self) -> Samples:
        return over_the_telephone(self.speech, RATE)

    @property
    def closed(self) -> Expectation:
        return Expectation(kind="closed", phrases=self.phrases)


@pytest.fixture(scope="module")
def mandarin(weights_path: Callable[..., Path]) -> Samples:
    """不用, by the voice that comes with the base weights' group or the default one."""
    voice = KokoroEngine(weights_path("kokoro"))
    try:
        spoken = voice.render("不用了")
    finally:
        voice.close()
    quiet = np.zeros(RATE // 5, np.int16)
    return np.concatenate([quiet, resample(spoken.samples, spoken.sample_rate_hz, RATE), quiet])


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """아니요, by espeak-ng."""
    file = tmp_path_factory.mktemp("korean") / "no.wav"
    program = Path(__file__).with_name("korean_speech.py")
    subprocess.run([sys.executable, str(program), "아니요", str(file)], check=True, timeout=30)
    samples, rate_hz = read_recording(file)
    assert rate_hz == RATE
    return samples


@pytest.fixture(scope="module", params=["whisper", "vosk", "fake"])
def subject(request: pytest.FixtureRequest, weights_path: Callable[..., Path]) -> Iterator[Subject]:
    """Each engine in turn, opened once."""
    made = _subject(request, weights_path)
    yield made
    made.engine.close()


def _subject(request: pytest.FixtureRequest, weights_path: Callable[..., Path]) -> Subject:
    chinese = (Phrase(key="yes", says=("可以", "好的")), Phrase(key="no", says=("不用了", "算了")))
    if request.param == "whisper":
        engine = WhisperEngine(weights_path("whisper-base"), workers=2)
        return Subject(engine, request.getfixturevalue("mandarin"), chinese, "不用了")
    if request.param == "vosk":
        phrases = (Phrase(key="yes", says=("네",)), Phrase(key="no", says=("아니요",)))
        return Subject(
            VoskEngine(weights_path("vosk-ko")), request.getfixturevalue("korean"), phrases, "아니요"
        )
    return Subject(
        FakeRecognition(lambda *_: "不用了", streaming=True),
        request.getfixturevalue("mandarin"),
        chinese,
        "不用了",
    )


def feed_in_frames(recogniser: Recogniser, samples: Samples) -> list[str]:
    """The partial texts that came, in order."""
    partials = [recogniser.feed(samples[at : at + FRAME]) for at in range(0, len(samples), FRAME)]
    return [partial for partial in partials if partial is not None]


def words(transcript: Transcript) -> tuple[str, ...]:
    return tuple(alternative.text for alternative in transcript.alternatives)


def test_it_is_an_engine_and_names_its_model(subject: Subject) -> None:
    assert isinstance(subject.engine, RecognitionEngine)
    assert isinstance(subject.engine.open(OPEN, 8_000), Recogniser)
    family, _, model = subject.engine.name.partition("/")
    assert family
    assert model


@pytest.mark.parametrize("rate_hz", [8_000, 16_000])
def test_speech_comes_out_as_text_at_both_rates(subject: Subject, rate_hz: int) -> None:
    samples = subject.telephone if rate_hz == 8_000 else subject.speech
    heard = transcribe(subject.engine, samples, rate_hz, OPEN)
    assert heard.text
    assert heard.engine == subject.engine.name
    assert heard.audio_seconds == pytest.approx(len(subject.speech) / RATE, abs=0.01)
    assert heard.compute_seconds >= 0


def test_alternatives_are_distinct_and_fall_in_confidence(subject: Subject) -> None:
    heard = transcribe(subject.engine, subject.telephone, 8_000, OPEN)
    sure = [alternative.confidence for alternative in heard.alternatives]
    assert all(0 <= confidence <= 1 for confidence in sure)
    assert sure == sorted(sure, reverse=True)
    assert len(set(words(heard))) == len(heard.alternatives)


def test_text_is_written_in_one_form(subject: Subject) -> None:
    for text in words(transcribe(subject.engine, subject.telephone, 8_000, OPEN)):
        assert text == text.strip()
        assert "[unk]" not in text
        assert "\ufffd" not in text


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.5])
def test_silence_comes_out_as_nothing(subject: Subject, seconds: float) -> None:
    heard = transcribe(subject.engine, np.zeros(int(8_000 * seconds), np.int16), 8_000, OPEN)
    assert heard.alternatives == ()
    assert heard.text == ""
    assert heard.decided_by == "gate"


def test_a_recogniser_that_was_fed_nothing_finishes(subject: Subject) -> None:
    assert subject.engine.open(subject.closed, 8_000).finish().text == ""


def test_partials_come_while_speaking_from_engines_that_stream_and_from_no_others(subject: Subject) -> None:
    partials = feed_in_frames(subject.engine.open(OPEN, 8_000), subject.telephone)
    assert bool(partials) == subject.engine.streaming
    assert all(one != other for one, other in itertools.pairwise(partials))


def test_frames_give_the_same_final_as_the_whole(subject: Subject) -> None:
    recogniser = subject.engine.open(subject.closed, 8_000)
    feed_in_frames(recogniser, subject.telephone)
    assert (
        recogniser.finish().text == transcribe(subject.engine, subject.telephone, 8_000, subject.closed).text
    )


def test_the_same_speech_is_heard_the_same_way_again(subject: Subject) -> None:
    one, other = (transcribe(subject.engine, subject.telephone, 8_000, subject.closed) for _ in range(2))
    assert one.text == other.text, "further alternatives may differ: Kaldi adds random dither"


def test_two_calls_at_once_do_not_disturb_each_other(subject: Subject) -> None:
    alone = transcribe(subject.engine, subject.telephone, 8_000, subject.closed).text
    first, second = subject.engine.open(subject.closed, 8_000), subject.engine.open(OPEN, 8_000)
    second.feed(np.zeros(4_000, np.int16))
    feed_in_frames(first, subject.telephone)
    assert first.finish().text == alone
    assert second.finish().text == ""
    with ThreadPoolExecutor(2) as threads:
        jobs = [
            threads.submit(transcribe, subject.engine, subject.telephone, 8_000, subject.closed)
            for _ in range(2)
        ]
        assert [job.result(60).text for job in jobs] == [alone, alone]


def test_what_was_said_is_found_in_the_closed_set(subject: Subject) -> None:
    heard = transcribe(subject.engine, subject.telephone, 8_000, subject.closed)
    assert heard.text == subject.said
    assert heard.confidence > 0.5


def test_a_set_that_does_not_hold_it_is_not_forced_upon_it(subject: Subject) -> None:
    others = tuple(phrase for phrase in subject.phrases if subject.said not in phrase.says)
    heard = transcribe(subject.engine, subject.telephone, 8_000, Expectation(kind="closed", phrases=others))
    assert heard.decided_by != "phrases"
    assert heard.text not in [says for phrase in others for says in phrase.says]


def test_words_that_the_model_cannot_write_are_reported(subject: Subject) -> None:
    known, odd = (subject.said,), ("zzzqqq",)
    assert subject.engine.unknown_words(known) == ()
    assert set(subject.engine.unknown_words(known + odd)) <= set(odd)
