"""Keys pressed one after the other become one input: a choice at once, a number when it is complete."""

from __future__ import annotations

from voicebot.nlu.expectation import Expectation

LONGEST_NUMBER = 24


class Keypad:
    """Collects keys. ``#`` ends a number, ``*`` starts it again."""

    GAP_SECONDS = 2.5
    """Pause after which a number counts as entered."""

    def __init__(self) -> None:
        self._pressed = ""

    def press(self, digit: str, expect: Expectation) -> str | None:
        """The complete input, or None while more may come."""
        if digit == "*":
            self._pressed = ""
            return None
        if digit == "#":
            return self.take()
        self._pressed = (self._pressed + digit)[-LONGEST_NUMBER:]
        if not expect.digit_counts or len(self._pressed) >= max(expect.digit_counts):
            return self.take()
        return None  # also after a lone 0, the way to a human: a number may begin with it, the gap decides

    def take(self) -> str:
        """What was pressed so far; the next key begins anew."""
        pressed, self._pressed = self._pressed, ""
        return pressed
