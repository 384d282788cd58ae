"""The world around one call of the runtime: a clock, a line, a voice and workers that do as they are told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.support.shop import known
from voicebot.asr.engine import RecognitionEngine
from voicebot.asr.fake import FakeRecognition
from voicebot.asr.pool import RecognitionPool
from voicebot.call.events import CallStarted, Event
from voicebot.call.log import Entry
from voicebot.dialogue.requests import IdentifyCaller, LookupFailed, OpenTicket, Request, Result, TicketOpened
from voicebot.dialogue.wording import Part
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.reading import Reading
from voicebot.runtime.line import Filed
from voicebot.runtime.performer import Rendered, Services
from voicebot.telephony.media_stream import Dtmf, Inbound, Mark, Media, Stopped, Typed
from voicebot.telephony.transport import StreamClosed
from voicebot.tts.voice import SpokenPrompt

WALL = datetime.fromisoformat("2026-11-22T10:30:00+08:00")
FRAME = b"\x2a" * 160
QUIET = b"\xff" * 160


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Workers(Executor):
    """Does work when it is handed over, or, while ``held``, when ``go_on`` is called."""

    def __init__(self) -> None:
        self.held = False
        self.gone = False
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.gone:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[Any] = Future()
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        if not self.held:
            self.go_on()
        return future

    def go_on(self, number: int | None = None) -> None:
        """Do what waits, in order; only that with this number when one is given."""
        chosen = [self._waiting[number]] if number is not None else list(self._waiting)
        for item in chosen:
            self._waiting.remove(item)
            future, work = item
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001  as an executor does
                future.set_exception(error)


class FakeLine:
    """A transport: gives what was scripted, remembers what was sent; waiting moves the clock."""

    def __init__(self, clock: Clock, inbound: Iterable[Inbound | Exception | None] = ()) -> None:
        self.clock = clock
        self.inbound = deque(inbound)
        self.sent: list[tuple[str, Any]] = []
        self.dies_on: str | None = None
        self.closed_with: int | None = None
        self.woken = 0

    def receive(self, timeout_seconds: float) -> Inbound | None:
        message = self.inbound.popleft() if self.inbound else StreamClosed("dropped")
        if isinstance(message, Exception):
            raise message
        if message is None:
            self.clock.now += timeout_seconds
        return message

    def wake(self) -> None:
        self.woken += 1

    def send_media(self, payload: bytes) -> None:
        self._send("media", payload)

    def send_mark(self, name: str) -> None:
        self._send("mark", name)

    def send_clear(self) -> None:
        self._send("clear", None)

    def send_extra(self, body: Mapping[str, Any]) -> None:
        self._send("extra", dict(body))

    def close(self, code: int = 1000) -> None:
        self.closed_with = code

    def _send(self, kind: str, what: Any) -> None:
        if kind == self.dies_on:
            raise StreamClosed("dropped")
        self.sent.append((kind, what))

    def all(self, kind: str) -> list[Any]:
        return [what for sent, what in self.sent if sent == kind]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.sent]


class FakeVoice:
    """Says each part as 0.1 s of one byte; ``slow`` prompts need a worker, ``broken`` ones fail there."""

    def __init__(self) -> None:
        self.slow = False
        self.broken: Exception | None = None

    def prompt(self, parts: Sequence[Part], today: date) -> SpokenPrompt:
        if self.broken is not None:
            raise self.broken
        ends = tuple(round(0.1 * number, 3) for number in range(1, len(parts) + 1))
        return SpokenPrompt(FRAME * (5 * len(parts)), ends)

    def prompt_ready(self, parts: Sequence[Part], today: date) -> SpokenPrompt | None:
        return None if self.slow else self.prompt(parts, today)


class FakeReader:
    """Reads what it was told to, by text or keys; anything else means nothing."""

    def __init__(self, readings: Mapping[str, Reading] | None = None) -> None:
        self.readings = dict(readings or {})
        self.broken: Exception | None = None
        self.read_texts: list[str] = []

    def read(
        self,
        texts: Sequence[tuple[str, float]],
        expect: Expectation,
        today: date,
        *,
        syllables: Sequence[str] = (),
    ) -> Reading:
        return self._reading(texts[0][0])

    def read_keys(self, digits: str, expect: Expectation) -> Reading:
        return self._reading(digits)

    def _reading(self, text: str) -> Reading:
        if self.broken is not None:
            raise self.broken
        self.read_texts.append(text)
        return self.readings.get(text, Reading(text=text))


class FakeShop:
    """Answers requests by their kind; ``broken`` raises what no business should."""

    def __init__(self, *results: tuple[type[Any], Result]) -> None:
        self.results: dict[type[Any], Result] = {
            IdentifyCaller: known(),
            OpenTicket: TicketOpened(ticket_no="T-1"),
            **dict(results),
        }
        self.broken: Exception | None = None
        self.asked: list[Request] = []

    def __call__(self, request: Request, now: datetime) -> Result:
        if self.broken is not None:
            raise self.broken
        self.asked.append(request)
        return self.results.get(type(request), LookupFailed(retryable=False, message="not stocked"))


@dataclass
class MemorySink:
    """A log in memory, with its end."""

    entries: list[Entry] = field(default_factory=list)
    synced: int = 0
    ended: str | None = None
    ticket_no: str | None = None
    recording_path: str | None = None
    broken: Exception | None = None

    def append(self, entry: Entry, line: str) -> None:
        self.entries.append(entry)

    def sync(self) -> None:
        self.synced += 1

    def finish(
        self,
        outcome: str,
        ended_at: datetime,
        *,
        transfer_ticket: str | None = None,
        recording_path: str | None = None,
    ) -> None:
        if self.broken is not None:
            raise self.broken
        self.ended, self.ticket_no, self.recording_path = outcome, transfer_ticket, recording_path

    def types(self, kind: str = "event") -> list[str]:
        return [entry.type for entry in self.entries if entry.kind == kind]


@dataclass
class MemoryArchive:
    """An archive in memory."""

    sink: MemorySink = field(default_factory=MemorySink)
    filed: dict[str, Filed] = field(default_factory=dict)
    recordings: list[tuple[str, Path, float]] = field(default_factory=list)
    broken: Exception | None = None

    def open(self, event: CallStarted, call_sid: str) -> MemorySink:
        if self.broken is not None:
            raise self.broken
        return self.sink

    def recorded(self, call_id: str, path: Path, seconds: float) -> None:
        self.recordings.append((call_id, path, seconds))

    def outcome_of(self, call_sid: str) -> Filed | None:
        return self.filed.get(call_sid)


class Posts:
    """Where a performer reports to."""

    def __init__(self) -> None:
        self.items: list[Event | Rendered] = []

    def __call__(self, item: Event | Rendered) -> None:
        self.items.append(item)


def services(
    pool: RecognitionPool,
    *,
    engine: RecognitionEngine | None = None,
    has_engine: bool = True,
    reader: FakeReader | None = None,
    business: FakeShop | None = None,
    voice: FakeVoice | None = None,
    workers: Workers | None = None,
) -> Services:
    """Everything fake but the pool."""
    heard = engine or FakeRecognition(lambda _samples, _rate, _expect: "我想退款")
    return Services(
        engine=heard if has_engine else None,
        pool=pool,
        reader=reader or FakeReader(),
        reader_version="test",
        business=business or FakeShop(),
        voice=voice or FakeVoice(),
        renderers=workers or Workers(),
        workers=workers or Workers(),
        wall_clock=lambda: WALL,
    )


def media(at_ms: int, payload: bytes = QUIET) -> Media:
    chunk = at_ms // 20 + 1
    return Media(
        stream_sid="MZ1", sequence=chunk, chunk=chunk, timestamp_ms=at_ms, track="inbound", payload=payload
    )


def dtmf(digit: str) -> Dtmf:
    return Dtmf(stream_sid="MZ1", digit=digit)


def mark(name: str) -> Mark:
    return Mark(stream_sid="MZ1", name=name)


def typed(text: str) -> Typed:
    return Typed(stream_sid="MZ1", text=text)


def stopped() -> Stopped:
    return Stopped(stream_sid="MZ1")
