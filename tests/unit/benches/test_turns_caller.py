"""The caller writes until the line is where a probe can be said, and says it there."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest

from voicebot.benches.turns_caller import (
    LEFT_OF_PROMPT_SECONDS,
    MOST_STEERING,
    STAY_SECONDS,
    Kind,
    Probe,
    ProbingCaller,
    SilentCaller,
    Walk,
)
from voicebot.benches.turns_clips import Clip
from voicebot.call.log import Entry
from voicebot.simulator.recording import BotEar, Timeline
from voicebot.simulator.stream import CallerMove

WALK = Walk(
    wishes=("查快递", "查订单"),
    routes={"confirm": "不用", "default": "算了"},
    yes_no=frozenset({"confirm"}),
    statements=frozenset({"status"}),
    last_words=("goodbye", "human.transfer"),
)
TONE = (6000 * np.sin(np.arange(4000) * 0.5)).astype(np.int16)


def a_probe(kind: Kind, *states: str, number: int = 1) -> Probe:
    return Probe(number=number, kind=kind, text="…", voice="zf", clip=Clip(samples=TONE), states=states)


class ALine:
    """Says and asks what the test wants, and lets the caller act frame by frame."""

    def __init__(self, *probes: Probe, most_probes: int = 8) -> None:
        self.queue = deque(probes)
        self.entries: list[Entry] = []
        self.caller = ProbingCaller(
            WALK, self.queue, entries=lambda: self.entries, seed=1, most_probes=most_probes
        )
        self.timeline = Timeline()
        self.ear = BotEar(self.timeline)
        self.now = 0.0
        self.moves: list[tuple[float, CallerMove]] = []

    def logs(self, name: str, **body: Any) -> None:
        self.entries.append(
            Entry(seq=len(self.entries), at_seconds=self.now, kind="event", type=name, body=body)
        )

    def asks(self, state: str, wording: str, seconds: float, *, interruptible: bool = True) -> None:
        """Say it whole, unless the caller stops it by writing, and wait for an answer."""
        prompt = len(self.entries) + 1
        self.logs("Say", prompt_id=prompt, wording=wording, interruptible=interruptible)
        self.logs("Listen", state=None if state == "open" else state)
        self.logs("PromptStarted", prompt_id=prompt, seconds=seconds)
        self.passes(seconds, loud=True)
        self.logs("MarkReached", prompt_id=prompt)
        self.ear.prompt_ended()

    def passes(self, seconds: float, *, loud: bool = False) -> None:
        for _ in range(round(seconds / 0.02)):
            self.ear.hear(TONE[:160] if loud else np.zeros(160, np.int16), self.now)
            move = self.caller.move(self.now, self.ear, self.timeline)
            if move.text is not None or move.ends is not None:
                self.moves.append((self.now, move))
            self.now += 0.02

    def written(self) -> list[str]:
        return [move.text for _, move in self.moves if move.text is not None]


def test_the_caller_writes_a_wish_and_says_the_number_where_it_is_asked_for() -> None:
    line = ALine(a_probe("number", "order_tail"))
    line.asks("open", "greeting", 1.0)
    line.passes(0.5)
    assert line.written() == ["查快递"]
    line.asks("order_tail", "identity.order_tail", 1.0)
    line.passes(2.0)
    (said,) = line.caller.said
    assert said.state == "order_tail"
    assert said.ended_seconds - said.began_seconds == pytest.approx(0.5, abs=0.02)
    assert not line.queue
    assert [event.event for event in line.timeline.events()].count("caller_speech_ended") == 1


def test_in_other_states_the_route_is_written() -> None:
    line = ALine(a_probe("number", "order_tail"))
    line.asks("confirm:refund.apply", "refund.confirm.only", 1.0)
    line.passes(0.5)
    line.asks("reason", "refund.reason", 1.0)
    line.passes(0.5)
    assert line.written() == ["不用", "算了"]


def test_a_prompt_to_which_nothing_can_be_said_is_not_heard_out() -> None:
    line = ALine(a_probe("number", "order_tail"))
    line.asks("reason", "refund.reason", 4.0)
    assert line.written() == ["算了"]
    assert line.moves[0][0] < 0.5


def test_an_interruption_comes_while_the_prompt_still_has_to_go_on() -> None:
    line = ALine(a_probe("interruption"))
    line.asks("order_tail", "identity.order_tail", 4.0)
    (said,) = line.caller.said
    assert 0.5 < said.began_seconds < 4.0 - LEFT_OF_PROMPT_SECONDS + 0.05
    assert said.wording == "identity.order_tail"


@pytest.mark.parametrize(
    ("state", "wording", "interruptible", "spoken"),
    [
        ("order_tail", "identity.order_tail", True, True),
        ("confirm:refund.apply", "refund.confirm.only", True, False),
        ("confirm:refund.apply", "status.paid", True, True),
        ("order_tail", "identity.order_tail", False, False),
        ("open", "human.transfer", True, False),
    ],
    ids=[
        "a question for digits",
        "a yes-or-no question",
        "a statement before one",
        "not to be interrupted",
        "last words",
    ],
)
def test_nods_come_over_prompts_that_ask_for_no_yes(
    state: str, wording: str, interruptible: bool, spoken: bool
) -> None:
    line = ALine(a_probe("backchannel"))
    line.asks(state, wording, 4.0, interruptible=interruptible)
    assert bool(line.caller.said) is spoken


def test_who_has_nodded_gives_the_line_time_to_go_on() -> None:
    line = ALine(a_probe("backchannel"), a_probe("number", "reason", number=2))
    line.entries.clear()
    prompt = 1
    line.logs("Say", prompt_id=prompt, wording="greeting", interruptible=True)
    line.logs("PromptStarted", prompt_id=prompt, seconds=8.0)
    while not line.caller.said:
        line.passes(0.02, loud=True)
    line.logs("ClearPlayback", generation=2)
    line.ear.prompt_ended()
    nodded = line.caller.said[0].ended_seconds
    line.passes(2.5)
    assert line.written() == ["查快递"]
    assert line.moves[-1][0] - nodded > 1.5


def test_a_prompt_that_is_too_short_is_not_spoken_over() -> None:
    line = ALine(a_probe("interruption"))
    line.asks("order_tail", "identity.order_tail", 1.5)
    assert not line.caller.said


def test_what_was_said_counts_until_the_caller_does_something_else() -> None:
    line = ALine(a_probe("number", "order_tail"), a_probe("number", "reason", number=2))
    line.asks("order_tail", "identity.order_tail", 1.0)
    line.passes(2.0)
    line.asks("anything_else", "anything_else", 1.0)
    line.passes(0.5)
    (said,) = line.caller.said
    assert said.until_seconds == pytest.approx(line.moves[-1][0])
    assert line.moves[-1][1].text == "查快递"


def test_a_line_that_never_answers_is_not_waited_for_for_ever() -> None:
    line = ALine(a_probe("number", "order_tail"), a_probe("number", "order_tail", number=2))
    line.asks("order_tail", "identity.order_tail", 1.0)
    line.passes(10.0)
    assert len(line.caller.said) == 2


def test_the_caller_hangs_up_when_all_is_said_or_nothing_can_be() -> None:
    line = ALine(a_probe("number", "order_tail"))
    line.asks("order_tail", "identity.order_tail", 1.0)
    line.passes(2.0 + STAY_SECONDS)
    assert line.moves[-1][1].ends == "hang_up"
    lost = ALine(a_probe("number", "order_tail"))
    for _ in range(MOST_STEERING + 2):
        lost.asks("reason", "refund.reason", 0.5)
        lost.passes(0.5)
    lost.passes(STAY_SECONDS)
    assert (lost.moves[-1][1].ends, len(lost.queue)) == ("hang_up", 1)


def test_who_says_nothing_hangs_up_in_time() -> None:
    caller = SilentCaller(3.0)
    ear = BotEar(Timeline())
    assert caller.move(2.9, ear, Timeline()) == CallerMove()
    assert caller.move(3.0, ear, Timeline()).ends == "hang_up"
