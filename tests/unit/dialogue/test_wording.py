"""Wordings: values, sentences, variants, and what is wrong with them, with line and column."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.scripts import a_script
from voicebot.dialogue.prompter import Prompter
from voicebot.dialogue.wording import Part, Wordings, display, read_wordings
from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.source import parse_documents


def read(text: str) -> tuple[Wordings, list[Diagnostic]]:
    documents, problems = parse_documents({"wordings.yaml": text})
    assert problems == []
    return read_wordings(documents["wordings.yaml"])


def test_text_is_cut_at_the_ends_of_sentences_and_at_values() -> None:
    wordings, _ = read("wordings:\n  refund: 好的。退款{amount:money}，请查收。再见！\n")
    assert wordings.say("refund", amount=19900) == (
        Part(kind="text", text="好的。"),
        Part(kind="text", text="退款"),
        Part(kind="money", text="19900"),
        Part(kind="text", text="，请查收。"),
        Part(kind="text", text="再见！"),
    )


def test_variants_alternate() -> None:
    wordings, _ = read("wordings:\n  ack: [好的。, 请稍等。]\n")
    assert [wordings.say("ack", use)[0].text for use in range(3)] == ["好的。", "请稍等。", "好的。"]


def test_a_supervisor_reads_values_as_words() -> None:
    parts = a_script().wordings.say("track.eta", eta="2026-11-23")
    assert display(parts, date(2026, 11, 22)) == "预计明天送到。"


def test_every_mistake_is_found_at_once_and_at_its_place() -> None:
    _, found = read("wordings:\n  a: []\n  b: 您好{x:weight}。\n  c: 您好{。\n  d: 您好。\n")
    assert [(d.line, d.code) for d in found] == [(2, "bad-wording"), (3, "bad-wording"), (4, "bad-wording")]
    assert "weight" in found[1].message


def test_a_notice_can_be_kept_from_being_interrupted() -> None:
    wordings, found = read(
        "wordings:\n  notice: {says: 通话会录音。, interruptible: false}\n  ack: {says: [好的。]}\n"
    )
    assert found == []
    prompter = Prompter(wordings, date(2026, 11, 22))
    assert [prompter.say(key, {}).interruptible for key in ("notice", "ack")] == [False, True]
    assert prompter.say("notice", {}).text == "通话会录音。"


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{says: 您好。, interruptable: false}", "interruptable"),
        ("{says: 您好。, interruptible: maybe}", "true or false"),
        ("{interruptible: false}", "one or more sentences"),
    ],
)
def test_a_wording_says_wrong_how_it_is_said(entry: str, complaint: str) -> None:
    _, found = read(f"wordings:\n  notice: {entry}\n")
    assert [d.code for d in found] == ["bad-wording"]
    assert complaint in found[0].message


def test_the_factory_wordings_are_cut_into_clauses_that_are_rendered_once() -> None:
    clauses = a_script().wordings.fixed_clauses()
    assert len(clauses) == len(set(clauses)) > 100
    assert all(clause.strip() for clause in clauses)


def test_every_question_has_its_repair_wordings() -> None:
    keys = set(a_script().wordings.templates)
    for question in (
        "open",
        "anything_else",
        "identity.order_tail",
        "identity.phone_tail",
        "fact",
        "fact.city",
    ):
        assert {f"{question}.again", f"{question}.keypad"} <= keys
    for question in ("choice", "refund.reason", "refund.confirm", "refund.change", "human.offer"):
        assert {f"{question}.again", f"{question}.keypad"} <= keys
