"""Time and workers of calls on a virtual clock: work is done at once, and counts as done when it would be.

Everything runs on the thread that holds the call. What workers compute there takes no time of the call's;
its result is stamped with the moment at which a worker would have had it. What the call's own thread
computes does pass: the clock goes on by it.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar

from voicebot.asr.pool import Priority, RecognitionBusyError
from voicebot.runtime.driver import Transport

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Clock(Protocol):
    """Seconds that pass only when told to."""

    def now(self) -> float: ...
    def advance(self, seconds: float) -> None:
        """Let them pass."""


@dataclass(slots=True)
class _Stretch:
    """Some computing: it began at ``begins_seconds`` of the virtual clock, ``began`` by the timer."""

    begins_seconds: float
    began: float
    within_seconds: float = 0.0
    """Computing inside of it that belongs to others."""


class VirtualTime:
    """Knows the moment at which whatever is being computed now happens; ``timer`` measures computing."""

    def __init__(self, clock: Clock, *, timer: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._timer = timer
        self._thread = _Stretch(clock.now(), timer())
        self._stack: list[_Stretch] = []
        self._sleepers: list[Callable[[float], None]] = []

    def now(self) -> float:
        """The moment on the call's own thread; everything that workers could begin until then is begun."""
        self.own_time_passes()
        now = self._clock.now()
        for wake in self._sleepers:
            wake(now)
        return now

    def stamp(self) -> float:
        """The moment of what happens now: in a worker's job, how far that has come."""
        stretch = self._stack[-1] if self._stack else self._thread
        return stretch.begins_seconds + self._timer() - stretch.began - stretch.within_seconds

    def own_time_passes(self) -> None:
        """Let the clock go on by what the call's own thread has computed since the last time."""
        if not self._stack:
            self._clock.advance(max(0.0, self.stamp() - self._clock.now()))
            self.others_time_passed()

    def others_time_passed(self) -> None:
        """Forget what was computed since the last time: it was the simulated world's."""
        self._thread = _Stretch(self._clock.now(), self._timer())

    def on_now(self, wake: Callable[[float], None]) -> None:
        """Have ``wake`` called with the moment whenever the call's thread looks at the clock."""
        self._sleepers.append(wake)

    @contextmanager
    def computing(self, begins_seconds: float) -> Iterator[None]:
        """What is computed inside began then, on another thread."""
        stretch = _Stretch(begins_seconds, self._timer())
        self._stack.append(stretch)
        try:
            yield
        finally:
            self._stack.pop()
            outer = self._stack[-1] if self._stack else self._thread
            outer.within_seconds += self._timer() - stretch.began


