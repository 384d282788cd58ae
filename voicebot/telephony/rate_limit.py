"""A bounded set of token buckets, for webhooks by number and address and for messages on one socket."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """``burst`` at once, then ``per_second``; not thread-safe."""

    per_second: float
    burst: float
    tokens: float
    refilled_at_seconds: float

    @classmethod
    def full(cls, *, per_second: float, burst: float, now_seconds: float) -> TokenBucket:
        """Return a bucket that allows ``burst`` at once."""
        return cls(per_second, burst, burst, now_seconds)

    def take(self, now_seconds: float) -> bool:
        """Take one token if there is one."""
        passed_seconds = max(0.0, now_seconds - self.refilled_at_seconds)
        self.refilled_at_seconds = now_seconds
        self.tokens = min(self.burst, self.tokens + passed_seconds * self.per_second)
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


class RateLimit:
    """One bucket a key, thread-safe; beyond ``capacity`` keys the one longest unused is forgotten."""

    def __init__(
        self, *, per_minute: float, burst: int, now: Callable[[], float], capacity: int = 10_000
    ) -> None:
        self._per_second = per_minute / 60.0
        self._burst = float(burst)
        self._now = now
        self._capacity = capacity
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._buckets)

    def allows(self, key: str) -> bool:
        """Count one use of ``key``; False when it has had its share."""
        now_seconds = self._now()
        with self._lock:
            bucket = self._buckets.pop(key, None)
            if bucket is None:
                bucket = TokenBucket.full(
                    per_second=self._per_second, burst=self._burst, now_seconds=now_seconds
                )
                while len(self._buckets) >= self._capacity:
                    self._buckets.popitem(last=False)
            self._buckets[key] = bucket
            return bucket.take(now_seconds)
