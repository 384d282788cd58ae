"""A Transport over one accepted WebSocket, with everything that can go wrong on one sorted by blame."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from simple_websocket import ConnectionClosed, Server

from voicebot.telephony import media_stream
from voicebot.telephony.media_stream import Inbound, RemoteProtocolError, Stopped, StreamProtocol
from voicebot.telephony.rate_limit import TokenBucket
from voicebot.telephony.transport import StreamClosed

HARD_MAX_MESSAGE_BYTES = 4 * media_stream.MAX_MESSAGE_BYTES
"""Where the WebSocket library cuts the line at once; below it the codec refuses with a proper close."""
MAX_WAITING_MESSAGES = 1000
"""Unread messages after which a flood is assumed: twenty seconds of speech."""
SEND_TIMEOUT_SECONDS = 5
"""A peer that takes no audio for this long is gone."""
LAST_WORD_SECONDS = 0.2
"""How long what the peer had sent before it went may take to be read."""
CLOSE_LINGER_SECONDS = 1.0
"""How long a closed socket waits for the peer's own close."""

log = structlog.get_logger(__name__)


class WholeSends:
    """A socket whose ``send`` sends everything and one message at a time.

    simple-websocket calls ``send`` as if it were ``sendall``, and answers pings from its reading thread while
    another thread sends audio.
    """

    def __init__(self, plain: socket.socket) -> None:
        # Limits sending alone; settimeout would also end the wait for the next message.
        limit = struct.pack("ll", SEND_TIMEOUT_SECONDS, 0)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if plain.family in (socket.AF_INET, socket.AF_INET6):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._plain = plain
        self._lock = threading.Lock()

    def send(self, content: bytes) -> int:
        with self._lock:
            self._plain.sendall(content)
        return len(content)

    def recv(self, size: int) -> bytes:
        return self._plain.recv(size)

    def fileno(self) -> int:
        return self._plain.fileno()

    def shutdown(self) -> None:
        self._plain.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._plain.close()


class SocketTransport:
    """See Transport. ``typed`` makes it a softphone's: typed text comes in, extra messages go out."""

    def __init__(
        self,
        server: Server,
        *,
        typed: bool,
        messages_per_second: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server: Any = server
        self._whole = WholeSends(server.sock)
        server.sock = self._whole  # the reading thread looks it up anew before it answers a ping
        self._typed = typed
        self._now = now
        self._protocol = StreamProtocol(typed=typed)
        self._bucket = TokenBucket.full(
            per_second=messages_per_second, burst=messages_per_second * 5.0, now_seconds=now()
        )
        self._sending = threading.Lock()
        self._closed_because: str | None = None
        self._close_sent = False

    @property
    def protocol(self) -> StreamProtocol:
        """How the stream stands, with its counts of lost and repeated audio."""
        return self._protocol

    def receive(self, timeout_seconds: float) -> Inbound | None:
        deadline_seconds = self._now() + timeout_seconds
        while True:
            if self._closed_because is not None:
                raise StreamClosed(self._closed_because)
            try:
                message = self._server.receive(timeout=max(0.0, deadline_seconds - self._now()))
            except ConnectionClosed:
                self._closed_because = "dropped"
                continue
            if message is None:
                return None
            decoded = self._take(message)
            if decoded is not None:
                return decoded

    def _take(self, message: str | bytes) -> Inbound | None:
        try:
            self._limit(self._now())
            decoded = self._protocol.receive(message)
        except RemoteProtocolError as error:
            log.warning("stream.protocol_error", hint=error.hint, close_code=error.close_code)
            self._close(error.close_code, because=error.hint)
            return None
        if isinstance(decoded, Stopped):
            self._closed_because = "stopped"
        return decoded

    def _limit(self, now_seconds: float) -> None:
        if not self._bucket.take(now_seconds) or len(self._server.input_buffer) > MAX_WAITING_MESSAGES:
            raise RemoteProtocolError(media_stream.CLOSE_POLICY, "messages come faster than speech")

    def send_media(self, payload: bytes) -> None:
        self._send(media_stream.encode_media(self._stream_sid(), payload))

    def send_mark(self, name: str) -> None:
        self._send(media_stream.encode_mark(self._stream_sid(), name))

    def send_clear(self) -> None:
        self._send(media_stream.encode_clear(self._stream_sid()))

    def send_extra(self, body: Mapping[str, Any]) -> None:
        if self._typed:
            self._send(media_stream.encode_extra(self._stream_sid(), body))

    def close(self, code: int = 1000) -> None:
        self._close(code, because="closed")

    def finish(self) -> None:
        """Close, wait a moment for the peer to do so too, and let go of the socket and its reading thread."""
        self._close(1000, because="closed")
        self._server.thread.join(CLOSE_LINGER_SECONDS)
        if self._server.thread.is_alive():
            try:
                self._whole.shutdown()
            except OSError as error:
                log.debug("stream.already_gone", error=str(error))
            self._server.thread.join(CLOSE_LINGER_SECONDS)

    def _stream_sid(self) -> str:
        if self._protocol.stream_sid is None:
            raise RuntimeError("nothing can be sent before the stream has started")
        return self._protocol.stream_sid

    def _send(self, text: str) -> None:
        with self._sending:
            if self._closed_because is not None:
                raise StreamClosed(self._closed_because)
            try:
                self._server.send(text)
            except (ConnectionClosed, OSError):
                self._closed_because = self._last_word()
                raise StreamClosed(self._closed_because) from None

    def _last_word(self) -> str:
        """Why the peer takes nothing more: a caller's hang-up lies unread when we were talking into it."""
        self._server.thread.join(LAST_WORD_SECONDS)  # it reads up to the end
        try:
            while (message := self._server.receive(timeout=0)) is not None:
                if isinstance(self._protocol.receive(message), Stopped):
                    return "stopped"
        except (ConnectionClosed, RemoteProtocolError) as ended:
            log.debug("stream.no_last_word", error=str(ended))
        return "dropped"

    def _close(self, code: int, *, because: str) -> None:
        with self._sending:
            self._closed_because = self._closed_because or because
            if self._close_sent or not self._server.connected:
                return
            self._close_sent = True
            try:
                self._server.close(code)
            except (ConnectionClosed, OSError) as error:
                log.debug("stream.already_gone", error=str(error))
