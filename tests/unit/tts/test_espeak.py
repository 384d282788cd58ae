"""The fallback voice's process: crashes, hangs, refusals, and its end."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from voicebot.tts.engine import VoiceFailedError
from voicebot.tts.espeak import EspeakEngine


@pytest.fixture
def espeak() -> Iterator[EspeakEngine]:
    engine = EspeakEngine(timeout_seconds=1.0)
    yield engine
    engine.close()


def worker_of(engine: EspeakEngine) -> int:
    assert engine._worker is not None
    return engine._worker.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_crashed_is_replaced_within_the_same_text(espeak: EspeakEngine):
    crashed = worker_of(espeak)
    os.kill(crashed, signal.SIGKILL)
    assert espeak.render("您好").seconds > 0.3
    assert worker_of(espeak) != crashed


def test_a_process_that_hangs_is_ended_and_replaced(espeak: EspeakEngine):
    hanging = worker_of(espeak)
    os.kill(hanging, signal.SIGSTOP)
    began = time.monotonic()
    assert espeak.render("您好").seconds > 0.3
    assert time.monotonic() - began < 10
    assert not is_running(hanging)


def test_an_unknown_voice_is_refused_and_leaves_no_process():
    with pytest.raises(VoiceFailedError, match="no voice 'klingon'"):
        EspeakEngine("klingon")


def test_closing_ends_the_process_and_what_follows_is_refused(espeak: EspeakEngine):
    pid = worker_of(espeak)
    espeak.close()
    assert not is_running(pid)
    with pytest.raises(VoiceFailedError, match="closed"):
        espeak.render("您好")


def test_the_driver_sometimes_leaves_an_empty_file_and_the_caller_never_notices(espeak: EspeakEngine):
    assert all(espeak.render("您好").seconds > 0.3 for _ in range(60))
