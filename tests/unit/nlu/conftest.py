"""The factory grammar and its reader, made once for all tests of understanding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.classifier import Classifier
from voicebot.nlu.classifier_training import train
from voicebot.nlu.expectation import Option
from voicebot.nlu.reader import Reader
from voicebot.nlu.reading import Reading
from voicebot.ops.classifier_files import is_trained, load_classifier
from voicebot.ops.grammar_files import read_folder
from voicebot.settings import load_settings

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 22)
"""A Sunday."""


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    found, diagnostics = Bundle.from_sources(read_folder(ROOT / "grammars" / "zh-CN"))
    assert found is not None, [diagnostic.render() for diagnostic in diagnostics]
    return found


@pytest.fixture(scope="session")
def classifier(bundle: Bundle) -> Classifier:
    """The one that set-up trained; where the grammar has changed since, a fresh one."""
    settings = load_settings()
    if is_trained(bundle, settings.models_dir):
        return load_classifier(bundle, settings)
    return Classifier(train(bundle))


@pytest.fixture(scope="session")
def reader(bundle: Bundle, classifier: Classifier) -> Reader:
    return Reader(bundle, classifier)


Hears = Callable[..., Reading]


@pytest.fixture(scope="session")
def hears(reader: Reader) -> Hears:
    """`hears("我要退货", state=None, options=(), strict=False, others=())` reads on the day TODAY."""

    def read(
        text: str,
        state: str | None = None,
        *,
        options: tuple[Option, ...] = (),
        strict: bool = False,
        others: tuple[str, ...] = (),
        confidence: float = 1.0,
    ) -> Reading:
        expect = expectation_for(reader.bundle, state, options=options, strict=strict)
        return reader.read([(text, confidence), *((other, 0.5) for other in others)], expect, TODAY)

    return read
