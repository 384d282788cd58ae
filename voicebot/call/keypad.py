"""Keys pressed one after the other become one input: a choice at once, a number when it is complete.

A number may be given in both ways, 幺三八 spoken and the rest keyed, or the other way round: where only both
together have as many digits as were asked for, they are one number.
"""

from __future__ import annotations

from dataclasses import replace

from voicebot.call.events import Heard
from voicebot.language.digits import read_digits
from voicebot.nlu.expectation import Expectation

LONGEST_NUMBER = 24


class Keypad:
    """Collects keys. ``#`` ends a number, ``*`` starts it again."""

    GAP_SECONDS = 2.5
    """Pause after which a number counts as entered."""

    def __init__(self) -> None:
        self._pressed = ""
        self._spoken = ""

    @property
    def is_waiting(self) -> bool:
        """Keys were pressed that are no complete input yet."""
        return bool(self._pressed)

    def press(self, digit: str, expect: Expectation) -> str | None:
        """The complete input, or None while more may come."""
        if digit == "*":
            self.clear()
            return None
        if digit == "#":
            return self.take(expect)
        self._pressed = (self._pressed + digit)[-LONGEST_NUMBER:]
        if not expect.digit_counts or self._is_whole(max(expect.digit_counts)):
            return self.take(expect)
        return None  # also after a lone 0, the way to a human: a number may begin with it, the gap decides

    def take(self, expect: Expectation) -> str:
        """What was pressed so far, behind what was spoken before where that makes it whole; begins anew."""
        pressed, both = self._pressed, self._spoken + self._pressed
        self.clear()
        fits = len(both) in expect.digit_counts and len(pressed) not in expect.digit_counts
        return both if pressed and fits else pressed

    def clear(self) -> None:
        """Forget it all."""
        self._pressed = self._spoken = ""

    def say(self, words: str) -> None:
        """The beginning of the number was spoken, just before the keys."""
        self._spoken = read_digits(words) or ""

    def continued_by(self, heard: tuple[Heard, ...], expect: Expectation) -> tuple[Heard, ...]:
        """The words with the keys pressed before in front, where only both together are a whole number."""
        if not self._pressed:
            return heard
        return tuple(self._whole(one, expect) for one in heard)

    def _whole(self, heard: Heard, expect: Expectation) -> Heard:
        digits = read_digits(heard.text) or ""
        counts = expect.digit_counts
        if not digits or len(digits) in counts or len(self._pressed + digits) > max(counts, default=0):
            return heard
        return replace(heard, text=self._pressed + digits)

    def _is_whole(self, count: int) -> bool:
        if len(self._pressed) >= count:
            return True
        # Who keys the spoken digits once more is keying the whole number.
        again = self._pressed.startswith(self._spoken[: len(self._pressed)])
        return bool(self._spoken) and not again and len(self._spoken + self._pressed) == count
