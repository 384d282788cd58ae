"""A share of a sample, and how far it can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_Z_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``count`` of ``of``, with its Wilson interval at 95 % (Wilson, "Probable inference", JASA 22, 1927)."""

    count: int
    of: int

    @classmethod
    def of_all(cls, found: Iterable[bool]) -> Self:
        """How many of them are true."""
        each = list(found)
        return cls(count=sum(each), of=len(each))

    @property
    def value(self) -> float | None:
        """0..1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """The lowest and the highest share that would make this sample no surprise; all of 0..1 for none."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.count / self.of, _Z_95**2 / self.of
        middle = share + square / 2
        half = math.sqrt(square * (share * (1 - share) + square / 4))
        return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))
