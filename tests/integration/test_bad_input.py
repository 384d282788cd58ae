"""Whole calls with everything coming in but what should: the line asks, ends politely, and keeps nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.bad_input import (
    Change,
    PressesAloud,
    Sounds,
    all_the_time,
    jumping,
    losing,
    louder,
    offset,
    tone_of,
    white_noise,
)
from tests.support.leftovers import nothing_left_behind, parts_alive
from tests.support.virtual import Line, World, is_closed, wordings
from voicebot.audio import mulaw
from voicebot.benches.virtual_line import HeldCall
from voicebot.dialogue.requests import Request, Result
from voicebot.runtime.performer import Asks
from voicebot.simulator.channel import ChannelQuality
from voicebot.simulator.loopback import LoopbackLink

pytestmark = pytest.mark.timeout(400)
"""Minutes of sound pass in each, and every frame of it is heard."""

STRANGER = "+8619900000000"
LISTENS = {"after": "nothing", "listen": True}
PATIENT_SECONDS = 600.0
"""The caller stays longer than the line should talk to nobody."""
REFUND = (
    {"say": "我要退那件羽绒服"},
    {"say": "收货城市是杭州"},
    {"say": "尺码不合适"},
    {"expect": ["羽绒服.*尺码不合适.*确认提交吗"], "say": "确认"},
    {"expect": ["退货申请已经提交"], "say": "没有了，谢谢，再见"},
)


@pytest.fixture(autouse=True)
def _leaves_nothing(world: World) -> Iterator[None]:
    """First in, last out: the line of the test is closed before it is looked for what is left."""
    del world
    with nothing_left_behind():
        yield


@pytest.fixture(scope="module")
def talk() -> NDArray[np.int16]:
    """Ten seconds of speech with hardly a pause: the prompts of the line itself, as a television has them."""
    folder = Path(__file__).parents[2] / "audio_prompts" / "zh-CN" / "zf_xiaoyi"
    clips = [path.read_bytes() for path in sorted(folder.glob("*.ulaw"))]
    return mulaw.decode(b"".join(clip for clip in clips if len(clip) > 8000)[: 10 * 8000])


def sounding(change: Change) -> dict[str, Any]:
    """How a call is held whose caller sounds so."""
    return {"changed": lambda caller: Sounds(caller, change), "stay_seconds": PATIENT_SECONDS}


def lasted_seconds(held: HeldCall) -> float:
    return held.stream.next_step_seconds


def gives_up_politely(line: Line, held: HeldCall, within_seconds: float) -> bool:
    """It was the line that ended the call, with a goodbye or for a human, in time, and the log says so."""
    last = held.entries[-1]
    outcome = str(last.body["outcome"]) if last.type == "EndCall" else "transfer"
    assert last.type in ("EndCall", "TransferToHuman")
    assert wordings(held)[-1].startswith(("goodbye", "human"))
    assert held.stream.ended == "bot_closed"
    assert lasted_seconds(held) <= within_seconds
    assert line.new_refunds() == []
    return is_closed(line, held, outcome)


def gets_the_refund(line: Line, held: HeldCall) -> bool:
    assert line.caller.unmet == []
    assert len(line.new_refunds()) == 1
    return is_closed(line, held, str(held.entries[-1].body["outcome"]))


# ---- nobody speaks ---------------------------------------------------------------------------------------


def test_silence_for_the_whole_call_is_asked_twice_and_said_goodbye_to(line: Line) -> None:
    held = line.call(LISTENS, stay_seconds=PATIENT_SECONDS)
    assert wordings(held) == ["greeting", "open.silence", "open.keypad", "goodbye.silence"]
    assert gives_up_politely(line, held, within_seconds=60)


def test_who_falls_silent_in_the_middle_is_offered_the_keys_and_then_a_human(line: Line) -> None:
    held = line.call(REFUND[0], LISTENS, stay_seconds=PATIENT_SECONDS)
    assert wordings(held)[2:] == ["fact", "fact.again", "fact.keypad", "human.no_input"]
    assert gives_up_politely(line, held, within_seconds=90)


def test_white_noise_is_silence(line: Line) -> None:
    held = line.call(LISTENS, **sounding(white_noise()))
    assert [entry for entry in held.entries if entry.type == "Read"] == []
    assert wordings(held) == ["greeting", "open.silence", "open.keypad", "goodbye.silence"]
    assert gives_up_politely(line, held, within_seconds=60)


@pytest.mark.parametrize("every_seconds", [0.5, 2.0])
def test_tones_of_keys_that_never_end_are_silence(line: Line, every_seconds: float) -> None:
    rest = np.zeros(round((every_seconds - 0.2) * 8000), dtype=np.int16)
    tones = np.concatenate([np.concatenate([tone_of(digit, 0.2), rest]) for digit in "1590*#"])
    held = line.call(LISTENS, **sounding(all_the_time(tones)))
    assert [entry for entry in held.entries if entry.type == "Read"] == []
    assert gives_up_politely(line, held, within_seconds=120)


# ---- the sound is bad ------------------------------------------------------------------------------------


def test_talk_that_never_ends_is_answered_for_a_while_and_then_no_more(
    open_line: Callable[..., Line], talk: NDArray[np.int16]
) -> None:
    line = open_line(hears=lambda _samples: "那个我跟你说啊那天天气特别好")
    held = line.call(LISTENS, **sounding(all_the_time(talk)))
    assert held.types().count("TakeTurn") >= 2
    assert gives_up_politely(line, held, within_seconds=240)


def test_talk_without_words_is_silence_and_the_line_is_heard_through_it(
    line: Line, talk: NDArray[np.int16]
) -> None:
    held = line.call(LISTENS, **sounding(all_the_time(talk)))
    assert {"open.silence", "open.keypad"} <= set(wordings(held))
    assert gives_up_politely(line, held, within_seconds=400)


def test_who_is_too_quiet_for_the_line_is_asked_as_if_he_were_silent(line: Line) -> None:
    held = line.call(*REFUND, **sounding(louder(-40.0)))
    assert gives_up_politely(line, held, within_seconds=120)


@pytest.mark.parametrize(
    "change", [louder(20.0), offset(0.1), offset(-0.3)], ids=["clipped", "above", "below"]
)
def test_clipped_or_on_top_of_a_constant_a_caller_is_understood(line: Line, change: Change) -> None:
    assert gets_the_refund(line, line.call(*REFUND, **sounding(change)))


def test_keys_whose_tones_are_in_the_sound_count_once(line: Line) -> None:
    keys = [{"press": keys} for keys in ("1", "3721", "0001", "2")]
    held = line.call(*keys, from_number=STRANGER, changed=PressesAloud)
    assert line.caller.unmet == []
    assert [entry.body["digit"] for entry in held.entries if entry.type == "KeyPressed"] == list("1372100012")
    assert "track.out_for_delivery" in wordings(held)
    assert is_closed(line, held, str(held.entries[-1].body["outcome"]))


# ---- the line is bad -------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_with_half_of_the_frames_or_all_of_them_lost_the_call_ends_politely(line: Line, share: float) -> None:
    held = line.call(*REFUND[:1], link=losing(share), stay_seconds=PATIENT_SECONDS)
    assert gives_up_politely(line, held, within_seconds=120)


@pytest.mark.parametrize("jitter_ms", [300.0, 1000.0])
def test_frames_that_come_late_and_in_bursts_are_put_where_they_belong(line: Line, jitter_ms: float) -> None:
    held = line.call(*REFUND, quality=ChannelQuality(jitter_ms=jitter_ms), stay_seconds=PATIENT_SECONDS)
    assert gets_the_refund(line, held)


@pytest.mark.parametrize(
    "jumps",
    [{5.0: 3605.0}, {5.0: 0.0}, {0.0: 1.7e9}, {4.0: 3604.0, 9.0: 0.0, 14.0: 7200.0}],
    ids=["forward", "back", "never right", "to and fro"],
)
def test_a_carriers_clock_that_jumps_costs_nothing(line: Line, jumps: dict[float, float]) -> None:
    held = line.call(*REFUND, link=jumping(jumps), stay_seconds=PATIENT_SECONDS)
    assert gets_the_refund(line, held)
    spoken = [entry.body["at_seconds"] for entry in held.entries if entry.type == "SpeechStarted"]
    assert spoken == sorted(spoken)
    assert all(
        entry.body["at_seconds"] <= entry.at_seconds
        for entry in held.entries
        if entry.type == "SpeechStarted"
    )


def test_a_yes_over_the_question_is_none_though_the_carriers_clock_runs_ahead(line: Line) -> None:
    over = {"after": {"speaking": 0.2}, "say": "确认"}
    held = line.call(*REFUND[:3], over, link=jumping({5.0: 3605.0}), stay_seconds=5)
    assert "SpeechStarted" in held.types()
    assert line.new_refunds() == []


@pytest.mark.parametrize("seconds", [5.0, 40.0])
def test_a_process_that_stands_still_goes_on_where_it_was(line: Line, seconds: float) -> None:
    line.voice.stalls_seconds[3] = seconds
    held = line.call(*REFUND, stay_seconds=PATIENT_SECONDS)
    assert held.stream.ended == "bot_closed"
    assert lasted_seconds(held) <= 60 + seconds
    assert is_closed(line, held, line.row(held).outcome or "")


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_on_the_wall_that_is_set_changes_nothing(open_line: Callable[..., Line], hours: int) -> None:
    lines: list[Line] = []

    def sets_the_clock(asks: Asks) -> Asks:
        def ask(request: Request, now: datetime) -> Result:
            answer = asks(request, now)
            lines[0].phone.set_wall_clock(now + timedelta(hours=hours))
            return answer

        return ask

    lines.append(open_line(business=sets_the_clock))
    held = lines[0].call(*REFUND, stay_seconds=PATIENT_SECONDS)
    assert gets_the_refund(lines[0], held)
    row = lines[0].row(held)
    assert row.ended_at is not None
    assert 10 <= (row.ended_at - row.started_at).total_seconds() <= 120


# ---- again and again -------------------------------------------------------------------------------------


def test_no_call_is_kept_in_memory_however_it_went(line: Line, talk: NDArray[np.int16]) -> None:
    """The second round of calls leaves as many objects as there were before it."""
    ways: list[dict[str, Any]] = [
        {**sounding(white_noise()), "stay_seconds": 8.0},
        {**sounding(all_the_time(talk)), "stay_seconds": 12.0},
        {"wire": lambda: losing(0.5), "stay_seconds": 8.0},
        {"wire": lambda: jumping({3.0: 3600.0, 5.0: 0.0}), "stay_seconds": 8.0},
    ]

    def a_round() -> int:
        for way in ways:
            wire = way.get("wire", LoopbackLink)
            how = {key: value for key, value in way.items() if key != "wire"}
            line.call(LISTENS, link=wire(), **how)
        line.archive.flush()
        gc.collect()
        return len(gc.get_objects())

    a_round()
    before, parts = a_round(), parts_alive()
    after = a_round()
    assert parts_alive() == parts
    assert after - before < 200
