"""The line's side of the talk: the question that stands, how it was put so far, and what is said now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from voicebot.dialogue.prompter import Prompter
from voicebot.dialogue.repair import Question, Way, wording_for
from voicebot.dialogue.turn import Turn
from voicebot.dialogue.wording import Wordings

FACT_SLOTS = frozenset({"city", "amount", "order_tail"})
"""What answers the question for a fact of an order."""
SAME_WORDS = 2
"""A question is put in the same words at most so often within a task; then other words, then a human."""


class Floor:
    """Says things and asks questions. What it returns as False cannot be asked in any words any more."""

    def __init__(self, wordings: Wordings, today: date) -> None:
        self.turn = Turn()
        self.question: Question | None = None
        self.answered_ahead = False
        """The caller has just said something useful that was not asked yet."""
        self._wordings = wordings
        self._prompter = Prompter(wordings, today)
        self._put: Counter[tuple[int, str]] = Counter()
        """(task, wording and proposal) → how often it was said to ask something; task 0 for repeats."""

    def say(self, wording: str, values: Mapping[str, str | int] | None = None) -> None:
        """Say it in this turn, after what is being said already. Raises KeyError for an unknown wording."""
        self.turn.sayings.append(self._prompter.say(wording, values or {}))

    def uses(self, wording: str) -> int:
        """How often this call has said it."""
        return self._prompter.uses[wording]

    def says_in_turn(self, wording: str, other: str) -> None:
        """The first, unless it was said more often than the other."""
        self.say(wording if self.uses(wording) <= self.uses(other) else other)

    def take_turn(self) -> Turn:
        """What was said since the last time; it can be repeated from now on."""
        turn, self.turn = self.turn, Turn()
        self.answered_ahead = False
        self._prompter.remember(turn.sayings)
        return turn

    def ask(self, question: Question) -> bool:
        """Make it the question and say it.

        The same question again, with nothing asked of the business between, means that the answer did not
        help: that is a rung of the ladder, never the same words. Who has ``answered_ahead`` was understood.
        """
        if self.question is not None and question.same_as(self.question):
            return self.ask_on() if self.answered_ahead else self.miss()
        self.question = question
        return self._say_question("")

    def ask_silently(self) -> None:
        """The open question; its words are being said already, by the greeting."""
        self.question = Question(wording="open", state=None, kind="open")

    def ask_openly(self) -> None:
        """好的，您请说: whatever the caller has in mind."""
        self.ask_silently()
        self.say("open.go_on")

    @property
    def slots_asked(self) -> frozenset[str]:
        """The slots that answer the question."""
        asked = self.question.slot if self.question else None
        if asked is None:
            return frozenset()
        return FACT_SLOTS if asked == "fact" else frozenset({asked})

    @property
    def is_confirming(self) -> bool:
        """A yes or no to a proposal is waited for."""
        return self.question is not None and self.question.kind == "confirm"

    def miss(self, *, unclear: bool = False) -> bool:
        """One rung down the ladder; ``unclear`` has words of its own."""
        if self.question is None:
            return True
        rung = self.question.missed()
        if rung == "give_up":
            return False
        return self._say_question("unclear" if unclear and rung == "again" else rung)

    def miss_quietly(self) -> bool:
        """One rung down where something else was said instead of the question."""
        return self.question is None or self.question.missed() != "give_up"

    def silence(self) -> bool:
        """The same ladder for an answer that did not come."""
        if self.question is None:
            return True
        rung = self.question.unanswered()
        if rung == "give_up":
            return False
        if rung == "again" and self.question.kind == "open":
            self.say("open.silence")
            return True
        return self._say_question(rung)

    def ask_on(self) -> bool:
        """Ask on after an aside, shorter where there is a shorter wording."""
        if self.question is None or self.question.kind == "open":
            return True
        return self._say_question("again")

    def greet_back(self) -> bool:
        """您好 once, and on with the question."""
        if self.question is None or self.question.kind != "open":
            return self.ask_on()
        if self.uses("open.greet"):
            return self.miss()
        self.say("open.greet")
        return True

    def repeat(self) -> bool:
        """What was said last, as the caller asks for it; the third time in other words."""
        said = self._prompter.last_said
        key = "repeat " + "/".join(saying.text for saying in said)
        if said and self._put[0, key] < SAME_WORDS:
            self._put[0, key] += 1
            self.turn.sayings.extend(said)
            return True
        return self.miss()

    def _say_question(self, way: Way) -> bool:
        """Put the question this way, or another that is not worn out yet."""
        question = self.question
        if question is None:
            return True
        if not way and question.kind == "ask" and not question.values and self._was_put(question, way):
            way = "again"  # what was asked in full before is asked shorter
        others: tuple[Way, ...] = ("", "again", "keypad") if question.values else ("again", "keypad", "")
        for possible in dict.fromkeys((way, *others)):
            wording = wording_for(question, possible, self._wordings)
            if self._was_put(question, possible) < SAME_WORDS * self._wordings.variants(wording):
                self._put[question.task, f"{wording} {question.proposal}"] += 1
                self.say(wording, question.values)
                return True
        return False

    def _was_put(self, question: Question, way: Way) -> int:
        return self._put[question.task, f"{wording_for(question, way, self._wordings)} {question.proposal}"]
