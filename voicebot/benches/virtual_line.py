"""A hotline on a virtual clock, in one thread: simulated callers phone it, minutes pass in an instant."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from voicebot.asr.engine import RecognitionEngine
from voicebot.audio.likelihood import SpeechModel
from voicebot.call.actions import Say
from voicebot.call.events import CallerHungUp, CallStarted
from voicebot.call.log import Entry
from voicebot.dialogue.conversation import Script
from voicebot.ops.errors import UserFacingError
from voicebot.runtime.line import CallArchive, CallSink, Filed, Hotline, Outcome
from voicebot.runtime.performer import Asks, Reader, Services, Speaks
from voicebot.runtime.virtual import VirtualLine, VirtualPool, VirtualTime, VirtualWorkers
from voicebot.simulator.channel import CLEAN, Channel, ChannelQuality
from voicebot.simulator.clock import VirtualClock
from voicebot.simulator.loopback import LoopbackLink, LoopbackTransport
from voicebot.simulator.stream import SimulatedStream, StreamIds
from voicebot.simulator.twilio import PhoneCaller
from voicebot.telephony.line import Caller
from voicebot.telephony.media_stream import Inbound, Started, StreamProtocol
from voicebot.telephony.transport import StreamClosed


class CallBrokeError(UserFacingError):
    """A call ended by a fault of ours, which the hotline has logged."""


ACKNOWLEDGEMENTS = "ack."
"""Wordings that begin so are said while the answer is still being found."""

Observe = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineParts:
    """What a virtual hotline is made of; the clock, the threads and the carrier it brings itself."""

    script: Script
    engine: RecognitionEngine | None
    reader: Reader
    reader_version: str
    business: Asks
    voice: Speaks
    archive: CallArchive
    versions: Mapping[str, str]
    opened_at: datetime
    """The wall clock when the line opens, with its zone."""
    recordings: Path | None = None
    recognition_workers: int = 2
    speech_model: SpeechModel | None = None


@dataclass(slots=True, kw_only=True)
class HeldCall:
    """One call, as its log and the carrier's timeline have it."""

    call_id: str
    call_sid: str
    stream: SimulatedStream
    entries: list[Entry] = field(default_factory=list)
    outcome: Outcome

    def types(self) -> list[str]:
        """Names of the events and actions, in order."""
        return [entry.type for entry in self.entries]


def acknowledgements(entries: Sequence[Entry]) -> frozenset[str]:
    """The marks of the prompts that only acknowledge, as the call's log names them."""
    return frozenset(
        f"{entry.body['generation']}.{entry.body['prompt_id']}"
        for entry in entries
        if entry.type == Say.__name__ and str(entry.body["wording"]).startswith(ACKNOWLEDGEMENTS)
    )


