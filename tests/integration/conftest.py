"""Servers of our own for tests that phone a whole process; lines on a virtual clock for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import Site, Sites
from tests.support.virtual import Line, World
from voicebot import bootstrap
from voicebot.nlu.classifier import Classifier
from voicebot.nlu.classifier_training import train
from voicebot.nlu.reader import Reader
from voicebot.ops.classifier_files import is_trained, load_classifier
from voicebot.ops.grammar_files import read_folder
from voicebot.settings import load_settings
from voicebot.shop.policy_file import read_policies
from voicebot.simulator.script import CallerScript, load_script

EXAMPLES = Path(__file__).parents[2] / "examples" / "callers"


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Builds servers; each has a folder and a copy of the seeded shop of its own."""
    return Sites(tmp_path_factory.mktemp("sites"))


@pytest.fixture(scope="session")
def example_callers() -> dict[str, CallerScript]:
    """The scripts in examples/callers by their file names."""
    return {path.stem: load_script(path) for path in sorted(EXAMPLES.glob("*.yaml"))}


@pytest.fixture(scope="session")
def site(sites: Sites, example_callers: dict[str, CallerScript]) -> Iterator[Site]:
    """A server that several tests phone; none of them does anything to its process or its database."""
    texts = {
        step.text for script in example_callers.values() for step in script.steps if step.action == "say"
    }
    with sites.running({"VOICEBOT_MAX_CALLS": "20"}, texts=tuple(sorted(texts))) as running:
        yield running


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What the lines on a virtual clock share: the factory grammar and a seeded shop."""
    settings = load_settings()
    folder = settings.grammars_dir / settings.locale
    sources = read_folder(folder)
    bundle, script = bootstrap.compiled(sources, str(folder))
    policies, _ = read_policies(sources["policies.yaml"])
    assert policies is not None
    trained = is_trained(bundle, settings.models_dir)
    classifier = load_classifier(bundle, settings) if trained else Classifier(train(bundle))
    return World.make(tmp_path_factory.mktemp("shop"), script, Reader(bundle, classifier), policies)


@pytest.fixture
def open_line(world: World, tmp_path: Path) -> Iterator[Callable[..., Line]]:
    """`open_line(…)`: a line with a shop of its own; closed afterwards."""
    opened: list[Line] = []

    def make(**how: Any) -> Line:
        opened.append(Line(world, tmp_path / f"line-{len(opened)}", **how))
        return opened[-1]

    yield make
    for line in opened:
        line.close()


@pytest.fixture
def line(open_line: Callable[..., Line]) -> Line:
    return open_line()
