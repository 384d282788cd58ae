"""The sets: enough of each, every key and number reachable, no text that the grammar was trained on."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from voicebot import bootstrap
from voicebot.asr.measure import Clip
from voicebot.benches.asr_trials import DECOYS, Trial, one_digit_away, recorded, synthesised, utterances
from voicebot.benches.spoken import HELD_OUT_VOICES, Utterance
from voicebot.dialogue.material import Script
from voicebot.language.digits import read_digits
from voicebot.ops.grammar_files import read_folder

GRAMMAR = Path(__file__).parents[3] / "grammars" / "zh-CN"


@pytest.fixture(scope="module")
def script() -> Script:
    return bootstrap.compiled(read_folder(GRAMMAR), str(GRAMMAR))[1]


@pytest.fixture(scope="module")
def trials(script: Script) -> list[Trial]:
    return synthesised(script)


def said(trial: Trial) -> str:
    return trial.sound.text


def test_there_are_as_many_trials_as_the_figures_need(trials: list[Trial]) -> None:
    counts = Counter(trial.group for trial in trials)
    least = {"hotline": 200, "numbers": 200, "list": 200, "unlisted": 200, "closed": 300, "outside": 300}
    assert {group: counts[group] for group, enough in least.items() if counts[group] < enough} == {}  # type: ignore[index]
    assert counts["strict answers"] >= 150


def test_every_voice_is_a_held_out_one_and_all_are_heard_alike(trials: list[Trial]) -> None:
    voices = Counter(one.voice for one in utterances(trials))
    assert set(voices) == set(HELD_OUT_VOICES)
    assert max(voices.values()) < 1.1 * min(voices.values())


def test_marks_are_not_spoken_and_the_marked_words_are(trials: list[Trial]) -> None:
    hotline = [trial for trial in trials if trial.group == "hotline"]
    assert not any("【" in said(trial) or "】" in said(trial) for trial in hotline)
    assert all(word in trial.wanted for trial in hotline for word in trial.words)
    assert sum(len(trial.words) for trial in hotline) > 300


def test_no_sentence_is_one_that_the_classifier_learns_from(trials: list[Trial]) -> None:
    learnt = {
        text
        for file in (GRAMMAR / "examples").glob("*.yaml")
        for texts in YAML(typ="safe").load(file)["examples"].values()
        for text in texts
    }
    assert {said(trial) for trial in trials if trial.group == "hotline"} & learnt == set()


def test_a_number_is_wanted_as_it_is_said_at_a_length_that_was_asked_for(trials: list[Trial]) -> None:
    numbers = [trial for trial in trials if trial.group == "numbers"]
    assert {len(trial.wanted) for trial in numbers} == set(range(4, 12))
    for trial in numbers:
        assert read_digits(said(trial)) == trial.wanted
        assert trial.expect.digit_counts == (len(trial.wanted),)
        assert trial.expect.known == ()


def test_a_list_holds_the_number_among_decoys_or_the_decoys_alone(trials: list[Trial]) -> None:
    listed = {trial.sound: trial for trial in trials if trial.group == "list"}
    for trial in (trial for trial in trials if trial.group == "unlisted"):
        with_it = listed[trial.sound]
        assert set(with_it.expect.known) - set(trial.expect.known) == {with_it.wanted}
        assert len(set(trial.expect.known)) == DECOYS
        assert list(with_it.expect.known) == sorted(with_it.expect.known), "its place would give it away"


def test_decoys_differ_in_one_place() -> None:
    decoys = one_digit_away("8026", 30, random.Random(1))
    assert len(set(decoys)) == 30
    assert {sum(a != b for a, b in zip(one, "8026", strict=True)) for one in decoys} == {1}


def test_what_is_outside_of_a_question_is_none_of_its_phrases(trials: list[Trial]) -> None:
    for trial in trials:
        if trial.group in ("outside", "no yes") and trial.part not in ("no", "nod"):
            assert said(trial) not in {text for phrase in trial.expect.phrases for text in phrase.says}


def test_confirmations_are_strict_and_other_questions_are_not(trials: list[Trial]) -> None:
    for trial in trials:
        assert trial.expect.strict == (trial.group in ("no yes", "strict answers"))
        if trial.group == "closed":
            assert trial.wanted in {phrase.key for phrase in trial.expect.phrases}


def test_a_recorded_word_is_heard_against_the_words_of_its_source_and_is_no_yes(script: Script) -> None:
    clips = [
        Clip(path=Path(f"{text}.wav"), text=text, kind=kind, source=source)
        for text, kind, source in (
            ("好", "word", "a"),
            ("不要", "word", "a"),
            ("雨", "word", "b"),
            ("雨", "noise", "c"),
        )
    ]
    found = recorded(clips, script)
    words = [trial for trial in found if trial.group == "words"]
    assert [{phrase.key for phrase in trial.expect.phrases} for trial in words] == [{"好", "不要"}] * 2 + [
        {"雨"}
    ]
    assert [trial.group for trial in found].count("no yes") == 4
    assert [trial.wanted for trial in found if trial.group == "noise"] == [""]


def test_an_utterance_is_rendered_once_for_all_that_it_is_asked(trials: list[Trial]) -> None:
    assert len(utterances(trials)) < len(trials) / 2
    assert all(isinstance(trial.sound, Utterance) for trial in trials)