class VirtualHotline:
    """Calls come one after the other; the clock goes on between them."""

    def __init__(
        self,
        parts: LineParts,
        *,
        timer: Callable[[], float] = time.perf_counter,
        new_call_id: Callable[[], str] | None = None,
    ) -> None:
        """``timer`` measures what is computed; one that stands still makes computing take no time."""
        self._clock = VirtualClock()
        self._time = VirtualTime(self._clock, timer=timer)
        self._opened_at = parts.opened_at
        self._archive = _Watched(parts.archive)
        self._calls = 0
        self._new_call_id = new_call_id or self._counted
        self._services = Services(
            engine=parts.engine,
            pool=VirtualPool(self._time, parts.recognition_workers),
            reader=parts.reader,
            reader_version=parts.reader_version,
            business=parts.business,
            voice=parts.voice,
            renderers=VirtualWorkers(self._time),
            workers=VirtualWorkers(self._time),
            wall_clock=self.wall_clock,
            speech_model=parts.speech_model,
        )
        self.hotline = Hotline(
            script=parts.script,
            services=self._services,
            archive=self._archive,
            versions=parts.versions,
            recordings=parts.recordings,
            max_calls=1,
            new_call_id=lambda: self._new_call_id(),
            clock=self._time.now,
            stamp=self._time.stamp,
        )

    def wall_clock(self) -> datetime:
        """The time of day where the line is: it passes with the virtual clock."""
        return self._opened_at + timedelta(seconds=self._time.stamp())

    def set_wall_clock(self, moment: datetime) -> None:
        """Set the clock on the wall, as somebody may; the virtual clock goes on as it was."""
        self._opened_at = moment - timedelta(seconds=self._time.stamp())

    def _connect(
        self, caller: PhoneCaller, quality: ChannelQuality, link: LoopbackLink, typed: bool
    ) -> tuple[LoopbackTransport[Inbound], SimulatedStream]:
        self._calls += 1
        sid = f"{self._calls:032d}"
        loopback: LoopbackTransport[Inbound] = LoopbackTransport(
            link=link,
            clock=self._clock,
            stream_sid=f"MZ{sid}",
            decode=StreamProtocol(typed=typed).receive,
            closed=StreamClosed,
        )
        stream = SimulatedStream(
            link=link,
            ids=StreamIds(account_sid=f"AC{0:032d}", call_sid=f"CA{sid}", stream_sid=f"MZ{sid}"),
            parameters={},
            caller=caller,
            channel=Channel(quality),
        )
        loopback.attach(stream)
        stream.open()
        return loopback, stream

    def call(
        self,
        caller_of: Callable[[Observe], PhoneCaller],
        *,
        from_number: str | None,
        to_number: str = "+864000000000",
        quality: ChannelQuality = CLEAN,
        link: LoopbackLink | None = None,
        typed: bool = False,
    ) -> HeldCall:
        """Hold one call to its end; ``caller_of`` gets what tells it the words that the bot has said.

        ``link`` takes the place of a wire that carries everything; ``typed``: the caller may write, as on
        a softphone. Raises CallBrokeError.
        """
        caller = caller_of(self._archive.said)
        loopback, stream = self._connect(caller, quality, LoopbackLink() if link is None else link, typed)
        self._archive.begin()
        started = _await_start(loopback)
        self._time.others_time_passed()
        who = Caller(call_sid=started.call_sid, from_number=from_number, to_number=to_number)
        self.hotline.serve(VirtualLine(loopback, self._time), started, who)
        if stream.ended is None:
            loopback.finish()
        caller.finish()
        held = HeldCall(
            call_id=self._archive.call_id,
            call_sid=started.call_sid,
            stream=stream,
            entries=self._archive.entries,
            outcome=self.hotline.outcome(started.call_sid),
        )
        if held.outcome.kind == "interrupted" and CallerHungUp.__name__ not in held.types():
            raise CallBrokeError(
                f"Call {held.call_id} broke after {stream.next_step_seconds:.1f} s.", "The log says where."
            )
        return held

    def entries(self) -> Sequence[Entry]:
        """The log of the call in progress, as far as it has come, or of the last one."""
        return self._archive.entries

    def close(self) -> None:
        """Let go of the virtual workers; the engines are their owner's."""
        self._services.pool.close()
        self._services.workers.shutdown()

    def _counted(self) -> str:
        return f"virtual-{self._calls}"


def _await_start(transport: LoopbackTransport[Inbound]) -> Started:
    while True:
        message = transport.receive(0.0)
        if isinstance(message, Started):
            return message
        if message is None:
            raise RuntimeError("the simulated carrier sent no start")


class _Watched:
    """An archive that also keeps the entries of the call in progress."""

    def __init__(self, archive: CallArchive) -> None:
        self._archive = archive
        self.entries: list[Entry] = []
        self.call_id = ""

    def begin(self) -> None:
        self.entries = []
        self.call_id = ""

    def said(self) -> list[str]:
        return [str(entry.body["text"]) for entry in self.entries if entry.type == Say.__name__]

    def open(self, event: CallStarted, call_sid: str) -> CallSink:
        self.call_id = event.call_id
        return _WatchedSink(self._archive.open(event, call_sid), self.entries)

    def recorded(self, call_id: str, path: Path, seconds: float) -> None:
        self._archive.recorded(call_id, path, seconds)

    def outcome_of(self, call_sid: str) -> Filed | None:
        return self._archive.outcome_of(call_sid)


class _WatchedSink:
    def __init__(self, sink: CallSink, entries: list[Entry]) -> None:
        self._sink = sink
        self._entries = entries

    def append(self, entry: Entry, line: str) -> None:
        self._entries.append(entry)
        self._sink.append(entry, line)

    def sync(self) -> None:
        self._sink.sync()

    def finish(
        self,
        outcome: str,
        ended_at: datetime,
        *,
        transfer_ticket: str | None = None,
        recording_path: str | None = None,
    ) -> None:
        self._sink.finish(outcome, ended_at, transfer_ticket=transfer_ticket, recording_path=recording_path)
