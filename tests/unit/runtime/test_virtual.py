"""Workers on a virtual clock: what they compute takes its time, though nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import pytest

from voicebot.asr.pool import Priority, RecognitionBusyError
from voicebot.runtime.mailbox import Mailbox
from voicebot.runtime.virtual import VirtualPool, VirtualTime, VirtualWorkers
from voicebot.simulator.clock import VirtualClock


class Bench:
    """A clock, a timer that only ``burn`` moves, and a mailbox that notes when things are there."""

    def __init__(self, workers: int = 1, finals_at_most: int = 32) -> None:
        self.clock = VirtualClock()
        self.timer = 0.0
        self.time = VirtualTime(self.clock, timer=lambda: self.timer)
        self.pool = VirtualPool(self.time, workers, finals_at_most=finals_at_most)
        self.workers = VirtualWorkers(self.time)
        self.mailbox: Mailbox[str] = Mailbox(self.time.stamp)

    def burn(self, seconds: float) -> None:
        self.timer += seconds

    def taking(self, seconds: float, name: str) -> Callable[[], str]:
        def work() -> str:
            self.burn(seconds)
            return name

        return work

    def recognise(
        self, name: str, seconds: float = 1.0, priority: Priority = "final", call: str = "c1"
    ) -> Future[str]:
        future = self.pool.submit(call, self.taking(seconds, name), priority)
        future.add_done_callback(lambda done: None if done.cancelled() else self.mailbox.post(done.result()))
        return future

    def at(self, seconds: float) -> list[str]:
        """What the call's thread finds when it looks at this moment."""
        self.clock.sleep_until(seconds)
        return self.mailbox.drain(self.time.now())


def test_a_result_is_there_when_its_computing_would_be_done() -> None:
    bench = Bench()
    bench.recognise("heard", 0.7)
    assert bench.at(0.69) == []
    assert bench.at(0.7) == ["heard"]


def test_computing_by_workers_takes_none_of_the_calls_own_time() -> None:
    bench = Bench()
    bench.recognise("heard", 0.7)
    assert bench.time.now() == 0.0
    bench.burn(0.25)
    assert bench.time.now() == pytest.approx(0.25)


def test_what_the_simulated_world_computes_takes_nobodys_time() -> None:
    bench = Bench()
    bench.burn(0.25)
    bench.time.others_time_passed()
    assert bench.time.now() == 0.0


def test_jobs_wait_for_a_free_worker() -> None:
    bench = Bench(workers=2)
    for number in range(3):
        bench.recognise(f"heard {number}", call=f"c{number}")
    assert bench.at(1.0) == ["heard 0", "heard 1"]
    assert bench.at(1.99) == []
    assert bench.at(2.0) == ["heard 2"]


def test_a_final_goes_before_a_speculation_that_waits() -> None:
    bench = Bench()
    bench.recognise("first", call="c1")
    bench.recognise("tried", priority="speculative", call="c2")
    bench.recognise("final", call="c3")
    assert [bench.at(1.0), bench.at(2.0), bench.at(3.0)] == [["first"], ["final"], ["tried"]]


def test_a_call_has_one_speculation_at_work_however_many_workers_there_are() -> None:
    bench = Bench(workers=2)
    bench.recognise("early", priority="speculative")
    bench.clock.sleep_until(0.5)
    bench.recognise("late", priority="speculative")
    assert [bench.at(1.0), bench.at(1.9), bench.at(2.0)] == [["early"], [], ["late"]]


def test_a_job_that_began_cannot_be_cancelled_one_that_waits_can() -> None:
    bench = Bench()
    at_work, waiting = bench.recognise("first"), bench.recognise("second")
    assert (at_work.cancel(), waiting.cancel()) == (False, True)
    bench.recognise("third")
    assert [bench.at(1.0), bench.at(2.0)] == [["first"], ["third"]]


def test_a_speculation_is_refused_while_a_final_waits_and_replaced_by_a_newer_one() -> None:
    bench = Bench()
    bench.recognise("at work", call="c1")
    older = bench.recognise("older", priority="speculative", call="c2")
    bench.recognise("newer", priority="speculative", call="c2")
    assert older.cancelled()
    bench.recognise("final", call="c3")
    assert bench.recognise("refused", priority="speculative", call="c4").cancelled()


def test_too_many_waiting_finals_are_refused() -> None:
    bench = Bench(finals_at_most=1)
    bench.recognise("at work")
    bench.recognise("waits")
    with pytest.raises(RecognitionBusyError, match="1 utterances already wait"):
        bench.recognise("too many")


def test_an_engine_that_breaks_breaks_its_future_when_it_would() -> None:
    bench = Bench()

    def breaks() -> str:
        bench.burn(0.3)
        raise RuntimeError("broken")

    future = bench.pool.submit("c1", breaks)
    bench.at(0.2)
    assert not future.done()
    bench.at(0.3)
    assert isinstance(future.exception(), RuntimeError)


def test_what_a_worker_posts_midway_is_there_midway() -> None:
    bench = Bench()

    def work() -> None:
        bench.burn(0.1)
        bench.mailbox.post("half")
        bench.burn(0.1)
        bench.mailbox.post("whole")

    bench.workers.submit(work)
    assert [bench.at(0.05), bench.at(0.1), bench.at(0.2)] == [[], ["half"], ["whole"]]


def test_workers_that_are_gone_take_nothing() -> None:
    bench = Bench()
    bench.workers.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        bench.workers.submit(print)


def test_a_closed_pool_cancels_what_waits() -> None:
    bench = Bench()
    bench.recognise("at work")
    waiting = bench.recognise("waits")
    bench.pool.close()
    assert waiting.cancelled()