class VirtualWorkers(Executor):
    """Threads without number: each job begins when it is submitted."""

    def __init__(self, time_of_call: VirtualTime) -> None:
        self._time = time_of_call
        self._is_shut = False

    def submit(
        self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        if self._is_shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[Result] = Future()
        future.set_running_or_notify_cancel()
        with self._time.computing(self._time.stamp()):
            _settle(future, lambda: fn(*args, **kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        self._is_shut = True


@dataclass(slots=True, kw_only=True)
class _Job:
    call_id: str
    work: Callable[[], Any]
    priority: Priority
    future: Future[Any]
    submitted_seconds: float


class VirtualPool:
    """The recognition pool's manners with ``workers`` virtual threads: see ``asr.pool.RecognitionPool``.

    Finals go before speculation; among each other, jobs are taken in the order of their submission.
    """

    def __init__(self, time_of_call: VirtualTime, workers: int, *, finals_at_most: int = 32) -> None:
        self._time = time_of_call
        self._free_at_seconds = [0.0] * workers
        self._finals_at_most = finals_at_most
        self._waiting: deque[_Job] = deque()
        self._speculating_until_seconds: dict[str, float] = {}
        self._done: list[tuple[float, int, Future[Any], Callable[[], Any]]] = []
        self._order = itertools.count()
        time_of_call.on_now(self._pass_until)

    def submit(
        self, call_id: str, work: Callable[[], Result], priority: Priority = "final"
    ) -> Future[Result]:
        """Queue ``work``. Raises RecognitionBusyError when too many finals wait."""
        now = self._time.stamp()
        self._pass_until(now)
        future: Future[Result] = Future()
        waiting_finals = len(self._all_waiting("final"))
        if priority == "final" and waiting_finals >= self._finals_at_most:
            raise RecognitionBusyError(f"{waiting_finals} utterances already wait for a recognition worker")
        for older in self._all_waiting("speculative"):
            if older.call_id == call_id:
                older.future.cancel()
        if priority == "speculative" and waiting_finals:
            future.cancel()
            return future
        self._waiting.append(
            _Job(call_id=call_id, work=work, priority=priority, future=future, submitted_seconds=now)
        )
        self._pass_until(now)
        return future

    def close(self) -> None:
        """Cancel what waits."""
        for job in self._waiting:
            job.future.cancel()
        self._waiting.clear()

    def _all_waiting(self, priority: Priority) -> list[_Job]:
        return [job for job in self._waiting if job.priority == priority and not job.future.cancelled()]

    def _pass_until(self, now: float) -> None:
        """Do what a worker could begin by ``now``, each at its moment; hand out what was done by then."""
        while (found := self._next()) is not None and found[1] <= now:
            job, begins_seconds = found
            self._waiting.remove(job)
            if job.future.set_running_or_notify_cancel():
                self._do(job, begins_seconds)
        while self._done and self._done[0][0] <= now:
            ends_seconds, _, future, work = heapq.heappop(self._done)
            with self._time.computing(ends_seconds):
                _settle(future, work)

    def _next(self) -> tuple[_Job, float] | None:
        finals = [(job, self._earliest(job)) for job in self._all_waiting("final")]
        tries = [(job, self._earliest(job)) for job in self._all_waiting("speculative")]
        first_final = min(finals, key=lambda found: found[1], default=None)
        first_try = min(tries, key=lambda found: found[1], default=None)
        if first_final is None or (first_try is not None and first_try[1] < first_final[1]):
            return first_try
        return first_final

    def _earliest(self, job: _Job) -> float:
        """When a worker can take it; a call has one speculation at work at most."""
        moment = max(min(self._free_at_seconds), job.submitted_seconds)
        if job.priority == "speculative":
            moment = max(moment, self._speculating_until_seconds.get(job.call_id, 0.0))
        return moment

    def _do(self, job: _Job, begins_seconds: float) -> None:
        worker = self._free_at_seconds.index(min(self._free_at_seconds))
        with self._time.computing(begins_seconds):
            done = _outcome_of(job.work)
            ends_seconds = self._time.stamp()
        heapq.heappush(self._done, (ends_seconds, next(self._order), job.future, done))
        self._free_at_seconds[worker] = ends_seconds
        if job.priority == "speculative":
            self._speculating_until_seconds[job.call_id] = ends_seconds


class VirtualLine:
    """A transport whose waiting is the simulated world's time, and all between it the call's thread's own."""

    def __init__(self, transport: Transport, time_of_call: VirtualTime) -> None:
        self._transport = transport
        self._time = time_of_call

    def receive(self, timeout_seconds: float) -> Any | None:
        self._time.own_time_passes()
        try:
            return self._transport.receive(timeout_seconds)
        finally:
            self._time.others_time_passed()

    def wake(self) -> None:
        self._transport.wake()

    def send_media(self, payload: bytes) -> None:
        self._time.own_time_passes()
        self._transport.send_media(payload)

    def send_mark(self, name: str) -> None:
        self._time.own_time_passes()
        self._transport.send_mark(name)

    def send_clear(self) -> None:
        self._time.own_time_passes()
        self._transport.send_clear()

    def send_extra(self, body: Mapping[str, Any]) -> None:
        self._transport.send_extra(body)

    def close(self, code: int = 1000) -> None:
        self._transport.close(code)


def _outcome_of(work: Callable[[], Any]) -> Callable[[], Any]:
    """Do it now; what is returned gives the result, or raises the error, whenever it is called."""
    done: Future[Any] = Future()
    _settle(done, work)
    return done.result


def _settle(future: Future[Any], work: Callable[[], Any]) -> None:
    """Do it, and let whoever waits for the future know: while its moment is still the present one."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001  it belongs to whoever waits for the future
        future.set_exception(error)
    else:
        future.set_result(result)
