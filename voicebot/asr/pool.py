"""The recognition workers: a bounded pool, fair between calls, where finals go before speculation."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Priority = Literal["final", "speculative"]
Result = TypeVar("Result")


class RecognitionBusyError(RuntimeError):
    """So many finals wait that another would come too late: the caller is asked to use the keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """A snapshot for /readyz and the metrics."""

    waiting_finals: int
    waiting_speculations: int
    running: int
    workers: int
    finished: int
    longest_wait_seconds: float
    """The longest that any final has waited for a worker so far."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Job:
    call_id: str
    work: Callable[[], Any]
    priority: Priority
    future: Future[Any]
    submitted_at: float


class _FairQueue:
    """Jobs by call; ``pop`` takes one from each call in turn. Not thread-safe."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, deque[_Job]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(jobs) for jobs in self._calls.values())

    def append(self, job: _Job) -> None:
        self._calls.setdefault(job.call_id, deque()).append(job)

    def of_call(self, call_id: str) -> list[_Job]:
        return list(self._calls.get(call_id, ()))

    def all(self) -> list[_Job]:
        return [job for jobs in self._calls.values() for job in jobs]

    def pop(self, passing_over: frozenset[str] | set[str] = frozenset()) -> _Job | None:
        """The next job of the call whose turn it is, calls in ``passing_over`` excepted."""
        for call_id, jobs in self._calls.items():
            if call_id not in passing_over:
                job = jobs.popleft()
                del self._calls[call_id]
                if jobs:
                    self._calls[call_id] = jobs
                return job
        return None

    def remove(self, job: _Job) -> None:
        jobs = self._calls.get(job.call_id)
        if jobs is not None and job in jobs:
            jobs.remove(job)
            if not jobs:
                del self._calls[job.call_id]


class RecognitionPool:
    """Runs recognition jobs on ``workers`` threads.

    A final is taken before any speculation, one from each call in turn. A call has one speculation
    at most: a newer one, or a final, takes the place of one that waits. A speculation is refused (its future
    comes back cancelled) while a final waits. A job that runs cannot be stopped; one that waits can be:
    ``future.cancel()``.
    """

    def __init__(
        self,
        workers: int,
        *,
        finals_at_most: int = 32,
        clock: Callable[[], float] = time.monotonic,
        on_started: Callable[[Priority, float], None] = lambda _priority, _waited_seconds: None,
    ) -> None:
        """Start the threads; ``on_started(priority, waited_seconds)`` is called on them before each job."""
        self._finals_at_most = finals_at_most
        self._clock = clock
        self._on_started = on_started
        self._changed = threading.Condition()
        self._finals = _FairQueue()
        self._speculations = _FairQueue()
        self._speculating: set[str] = set()
        self._running = 0
        self._finished = 0
        self._longest_wait_seconds = 0.0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"recognition-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self, call_id: str, work: Callable[[], Result], priority: Priority = "final"
    ) -> Future[Result]:
        """Queue ``work``. Raises RecognitionBusyError when too many finals wait, RuntimeError once closed."""
        job = _Job(call_id=call_id, work=work, priority=priority, future=Future(), submitted_at=self._clock())
        with self._changed:
            if self._closed:
                raise RuntimeError("The recognition pool is closed")
            overtaken = self._speculations.of_call(call_id)
            refused = priority == "speculative" and len(self._finals) > 0
            if priority == "final":
                if len(self._finals) >= self._finals_at_most:
                    raise RecognitionBusyError(
                        f"{len(self._finals)} utterances already wait for a recognition worker "
                        f"({len(self._threads)} at work): take fewer calls (VOICEBOT_MAX_CALLS) or add cores"
                    )
                self._finals.append(job)
            elif not refused:
                self._speculations.append(job)
            self._changed.notify()
        for old in overtaken:
            old.future.cancel()
        if refused:
            job.future.cancel()
        else:
            job.future.add_done_callback(lambda future: self._forget(job) if future.cancelled() else None)
        return job.future

    def state(self) -> PoolState:
        with self._changed:
            return PoolState(
                waiting_finals=len(self._finals),
                waiting_speculations=len(self._speculations),
                running=self._running,
                workers=len(self._threads),
                finished=self._finished,
                longest_wait_seconds=self._longest_wait_seconds,
            )

    def close(self) -> None:
        """Cancel what waits, wait for what runs, end the threads. Harmless when called twice."""
        with self._changed:
            self._closed = True
            waiting = [*self._finals.all(), *self._speculations.all()]
            self._changed.notify_all()
        for job in waiting:
            job.future.cancel()
        for thread in self._threads:
            thread.join()

    def _forget(self, job: _Job) -> None:
        with self._changed:
            (self._finals if job.priority == "final" else self._speculations).remove(job)

    def _next(self) -> _Job | None:
        """Wait for a job to run; None when the pool is closed."""
        with self._changed:
            while not self._closed:
                job = self._finals.pop() or self._speculations.pop(passing_over=self._speculating)
                if job is not None:
                    if not job.future.set_running_or_notify_cancel():
                        continue
                    self._running += 1
                    if job.priority == "speculative":
                        self._speculating.add(job.call_id)
                    return job
                self._changed.wait()
            return None

    def _work(self) -> None:
        while (job := self._next()) is not None:
            waited_seconds = self._clock() - job.submitted_at
            self._on_started(job.priority, waited_seconds)
            try:
                result = job.work()
            except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for the future
                self._done(job, waited_seconds)
                job.future.set_exception(error)
            else:
                self._done(job, waited_seconds)
                job.future.set_result(result)

    def _done(self, job: _Job, waited_seconds: float) -> None:
        with self._changed:
            self._running -= 1
            self._finished += 1
            if job.priority == "final":
                self._longest_wait_seconds = max(self._longest_wait_seconds, waited_seconds)
            else:
                self._speculating.discard(job.call_id)
            self._changed.notify_all()
