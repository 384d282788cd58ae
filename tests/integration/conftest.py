"""Servers of our own for the tests that phone a whole process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Site, Sites
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
