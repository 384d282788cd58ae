"""The recognition workers: order, fairness, speculation, limits and the end."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError

import pytest

from voicebot.asr.pool import Priority, RecognitionBusyError, RecognitionPool


class Bench:
    """A pool with one worker that is kept busy until `go`; notes what runs and how long each job waited."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ran: list[str] = []
        self.waits: list[tuple[Priority, float]] = []
        self._gate = threading.Event()
        self._busy = threading.Event()
        self.pool = RecognitionPool(
            1, finals_at_most=6, clock=lambda: self.now, on_started=lambda p, s: self.waits.append((p, s))
        )
        self.blocker = self.pool.submit("busy", self._block)
        assert self._busy.wait(5)

    def _block(self) -> None:
        self._busy.set()
        assert self._gate.wait(5)

    def job(self, name: str) -> Callable[[], str]:
        def run() -> str:
            self.ran.append(name)
            return name

        return run

    def go(self) -> None:
        """Let the worker take up what waits, and see it done."""
        last = self.pool.submit("last", self.job("last"))
        self._gate.set()
        last.result(5)
        while self.pool.state().waiting_speculations:
            threading.Event().wait(0.001)
        self.pool.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made._gate.set()
    made.pool.close()


def test_a_job_gives_its_result(bench: Bench) -> None:
    final = bench.pool.submit("a", bench.job("a1"))
    bench.go()
    assert final.result(0) == "a1"


def test_calls_take_turns_however_much_one_of_them_asks(bench: Bench) -> None:
    for name in ("a1", "a2", "a3"):
        bench.pool.submit("a", bench.job(name))
    bench.pool.submit("b", bench.job("b1"))
    bench.go()
    assert [name for name in bench.ran if name != "last"] == ["a1", "b1", "a2", "a3"]


def test_a_final_goes_before_a_speculation_that_came_earlier(bench: Bench) -> None:
    bench.pool.submit("a", bench.job("guess"), "speculative")
    bench.pool.submit("b", bench.job("final"))
    bench.go()
    assert bench.ran == ["final", "last", "guess"]


def test_no_speculation_is_taken_while_a_final_waits(bench: Bench) -> None:
    bench.pool.submit("a", bench.job("final"))
    refused = bench.pool.submit("b", bench.job("guess"), "speculative")
    assert refused.cancelled()
    bench.go()
    assert "guess" not in bench.ran


def test_a_newer_speculation_takes_the_place_of_the_one_that_waits(bench: Bench) -> None:
    old = bench.pool.submit("a", bench.job("old"), "speculative")
    bench.pool.submit("a", bench.job("new"), "speculative")
    assert old.cancelled()
    assert bench.pool.state().waiting_speculations == 1
    bench.go()
    assert "old" not in bench.ran
    assert "new" in bench.ran


def test_a_final_ends_the_speculation_of_its_own_call(bench: Bench) -> None:
    guess = bench.pool.submit("a", bench.job("guess"), "speculative")
    bench.pool.submit("a", bench.job("final"))
    bench.go()
    assert guess.cancelled()
    assert sorted(bench.ran) == ["final", "last"]


def test_a_job_that_waits_can_be_cancelled(bench: Bench) -> None:
    unwanted = bench.pool.submit("a", bench.job("unwanted"))
    assert unwanted.cancel()
    assert bench.pool.state().waiting_finals == 0
    bench.go()
    assert bench.ran == ["last"]


def test_one_final_too_many_is_refused_with_the_remedy(bench: Bench) -> None:
    for number in range(6):
        bench.pool.submit(f"call-{number}", bench.job("x"))
    with pytest.raises(RecognitionBusyError, match="VOICEBOT_MAX_CALLS"):
        bench.pool.submit("one more", bench.job("y"))
    bench.pool.submit("call-0", bench.job("guess"), "speculative")
    assert bench.pool.state().waiting_finals == 6


def test_waiting_is_measured(bench: Bench) -> None:
    bench.pool.submit("a", bench.job("a1"))
    bench.now = 1.5
    bench.go()
    assert ("final", 1.5) in bench.waits
    assert bench.pool.state().longest_wait_seconds == 1.5
    assert bench.pool.state().finished == 3


def test_what_a_job_raises_reaches_the_caller_and_the_worker_lives_on(bench: Bench) -> None:
    def broken() -> str:
        raise ValueError("no such token")

    failed = bench.pool.submit("a", broken)
    bench.go()
    with pytest.raises(ValueError, match="no such token"):
        failed.result(0)
    assert bench.ran == ["last"]


def test_closing_cancels_what_waits_and_leaves_no_threads() -> None:
    bench = Bench()
    waiting = bench.pool.submit("a", bench.job("a1"))
    closing = threading.Thread(target=bench.pool.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result(5)
    bench._gate.set()
    closing.join(5)
    bench.pool.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("recognition-")]
    with pytest.raises(RuntimeError, match="closed"):
        bench.pool.submit("a", bench.job("late"))
