"""One media stream as the carrier runs it: every 20 ms the caller's frame goes out and the bot's is heard.

A step function without a clock of its own: the owner calls ``step`` when ``next_step_seconds`` has come, on a
real clock or a virtual one.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from voicebot.simulator.channel import Carried, Channel
from voicebot.simulator.g711 import FRAME_SAMPLES, FRAME_SECONDS, SILENCE, decode
from voicebot.simulator.link import Link, LinkClosed, Message
from voicebot.simulator.playback import Playback
from voicebot.simulator.recording import BotEar, Recording, Timeline

StreamEnd = Literal["bot_closed", "hang_up", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerMove:
    """What the caller does within 20 ms."""

    audio: NDArray[np.int16] | None = None
    """160 samples at 8 kHz, None for silence."""
    keys: str = ""
    ends: Literal["hang_up", "drop"] | None = None
    text: str | None = None
    """Typed, on a softphone."""


class Caller(Protocol):
    """Somebody at the telephone."""

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        """Act within the 20 ms from ``now_seconds`` on, knowing what was heard until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamIds:
    account_sid: str
    call_sid: str
    stream_sid: str


class SimulatedStream:
    """Sends connected, start, media, dtmf, mark and stop; plays what comes back.

    ``now_seconds`` counts from the stream's start throughout.
    """

    def __init__(
        self,
        *,
        link: Link,
        ids: StreamIds,
        parameters: Mapping[str, str],
        caller: Caller,
        channel: Channel,
    ) -> None:
        self._link = link
        self._ids = ids
        self._parameters = dict(parameters)
        self._caller = caller
        self._channel = channel
        self._playback = Playback()
        self._late: deque[Carried] = deque()
        self._sequence = 0
        self._chunk = 0
        self._frames = 0
        self._heard = SILENCE * FRAME_SAMPLES
        self.timeline = Timeline()
        self.recording = Recording()
        self.ear = BotEar(self.timeline)
        self.ended: StreamEnd | None = None
        self.close_code: int | None = None

    @property
    def next_step_seconds(self) -> float:
        """When the frame now being spoken is complete."""
        return (self._frames + 1) * FRAME_SECONDS

    def open(self) -> None:
        """Send ``connected`` and ``start``."""
        self._link.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "streamSid": self._ids.stream_sid,
            "accountSid": self._ids.account_sid,
            "callSid": self._ids.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": self._parameters,
        }
        self._send("start", {"start": start})
        self.timeline.add(0.0, "stream_started")

    def step(self) -> None:
        """Do what is due at ``next_step_seconds``; sets ``ended`` when the stream is over.

        What arrives during a frame is heard from the next one on, never earlier than it came.
        """
        begin_seconds = self._frames * FRAME_SECONDS
        now_seconds = self.next_step_seconds
        self._frames += 1
        try:
            marks = self._play(begin_seconds)
            move = self._caller.move(begin_seconds, self.ear, self.timeline)
            self._speak(move, now_seconds)
            for name in marks:
                self._mark_reached(name, now_seconds)
            for digit in move.keys:
                self.timeline.add(now_seconds, "key", digit=digit)
                self._send("dtmf", {"dtmf": {"track": "inbound_track", "digit": digit}})
            if move.text is not None:
                self.timeline.add(now_seconds, "text", text=move.text)
                self._send("text", {"text": move.text})
            if move.ends is not None:
                self._leave(move.ends, now_seconds)
                return
            for message in self._link.receive(now_seconds):
                self._take(message, now_seconds)
        except LinkClosed as closed:
            self.close_code = closed.code
            self._end("bot_closed", now_seconds, code=closed.code)

    def _take(self, message: Message, now_seconds: float) -> None:
        event = message.get("event")
        if event == "media":
            self._playback.media(base64.b64decode(message["media"]["payload"], validate=True))
            for gap_seconds in self._playback.take_gaps():
                self.timeline.add(now_seconds, "underrun", seconds=gap_seconds)
        elif event == "mark":
            self._playback.mark(message["mark"]["name"])
        elif event == "clear":
            self.timeline.add(now_seconds, "clear", thrown_away_seconds=self._playback.queued_seconds)
            marks = self._playback.clear()
            self.ear.prompt_ended()
            for name in marks:
                self.timeline.add(now_seconds, "mark_cleared", name=name)
                self._send("mark", {"mark": {"name": name}})
        elif event in ("transcript", "ended"):
            self.timeline.add(now_seconds, event, **{k: v for k, v in message.items() if k != "event"})
        else:
            raise ValueError(f"the carrier knows no {event!r} message")

    def _play(self, begin_seconds: float) -> tuple[str, ...]:
        played = self._playback.play()
        self.ear.hear(decode(played.payload), begin_seconds)
        self._heard = played.payload
        return played.marks

    def _speak(self, move: CallerMove, now_seconds: float) -> None:
        silent = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        carried = self._channel.carry(silent if move.audio is None else move.audio, now_seconds)
        self.recording.frame(carried.payload, self._heard)
        self._late.append(carried)
        while self._late and self._late[0].due_seconds <= now_seconds + 1e-9:
            self._send_media(self._late.popleft().payload)

    def _send_media(self, payload: bytes) -> None:
        self._chunk += 1
        media = {
            "track": "inbound",
            "chunk": str(self._chunk),
            "timestamp": str((self._chunk - 1) * 20),
            "payload": base64.b64encode(payload).decode("ascii"),
        }
        self._send("media", {"media": media})

    def _mark_reached(self, name: str, now_seconds: float) -> None:
        self.ear.prompt_ended()
        self.timeline.add(now_seconds, "mark", name=name)
        self._send("mark", {"mark": {"name": name}})

    def _leave(self, how: Literal["hang_up", "drop"], now_seconds: float) -> None:
        if how == "hang_up":
            stop = {"accountSid": self._ids.account_sid, "callSid": self._ids.call_sid}
            self._send("stop", {"stop": stop})
            self._link.close()
        else:
            self._link.drop()
        self._end(how, now_seconds)

    def _end(self, how: StreamEnd, now_seconds: float, **detail: Any) -> None:
        self.ear.prompt_ended()
        self.ended = how
        unheard_seconds = round(self._playback.queued_seconds, 3)
        self.timeline.add(now_seconds, how, unheard_seconds=unheard_seconds, **detail)

    def _send(self, event: str, body: Mapping[str, Any]) -> None:
        self._sequence += 1
        self._link.send(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self._ids.stream_sid,
                **body,
            }
        )
