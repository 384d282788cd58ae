"""A media stream within one process and one thread, on a virtual clock: no sockets, no waiting.

Whoever serves the call owns the thread. Its ``receive`` lets the simulated carrier run on, frame by frame,
until there is something to hear or the time is up; ``VirtualClock.advance`` adds time spent computing.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from voicebot.simulator.clock import VirtualClock
from voicebot.simulator.link import LinkClosed, Message
from voicebot.simulator.stream import SimulatedStream

Inbound = TypeVar("Inbound", covariant=True)


class LoopbackLink:
    """The carrier's end. What the bot sent late is not heard early: each message has its moment."""

    def __init__(self) -> None:
        self.to_bot: deque[str] = deque()
        self.from_bot: deque[tuple[float, Message]] = deque()
        self.bot_closed_code: int | None = None
        self.carrier_closed = False

    def send(self, message: Message) -> None:
        if self.bot_closed_code is not None and not self.from_bot:
            raise LinkClosed(self.bot_closed_code)
        self.to_bot.append(json.dumps(message, ensure_ascii=False))

    def receive(self, now_seconds: float) -> list[Message]:
        arrived: list[Message] = []
        while self.from_bot and self.from_bot[0][0] <= now_seconds + 1e-9:
            arrived.append(self.from_bot.popleft()[1])
        if not arrived and not self.from_bot and self.bot_closed_code is not None:
            raise LinkClosed(self.bot_closed_code)
        return arrived

    def close(self) -> None:
        self.carrier_closed = True

    def drop(self) -> None:
        self.carrier_closed = True


class LoopbackTransport(Generic[Inbound]):
    """The bot's end; meets the telephony side's Transport without knowing it.

    ``decode`` turns a message's text into what the bot's side works with, or None for nothing: the codec.
    ``closed`` makes the error that tells the bot's side of the end.
    """

    def __init__(
        self,
        *,
        link: LoopbackLink,
        clock: VirtualClock,
        stream_sid: str,
        decode: Callable[[str], Inbound | None],
        closed: Callable[[str], Exception] = ConnectionError,
    ) -> None:
        self._link = link
        self._clock = clock
        self._stream_sid = stream_sid
        self._decode = decode
        self._closed = closed
        self._stream: SimulatedStream | None = None
        self._zero_seconds = clock.now()

    def attach(self, stream: SimulatedStream) -> None:
        """Set the stream that runs on while this side waits; its second 0 is now."""
        self._stream = stream
        self._zero_seconds = self._clock.now()

    def receive(self, timeout_seconds: float) -> Inbound | None:
        stream = self._attached()
        deadline_seconds = self._now() + timeout_seconds
        while True:
            while stream.ended is None and stream.next_step_seconds <= self._now() + 1e-9:
                stream.step()
            while self._link.to_bot:
                inbound = self._decode(self._link.to_bot.popleft())
                if inbound is not None:
                    return inbound
            if stream.ended is not None:
                raise self._closed("stopped" if stream.ended == "hang_up" else "dropped")
            if stream.next_step_seconds > deadline_seconds:
                self._clock.sleep_until(self._zero_seconds + deadline_seconds)
                return None
            self._clock.sleep_until(self._zero_seconds + stream.next_step_seconds)

    def wake(self) -> None:
        """Nothing: on one thread nobody waits while another has something for it."""

    def send_media(self, payload: bytes) -> None:
        self._put({"event": "media", "media": {"payload": base64.b64encode(payload).decode("ascii")}})

    def send_mark(self, name: str) -> None:
        self._put({"event": "mark", "mark": {"name": name}})

    def send_clear(self) -> None:
        self._put({"event": "clear"})

    def send_extra(self, body: Mapping[str, Any]) -> None:
        """Nothing: a telephone has no screen."""

    def close(self, code: int = 1000) -> None:
        if self._link.bot_closed_code is None:
            self._link.bot_closed_code = code

    def finish(self) -> None:
        """Let the carrier notice the close and end its stream."""
        self.close()
        stream = self._attached()
        while stream.ended is None:
            self._clock.sleep_until(self._zero_seconds + stream.next_step_seconds)
            stream.step()

    def _attached(self) -> SimulatedStream:
        if self._stream is None:
            raise RuntimeError("attach the stream first")
        return self._stream

    def _now(self) -> float:
        return self._clock.now() - self._zero_seconds

    def _put(self, message: Message) -> None:
        if self._attached().ended is not None or self._link.carrier_closed:
            raise self._closed("dropped")
        if self._link.bot_closed_code is not None:
            raise self._closed("closed")
        self._link.from_bot.append((self._now(), {**message, "streamSid": self._stream_sid}))
