"""The hotline: which calls it takes, how each ended, and that nothing of one is lost or left behind."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.lines import (
    QUIET,
    Clock,
    FakeLine,
    FakeReader,
    FakeShop,
    MemoryArchive,
    Workers,
    mark,
    media,
    services,
    stopped,
    typed,
)
from tests.support.scripts import a_script
from tests.support.shop import known, said
from voicebot.asr.pool import RecognitionPool
from voicebot.dialogue.requests import IdentifyCaller, LookupFailed
from voicebot.ops import call_metrics
from voicebot.runtime import line as lines
from voicebot.runtime.line import Filed, Hotline, Outcome
from voicebot.telephony.transport import StreamClosed


@dataclass(frozen=True)
class ACaller:
    call_sid: str = "CA1"
    from_number: str | None = "+8613800000001"
    to_number: str = "+864000000000"
    channel: str = "phone"


class House:
    """A hotline with everything around it."""

    def __init__(self, pool: RecognitionPool, folder: Path, *, max_calls: int = 2, has_engine: bool = True):
        self.clock = Clock()
        self.archive = MemoryArchive()
        self.reader, self.workers, self.shop = FakeReader(), Workers(), FakeShop()
        self.recordings = folder / "recordings"
        numbers = itertools.count(1)
        self.hotline = Hotline(
            script=a_script(),
            services=services(
                pool, reader=self.reader, business=self.shop, workers=self.workers, has_engine=has_engine
            ),
            archive=self.archive,
            versions={"grammar": "test"},
            recordings=self.recordings,
            max_calls=max_calls,
            new_call_id=lambda: f"c{next(numbers)}",
            clock=self.clock,
        )

    def serve(self, *inbound: Any, call_sid: str = "CA1") -> FakeLine:
        transport = FakeLine(self.clock, inbound)
        self.hotline.serve(transport, None, ACaller(call_sid=call_sid))
        return transport

    @property
    def sink(self) -> Any:
        return self.archive.sink

    def is_empty(self) -> bool:
        return (self.hotline.ready()["calls"], call_metrics.active_calls._value.get()) == (0, 0)


@pytest.fixture
def house(pool: RecognitionPool, tmp_path: Path) -> House:
    return House(pool, tmp_path)


class HeldCall:
    """A call that another thread holds until it is let go."""

    def __init__(self, house: House, call_sid: str) -> None:
        self._begun, self._go = threading.Event(), threading.Event()
        line = FakeLine(house.clock)
        line.receive = self._receive  # type: ignore[method-assign]
        self._thread = threading.Thread(
            target=house.hotline.serve, args=(line, None, ACaller(call_sid=call_sid))
        )
        self._thread.start()
        assert self._begun.wait(10)

    def _receive(self, timeout_seconds: float) -> Any:
        self._begun.set()
        assert self._go.wait(10)
        return stopped()

    def hangs_up(self) -> None:
        self._go.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


# ---- admission


def test_calls_are_admitted_up_to_the_limit_and_again_when_one_has_ended(house: House) -> None:
    first, second = HeldCall(house, "CA1"), HeldCall(house, "CA2")
    assert not house.hotline.admits()
    assert house.hotline.ready()["ready"] is False
    assert house.hotline.ready()["calls"] == 2
    first.hangs_up()
    assert house.hotline.admits()
    assert house.hotline.ready()["ready"] is True
    second.hangs_up()
    assert house.is_empty()


def test_a_line_without_a_recogniser_admits_nobody(pool: RecognitionPool, tmp_path: Path) -> None:
    deaf = House(pool, tmp_path, has_engine=False)
    assert not deaf.hotline.admits()
    assert deaf.hotline.ready()["ready"] is False


def test_two_streams_of_the_same_call_count_as_two_and_leave_as_two(house: House) -> None:
    first, again = HeldCall(house, "CA1"), HeldCall(house, "CA1")
    first.hangs_up()
    assert house.hotline.ready()["calls"] == 1
    again.hangs_up()
    assert house.is_empty()


def test_draining_takes_no_more_calls_and_waits_for_those_in_progress(house: House) -> None:
    call = HeldCall(house, "CA1")
    assert house.hotline.drain(0.01) is False
    assert not house.hotline.admits()
    assert house.hotline.ready()["draining"] is True
    ending = threading.Timer(0.01, call.hangs_up)
    ending.start()
    assert house.hotline.drain(10.0) is True
    ending.join(10)


def test_an_empty_line_is_drained_at_once(house: House) -> None:
    assert house.hotline.drain(0.0) is True


# ---- endings


def test_a_caller_who_hangs_up_has_abandoned_the_call(house: House) -> None:
    transport = house.serve(media(0), stopped())
    assert house.hotline.outcome("CA1") == Outcome(kind="hangup")
    assert house.sink.ended == "abandoned"
    assert transport.closed_with is None  # its owner still has something to say


def test_a_transfer_is_known_with_its_ticket_and_story(house: House) -> None:
    house.reader.readings["人工"] = said("人工", intents=("agent.request",))
    house.serve(typed("人工"), None, None, None, *[None] * 40, mark("2.2"))
    outcome = house.hotline.outcome("CA1")
    assert (outcome.kind, outcome.ticket_no) == ("transfer", "T-1")
    assert outcome.summary
    assert (house.sink.ended, house.sink.ticket_no) == ("transfer", "T-1")


def test_a_talk_that_came_to_its_end_is_hung_up(house: House) -> None:
    house.reader.readings["再见"] = said("再见", "goodbye")
    house.serve(typed("再见"), *[None] * 40, mark("2.2"))
    assert house.hotline.outcome("CA1") == Outcome(kind="hangup")
    assert house.sink.ended == "completed"


def test_a_stream_that_drops_leaves_a_caller_who_is_put_through(house: House) -> None:
    transport = house.serve(media(0), StreamClosed("dropped"))
    assert house.hotline.outcome("CA1") == Outcome(kind="interrupted")
    assert house.sink.ended == "interrupted"
    assert transport.closed_with == lines.CLOSE_BROKEN


def test_our_bug_in_the_middle_of_a_call_interrupts_it_and_nothing_else(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    transport = house.serve(media(0), ZeroDivisionError("our bug"))
    assert house.hotline.outcome("CA1").kind == "interrupted"
    assert house.sink.ended == "interrupted"
    assert transport.closed_with == lines.CLOSE_BROKEN
    assert "call c1 broke" in caplog.text
    assert house.is_empty()
    house.serve(stopped(), call_sid="CA2")
    assert house.hotline.outcome("CA2").kind == "hangup"


def test_a_log_that_cannot_be_opened_ends_the_call_and_counts_it_out(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.archive.broken = OSError("no space")
    transport = house.serve(stopped())
    assert transport.closed_with == lines.CLOSE_BROKEN
    assert house.hotline.outcome("CA1").kind == "interrupted"
    assert house.is_empty()
    assert not house.recordings.exists()


def test_a_start_that_fails_ends_the_call_and_counts_it_out(house: House, monkeypatch: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("our bug")

    monkeypatch.setattr("voicebot.runtime.driver.CallDriver.start", broken)
    transport = house.serve(stopped())
    assert transport.closed_with == lines.CLOSE_BROKEN
    assert house.sink.ended == "interrupted"
    assert house.is_empty()


def test_the_outcome_is_known_before_the_stream_is_closed(house: House) -> None:
    known: list[Outcome] = []
    transport = FakeLine(house.clock, [ZeroDivisionError("our bug")])
    transport.close = lambda code=1000: known.append(house.hotline.outcome("CA1"))  # type: ignore[method-assign]
    house.hotline.serve(transport, None, ACaller())
    assert known == [Outcome(kind="interrupted")]


def test_an_end_that_cannot_be_filed_hurts_nobody(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.sink.broken = RuntimeError("the call log is closed")
    house.serve(stopped())
    assert house.hotline.outcome("CA1").kind == "hangup"
    assert house.is_empty()
    assert len(house.archive.recordings) == 1
    assert "could not be filed" in caplog.text


def test_a_second_stream_of_a_call_forgets_how_the_first_ended(house: House) -> None:
    house.serve(ZeroDivisionError("our bug"))
    assert house.hotline.outcome("CA1").kind == "interrupted"
    call = HeldCall(house, "CA1")
    assert house.hotline.outcome("CA1").kind == "unknown"
    call.hangs_up()
    assert house.hotline.outcome("CA1").kind == "hangup"


def test_endings_are_remembered_up_to_a_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "ENDINGS_KEPT", 3)
    for number in range(5):
        house.serve(stopped(), call_sid=f"CA{number}")
    kinds = [house.hotline.outcome(f"CA{number}").kind for number in range(5)]
    assert kinds == ["unknown", "unknown", "hangup", "hangup", "hangup"]


@pytest.mark.parametrize(
    ("filed", "outcome"),
    [
        (None, Outcome(kind="unknown")),
        (Filed(outcome="interrupted"), Outcome(kind="interrupted")),
        (Filed(outcome="completed"), Outcome(kind="hangup")),
        (Filed(outcome="transfer", ticket_no="T-7"), Outcome(kind="transfer", ticket_no="T-7")),
    ],
)
def test_the_archive_knows_calls_of_other_processes(
    house: House, filed: Filed | None, outcome: Outcome
) -> None:
    if filed is not None:
        house.archive.filed["CA9"] = filed
    assert house.hotline.outcome("CA9") == outcome


def test_the_keypad_menu_s_questions_are_answered_whatever_breaks(house: House) -> None:
    request = IdentifyCaller(from_number=None)
    assert house.hotline.business(request) == known()
    house.shop.broken = ZeroDivisionError("our bug")
    failed = house.hotline.business(request)
    assert failed == LookupFailed(retryable=False, message="ZeroDivisionError: our bug")


# ---- recordings


def test_a_call_s_recording_is_kept_with_its_length(house: House) -> None:
    house.serve(*[media(at_ms, QUIET) for at_ms in range(0, 200, 20)], stopped())
    ((call_id, path, seconds),) = house.archive.recordings
    assert (call_id, path, seconds) == ("c1", house.recordings / "c1.wav", 0.2)
    assert house.sink.recording_path == str(path)
    assert [file.name for file in house.recordings.iterdir()] == ["c1.wav"]


def test_the_recording_of_a_broken_call_is_kept_too(house: House) -> None:
    house.serve(media(0), ZeroDivisionError("our bug"))
    assert len(house.archive.recordings) == 1


def gone(house: House) -> None:
    house.workers.gone = True


def unable(house: House) -> None:
    house.archive.recorded = not_now  # type: ignore[assignment, method-assign]


def not_now(*_: object) -> None:
    raise ConnectionError("no database")


@pytest.mark.parametrize("trouble", [gone, unable])
def test_a_recording_that_cannot_be_kept_now_stays_for_the_next_start(
    house: House, trouble: Callable[[House], None], caplog: pytest.LogCaptureFixture
) -> None:
    trouble(house)
    house.serve(media(0), stopped())
    assert house.sink.ended is not None
    assert (house.recordings / "c1.caller.ulaw").exists()
    assert "left for the next start" in caplog.text


def test_a_disk_that_is_full_at_the_end_of_a_call_does_not_lose_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("voicebot.runtime.recorder._Side.flush", full)
    house.serve(media(0), stopped())
    assert house.sink.ended == "abandoned"
    assert house.hotline.outcome("CA1").kind == "hangup"
    assert "the recording of call c1 ends here" in caplog.text
    assert house.is_empty()


def test_a_folder_that_cannot_be_written_costs_the_recording_not_the_call(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.recordings.write_bytes(b"a file where the folder should be")
    house.serve(stopped())
    assert house.hotline.outcome("CA1").kind == "hangup"
    assert (house.sink.ended, house.sink.recording_path) == ("abandoned", None)
    assert "call c1 is not recorded" in caplog.text
