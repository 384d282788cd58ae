"""Golden utterances, kept apart from training; the floor is what is reached today."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.classifier import Classifier
from voicebot.nlu.classifier_training import train
from voicebot.nlu.expectation import Option
from voicebot.nlu.reader import Reader
from voicebot.ops.classifier_files import is_trained, load_classifier
from voicebot.ops.grammar_files import read_folder
from voicebot.settings import load_settings

HERE = Path(__file__).parent
TODAY = date(2026, 11, 22)
FLOORS = {"utterances.jsonl": 0.98, "utterances_unseen.jsonl": 0.80}
"""Whole readings right. The first guided the grammar's making; the second was written afterwards, and gave
77 % before anything was mended by it."""
_NOT_COMPARED = {"order_ref", "reason"}
"""Extra pointers and reasons, said but not listed, do no harm."""


@pytest.fixture(scope="module")
def reader() -> Reader:
    bundle, diagnostics = Bundle.from_sources(read_folder(HERE.parents[1] / "grammars" / "zh-CN"))
    assert bundle is not None, [diagnostic.render() for diagnostic in diagnostics]
    settings = load_settings()
    trained = is_trained(bundle, settings.models_dir)
    return Reader(bundle, load_classifier(bundle, settings) if trained else Classifier(train(bundle)))


def difference(reader: Reader, golden: dict[str, Any]) -> str:
    """Empty when the reading is right, else what differs."""
    options = tuple(
        Option(key=label, label=label, names=tuple(names)) for label, names in golden.get("options", [])
    )
    expect = expectation_for(reader.bundle, golden.get("state"), options=options)
    reading = reader.read([(golden["text"], 1.0)], expect, TODAY)
    intents, acts = [i.name for i in reading.intents], [a.name for a in reading.acts]
    passed_over = _NOT_COMPARED | ({"product", "color"} if options else set())
    slots = {s.name: s.value for s in reading.slots if s.name in golden["slots"] or s.name not in passed_over}
    if (intents, acts, slots) == (golden["intents"], golden["acts"], golden["slots"]):
        return ""
    return f"{golden['text']} [{golden.get('state')}]: {intents} {acts} {slots}"


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_golden_utterances_are_read_right(reader: Reader, name: str, record_property: Any) -> None:
    rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    wrong = [found for row in rows if (found := difference(reader, row))]
    share = 1 - len(wrong) / len(rows)
    record_property(f"accuracy of {name}", f"{share:.3f} of {len(rows)}")
    print(f"{name}: {share:.1%} of {len(rows)} read right", *wrong, sep="\n  ")  # noqa: T201
    assert share >= FLOORS[name], wrong


def test_no_golden_utterance_is_a_training_example(reader: Reader) -> None:
    taught = {example.text for example in reader.bundle.examples}
    for name in FLOORS:
        rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
        assert [row["text"] for row in rows if row["text"] in taught] == []
