"""What the process log holds: what went wrong, never what it went wrong with."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from voicebot.ops.logs import configure_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_an_exception_is_logged_with_its_place_and_without_its_variables(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logging("INFO")
    said = "".join(("我要", "退货"))
    try:
        dict[int, str]()[len(said)]
    except KeyError:
        logging.getLogger("voicebot").exception("reading failed")
    logged = stream.getvalue()
    assert "reading failed" in logged
    assert "test_logs.py" in logged
    assert said not in logged
