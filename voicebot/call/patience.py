"""How much silence ends an utterance: by what was said so far, by how it sounded, and by who says it."""

from __future__ import annotations

from voicebot.call.actions import Listen
from voicebot.call.hearing import Judged
from voicebot.nlu.expectation import Expectation

CUT_OFF_SECONDS = 1.5
"""A caller who goes on so soon after the turn was closed had not been done."""
ADDED_STEP_SECONDS = 0.25
ADDED_AT_MOST_SECONDS = 0.75
FORGOTTEN_A_TURN = 0.15
"""Share of the added patience that a turn without a cut-off takes off again."""
LEAST_ADDED_SECONDS = 0.05
STRICT_CLOSE_SECONDS = 0.5
"""Least silence after an answer that money, goods or an address hang on."""
SOUNDS_UNFINISHED, SOUNDS_FINISHED = 0.3, 0.8
"""Melody below the one contradicts words that are complete, above the other settles words that may be."""


class Patience:
    """The patience of one call; grows with each cut-off and each 等一下, and shrinks slowly back."""

    def __init__(self) -> None:
        self.added_seconds = 0.0

    def cut_off(self) -> None:
        """The caller was not done, or has asked for time."""
        self.added_seconds = min(ADDED_AT_MOST_SECONDS, self.added_seconds + ADDED_STEP_SECONDS)

    def turn_taken(self) -> None:
        """A turn was taken, and nothing has shown that it was not over."""
        left = round(self.added_seconds * (1.0 - FORGOTTEN_A_TURN), 3)
        self.added_seconds = left if left >= LEAST_ADDED_SECONDS else 0.0

    def listen(self, expect: Expectation, judged: Judged, end_likelihood: float | None = None) -> Listen:
        """The silence that ends an utterance of which this is known. ``end_likelihood``: its melody, 0..1."""
        judged = _with_melody(judged, end_likelihood)
        added = self.added_seconds
        match judged:
            case "complete":
                least = STRICT_CLOSE_SECONDS if expect.strict else 0.0
                added = added / 2  # the words speak for themselves
                finish = max(least, expect.close_early_seconds)
            case "open":
                finish = max(expect.close_early_seconds, expect.end_silence_seconds)
            case "unfinished" | "unjudged":
                finish = max(expect.end_silence_seconds, expect.unfinished_seconds)
        return Listen(
            state=expect.state,
            finish_seconds=round(finish + added, 3),
            judged=judged,
            added_seconds=round(added, 3),
        )


def _with_melody(judged: Judged, end_likelihood: float | None) -> Judged:
    if end_likelihood is None:
        return judged
    if judged == "complete" and end_likelihood < SOUNDS_UNFINISHED:
        return "open"
    return "complete" if judged == "open" and end_likelihood >= SOUNDS_FINISHED else judged
