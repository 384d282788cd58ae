"""One call on one thread: what comes in becomes events, what is wanted goes out in order."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.calls import started
from tests.support.lines import (
    FRAME,
    QUIET,
    WALL,
    Clock,
    FakeLine,
    FakeReader,
    FakeShop,
    FakeVoice,
    MemorySink,
    Workers,
    dtmf,
    mark,
    media,
    services,
    stopped,
    typed,
)
from tests.support.scripts import a_script
from tests.support.shop import said
from voicebot.asr.pool import RecognitionPool
from voicebot.audio import Samples, mulaw
from voicebot.audio.framing import FRAME_SECONDS
from voicebot.call.actions import EndCall, Say, TransferToHuman
from voicebot.call.hearing import Hearing
from voicebot.call.log import to_line
from voicebot.call.replay import replay
from voicebot.call.session import CallSession
from voicebot.dialogue.wording import Part
from voicebot.runtime.driver import ECHO_BYTES, LISTENING_SECONDS, CallDriver
from voicebot.runtime.outgoing import FRAMES_AT_ONCE, LEAD_SECONDS
from voicebot.runtime.performer import Performer
from voicebot.runtime.record import CallRecord
from voicebot.runtime.recorder import Recorder
from voicebot.tts.engine import VoiceFailedError

STEP_SECONDS = 0.02


def a_vowel() -> bytes:
    """One frame of a buzz at a speaker's pitch."""
    moments = np.arange(160) / 8000
    buzz = sum(np.sin(2 * np.pi * k * 150.0 * moments) / k for k in range(1, 8))
    return mulaw.encode(np.rint(4000 * buzz).astype(np.int16))


VOWEL = a_vowel()


class LoudIsSpeech:
    """Takes for speech whatever is not silent."""

    def is_speech(self, samples: Samples) -> bool:
        return bool(np.abs(samples.astype(int)).max() > 500)


class Call:
    """A driver with a world of fakes, taken through time in steps of 20 ms."""

    def __init__(self, pool: RecognitionPool, recorder: Recorder | None = None) -> None:
        self.clock = Clock(100.0)
        self.line = FakeLine(self.clock)
        self.voice, self.reader, self.shop, self.workers = FakeVoice(), FakeReader(), FakeShop(), Workers()
        self.sink = MemorySink()
        world = services(pool, reader=self.reader, business=self.shop, voice=self.voice, workers=self.workers)
        self.driver = CallDriver(
            session=CallSession(a_script()),
            hearing=Hearing(detector=LoudIsSpeech()),
            transport=self.line,
            performer=lambda post: Performer(world, "call-1", post),
            record=CallRecord(self.sink),
            recorder=recorder,
            clock=self.clock,
        )

    def start(self) -> Call:
        self.driver.start(started(), WALL.date())
        return self

    def step(self, *inbound: Any) -> Call:
        for message in inbound or (None,):
            self.driver.step(message)
        return self

    def until(self, seconds: float) -> Call:
        """Let time pass to this second of the call."""
        while self.driver.now() < seconds and not self.driver.is_over:
            self.clock.now = round(self.clock.now + STEP_SECONDS, 6)
            self.driver.step(None)
        return self

    def heard_out(self) -> Call:
        """Everything sent so far is played, and its last mark comes back."""
        self.until(self.driver.now() + len(b"".join(self.line.all("media"))) / 8000 + 0.3)
        return self.step(mark(self.line.all("mark")[-1]))

    def bodies(self, type_name: str) -> list[Any]:
        return [entry.body for entry in self.sink.entries if entry.type == type_name]

    def shown(self, speaker: str) -> list[str]:
        return [extra["text"] for extra in self.line.all("extra") if extra["speaker"] == speaker]


@pytest.fixture
def call(pool: RecognitionPool) -> Call:
    return Call(pool)


def wish_for_a_human(call: Call) -> Call:
    call.reader.readings["人工"] = said("人工", intents=("agent.request",))
    return call.start().heard_out().step(typed("人工"))


# ---- what goes out


def test_the_greeting_goes_out_with_the_start(call: Call) -> None:
    call.start()
    assert call.line.kinds()[:2] == ["extra", "media"]
    assert call.shown("bot")
    assert call.sink.types()[:2] == ["CallStarted", "PromptStarted"]
    assert call.bodies("PromptStarted")[0]["prompt_id"] == 1


def test_sound_keeps_its_pace_and_ends_with_its_mark(call: Call) -> None:
    call.start().until(0.1)
    assert 0.3 <= len(b"".join(call.line.all("media"))) / 8000 <= 0.36
    call.heard_out()
    assert call.line.all("mark") == ["1.1"]
    assert call.driver.underruns == 0


