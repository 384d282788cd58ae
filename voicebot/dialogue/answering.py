"""Whether an utterance answers the question that stands: a yes, a no, or neither."""

from __future__ import annotations

from typing import Literal

from voicebot.dialogue.frame import Frame
from voicebot.dialogue.repair import Question
from voicebot.nlu.reading import Reading

CLEAR_YES = 0.6
"""Least confidence, words times act, of a yes on which money hangs; below it the question is asked again."""

Verdict = Literal["took", "unclear", "nothing"]
"""What an utterance was to the question: an answer, a yes that may be none, or something else."""


def confirmed(question: Question, reading: Reading, frame: Frame | None) -> Verdict:
    """Money moves on a clear yes only; a no wins over a yes in the same breath."""
    if frame is None:
        raise RuntimeError("a confirmation without a task")
    yes = next((act for act in reading.acts if act.name == "affirm"), None)
    if reading.has_act("deny") or reading.has_act("correct"):
        frame.denied = question.proposal
        return "took"
    if yes is None or reading.intents:
        return "nothing"
    if question.strict and reading.confidence * yes.confidence < CLEAR_YES:
        return "unclear"
    frame.confirmed = question.proposal
    return "took"


def turned_down(question: Question, reading: Reading, frame: Frame | None) -> Verdict:
    """都不是, 不知道: the task asks for something else, where it has another way."""
    if frame is None or question.proposal is None or reading.intents or not reading.has_act("deny"):
        return "nothing"
    frame.denied = question.proposal
    return "took"
