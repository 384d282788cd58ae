"""What the runtime is handed for one call: a line to listen to and speak into, whoever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from voicebot.telephony.media_stream import Inbound


class StreamClosed(ConnectionError):  # noqa: N818  the end of a call is no mistake
    """The caller hung up, the carrier closed the stream, or the socket died.

    A ConnectionError, so that whoever serves the call can tell it without knowing the carrier's package.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """``stopped`` (the carrier said so), ``dropped`` (the socket died), ``closed`` (by our side),
        or the hint of the peer's protocol error."""


class Transport(Protocol):
    """One stream. ``receive`` belongs to one thread; the senders may be called from any."""

    def receive(self, timeout_seconds: float) -> Inbound | None:
        """Wait for the next message and return it, or None when there was none in that time.

        Each message carries a ``kind`` (media, dtmf, mark, text, stopped). Raises StreamClosed at the end:
        after ``stopped`` was returned once, or at once when the socket died.
        """

    def wake(self) -> None:
        """Let ``receive`` come back at once, with None where no message has come; from any thread."""

    def send_media(self, payload: bytes) -> None:
        """Queue 8 kHz mu-law audio to be played. Raises StreamClosed."""

    def send_mark(self, name: str) -> None:
        """Ask to be told when everything queued so far was played. Raises StreamClosed."""

    def send_clear(self) -> None:
        """Throw away what is queued at the other side. Raises StreamClosed."""

    def send_extra(self, body: Mapping[str, Any]) -> None:
        """Tell the softphone something beside the sound; no telephone hears of it. Raises StreamClosed."""

    def close(self, code: int = 1000) -> None:
        """Close the stream; the carrier goes on with the action URL. Harmless when already closed."""