def test_a_later_prompt_waits_for_an_earlier_one_that_is_still_rendered(call: Call) -> None:
    call.start().heard_out()
    call.line.sent.clear()
    call.voice.slow = call.workers.held = True
    call.driver._say(a_say(10))
    call.voice.slow = False
    call.driver._say(a_say(11))
    call.until(call.driver.now() + 0.1)
    assert call.line.all("media") == []
    call.workers.go_on()
    call.until(call.driver.now() + 1.0)
    assert call.line.all("mark") == ["1.10", "1.11"]


def test_a_prompt_that_fails_lets_the_next_one_through(call: Call) -> None:
    call.start().heard_out()
    call.line.sent.clear()
    call.voice.slow = call.workers.held = True
    call.driver._say(a_say(10))
    call.voice.slow = False
    call.driver._say(a_say(11))
    call.voice.broken = VoiceFailedError("no voice")
    call.workers.go_on()
    call.until(call.driver.now() + 1.0)
    assert call.bodies("PromptFailed")[0]["prompt_id"] == 10
    assert call.line.all("mark") == ["1.11"]


def test_a_prompt_cleared_while_it_was_rendered_is_forgotten(call: Call) -> None:
    call.voice.slow = call.workers.held = True
    call.start().step(dtmf("*"))
    assert call.line.all("clear") == [None]
    call.workers.go_on()
    call.until(0.5)
    assert call.line.all("media") == []
    assert call.line.all("mark") == []


def test_what_is_sent_is_kept_for_the_hearing_but_not_without_end(call: Call) -> None:
    call.start()
    for prompt_id in range(10, 40):
        call.driver._say(a_say(prompt_id))
    call.until(12.0)
    assert len(call.driver._sent) <= ECHO_BYTES
    call.step(media(0))
    assert len(call.driver._sent) < 1000


# ---- what comes in


def test_speech_becomes_an_utterance_and_its_words_are_shown_once(call: Call) -> None:
    call.reader.readings["我想退款"] = said("我想退款", intents=("refund.apply",))
    call.start().heard_out()
    at_ms = 0
    for frame in [VOWEL] * 50 + [QUIET] * 60:
        call.clock.now += STEP_SECONDS
        call.step(media(at_ms, frame))
        at_ms += 20
    wait_for(lambda: call.step().bodies("UtteranceRead"))
    assert call.sink.types()[call.sink.types().index("SpeechStarted") :][:2] == [
        "SpeechStarted",
        "SpeechPaused",
    ]
    assert call.shown("caller") == ["我想退款"]
    assert call.sink.synced == 1


def test_keys_marks_and_words_become_events(call: Call) -> None:
    call.start().step(dtmf("1"), mark("1.1"), mark("theirs"), typed("你好"))
    assert call.bodies("KeyPressed") == [{"digit": "1"}]
    assert call.bodies("MarkReached") == [{"prompt_id": 1, "generation": 1}]
    assert call.bodies("TextTyped") == [{"text": "你好"}]
    assert call.shown("caller") == ["你好"]


@pytest.mark.parametrize("digit", ["A", "B", "C", "D"])
def test_tones_that_no_telephone_has_keys_for_are_passed_over(call: Call, digit: str) -> None:
    call.start().step(dtmf(digit))
    assert call.bodies("KeyPressed") == []


def test_text_without_end_is_cut(call: Call) -> None:
    call.start().step(typed("退" * 5000))
    assert len(call.bodies("TextTyped")[0]["text"]) == 500


def test_a_transport_that_gives_something_else_is_our_bug(call: Call) -> None:
    with pytest.raises(TypeError, match="does not give"):
        call.start().step(object_of_kind("started"))


def test_deadlines_are_kept_although_nothing_comes_in(call: Call) -> None:
    call.start().heard_out().until(30.0)
    assert "Tick" in call.sink.types("tick")
    assert len(call.shown("bot")) > 1


def test_a_deadline_between_two_milliseconds_does_not_stop_the_clock(call: Call) -> None:
    call.start().heard_out()
    deadline = call.driver._session.next_deadline
    assert deadline is not None
    call.driver._session._deadlines.set("no_input", math.nextafter(9.3, 10.0))
    call.clock.now = 100.0 + 9.3
    before = len(call.sink.entries)
    call.step()
    assert len(call.sink.entries) > before
    assert call.driver._patience() > 0


def test_the_driver_waits_no_longer_than_for_the_next_sound_to_send_or_its_deadline(call: Call) -> None:
    call.start().heard_out()
    assert call.driver._patience() == LISTENING_SECONDS < LEAD_SECONDS - FRAMES_AT_ONCE * FRAME_SECONDS
    deadline = call.driver._session.next_deadline
    assert deadline is not None
    call.clock.now = 100.0 + deadline - 0.005
    assert call.driver._patience() == pytest.approx(0.005, abs=0.001)
    call.clock.now += 10.0
    assert call.driver._patience() == 0.0


