"""Chooses the variant of a wording, fills its values and remembers what was said last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from voicebot.dialogue.turn import Saying
from voicebot.dialogue.wording import Wordings, display

_ASIDES = ("ack.", "hold")
"""Wordings that nobody means when asking for a repeat."""


class Prompter:
    """The line's side of the talk in one call: variants alternate, so that nothing sounds like a tape."""

    def __init__(self, wordings: Wordings, today: date) -> None:
        self.wordings = wordings
        self.today = today
        self.uses: Counter[str] = Counter()
        self.last_said: tuple[Saying, ...] = ()

    def say(self, wording: str, values: Mapping[str, str | int]) -> Saying:
        """A value that is itself the key of a wording stands for its text: ``reason.quality`` → 质量问题."""
        spoken = {name: self._text_of(value) for name, value in values.items()}
        parts = self.wordings.say(wording, self.uses[wording], **spoken)
        self.uses[wording] += 1
        return Saying(
            wording=wording,
            parts=parts,
            text=display(parts, self.today),
            interruptible=wording not in self.wordings.heard_out,
        )

    def _text_of(self, value: str | int) -> str | int:
        if isinstance(value, str) and self.wordings.has(value):
            return self.wordings.say(value)[0].text
        return value

    def remember(self, sayings: Sequence[Saying]) -> None:
        """Keep what a caller who asks for a repeat means: a turn of asides alone changes nothing."""
        said = tuple(saying for saying in sayings if not saying.wording.startswith(_ASIDES))
        if said:
            self.last_said = said
