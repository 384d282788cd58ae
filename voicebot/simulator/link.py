"""The carrier's end of a media stream's wire: messages out, messages in, and the ways in which it ends."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Message = Mapping[str, Any]

MAX_BOT_MESSAGE_BYTES = 1 << 20


class LinkClosed(ConnectionError):  # noqa: N818  the other side is done; no mistake of ours
    """The bot's side closed the stream, or is gone."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code
        """The WebSocket close code, None when the line just died."""


class Link(Protocol):
    def send(self, message: Message) -> None:
        """Send one message. Raises LinkClosed."""

    def receive(self, now_seconds: float) -> list[Message]:
        """Return all that had arrived by ``now_seconds`` of the stream. Raises LinkClosed after the last."""

    def close(self) -> None:
        """End as the carrier does after ``stop``."""

    def drop(self) -> None:
        """Die without a word, as a cut cable does."""


class SocketLink:
    """A real WebSocket; ``headers`` carry the handshake's signature."""

    def __init__(self, url: str, headers: Mapping[str, str], *, open_timeout_seconds: float = 10.0) -> None:
        self._open = contextlib.ExitStack()
        self._connection: ClientConnection = self._open.enter_context(
            connect(
                url,
                additional_headers=dict(headers),
                compression=None,
                open_timeout=open_timeout_seconds,
                close_timeout=2.0,
                max_size=MAX_BOT_MESSAGE_BYTES,
                max_queue=None,
                proxy=None,
            )
        )

    def send(self, message: Message) -> None:
        try:
            self._connection.send(json.dumps(message, ensure_ascii=False))
        except ConnectionClosed as closed:
            raise LinkClosed(closed.rcvd.code if closed.rcvd else None) from None

    def receive(self, now_seconds: float) -> list[Message]:  # noqa: ARG002  what is here has arrived
        arrived: list[Message] = []
        while True:
            try:
                arrived.append(json.loads(self._connection.recv(timeout=0)))
            except TimeoutError:
                return arrived
            except ConnectionClosed as closed:
                if arrived:
                    return arrived
                raise LinkClosed(closed.rcvd.code if closed.rcvd else None) from None

    def close(self) -> None:
        self._open.close()

    def drop(self) -> None:
        plain = self._connection.socket
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.shutdown(socket.SHUT_RDWR)
        self._open.close()
