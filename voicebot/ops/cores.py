"""The cores of this machine: how many there are for us, and who goes first on them."""

from __future__ import annotations

import os
import sys
import threading

BEHIND_SOUND = 5
"""Niceness of threads that compute long."""


def usable_cores() -> int:
    """The cores that this process may run on; fewer than the machine has where it was given only some."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def step_back(niceness: int = BEHIND_SOUND) -> None:
    """Let this thread, and those that it starts, come after others when cores are short.

    For threads that compute outside of Python: one that is put aside while it holds Python's lock holds up
    all others. On Linux niceness belongs to a thread; elsewhere it does not, and nothing happens.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
