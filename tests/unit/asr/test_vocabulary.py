"""Phrases that a recogniser's vocabulary cannot make are pointed out where they stand."""

from __future__ import annotations

from collections.abc import Callable

from voicebot.asr.lexicon import Lexicon
from voicebot.asr.vocabulary import outside_vocabulary
from voicebot.grammar.bundle import Bundle
from voicebot.grammar.diagnostics import Diagnostic

SOURCES = {
    "lexicon.yaml": "products:\n  - {name: 羽绒服, says: [羽绒外套]}\ncities: [亳州]\n",
    "answers.yaml": (
        "answers:\n  yes_no:\n    'yes': [好的]\n    'no': [不要]\n  reason:\n    quality: [起球]\n"
    ),
    "states.yaml": (
        "states:\n  confirm: {kind: closed, answers: yes_no}\n  reason: {kind: free, answers: reason}\n"
    ),
    "acts.yaml": "acts: {}\n",
}


def heard_with(*words: str) -> Callable[[], list[Diagnostic]]:
    bundle, diagnostics = Bundle.from_sources(SOURCES)
    assert bundle is not None, diagnostics
    return lambda: outside_vocabulary(bundle, Lexicon(set(words).__contains__).unknown)


def test_a_phrase_of_known_words_is_no_finding() -> None:
    assert heard_with("好的", "不要", "羽绒服", "羽绒", "外套")() == []


def test_an_unknown_phrase_is_a_warning_at_its_place() -> None:
    (found,) = heard_with("好的", "羽绒服", "羽绒", "外套")()
    assert (found.path, found.line, found.severity, found.code) == (
        "answers.yaml",
        4,
        "warning",
        "outside-vocabulary",
    )
    assert "不要" in found.message


def test_names_that_a_caller_picks_by_count_and_what_is_heard_freely_does_not() -> None:
    found = heard_with("好的", "不要", "羽绒服")()
    assert [(one.path, one.line) for one in found] == [("lexicon.yaml", 2)]
    assert "羽绒外套" in found[0].message
