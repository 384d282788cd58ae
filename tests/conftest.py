"""What all tests share: settings of their own, verified weights, and loud absence of services."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from voicebot.ops import weights
from voicebot.settings import ENV_FILE_VARIABLE, PREFIX, load_settings

KEPT = {"VOICEBOT_REQUIRE_SERVICES", "VOICEBOT_REQUIRE_BROWSER", "VOICEBOT_MODELS_DIR", "VOICEBOT_OFFLINE"}


def pytest_configure() -> None:
    """Forget this machine's settings, here and in programs that tests start."""
    for variable in [name for name in os.environ if name.startswith(PREFIX) and name not in KEPT]:
        del os.environ[variable]
    os.environ[ENV_FILE_VARIABLE] = os.devnull


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder of fetched weights."""
    return load_settings().models_dir


@pytest.fixture(scope="session")
def weights_path(models_dir: Path) -> Callable[..., Path]:
    """`weights_path(model, file=None)`: verified weights; where they are missing, the test fails."""

    def find(model: str, file: str | None = None) -> Path:
        return weights.path(model, file, models_dir=models_dir)

    return find


@pytest.fixture(scope="session")
def absent() -> Callable[[str, str], NoReturn]:
    """`absent(what, variable)`: skip for want of a program or service, or fail where the variable is set."""

    def skip_or_fail(what: str, variable: str = "VOICEBOT_REQUIRE_SERVICES") -> NoReturn:
        if os.environ.get(variable):
            pytest.fail(f"{what} is needed here ({variable} is set)")
        pytest.skip(f"{what} is not on this machine")

    return skip_or_fail
