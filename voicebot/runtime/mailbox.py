"""Where workers leave what they have done for the thread that runs a call."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Items in the order in which they become available: ``post`` from any thread, ``drain`` on one."""

    def __init__(
        self, stamp: Callable[[], float] = lambda: 0.0, *, posted: Callable[[], None] = lambda: None
    ) -> None:
        """``stamp`` gives the second of the call from which an item counts as there: 0 means at once.

        On a virtual clock that is the moment at which the work would have been done. ``posted`` is called
        after each item, on the thread that left it.
        """
        self._stamp = stamp
        self._posted = posted
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, int, Item]] = []
        self._order = itertools.count()

    def post(self, item: Item) -> None:
        """Leave it, from any thread; never waits for the call."""
        with self._lock:
            heapq.heappush(self._waiting, (self._stamp(), next(self._order), item))
        self._posted()

    def drain(self, now: float) -> list[Item]:
        """Everything available at ``now`` seconds of the call."""
        if not self._waiting:  # 50 times a second and call: not worth a lock
            return []
        with self._lock:
            taken: list[Item] = []
            while self._waiting and self._waiting[0][0] <= now:
                taken.append(heapq.heappop(self._waiting)[2])
            return taken
