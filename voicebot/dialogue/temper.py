"""How angry the caller has been in this call, and what the line owes them for it."""

from __future__ import annotations

from typing import Literal

UPSET_FROM = 0.6
"""Frustration from which an utterance counts as angry."""


class Temper:
    """One sincere apology, then the offer of a human; never an argument, never the same again."""

    def __init__(self) -> None:
        self._times = 0

    def after(self, frustration: float) -> Literal["calm", "sorry", "offer"]:
        """What an utterance of this frustration (0..1) calls for."""
        if frustration < UPSET_FROM:
            return "calm"
        self._times += 1
        if self._times == 1:
            return "sorry"
        return "offer" if self._times == 2 else "calm"
