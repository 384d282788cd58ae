"""How long the caller may be silent, and on hold how often the line shows that somebody is still there."""

from __future__ import annotations

import math

from voicebot.call.deadlines import Deadlines
from voicebot.call.keypad import Keypad

HOLD_SIGN_SECONDS = 15.0
"""Silence that is allowed after 等一下, before a sign that somebody is still there ..."""
HOLD_SIGNS = 3
"""... which is given so often; then the question is put again."""


class Silence:
    """The clock that runs while it is the caller's turn."""

    def __init__(self, deadlines: Deadlines, keypad: Keypad) -> None:
        self._deadlines = deadlines
        self._keypad = keypad
        self._signs_left = 0
        self._ends_seconds = math.inf
        """When the caller will have been silent for too long, whatever is heard of the room."""

    def hold(self, on_hold: bool) -> None:
        """The caller has asked for time, or has said something else since."""
        self._signs_left = HOLD_SIGNS if on_hold else 0

    def take_sign(self) -> bool:
        """True when the silence is answered with a sign of life, and not with the question."""
        if not self._signs_left:
            return False
        self._signs_left -= 1
        return True

    def begin(self, now: float, patience_seconds: float, *, is_busy: bool) -> None:
        """It is the caller's turn: from now on silence counts. ``is_busy``: speaking, or being understood."""
        patience = HOLD_SIGN_SECONDS if self._signs_left else patience_seconds
        self._ends_seconds = now + patience
        if not is_busy and not self._waits_for_keys(now):
            self._deadlines.set("no_input", self._ends_seconds)

    def go_on(self, now: float) -> bool:
        """It was a noise, and counts as silence. True when that has lasted too long by now."""
        if self._waits_for_keys(now):
            return False
        if now < self._ends_seconds:
            self._deadlines.set("no_input", self._ends_seconds)
            return False
        return True

    def _waits_for_keys(self, now: float) -> bool:
        if self._keypad.is_waiting:
            self._deadlines.set("keys", now + Keypad.GAP_SECONDS)
        return self._keypad.is_waiting
