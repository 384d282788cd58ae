"""The wire format of Twilio's bidirectional Media Streams, as pure code: text in, values out, no I/O.

Field names and the order of messages: https://www.twilio.com/docs/voice/media-streams/websocket-messages.
The softphone speaks the same protocol with three additions: it may send ``text``, and it is sent
``transcript`` and ``ended``.
"""

from __future__ import annotations

import base64
import binascii
import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal

MAX_MESSAGE_BYTES = 16_384
MAX_TEXT_CHARACTERS = 500
MAX_MARK_CHARACTERS = 128
MAX_PARAMETERS = 32
MAX_PARAMETER_CHARACTERS = 512

CLOSE_PROTOCOL_ERROR = 1002
CLOSE_UNSUPPORTED = 1003
CLOSE_MALFORMED = 1007
CLOSE_POLICY = 1008
CLOSE_TOO_BIG = 1009

_SID = re.compile(r"[A-Za-z0-9]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_DIGIT = re.compile(r"[0-9*#A-D]")


class RemoteProtocolError(Exception):
    """The peer broke the protocol: close with ``close_code``, log ``hint`` (it quotes no content)."""

    def __init__(self, close_code: int, hint: str) -> None:
        super().__init__(hint)
        self.close_code = close_code
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFormat:
    encoding: str
    sample_rate_hz: int
    channels: int


MULAW_8K = MediaFormat(encoding="audio/x-mulaw", sample_rate_hz=8000, channels=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    kind: ClassVar[Literal["connected"]] = "connected"
    protocol: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    kind: ClassVar[Literal["started"]] = "started"
    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: Mapping[str, str]
    """The ``<Parameter>`` elements of the TwiML, by name."""
    media_format: MediaFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    kind: ClassVar[Literal["media"]] = "media"
    stream_sid: str
    sequence: int
    chunk: int
    """Counts from 1 on each track."""
    timestamp_ms: int
    """Of the first sample, since the stream started."""
    track: str
    payload: bytes
    """8 kHz mu-law, 160 bytes a 20 ms frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dtmf:
    kind: ClassVar[Literal["dtmf"]] = "dtmf"
    stream_sid: str
    digit: str
    """One of 0-9, *, #, A-D."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Everything sent before this mark was played, or was thrown away by ``clear``."""

    kind: ClassVar[Literal["mark"]] = "mark"
    stream_sid: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Softphone only: the caller typed instead of speaking."""

    kind: ClassVar[Literal["text"]] = "text"
    stream_sid: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    kind: ClassVar[Literal["stopped"]] = "stopped"
    stream_sid: str


Inbound = Connected | Started | Media | Dtmf | Mark | Typed | Stopped


def decode(message: str | bytes, *, typed: bool = False) -> Inbound | None:
    """Read one WebSocket message; None for an event that this version does not know (Twilio may add some).

    ``typed`` allows the softphone's ``text``. Raises RemoteProtocolError for anything malformed.
    """
    body = _object(message)
    event = body.get("event")
    if not isinstance(event, str):
        raise RemoteProtocolError(CLOSE_MALFORMED, "a message has no event name")
    if event == "connected":
        return Connected(protocol=_text(body, "protocol", 32), version=_text(body, "version", 32))
    if event == "start":
        return _started(body)
    if event == "media":
        return _media(body)
    if event == "dtmf":
        digit = _text(_child(body, "dtmf"), "digit", 1)
        if not _DIGIT.fullmatch(digit):
            raise RemoteProtocolError(CLOSE_MALFORMED, "dtmf.digit is not a telephone key")
        return Dtmf(stream_sid=_sid(body, "streamSid"), digit=digit)
    if event == "mark":
        name = _text(_child(body, "mark"), "name", MAX_MARK_CHARACTERS)
        return Mark(stream_sid=_sid(body, "streamSid"), name=name)
    if event == "stop":
        return Stopped(stream_sid=_sid(body, "streamSid"))
    if event == "text" and typed:
        return Typed(stream_sid=_sid(body, "streamSid"), text=_text(body, "text", MAX_TEXT_CHARACTERS))
    return None


def encode_media(stream_sid: str, payload: bytes) -> str:
    """Audio to play, 8 kHz mu-law without any header; played in the order of arrival."""
    encoded = base64.b64encode(payload).decode("ascii")
    return _dump({"event": "media", "streamSid": stream_sid, "media": {"payload": encoded}})


def encode_mark(stream_sid: str, name: str) -> str:
    """A mark that comes back when everything before it was played or cleared."""
    return _dump({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}})


def encode_clear(stream_sid: str) -> str:
    """Throw away what is queued; the marks in it all come back."""
    return _dump({"event": "clear", "streamSid": stream_sid})


def encode_extra(stream_sid: str, body: Mapping[str, Any]) -> str:
    """Softphone only: anything beside the sound; ``body`` carries its ``event`` name.

    ``{"event": "transcript", "speaker": "caller" | "bot", "text": …}`` as the call goes, and at last
    ``{"event": "ended", "outcome": …, "ticket_no": …, "summary": […]}``.
    """
    return _dump({**body, "streamSid": stream_sid})


class StreamState(enum.Enum):
    """Where a stream stands: connected and start come once each and first; nothing follows stop."""

    OPENED = "opened"
    CONNECTED = "connected"
    STREAMING = "streaming"
    STOPPED = "stopped"


_EXPECTED_STATE: Mapping[str, StreamState] = MappingProxyType(
    {
        "connected": StreamState.OPENED,
        "started": StreamState.CONNECTED,
        "media": StreamState.STREAMING,
        "dtmf": StreamState.STREAMING,
        "mark": StreamState.STREAMING,
        "text": StreamState.STREAMING,
        "stopped": StreamState.STREAMING,
    }
)


class StreamProtocol:
    """Checks the order of one stream's messages.

    Repeated and late audio is dropped and counted, a gap is counted and left to the listener
    (``timestamp_ms`` tells where a frame belongs); unknown events and other tracks are passed over. All else
    that is out of order is the peer's error.
    """

    def __init__(self, *, typed: bool = False) -> None:
        self._typed = typed
        self._last_chunk = 0
        self.state = StreamState.OPENED
        self.stream_sid: str | None = None
        self.dropped_chunks = 0
        """Media messages that repeated, or came after, a later one."""
        self.missing_chunks = 0
        """Chunk numbers that were jumped over."""

    def receive(self, message: str | bytes) -> Inbound | None:
        """Take one message; None when there is nothing in it for the call. Raises RemoteProtocolError."""
        decoded = decode(message, typed=self._typed)
        if decoded is None:
            return None
        if self.state is not _EXPECTED_STATE[decoded.kind]:
            raise RemoteProtocolError(
                CLOSE_PROTOCOL_ERROR, f"'{decoded.kind}' came while the stream was {self.state.value}"
            )
        if isinstance(decoded, Connected):
            self.state = StreamState.CONNECTED
            return decoded
        if isinstance(decoded, Started):
            self.state = StreamState.STREAMING
            self.stream_sid = decoded.stream_sid
            return decoded
        if decoded.stream_sid != self.stream_sid:
            raise RemoteProtocolError(CLOSE_POLICY, f"'{decoded.kind}' belongs to another stream")
        if isinstance(decoded, Stopped):
            self.state = StreamState.STOPPED
        if isinstance(decoded, Media):
            return self._in_order(decoded)
        return decoded

    def _in_order(self, media: Media) -> Media | None:
        if media.track != "inbound" or not media.payload:
            return None
        if media.chunk <= self._last_chunk:
            self.dropped_chunks += 1
            return None
        self.missing_chunks += media.chunk - self._last_chunk - 1
        self._last_chunk = media.chunk
        return media


def _object(message: str | bytes) -> dict[str, Any]:
    if not isinstance(message, str):
        raise RemoteProtocolError(CLOSE_UNSUPPORTED, "a binary message; Media Streams are text")
    if len(message) > MAX_MESSAGE_BYTES or len(message.encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
        raise RemoteProtocolError(CLOSE_TOO_BIG, f"a message of over {MAX_MESSAGE_BYTES} bytes")
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        raise RemoteProtocolError(CLOSE_MALFORMED, "a message is not JSON") from None
    if not isinstance(body, dict):
        raise RemoteProtocolError(CLOSE_MALFORMED, "a message is not a JSON object")
    return body


def _started(body: dict[str, Any]) -> Started:
    start = _child(body, "start")
    wanted = _child(start, "mediaFormat")
    media_format = MediaFormat(
        encoding=_text(wanted, "encoding", 64),
        sample_rate_hz=_number(wanted, "sampleRate"),
        channels=_number(wanted, "channels"),
    )
    if media_format != MULAW_8K:
        raise RemoteProtocolError(CLOSE_UNSUPPORTED, "the stream is not 8 kHz mono audio/x-mulaw")
    stream_sid = _sid(body, "streamSid")
    if "streamSid" in start and _sid(start, "streamSid") != stream_sid:
        raise RemoteProtocolError(CLOSE_MALFORMED, "start names two streams")
    parameters = start.get("customParameters") or {}
    if not isinstance(parameters, dict) or len(parameters) > MAX_PARAMETERS:
        raise RemoteProtocolError(CLOSE_MALFORMED, "start.customParameters is not a small object")
    return Started(
        stream_sid=stream_sid,
        call_sid=_sid(start, "callSid"),
        account_sid=_sid(start, "accountSid"),
        parameters=MappingProxyType(
            {name: _text(parameters, name, MAX_PARAMETER_CHARACTERS) for name in parameters}
        ),
        media_format=media_format,
    )


def _media(body: dict[str, Any]) -> Media:
    media = _child(body, "media")
    payload = media.get("payload")
    if not isinstance(payload, str):
        raise RemoteProtocolError(CLOSE_MALFORMED, "media.payload is missing")
    try:
        audio = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise RemoteProtocolError(CLOSE_MALFORMED, "media.payload is not base64") from None
    return Media(
        stream_sid=_sid(body, "streamSid"),
        sequence=_number(body, "sequenceNumber"),
        chunk=_number(media, "chunk"),
        timestamp_ms=_number(media, "timestamp"),
        track=_text(media, "track", 32) if "track" in media else "inbound",
        payload=audio,
    )


def _child(body: dict[str, Any], name: str) -> dict[str, Any]:
    child = body.get(name)
    if not isinstance(child, dict):
        raise RemoteProtocolError(CLOSE_MALFORMED, f"{name} is missing or no object")
    return child


def _text(body: dict[str, Any], name: str, longest: int) -> str:
    text = body.get(name)
    if not isinstance(text, str) or len(text) > longest:
        raise RemoteProtocolError(CLOSE_MALFORMED, "a field is missing, no text, or too long")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise RemoteProtocolError(CLOSE_MALFORMED, "a field holds half a character")
    return text


def _sid(body: dict[str, Any], name: str) -> str:
    sid = _text(body, name, 64)
    if not _SID.fullmatch(sid):
        raise RemoteProtocolError(CLOSE_MALFORMED, f"{name} is no identifier")
    return sid


def _number(body: dict[str, Any], name: str) -> int:
    """Twilio writes most numbers as strings, and those of mediaFormat as numbers."""
    number = body.get(name)
    if isinstance(number, str) and _NUMBER.fullmatch(number):
        return int(number)
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 10**18:
        return number
    raise RemoteProtocolError(CLOSE_MALFORMED, f"{name} is not a number")


def _dump(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
