"""The cores of this machine: how many there are for us, and who goes first on them."""

from __future__ import annotations

import os
import sys
import threading

RECOGNITION_NICENESS = 5
RENDERING_NICENESS = 10


def usable_cores() -> int:
    """The cores that this process may run on; fewer than the machine has where it was given only some."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def step_back(niceness: int) -> None:
    """Let this thread, and those that it starts, come after others when cores are short.

    Sound has to go out every 20 ms and costs little; recognition takes a core for tenths of a second, and
    rendering for seconds. On Linux niceness belongs to a thread; elsewhere it does not, and nothing happens.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