def test_what_a_worker_leaves_wakes_the_line(call: Call) -> None:
    call.reader.readings["再见"] = said("再见", "goodbye")
    call.start().heard_out()
    call.workers.held = True
    call.step(typed("再见"))
    before = call.line.woken
    call.workers.go_on()
    assert call.line.woken == before + 1


# ---- ends


def test_a_transfer_leaves_when_its_last_words_were_heard(call: Call) -> None:
    wish_for_a_human(call)
    call.until(call.driver.now() + 0.1)
    assert "TransferToHuman" not in call.sink.types("action")
    call.heard_out()
    assert isinstance(call.driver.outcome, TransferToHuman)
    assert call.driver.outcome.ticket_no == "T-1"
    assert call.driver.hung_up is None


def test_a_transfer_leaves_although_its_mark_is_lost(call: Call) -> None:
    wish_for_a_human(call).until(60.0)
    assert isinstance(call.driver.outcome, TransferToHuman)


def test_a_goodbye_ends_the_call_and_nothing_is_taken_in_afterwards(call: Call) -> None:
    call.reader.readings["再见"] = said("再见", "goodbye")
    call.start().heard_out().step(typed("再见")).heard_out()
    assert call.driver.outcome == EndCall(outcome="completed")
    entries = len(call.sink.entries)
    call.step(dtmf("1"), stopped(), typed("喂"))
    assert len(call.sink.entries) == entries
    assert call.driver.hung_up is None


def test_the_carrier_s_stop_is_a_hang_up(call: Call) -> None:
    call.start().step(stopped())
    assert call.driver.is_over
    assert (call.driver.hung_up, call.driver.outcome) == ("stopped", None)
    assert call.bodies("CallerHungUp") == [{"cause": "stopped"}]


@pytest.mark.parametrize("kind", ["extra", "media", "mark"])
def test_a_stream_that_dies_while_we_send_is_a_hang_up_from_the_first_word_on(call: Call, kind: str) -> None:
    call.line.dies_on = kind
    call.start().until(20.0)
    assert call.driver.is_over
    assert call.driver.hung_up == "dropped"
    assert call.sink.types()[-1] == "CallerHungUp"


def test_a_stream_that_dies_on_clear_is_a_hang_up(call: Call) -> None:
    call.line.dies_on = "clear"
    call.start().step(dtmf("1"))
    assert call.driver.hung_up == "dropped"


def test_run_holds_the_call_until_the_stream_is_closed(call: Call) -> None:
    call.line.inbound.extend([None, media(0), None, dtmf("1"), ConnectionError("reset")])
    call.start()
    call.driver.run()
    assert call.driver.hung_up == "dropped"
    assert call.bodies("KeyPressed") == [{"digit": "1"}]


def test_run_ends_with_the_call(call: Call) -> None:
    call.line.inbound.extend([None] * 3 + [stopped()] + [dtmf("1")] * 3)
    call.start()
    call.driver.run()
    assert call.driver.hung_up == "stopped"
    assert len(call.line.inbound) == 3


# ---- what is kept


def test_entries_are_numbered_and_a_replay_of_them_acts_alike(call: Call) -> None:
    wish_for_a_human(call).until(60.0)
    assert [entry.seq for entry in call.sink.entries] == list(range(1, len(call.sink.entries) + 1))
    times = [entry.at_seconds for entry in call.sink.entries]
    assert times == sorted(times)
    found = replay(call.sink.entries, CallSession(a_script()))
    assert found.difference is None
    assert found.actions == len(call.sink.types("action"))
    assert all("\n" not in to_line(entry) for entry in call.sink.entries)


def test_both_sides_are_recorded_as_they_were_heard(pool: RecognitionPool, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c1")
    call = Call(pool, recorder)
    call.start()
    for number in range(5):
        call.clock.now += STEP_SECONDS
        call.step(media(number * 20, b"\x33" * 160))
    call.step(dtmf("*"))  # what was sent ahead and cleared was never heard
    call.until(0.5)
    recorder.close()
    with recorder.finished() as (wav, _):
        payload = wav.read_bytes()[-2 * 160 * 6 :]
    assert payload[0::2] == b"\x33" * 800 + b"\xff" * 160
    assert payload[1::2] == FRAME * 6


def wait_for(condition: Callable[[], object]) -> None:
    """Until a worker has done its part; bounded."""
    end = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def object_of_kind(kind: str) -> Any:
    return type("Strange", (), {"kind": kind})()


def a_say(prompt_id: int) -> Say:
    parts = (Part(kind="text", text="好的"),) * 3
    return Say(prompt_id=prompt_id, generation=1, wording="ack", parts=parts, text="好的")
