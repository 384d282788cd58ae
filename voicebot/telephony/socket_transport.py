"""A Transport over one accepted WebSocket, with everything that can go wrong on one sorted by blame."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from simple_websocket import ConnectionClosed, Server
from wsproto.events import Ping
from wsproto.utilities import ProtocolError

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

_READ_BYTES = 4096

log = structlog.get_logger(__name__)


class ReadByTheCall:
    """Stands in for the thread with which simple-websocket reads a socket.

    The thread that holds the call reads for itself: a second one would wake it 50 times a second, and each
    time both would wait for Python's lock.
    """

    name = "none"

    def __init__(self, target: Callable[[], None]) -> None:
        """Take what simple-websocket would run on a thread, and leave it."""

    def start(self) -> None:
        """Start nothing."""


class WholeSends:
    """A socket whose ``send`` sends everything and one message at a time.

    simple-websocket calls ``send`` as if it were ``sendall``; it answers pings, and other threads may send.
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
        ping_interval_seconds: float = 25.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``server`` was accepted with ``thread_class=ReadByTheCall``."""
        self._server: Any = server
        self._plain: socket.socket = server.sock
        self._whole = WholeSends(self._plain)
        server.sock = self._whole
        self._typed = typed
        self._now = now
        self._protocol = StreamProtocol(typed=typed)
        self._bucket = TokenBucket.full(
            per_second=messages_per_second, burst=messages_per_second * 5.0, now_seconds=now()
        )
        self._sending = threading.RLock()
        self._closed_because: str | None = None
        self._close_sent = False
        self._peer_gone = False
        self._ping_interval_seconds = ping_interval_seconds
        self._next_ping_seconds = now() + ping_interval_seconds
        self._wakes, self._woken = socket.socketpair()
        self._wakes.setblocking(False)
        self._woken.setblocking(False)
        self._peer = select.poll()
        self._peer.register(self._plain, select.POLLIN)
        self._peer_or_wake = select.poll()
        self._peer_or_wake.register(self._plain, select.POLLIN)
        self._peer_or_wake.register(self._woken, select.POLLIN)

    @property
    def protocol(self) -> StreamProtocol:
        """How the stream stands, with its counts of lost and repeated audio."""
        return self._protocol

    def receive(self, timeout_seconds: float) -> Inbound | None:
        deadline_seconds = self._now() + timeout_seconds
        while True:
            if self._closed_because is not None:
                raise StreamClosed(self._closed_because)
            if not self._server.input_buffer and not self._wait_for_message(deadline_seconds):
                return None
            if not self._server.input_buffer:
                self._closed_because = "dropped"
                continue
            decoded = self._take(self._server.input_buffer.pop(0))
            if decoded is not None:
                return decoded

    def wake(self) -> None:
        """Let ``receive`` come back at once, from any thread."""
        try:
            self._wakes.send(b"!")
        except OSError:  # it has been woken often enough, or is closed
            return

    def _wait_for_message(self, deadline_seconds: float) -> bool:
        """Read until there is a message or the socket's end: False when time is up, or somebody wakes us."""
        while self._server.connected and not self._server.input_buffer:
            left_seconds = deadline_seconds - self._now()
            ready = self._peer_or_wake.poll(max(0.0, left_seconds) * 1000)
            descriptors = [descriptor for descriptor, _ in ready]
            if self._plain.fileno() in descriptors:
                self._read()
            self._ping()
            if self._woken.fileno() in descriptors:
                self._woken.recv(_READ_BYTES)
                return bool(self._server.input_buffer)
            if not ready and left_seconds <= 0:
                return False
        return True

    def _read(self) -> None:
        """Take in what has come. simple-websocket answers pings and closes, and keeps messages."""
        with self._sending:
            try:
                content = self._plain.recv(_READ_BYTES)
                if content:
                    self._server.ws.receive_data(content)
                    self._peer_gone = not self._server._handle_events()  # noqa: SLF001  its thread's work
                else:
                    self._peer_gone = True
            except (OSError, ProtocolError) as error:
                log.debug("stream.unreadable", error=str(error))
                self._peer_gone = True
            self._server.connected = not self._peer_gone

    def _ping(self) -> None:
        """Ask now and then whether the peer is there; one that did not answer the last time is gone."""
        now_seconds = self._now()
        if now_seconds < self._next_ping_seconds or not self._server.connected:
            return
        self._next_ping_seconds = now_seconds + self._ping_interval_seconds
        if not self._server.pong_received:
            self._close(media_stream.CLOSE_POLICY, because="dropped")
            return
        self._server.pong_received = False
        with self._sending:
            try:
                self._whole.send(self._server.ws.send(Ping()))
            except (OSError, ProtocolError) as error:
                log.debug("stream.already_gone", error=str(error))
                self._server.connected = False

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
        """Close, wait a moment for the peer to do so too, and let go of the socket."""
        self._close(1000, because="closed")
        if self._close_sent:
            self._read_on(CLOSE_LINGER_SECONDS)
        try:
            self._whole.shutdown()
        except OSError as error:
            log.debug("stream.already_gone", error=str(error))
        self._whole.close()
        self._wakes.close()
        self._woken.close()

    def _read_on(self, seconds: float) -> None:
        """Read what still comes, up to the peer's end but no longer than this."""
        deadline_seconds = self._now() + seconds
        while not self._peer_gone and (left_seconds := deadline_seconds - self._now()) > 0:
            if self._peer.poll(left_seconds * 1000):
                self._read()

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
        self._read_on(LAST_WORD_SECONDS)
        try:
            for message in self._server.input_buffer:
                if isinstance(self._protocol.receive(message), Stopped):
                    return "stopped"
        except RemoteProtocolError as ended:
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
