"""A speakerphone returns what it plays, later and weaker; a background goes on for ever."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from voicebot.simulator.recording import BotEar, Timeline
from voicebot.simulator.stream import CallerMove
from voicebot.simulator.surroundings import Background, InSurroundings, Speakerphone


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-9))


def test_the_echo_comes_later_and_so_much_weaker() -> None:
    telephone = Speakerphone(loss_db=20.0, delay_seconds=0.2, seed=1)
    noise = np.random.default_rng(0).normal(0, 3000, (100, 160)).astype(np.int16)
    heard = np.array([telephone.returns(frame) for frame in noise])
    assert not heard[:10].any()
    assert level_db(heard[30:]) == pytest.approx(level_db(noise) - 20.0, abs=1.0)


def test_the_room_sounds_on_for_a_moment_and_is_then_still() -> None:
    telephone = Speakerphone(loss_db=12.0, delay_seconds=0.1, seed=1)
    click = np.full(160, 20000, np.int16)
    silence = np.zeros(160, np.int16)
    heard = [telephone.returns(click), *(telephone.returns(silence) for _ in range(40))]
    levels = [level_db(frame) for frame in heard]
    assert levels[5] > levels[9] > levels[11]
    assert np.abs(heard[-1]).max() < 1.0


def test_a_background_begins_anew_at_its_end() -> None:
    background = Background(np.arange(400.0), begin=320)
    assert background.next()[[0, 79, 80]].tolist() == [320.0, 399.0, 0.0]
    assert background.next()[0] == 80.0


def test_a_background_shorter_than_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="20 ms"):
        Background(np.zeros(100))


class Typist:
    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        return CallerMove(text="查快递", audio=np.full(160, 100, np.int16))

    def press_for_menu(self, said: Sequence[str]) -> str:
        return "1"

    def finish(self) -> None:
        self.finished = True


def test_what_the_caller_does_stays_and_the_sounds_are_added() -> None:
    typist = Typist()
    caller = InSurroundings(
        typist,
        speakerphone=Speakerphone(loss_db=6.0, delay_seconds=0.0, seed=1),
        background=Background(np.full(160, 7.0)),
    )
    timeline = Timeline()
    ear = BotEar(timeline)
    move = caller.move(0.0, ear, timeline)
    assert move.text == "查快递"
    assert move.audio is not None
    assert set(move.audio.tolist()) == {107}
    ear.hear(np.full(160, 8000, np.int16), 0.0)
    echoed = caller.move(0.02, ear, timeline).audio
    assert echoed is not None
    assert np.abs(echoed.astype(float) - 107).max() > 1000
    assert caller.press_for_menu([]) == "1"
    caller.finish()
    assert typist.finished
