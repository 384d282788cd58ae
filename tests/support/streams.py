"""A carrier's media stream by hand, message by message, also as no carrier would send it."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.servers import ACCOUNT, WAIT_SECONDS, Site
from voicebot.simulator.signing import HEADER, sign
from voicebot.simulator.twiml import parse

STREAM_SID = "MZ1"
CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
HASH_KEY = json.dumps(
    {"event": "dtmf", "streamSid": STREAM_SID, "dtmf": {"track": "inbound_track", "digit": "#"}}
)
STOP = json.dumps({"event": "stop", "streamSid": STREAM_SID, "stop": {}})
MULAW = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
LINEAR = {"encoding": "audio/x-l16", "sampleRate": 8000, "channels": 1}
QUIET = b"\xff" * 160


def a_call_sid() -> str:
    return "CA" + secrets.token_hex(16)


def a_start(ticket: str, call_sid: str, **changes: Any) -> str:
    start = {
        "streamSid": STREAM_SID,
        "accountSid": ACCOUNT.account_sid,
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": MULAW,
        "customParameters": {"ticket": ticket},
        **changes,
    }
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": STREAM_SID, "start": start})


def a_frame(chunk: int, sound: bytes = QUIET, *, stream_sid: str = STREAM_SID) -> str:
    media = {
        "track": "inbound",
        "chunk": str(chunk),
        "timestamp": str((chunk - 1) * 20),
        "payload": base64.b64encode(sound).decode(),
    }
    return json.dumps(
        {"event": "media", "sequenceNumber": str(chunk), "streamSid": stream_sid, "media": media}
    )


def a_ticket(site: Site, call_sid: str) -> str:
    """Let the webhook give out a ticket for this call."""
    number = f"+86139{secrets.randbelow(10**8):08}"  # another one each time: a number may not call too often
    answered = site.post("/voice/incoming", call_sid, From=number)
    assert answered.status_code == 200
    return parse(answered.text)[0].children[0].children[0].attributes["value"]


class RawStream:
    """One socket on /media. ``send`` gives up quietly when the other side has closed."""

    def __init__(self, site: Site) -> None:
        url = site.url.replace("http", "ws") + "/media"
        signed = {HEADER: sign(ACCOUNT.auth_token, url)}
        self._open = contextlib.ExitStack()
        self.socket: ClientConnection = self._open.enter_context(
            connect(url, additional_headers=signed, close_timeout=1, proxy=None, max_queue=None)
        )

    def __enter__(self) -> RawStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def begin(self, site: Site, call_sid: str) -> None:
        """Open properly: the line speaks."""
        self.send(CONNECTED, a_start(a_ticket(site, call_sid), call_sid), a_frame(1))
        while json.loads(self.socket.recv(timeout=WAIT_SECONDS))["event"] != "media":
            pass

    def send(self, *messages: str | bytes) -> None:
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                self.socket.send(message)

    def close_code(self) -> int | None:
        """Read until the other side closes; None when it was cut before the close could be read."""
        try:
            while True:
                self.socket.recv(timeout=WAIT_SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
