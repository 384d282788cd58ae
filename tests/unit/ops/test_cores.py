"""Threads that compute long step back behind those that send sound."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from voicebot.ops.cores import step_back, usable_cores


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness belongs to the process")
def test_a_thread_that_steps_back_leaves_the_others_where_they_are() -> None:
    before = niceness()
    with ThreadPoolExecutor(1, initializer=step_back, initargs=(before + 3,)) as workers:
        assert workers.submit(niceness).result() == min(before + 3, 19)
    assert niceness() == before


def test_there_is_at_least_one_core() -> None:
    assert usable_cores() >= 1
