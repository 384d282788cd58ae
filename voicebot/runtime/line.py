"""The hotline of this process: which calls it takes, how each is held, and how each ended."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

from voicebot.call.actions import TransferToHuman
from voicebot.call.events import CallStarted
from voicebot.call.hearing import Hearing
from voicebot.call.session import CallSession
from voicebot.dialogue.conversation import Script
from voicebot.dialogue.requests import Request, Result
from voicebot.ops import call_metrics
from voicebot.runtime.driver import STOPPED, CallDriver, Transport
from voicebot.runtime.performer import Performer, Services, answer_of
from voicebot.runtime.record import CallRecord, LogSink
from voicebot.runtime.recorder import Recorder

log = logging.getLogger(__name__)

INTERRUPTED = "interrupted"
TRANSFER = "transfer"
ABANDONED = "abandoned"
CLOSE_BROKEN = 1011
"""RFC 6455, 7.4.1: the server met something that it did not expect."""
ENDINGS_KEPT = 1_000
"""Outcomes kept in memory for the carrier's question after the stream; older ones are in the database."""


class Caller(Protocol):
    """Who is on the line, from the signed webhook and never from the stream."""

    @property
    def call_sid(self) -> str: ...
    @property
    def from_number(self) -> str | None: ...
    @property
    def to_number(self) -> str: ...
    @property
    def channel(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a conversation ended, and so how the call goes on."""

    kind: Literal["transfer", "hangup", "unknown", "interrupted"]
    ticket_no: str | None = None
    summary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What the archive says of a call's end."""

    outcome: str
    ticket_no: str | None = None


class CallSink(LogSink, Protocol):
    """Where one call's log goes, and how it learns of the end."""

    def finish(
        self,
        outcome: str,
        ended_at: datetime,
        *,
        transfer_ticket: str | None = None,
        recording_path: str | None = None,
    ) -> None: ...


class CallArchive(Protocol):
    """Opens the log of a call and knows of those of other processes."""

    def open(self, event: CallStarted, call_sid: str) -> CallSink:
        """Begin the log of a call. Raises OSError where it cannot be written."""

    def recorded(self, call_id: str, path: Path, seconds: float) -> None:
        """Note a finished recording."""

    def outcome_of(self, call_sid: str) -> Filed | None:
        """The end on file of a call, ``interrupted`` where it has none; None when there is no such call."""


class Hotline:
    """Holds up to ``max_calls`` calls, each on the thread that brings its transport."""

    def __init__(
        self,
        *,
        script: Script,
        services: Services,
        archive: CallArchive,
        versions: Mapping[str, str],
        recordings: Path | None,
        max_calls: int,
        new_call_id: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
        stamp: Callable[[], float] | None = None,
        trouble: str | None = None,
    ) -> None:
        """``clock`` and ``stamp`` are those of ``CallDriver``; ``trouble`` is why calls go by keypad."""
        self._script = script
        self._services = services
        self._archive = archive
        self._versions = tuple(sorted(versions.items()))
        self._recordings = recordings
        self._max_calls = max_calls
        self._new_call_id = new_call_id
        self._clock = clock
        self._stamp = stamp
        self._changed = threading.Condition()
        self._active: set[str] = set()
        self._endings: OrderedDict[str, Outcome] = OrderedDict()
        self._draining = False
        self._trouble = trouble

    # ---- admission ---------------------------------------------------------------------------------------

    def admits(self) -> bool:
        """Could a call be taken now: a recogniser, room, and not draining?"""
        with self._changed:
            return self._has_room()

    def _has_room(self) -> bool:
        return (
            not self._draining and self._services.engine is not None and len(self._active) < self._max_calls
        )

    def ready(self) -> Mapping[str, Any]:
        """For /readyz. A line without a recogniser is not ready: its callers get the keypad menu."""
        with self._changed:
            return {
                "ready": self._has_room(),
                "calls": len(self._active),
                "max_calls": self._max_calls,
                "draining": self._draining,
                **dict(self._versions),
                **({} if self._trouble is None else {"trouble": self._trouble}),
            }

    def drain(self, timeout_seconds: float) -> bool:
        """Take no more calls and wait for those in progress. True when none is left."""
        with self._changed:
            self._draining = True
            return self._changed.wait_for(lambda: not self._active, timeout_seconds)

    # ---- one call ----------------------------------------------------------------------------------------

    def serve(self, transport: Transport, start: Any, caller: Caller) -> None:  # noqa: ARG002  the Line protocol
        """Hold one call until it is over. Its owner closes the transport; one that broke is closed here."""
        call_id = self._new_call_id()
        wall, began_seconds = self._services.wall_clock(), self._clock()
        event = CallStarted(
            call_id=call_id,
            from_number=caller.from_number,
            to_number=caller.to_number,
            wall_time=wall.isoformat(timespec="milliseconds"),
            channel=caller.channel,
            versions=self._versions,
        )
        sink: CallSink | None = None
        recorder: Recorder | None = None
        driver: CallDriver | None = None
        outcome = Outcome(kind="interrupted")
        self._begin(call_id, caller.call_sid)
        try:
            sink = self._archive.open(event, caller.call_sid)
            recorder = self._new_recorder(call_id)
            driver = self._new_driver(call_id, transport, CallRecord(sink), recorder)
            driver.start(event, wall.date())
            driver.run()
            outcome = _outcome_of(driver)
        except Exception:  # our bug: the caller is put through to a human by /voice/after-stream
            log.exception("call %s broke", call_id)
        finally:
            self._end(call_id, caller.call_sid, outcome)
            if outcome.kind == "interrupted":
                transport.close(CLOSE_BROKEN)
            if driver is not None:
                call_metrics.underruns.inc(driver.underruns)
            if sink is not None:
                # By how long it took: the clock on the wall may have been set meanwhile.
                ended_at = wall + timedelta(seconds=self._clock() - began_seconds)
                self._file(sink, _outcome_name(driver, outcome), ended_at, outcome.ticket_no, recorder)
            if recorder is not None:
                self._keep(recorder, call_id)

    def _new_recorder(self, call_id: str) -> Recorder | None:
        if self._recordings is None:
            return None
        try:
            return Recorder(self._recordings, call_id)
        except OSError:  # a full disk costs the recording, not the call
            log.exception("call %s is not recorded", call_id)
            return None

    def _new_driver(
        self, call_id: str, transport: Transport, record: CallRecord, recorder: Recorder | None
    ) -> CallDriver:
        """One call's parts put together."""
        return CallDriver(
            session=CallSession(self._script),
            hearing=Hearing(model=self._services.speech_model),
            transport=transport,
            performer=lambda post: Performer(self._services, call_id, post),
            record=record,
            recorder=recorder,
            clock=self._clock,
            stamp=self._stamp,
        )

    def _begin(self, call_id: str, call_sid: str) -> None:
        with self._changed:
            self._active.add(call_id)
            self._endings.pop(call_sid, None)  # of an earlier stream of the same call
            call_metrics.active_calls.set(len(self._active))

    def _end(self, call_id: str, call_sid: str, outcome: Outcome) -> None:
        """Known before the stream closes: the carrier asks at once how to go on."""
        call_metrics.calls_ended.labels(outcome=outcome.kind).inc()
        with self._changed:
            self._active.discard(call_id)
            self._endings[call_sid] = outcome
            while len(self._endings) > ENDINGS_KEPT:
                self._endings.popitem(last=False)
            call_metrics.active_calls.set(len(self._active))
            self._changed.notify_all()

    def _file(
        self,
        sink: CallSink,
        outcome: str,
        ended_at: datetime,
        ticket_no: str | None,
        recorder: Recorder | None,
    ) -> None:
        try:
            sink.finish(
                outcome,
                ended_at,
                transfer_ticket=ticket_no,
                recording_path=None if recorder is None else str(recorder.path),
            )
        except Exception:  # the journal has the call: the next start files it
            log.exception("the end of a call could not be filed")

    def _keep(self, recorder: Recorder, call_id: str) -> None:
        recorder.close()
        try:
            kept = self._services.workers.submit(self._keep_recording, recorder, call_id)
            kept.add_done_callback(lambda _: recorder.release())  # it may have been cancelled
        except RuntimeError:  # the workers are gone
            log.warning("the recording of call %s is left for the next start", call_id)
            recorder.release()

    def _keep_recording(self, recorder: Recorder, call_id: str) -> None:
        try:
            with recorder.finished() as (path, seconds):
                self._archive.recorded(call_id, path, seconds)
        except Exception:  # on a worker, where nobody else would see it
            log.exception("the recording of call %s is left for the next start", call_id)

    # ---- the carrier's questions -------------------------------------------------------------------------

    def outcome(self, call_sid: str) -> Outcome:
        """How a call ended; from the archive where another process, or one that died, held it."""
        with self._changed:
            known = self._endings.get(call_sid)
        if known is not None:
            return known
        filed = self._archive.outcome_of(call_sid)
        if filed is None:
            return Outcome(kind="unknown")
        if filed.outcome == TRANSFER:
            return Outcome(kind="transfer", ticket_no=filed.ticket_no)
        return Outcome(kind="interrupted" if filed.outcome == INTERRUPTED else "hangup")

    def business(self, request: Request) -> Result:
        """Ask the shop for the keypad menu; whatever breaks comes back as LookupFailed."""
        return answer_of(self._services, request, call_id=None)

    def status(self, call_sid: str, status: str, duration_seconds: int | None) -> None:
        """The carrier's word on the call as a whole; the stream's end is known better from the stream."""
        log.info("carrier: call %s is %s (%s s)", call_sid, status, duration_seconds)


def _outcome_of(driver: CallDriver) -> Outcome:
    """A stream that died under us may have left a caller on the line, whom /voice/after-stream finds."""
    last = driver.outcome
    if isinstance(last, TransferToHuman):
        return Outcome(kind="transfer", ticket_no=last.ticket_no, summary=last.summary)
    return Outcome(kind="interrupted" if last is None and driver.hung_up != STOPPED else "hangup")


def _outcome_name(driver: CallDriver | None, outcome: Outcome) -> str:
    """What the call's row says: interrupted, abandoned by the caller, or as the dialogue named it."""
    if driver is None or outcome.kind == "interrupted":
        return INTERRUPTED
    last = driver.outcome
    if last is None:
        return ABANDONED
    return TRANSFER if isinstance(last, TransferToHuman) else last.outcome
