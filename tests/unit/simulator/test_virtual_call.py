"""Whole calls in one thread on a virtual clock: minutes of talk in an instant, the same every time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from voicebot.simulator import g711
from voicebot.simulator.caller import ScriptedCaller
from voicebot.simulator.channel import CLEAN, Channel, ChannelQuality
from voicebot.simulator.clock import VirtualClock
from voicebot.simulator.latency import measure
from voicebot.simulator.loopback import LoopbackLink, LoopbackTransport
from voicebot.simulator.script import ScriptError, load_script, parse_script
from voicebot.simulator.stream import SimulatedStream, StreamIds
from voicebot.telephony.media_stream import Inbound, Media, StreamProtocol
from voicebot.telephony.transport import StreamClosed, Transport

IDS = StreamIds(account_sid="AC1", call_sid="CA1", stream_sid="MZ1")


def a_tone(seconds: float) -> NDArray[np.int16]:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * 8000)) / 8000)).astype(np.int16)


class VirtualCall:
    """A bot's side that greets, and answers each stretch of speech after a while of computing."""

    def __init__(self, steps: list[Any], *, quality: ChannelQuality = CLEAN, **script: Any) -> None:
        self.said: list[str] = []
        self.clock = VirtualClock()
        source = {"steps": steps, "stay_seconds": 3, **script}
        self.caller = ScriptedCaller(
            parse_script(source, where=Path("s.yaml")),
            speak=lambda text: a_tone(0.25 * len(text)),
            observe=lambda: self.said,
        )
        link = LoopbackLink()
        self.loopback: LoopbackTransport[Inbound] = LoopbackTransport(
            link=link,
            clock=self.clock,
            stream_sid="MZ1",
            decode=StreamProtocol().receive,
            closed=StreamClosed,
        )
        self.transport: Transport = self.loopback  # type-checks only while it meets the protocol
        self.stream = SimulatedStream(
            link=link, ids=IDS, parameters={}, caller=self.caller, channel=Channel(quality)
        )
        self.loopback.attach(self.stream)
        self.stream.open()

    def say(self, text: str, seconds: float, mark: str) -> None:
        self.said.append(text)
        self.transport.send_media(g711.encode(a_tone(seconds)))
        self.transport.send_mark(mark)

    def hear(self) -> list[Any]:
        """Listen to the end."""
        heard = []
        try:
            while True:
                message = self.transport.receive(0.5)
                if message is not None:
                    heard.append(message)
        except StreamClosed:
            return heard

    def kinds(self, heard: list[Any]) -> list[str]:
        return [message.kind for message in heard if message.kind != "media"]


def answering(call: VirtualCall, *, computing_seconds: float, answers: int) -> None:
    """Greet; then answer each silence after speech."""
    call.say("您好", 1.0, "0.0")
    quiet = 0
    spoken = False
    while answers:
        message = call.transport.receive(0.02)
        if not isinstance(message, Media):
            continue
        loud = np.abs(g711.decode(message.payload).astype(int)).max() > 1000
        quiet = 0 if loud else quiet + 1
        spoken = spoken or bool(loud)
        if spoken and quiet == 10:
            call.clock.advance(computing_seconds)
            call.say("好的", 0.5, f"0.{answers}")
            spoken = False
            answers -= 1


def test_a_minute_of_talk_takes_no_time_and_measures_its_own_latency() -> None:
    steps = [{"say": "我想查一下我的快递到哪儿了", "expect": ["您好|好的"]} for _ in range(10)]
    call = VirtualCall(steps)
    answering(call, computing_seconds=0.3, answers=10)
    call.hear()
    call.caller.finish()
    figures = measure(call.stream.timeline.events())
    assert call.caller.unmet == []
    assert call.clock.now() > 45
    assert len(figures.turns) == 10
    for turn in figures.turns:
        # 10 quiet frames, 0.3 s of computing, and the steps of the 20 ms clock on both sides
        assert turn.first_sound_seconds == pytest.approx(0.5, abs=0.061)
    assert figures.underruns_seconds == ()


def test_the_same_call_twice_is_the_same_call() -> None:
    def once() -> Any:
        call = VirtualCall(
            [{"say": "你好"}, {"press": "12"}], quality=ChannelQuality(loss=0.05, jitter_ms=40, seed=4)
        )
        answering(call, computing_seconds=0.1, answers=1)
        call.hear()
        return call.stream.timeline.events(), call.stream.recording.caller_samples().tobytes()

    assert once() == once()


def test_what_is_sent_late_is_not_heard_early() -> None:
    call = VirtualCall([{"after": "nothing", "listen": True}], stay_seconds=2)
    call.clock.advance(1.0)
    call.say("您好", 0.2, "0.0")
    call.hear()
    began = next(event for event in call.stream.timeline.events() if event.event == "bot_began")
    assert began.at_seconds == pytest.approx(1.0, abs=0.02)


def test_an_interruption_and_clear_bring_back_the_marks() -> None:
    call = VirtualCall([{"after": {"speaking": 1.2}, "say": "不是"}])
    call.say("很长的话", 20.0, "0.1")
    loud = False
    while not loud:
        message = call.transport.receive(0.02)
        loud = isinstance(message, Media) and bool(
            np.abs(g711.decode(message.payload).astype(int)).max() > 1000
        )
    assert call.clock.now() == pytest.approx(1.24, abs=0.05)
    call.transport.send_clear()
    heard = call.hear()
    assert [message.name for message in heard if message.kind == "mark"] == ["0.1"]
    (yielded,) = measure(call.stream.timeline.events()).yield_seconds
    assert yielded < 0.1


