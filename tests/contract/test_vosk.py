"""The Vosk adapter with a real (Korean) model: its grammar, its vocabulary, its rates, its absence."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from voicebot.asr.engine import Samples, transcribe
from voicebot.asr.recording import over_the_telephone, read_recording
from voicebot.asr.vocabulary import outside_vocabulary
from voicebot.asr.vosk import VoskEngine, alternatives_of, hypotheses_of
from voicebot.grammar.bundle import Bundle
from voicebot.nlu.expectation import OPEN, Expectation, Phrase
from voicebot.ops.errors import UserFacingError

pytestmark = pytest.mark.engines

ANSWERS = (Phrase(key="yes", says=("네", "예")), Phrase(key="no", says=("아니요",)))


@pytest.fixture(scope="module")
def vosk(weights_path: Callable[..., Path]) -> Iterator[VoskEngine]:
    engine = VoskEngine(weights_path("vosk-ko"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def say(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Samples]:
    """Korean speech as it comes from a telephone line, 8 kHz."""
    folder = tmp_path_factory.mktemp("korean")
    program = Path(__file__).with_name("korean_speech.py")

    def spoken(text: str) -> Samples:
        file = folder / f"{text}.wav"
        if not file.exists():
            subprocess.run([sys.executable, str(program), text, str(file)], check=True, timeout=30)
        return over_the_telephone(*read_recording(file))

    return spoken


def test_partials_grow_while_the_caller_speaks(vosk: VoskEngine, say: Callable[[str], Samples]) -> None:
    samples = say("주문을 취소하고 싶어요")
    recogniser = vosk.open(OPEN, 8_000)
    came = [at for at in range(0, len(samples), 160) if recogniser.feed(samples[at : at + 160])]
    assert len(came) >= 2
    assert came[0] < len(samples) - 8_000 // 2, "the first partial comes before the speech is over"
    assert recogniser.finish().decided_by == "decode"


def test_a_runtime_grammar_hears_the_expected_phrases_only(
    vosk: VoskEngine, say: Callable[[str], Samples]
) -> None:
    for said in ("아니요", "네"):
        heard = transcribe(vosk, say(said), 8_000, Expectation(kind="closed", phrases=ANSWERS))
        assert heard.decided_by == "phrases"
        assert heard.text == said
        assert {one.text for one in heard.alternatives} <= {"네", "예", "아니요"}


def test_what_the_grammar_does_not_hold_is_left_to_the_free_decode(
    vosk: VoskEngine, say: Callable[[str], Samples]
) -> None:
    samples = say("주문을 취소하고 싶어요")
    heard = transcribe(vosk, samples, 8_000, Expectation(kind="closed", phrases=ANSWERS))
    assert heard.decided_by == "decode"
    assert len(heard.text.split()) > 1


def test_money_demands_that_the_free_decode_says_nearly_the_same(
    vosk: VoskEngine, say: Callable[[str], Samples]
) -> None:
    strict = Expectation(kind="closed", phrases=ANSWERS, strict=True)
    assert transcribe(vosk, say("네"), 8_000, strict).text == "네"
    assert transcribe(vosk, say("안녕하세요"), 8_000, strict).decided_by == "decode"


def test_phrases_outside_of_the_vocabulary_are_reported(vosk: VoskEngine) -> None:
    assert vosk.unknown_words(("네", "退款", "zzz", "네 아니요")) == ("退款", "zzz")


def test_what_a_grammar_says_outside_of_the_vocabulary_is_a_warning_with_its_place(vosk: VoskEngine) -> None:
    sources = {
        "lexicon.yaml": "products:\n  - {name: 신발, says: [鞋子]}\n",
        "answers.yaml": "answers:\n  yes_no:\n    'yes': [네, 好的]\n    'no': [아니요]\n",
        "states.yaml": "states:\n  confirm: {kind: closed, answers: yes_no}\n",
        "acts.yaml": "acts: {}\n",
    }
    bundle, diagnostics = Bundle.from_sources(sources)
    assert bundle is not None, diagnostics
    found = outside_vocabulary(bundle, vosk.unknown_words)
    assert [(one.path, one.line, one.column, one.severity) for one in found] == [
        ("answers.yaml", 3, 16, "warning"),
        ("lexicon.yaml", 2, 23, "warning"),
    ]
    assert {one.code for one in found} == {"outside-vocabulary"}
    assert "好的" in found[0].message


def test_a_set_of_unknown_phrases_is_heard_freely(vosk: VoskEngine, say: Callable[[str], Samples]) -> None:
    chinese = Expectation(kind="closed", phrases=(Phrase(key="yes", says=("好的",)),))
    heard = transcribe(vosk, say("네"), 8_000, chinese)
    assert heard.decided_by == "decode"
    assert heard.text == "네"


def test_the_end_of_a_segment_inside_an_utterance_loses_nothing(
    vosk: VoskEngine, say: Callable[[str], Samples]
) -> None:
    pause = np.zeros(8_000 * 2, np.int16)
    samples = np.concatenate([say("아니요"), pause, say("아니요"), pause])
    recogniser = vosk.open(Expectation(kind="closed", phrases=ANSWERS), 8_000)
    partials = [recogniser.feed(samples[at : at + 160]) for at in range(0, len(samples), 160)]
    assert [partial for partial in partials if partial][-1].split().count("아니요") == 2
    assert recogniser.finish().audio_seconds == pytest.approx(len(samples) / 8_000)


def test_a_missing_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserFacingError) as caught:
        VoskEngine(tmp_path / "vosk-cn")
    assert "vosk-cn" in caught.value.message
    assert "voicebot models fetch" in caught.value.hint
    assert "VOICEBOT_ASR=whisper" in caught.value.hint


def test_a_broken_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"not a model")
    with pytest.raises(UserFacingError, match="cannot be loaded"):
        VoskEngine(tmp_path)


def test_scores_become_shares_of_the_list_and_spaces_between_chinese_words_go() -> None:
    result = (
        '{"alternatives": [{"confidence": 120.5, "text": "我 要 退款"},'
        ' {"confidence": 119.5, "text": "我 要 推 款"}, {"confidence": 10, "text": ""}]}'
    )
    first, second = alternatives_of(hypotheses_of(result))
    assert (first.text, second.text) == ("我要退款", "我要推款")
    assert first.confidence + second.confidence == pytest.approx(1.0)
    assert first.confidence == pytest.approx(0.731, abs=0.001)
    assert alternatives_of([]) == ()
