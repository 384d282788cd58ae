"""From transcripts to figures: what the line would take, and what that makes of a set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from voicebot.asr.engine import Alternative, DecidedBy, Transcript
from voicebot.benches.asr_figures import Figure, figures, speeds
from voicebot.benches.asr_run import Outcome, judged
from voicebot.benches.asr_trials import Group, Trial
from voicebot.benches.spoken import Utterance
from voicebot.nlu.expectation import OPEN, Expectation, Phrase
from voicebot.nlu.reading import Act, Reading

YES_NO = Expectation(
    state="confirm:refund.apply",
    kind="closed",
    strict=True,
    phrases=(Phrase(key="yes", says=("是", "对")), Phrase(key="no", says=("不是",))),
)
MENU = Expectation(kind="closed", phrases=(Phrase(key="1", says=("退款",)), Phrase(key="2", says=("人工",))))
ON_FILE = Expectation(kind="digits", digit_counts=(4,), known=("8026", "8027"))


class Reader:
    """Reads a yes in 是, a no in 不是, and repairs 推宽."""

    def read(
        self,
        texts: Sequence[tuple[str, float]],
        expect: Expectation,
        today: date,
        *,
        syllables: Sequence[str] = (),
    ) -> Reading:
        text, confidence = texts[0]
        names = {"是": ("affirm",), "不是": ("deny",), "是不是": ("affirm", "deny")}.get(text, ())
        acts = tuple(Act(name=name, confidence=1.0) for name in names)
        return Reading(text=text.replace("推宽", "退款"), acts=acts, confidence=confidence)


def outcome(
    group: Group,
    expect: Expectation,
    wanted: str,
    *heard: str,
    by: DecidedBy = "phrases",
    confidence: float = 0.9,
    words: tuple[str, ...] = (),
    part: str = "",
) -> Outcome:
    sound = Utterance(text=wanted, voice="a")
    trial = Trial(group=group, part=part, sound=sound, expect=expect, wanted=wanted, words=words)
    transcript = Transcript(
        alternatives=tuple(Alternative(text=text, confidence=confidence) for text in heard),
        engine="x",
        audio_seconds=2.0,
        compute_seconds=0.5,
        decided_by=by,
    )
    return judged(trial, "telephone", transcript, Reader())


def figure(outcomes: Sequence[Outcome], measure: str, part: str = "") -> Figure:
    [found] = [one for one in figures(outcomes) if (one.measure, one.part) == (measure, part)]
    return found


def test_only_a_phrase_that_was_scored_is_taken_from_a_closed_set() -> None:
    assert outcome("closed", MENU, "1", "退款").taken == "1"
    assert outcome("closed", MENU, "1", "退款", by="decode").taken == ""
    assert outcome("closed", MENU, "1").taken == ""


def test_a_number_is_taken_for_one_on_file_only_where_it_is_the_best_and_on_file() -> None:
    assert outcome("list", ON_FILE, "8026", "8026", "8027", by="digits").taken == "8026"
    assert outcome("list", ON_FILE, "8026", "8025", "8026", by="digits").taken == ""
    assert outcome("numbers", ON_FILE, "8026", "八零二六", by="decode").taken == "8026"


@pytest.mark.parametrize(
    ("heard", "confidence", "taken"),
    [("是", 0.9, "yes"), ("是", 0.3, ""), ("不是", 0.9, "no"), ("是不是", 0.9, "no"), ("等一下", 0.9, "")],
)
def test_a_confirmation_is_what_the_dialogue_makes_of_it(heard: str, confidence: float, taken: str) -> None:
    assert outcome("no yes", YES_NO, "", heard, confidence=confidence).taken == taken


def test_closed_sets_tell_right_wrong_and_lost_apart() -> None:
    heard = [
        outcome("closed", MENU, "1", "退款"),
        outcome("closed", MENU, "1", "人工"),
        outcome("closed", MENU, "1", "退钱", by="decode"),
        outcome("closed", MENU, "2", "人工"),
    ]
    counts = {name: figure(heard, name).count for name in ("right", "wrong", "lost")}
    assert counts == {"right": 2, "wrong": 1, "lost": 1}
    assert figure(heard, "lost").met is False


def test_a_false_yes_is_a_yes_and_a_no_is_none() -> None:
    heard = [outcome("no yes", YES_NO, "", text) for text in ("是", "不是", "等一下", "嗯")]
    assert figure(heard, "false yes").count == 1
    assert figure(heard[1:], "false yes").met is True


def test_words_are_counted_before_and_after_repair_and_each_place_once() -> None:
    one = outcome("hotline", OPEN, "退款退款", "我要推宽退款", by="decode", words=("退款", "退款"))
    assert (one.words_heard, one.words_read) == (1, 2)
    assert figure([one], "key words read").value == 1.0


def test_a_number_in_a_sentence_is_right_however_it_is_written() -> None:
    one = outcome("hotline", OPEN, "尾号八零二六", "尾号8026", by="decode", words=("八零二六",))
    assert one.words_heard == 1
    assert figure([one], "wrong characters").value == 0.0


def test_noise_may_make_two_turns_whatever_the_share() -> None:
    silent = [outcome("noise", OPEN, "") for _ in range(3)]
    loud = [outcome("noise", OPEN, "", "谢谢", by="decode") for _ in range(3)]
    assert figure([*silent, *loud[:2]], "text").met is True
    assert figure([*silent, *loud], "text").met is False


def test_parts_stand_beside_the_whole_and_words_are_judged_by_their_source() -> None:
    sets = [
        Expectation(kind="closed", phrases=tuple(Phrase(key=str(n), says=(f"词{n}",)) for n in range(size)))
        for size in (12, 34)
    ]
    heard = [outcome("words", expect, "1", "词1", part=f"set of {len(expect.phrases)}") for expect in sets]
    assert figure(heard, "right").target == ""
    assert figure(heard, "right", "set of 12").target == "≥ 96.0%"
    assert figure(heard, "right", "set of 34").target == "≥ 90.0%"


def test_computing_time_is_given_by_condition() -> None:
    [speed] = speeds([outcome("closed", MENU, "1", "退款")] * 4)
    assert (speed.real_time_factor, speed.p50_seconds, speed.utterances) == (0.25, 0.5, 4)