def test_keys_hang_up_and_drop_arrive_as_on_a_telephone() -> None:
    call = VirtualCall([{"after": "nothing", "press": "1*0#"}, {"after": {"seconds": 0.5}, "hang_up": True}])
    heard = call.hear()
    assert call.kinds(heard) == ["connected", "started", "dtmf", "dtmf", "dtmf", "dtmf", "stopped"]
    assert [message.digit for message in heard if message.kind == "dtmf"] == ["1", "*", "0", "#"]
    dropped = VirtualCall([{"after": {"seconds": 0.5}, "drop": True}])
    assert dropped.kinds(dropped.hear()) == ["connected", "started"]
    with pytest.raises(StreamClosed):
        dropped.transport.send_clear()


def test_a_bot_that_closes_ends_the_stream() -> None:
    call = VirtualCall([{"after": "nothing", "listen": True}])
    call.transport.receive(0.1)
    call.transport.close(1011)
    call.loopback.finish()
    assert (call.stream.ended, call.stream.close_code) == ("bot_closed", 1011)


def test_expectations_that_are_not_met_are_told_with_their_step() -> None:
    call = VirtualCall(
        [{"say": "你好", "expect": ["欢迎"]}, {"say": "再见", "timeout_seconds": 1}, {"hang_up": True}]
    )
    answering(call, computing_seconds=0.0, answers=1)
    call.transport.close()
    call.loopback.finish()
    call.caller.finish()
    assert [(miss.step_no, miss.expected) for miss in call.caller.unmet] == [
        (1, "欢迎"),
        (2, "the call to last until this step"),
    ]
    assert call.caller.unmet[0].said == ("您好",)


def test_a_bot_that_says_nothing_is_noticed() -> None:
    call = VirtualCall([{"say": "喂", "timeout_seconds": 2}, {"after": "nothing", "hang_up": True}])
    call.hear()
    assert "within 2 s" in call.caller.unmet[0].expected


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("[]", "list of 'steps'"),
        ("[{say: 你好, press: '1'}]", "exactly one of"),
        ("[{shout: 你好}]", "does not know shout"),
        ("[{press: 12}]", "in quotes"),
        ("[{press: 一}]", "keys 0-9"),
        ("[{say: 你好, after: later}]", "after takes"),
        ("[{say: 你好, after: {seconds: soon}}]", "no number of seconds"),
        ("[{say: 你好, expect: ['(']}]", "no regular expression"),
        ("[{play: missing.wav}]", "missing.wav"),
        ("[{say: 你好}", "s.yaml:"),
    ],
)
def test_a_broken_script_says_where_and_what(tmp_path: Path, steps: str, message: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"name: x\nsteps: {steps}\n", encoding="utf-8")
    with pytest.raises(ScriptError) as broken:
        ScriptedCaller(load_script(path), speak=lambda text: a_tone(0.1), observe=list)
    assert message in broken.value.message


def test_a_recorded_clip_of_another_rate_is_brought_to_the_telephones(tmp_path: Path) -> None:
    import wave

    from voicebot.simulator.caller import read_clip

    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.zeros(16000, dtype="<i2").tobytes())
    assert len(read_clip(tmp_path / "clip.wav")) == pytest.approx(8000, abs=2)


def answering_with(call: VirtualCall, replies: list[str]) -> None:
    """Greet; then answer each time that the caller has spoken or pressed, in turn."""
    call.say("您好", 1.0, "0.0")
    quiet = 0
    spoken = False
    while replies:
        message = call.transport.receive(0.02)
        if message is None:
            continue
        if isinstance(message, Media):
            loud = np.abs(g711.decode(message.payload).astype(int)).max() > 1000
            quiet = 0 if loud else quiet + 1
            spoken = spoken or bool(loud)
        if message.kind == "dtmf" or (spoken and quiet == 10):
            call.say(replies.pop(0), 0.5, f"0.{len(replies) + 1}")
            spoken = False


def test_a_caller_who_is_not_understood_says_it_otherwise_and_then_takes_the_keys() -> None:
    call = VirtualCall(
        [
            {"say": "杭州", "again": [{"say": "杭州市"}, {"press": "8"}]},
            {"expect": ["原因"], "say": "太小"},
            {"expect": ["再见"], "hang_up": True},
        ]
    )
    answering_with(call, ["没听清", "没听清", "什么原因", "再见"])
    call.hear()
    acted = [str(e.detail["text"]) for e in call.stream.timeline.events() if e.event == "step"]
    assert acted[:4] == ["杭州", "杭州市", "8", "太小"]
    assert call.caller.unmet == []


def test_a_caller_gives_up_repeating_and_says_what_was_missed() -> None:
    call = VirtualCall([{"say": "杭州", "again": [{"say": "杭州市"}]}, {"expect": ["原因"], "hang_up": True}])
    answering_with(call, ["没听清", "没听清"])
    call.hear()
    assert [unmet.expected for unmet in call.caller.unmet] == ["原因"]
