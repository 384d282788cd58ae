"""Whole calls over real HTTP and WebSocket, simulated carrier against blueprints, and everything wrong."""

from __future__ import annotations

import base64
import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from werkzeug.serving import make_server

from voicebot.dialogue.requests import LookupFailed, Request, Result
from voicebot.simulator.caller import ScriptedCaller
from voicebot.simulator.g711 import encode
from voicebot.simulator.latency import measure
from voicebot.simulator.script import CallerScript, Step, parse_script
from voicebot.simulator.signing import HEADER, sign
from voicebot.simulator.twilio import Account, CallRecord, SimulatedTwilio
from voicebot.simulator.twiml import parse
from voicebot.telephony.blueprints import create_blueprints
from voicebot.telephony.configuration import TelephonySettings
from voicebot.telephony.line import Caller, OutcomeKind
from voicebot.telephony.media_stream import Started
from voicebot.telephony.transport import StreamClosed, Transport

ACCOUNT = Account(account_sid="AC1", auth_token="0123456789abcdef0123456789abcdef")
WAIT_SECONDS = 5.0


def a_tone(seconds: float, hz: float = 440.0) -> NDArray[np.int16]:
    phase = 2 * np.pi * hz * np.arange(int(seconds * 8000)) / 8000
    return (8000 * np.sin(phase)).astype(np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    kind: OutcomeKind
    ticket_no: str | None = None
    summary: tuple[str, ...] = ()


Conversation = Callable[["TalkingLine", Transport], OutcomeKind]


@dataclass
class TalkingLine:
    """Holds the conversation that a test gives it, and keeps what it heard."""

    conversation: Conversation | None = None
    admitting: bool = True
    heard: list[Any] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    outcomes: dict[str, Ended] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)
    begins: queue.Queue[str] = field(default_factory=queue.Queue)
    """CallSid of each call as it was taken."""
    ends: queue.Queue[str] = field(default_factory=queue.Queue)
    """How each stream ended, as the line saw it."""

    def admits(self) -> bool:
        return self.admitting

    def ready(self) -> Mapping[str, Any]:
        return {"ready": self.admitting}

    def serve(self, transport: Transport, start: Started, caller: Caller) -> None:
        self.callers.append(caller)
        self.begins.put(caller.call_sid)
        self.outcomes[caller.call_sid] = Ended(kind="interrupted")
        try:
            assert self.conversation is not None
            kind = self.conversation(self, transport)
        except StreamClosed as closed:
            self.ends.put(closed.reason)
            raise
        self.outcomes[caller.call_sid] = Ended(kind=kind, ticket_no="T1", summary=("退货",))
        self.ends.put("over")

    def outcome(self, call_sid: str) -> Ended:
        return self.outcomes.get(call_sid, Ended(kind="unknown"))

    def business(self, request: Request) -> Result:
        return LookupFailed(retryable=True, message="no shop here")

    def status(self, call_sid: str, status: str, duration_seconds: int | None) -> None:
        self.statuses.append(status)

    def hear_until(self, transport: Transport, kind: str, count: int = 1) -> Any:
        """Listen until the ``count``-th message of a kind."""
        deadline_seconds = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline_seconds:
            message = transport.receive(0.02)
            if message is None:
                continue
            self.heard.append(message)
            if message.kind == kind:
                count -= 1
                if count == 0:
                    return message
        raise AssertionError(f"no {kind} came")

    def say(self, transport: Transport, text: str, seconds: float, mark: str) -> None:
        """Everything at once: the carrier queues it."""
        self.said.append(text)
        sound = encode(a_tone(seconds))
        for start in range(0, len(sound), 160):
            transport.send_media(sound[start : start + 160])
        transport.send_mark(mark)

    def kinds(self) -> list[str]:
        return [message.kind for message in self.heard if message.kind != "media"]


@dataclass
class Site:
    line: TalkingLine
    url: str

    def phone(
        self, steps: list[Any], *, agent: Any = "answers", keep_in: Path | None = None, **script: Any
    ) -> Any:
        """Let a scripted caller phone; returns the call's record and the caller."""
        source = {
            "from": "+8613800000001",
            "to": "+864000000000",
            "steps": steps,
            "stay_seconds": 2,
            **script,
        }
        read = parse_script(source, where=Path("script.yaml"))
        return self.phone_by(read, agent=agent, keep_in=keep_in)

    def phone_by(self, script: CallerScript, **options: Any) -> tuple[CallRecord, ScriptedCaller]:
        keep_in = options.pop("keep_in", None)
        caller = ScriptedCaller(
            script, speak=lambda text: a_tone(0.2 * len(text), 600), observe=lambda: self.line.said
        )
        carrier = SimulatedTwilio(self.url + "/voice/incoming", ACCOUNT, **options)
        try:
            record = carrier.call(
                caller, from_number=script.from_number, to_number=script.to_number, keep_in=keep_in
            )
        finally:
            carrier.close()
        return record, caller

    def ticket(self, call_sid: str = "CA1") -> str:
        """Let the webhook give out a ticket."""
        carrier = SimulatedTwilio(self.url + "/voice/incoming", ACCOUNT)
        fields = {"CallSid": call_sid, "From": "+8613800000001", "To": "+864000000000"}
        answered = carrier.post(self.url + "/voice/incoming", fields)
        carrier.close()
        return parse(answered.text)[0].children[0].children[0].attributes["value"]

    @contextlib.contextmanager
    def socket(
        self, path: str = "/media", headers: Mapping[str, str] | None = None
    ) -> Iterator[ClientConnection]:
        url = self.url.replace("http", "ws") + path
        signed = {HEADER: sign(ACCOUNT.auth_token, url)} if headers is None else headers
        with connect(url, additional_headers=signed, close_timeout=1, proxy=None, max_queue=None) as opened:
            yield opened


@pytest.fixture(scope="module")
def _server() -> Iterator[Site]:
    line = TalkingLine()
    app = Flask("hotline")
    settings = TelephonySettings(
        auth_token=ACCOUNT.auth_token, calls_per_minute_per_number=1000, start_timeout_seconds=0.5
    )
    for blueprint in create_blueprints(line, settings):
        app.register_blueprint(blueprint)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="hotline")
    thread.start()
    yield Site(line, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(_server: Site) -> Site:
    """A hotline on a free port, with a line that has heard nothing yet."""
    line = _server.line
    line.conversation = None
    line.admitting = True
    for kept in (line.heard, line.said, line.callers, line.statuses):
        kept.clear()
    line.outcomes.clear()
    line.begins = queue.Queue()
    line.ends = queue.Queue()
    return _server


def a_start(ticket: str, call_sid: str = "CA1", **changes: Any) -> str:
    start = {
        "streamSid": "MZ1",
        "accountSid": "AC1",
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": ticket},
        **changes,
    }
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": start})


CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})


def a_frame(chunk: int) -> str:
    media = {
        "track": "inbound",
        "chunk": str(chunk),
        "timestamp": str((chunk - 1) * 20),
        "payload": base64.b64encode(b"\xff" * 160).decode(),
    }
    return json.dumps({"event": "media", "sequenceNumber": str(chunk), "streamSid": "MZ1", "media": media})


def close_code(socket: ClientConnection) -> int | None:
    """Read until the other side closes."""
    try:
        while True:
            socket.recv(timeout=WAIT_SECONDS)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def listen_for_ever(line: TalkingLine, transport: Transport) -> OutcomeKind:
    while True:
        message = transport.receive(1.0)
        if message is not None:
            line.heard.append(message)


def greet_and_transfer(line: TalkingLine, transport: Transport) -> OutcomeKind:
    line.say(transport, "您好", 0.4, "1.1")
    line.hear_until(transport, "mark")
    line.hear_until(transport, "dtmf")
    line.say(transport, "马上为您转接", 0.3, "1.2")
    line.hear_until(transport, "mark")
    return "transfer"


def test_a_whole_call_from_the_first_webhook_to_the_agent(site: Site, tmp_path: Path) -> None:
    site.line.conversation = greet_and_transfer
    record, caller = site.phone(
        [
            {"expect": ["您好"], "say": "人工", "quiet_seconds": 0.2},
            {"after": {"seconds": 0.1}, "press": "0"},
            {"after": {"phrase": "转接"}, "listen": True},
        ],
        keep_in=tmp_path,
    )
    assert caller.unmet == []
    assert record.error is None
    assert record.verbs == ["Connect", "Enqueue", "Hangup"]
    assert record.transferred_to == "support"
    assert [url.rpartition("/")[2] for url, _ in record.requests] == [
        "incoming", "after-stream", "queue-wait", "dial-result", "status",
    ]  # fmt: skip
    assert site.line.callers[0].from_number == "+8613800000001"
    assert site.line.statuses == ["completed"]
    assert record.stream.ended == "bot_closed"
    assert record.stream.close_code == 1000
    figures = measure(record.stream.timeline.events())
    assert figures.greeting_seconds is not None
    assert figures.greeting_seconds < 1.0
    assert figures.underruns_seconds == ()
    assert (tmp_path / f"{record.call_sid}.wav").stat().st_size > 8000
    timeline = json.loads((tmp_path / f"{record.call_sid}.json").read_text(encoding="utf-8"))
    assert {"step", "bot_began", "mark", "key"} <= {event["event"] for event in timeline["events"]}


def test_a_mark_comes_back_when_its_audio_was_heard_and_clear_returns_all(site: Site) -> None:
    moments: list[float] = []

    def interrupted(line: TalkingLine, transport: Transport) -> OutcomeKind:
        line.hear_until(transport, "media")
        moments.append(time.monotonic())
        line.say(transport, "短", 0.5, "1.1")
        line.hear_until(transport, "mark")
        moments.append(time.monotonic())
        line.say(transport, "长", 30.0, "1.2")
        line.say(transport, "更长", 30.0, "1.3")
        line.hear_until(transport, "media", 10)
        transport.send_clear()
        line.hear_until(transport, "mark", 2)
        moments.append(time.monotonic())
        return "hangup"

    site.line.conversation = interrupted
    record, _ = site.phone([{"after": "nothing", "listen": True}], stay_seconds=10)
    asked, played, cleared = moments
    assert 0.4 <= played - asked <= 1.5
    assert cleared - played <= 1.5
    marks = [message.name for message in site.line.heard if message.kind == "mark"]
    assert marks == ["1.1", "1.2", "1.3"]
    clear = next(event for event in record.stream.timeline.events() if event.event == "clear")
    assert clear.detail["thrown_away_seconds"] > 50
    assert record.verbs == ["Connect", "Hangup"]


def test_a_caller_who_hangs_up_is_noticed_and_nothing_follows(site: Site) -> None:
    site.line.conversation = listen_for_ever
    record, _ = site.phone([{"after": {"seconds": 0.2}, "hang_up": True}])
    assert site.line.ends.get(timeout=WAIT_SECONDS) == "stopped"
    assert site.line.kinds() == ["stopped"]
    assert record.verbs == ["Connect"]


def test_a_caller_who_hangs_up_on_a_line_that_talks_has_hung_up(site: Site) -> None:
    """The carrier's stop lies unread while we talk into a socket that it has closed."""

    def talk_on(line: TalkingLine, transport: Transport) -> OutcomeKind:
        line.hear_until(transport, "media")
        while True:
            line.say(transport, "声", 0.02, "1.1")
            time.sleep(0.002)

    site.line.conversation = talk_on
    with site.socket() as socket:
        socket.send(CONNECTED)
        socket.send(a_start(site.ticket()))
        for chunk in range(1, 20):
            socket.send(a_frame(chunk))
        socket.recv(timeout=WAIT_SECONDS)
        socket.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
    assert site.line.ends.get(timeout=WAIT_SECONDS) == "stopped"


def test_a_line_that_dies_is_noticed_and_the_next_call_is_served(site: Site) -> None:
    site.line.conversation = listen_for_ever
    site.phone([{"after": {"seconds": 0.2}, "drop": True}])
    assert site.line.ends.get(timeout=WAIT_SECONDS) == "dropped"
    site.phone([{"after": {"seconds": 0.1}, "hang_up": True}])
    assert site.line.ends.get(timeout=WAIT_SECONDS) == "stopped"


def test_a_call_that_cannot_be_served_gets_the_keypad_and_a_human(site: Site) -> None:
    site.line.admitting = False
    record, caller = site.phone([{"expect": ["人工客服请按零"], "press": "0"}], agent="no-answer")
    assert caller.unmet == []
    assert record.error is None
    assert record.verbs[0] == "Gather"
    assert record.verbs[-1] == "Hangup"
    assert any("暂时都在忙" in text for text in record.said)


def test_a_call_whose_conversation_breaks_hears_an_apology_and_reaches_a_human(site: Site) -> None:
    def give_up(line: TalkingLine, transport: Transport) -> OutcomeKind:
        line.hear_until(transport, "media", 3)
        transport.close(1011)
        transport.receive(1.0)
        raise AssertionError("a closed transport gives nothing")

    site.line.conversation = give_up
    record, _ = site.phone([{"after": "nothing", "listen": True}])
    assert record.stream.close_code == 1011
    assert "抱歉" in record.said[0]
    assert record.transferred_to == "support"


def test_an_unsigned_handshake_gets_no_socket(site: Site) -> None:
    for headers in ({}, {HEADER: "bm90IGEgc2lnbmF0dXJl"}):
        with pytest.raises(InvalidStatus) as refused, site.socket(headers=headers):
            pass
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize(("scheme", "ending"), [("ws", ""), ("http", ""), ("ws", "/"), ("http", "/")])
def test_each_form_of_our_own_address_may_be_signed(site: Site, scheme: str, ending: str) -> None:
    url = site.url.replace("http", scheme) + "/media" + ending
    with site.socket(headers={HEADER: sign(ACCOUNT.auth_token, url)}) as socket:
        socket.close()


def test_a_ticket_opens_one_stream_only(site: Site) -> None:
    site.line.conversation = listen_for_ever
    ticket = site.ticket()
    with site.socket() as first:
        first.send(CONNECTED)
        first.send(a_start(ticket))
        assert site.line.begins.get(timeout=WAIT_SECONDS) == "CA1"
        with site.socket() as second:
            second.send(CONNECTED)
            second.send(a_start(ticket))
            assert close_code(second) == 1008
    assert site.line.ends.get(timeout=WAIT_SECONDS) == "dropped"
    assert len(site.line.callers) == 1


@pytest.mark.parametrize(("ticket", "call_sid"), [("", "CA1"), ("guessed", "CA1"), (None, "CA2")])
def test_a_wrong_ticket_closes_with_1008(site: Site, ticket: str | None, call_sid: str) -> None:
    with site.socket() as socket:
        socket.send(CONNECTED)
        socket.send(a_start(site.ticket() if ticket is None else ticket, call_sid))
        assert close_code(socket) == 1008
    assert site.line.callers == []


def test_a_socket_that_never_starts_is_closed(site: Site) -> None:
    with site.socket() as socket:
        assert close_code(socket) == 1008


LINEAR = {"encoding": "audio/x-l16", "sampleRate": 8000, "channels": 1}
WRONG: list[tuple[str, list[str | bytes], int]] = [
    ("binary", [b"\x00" * 160], 1003),
    ("not JSON", ["{"], 1007),
    ("oversized", ["x" * 20_000], 1009),
    ("media before start", [CONNECTED, a_frame(1)], 1002),
    ("wrong encoding", [CONNECTED, a_start("t", mediaFormat=LINEAR)], 1003),
]  # fmt: skip


@pytest.mark.parametrize(
    ("messages", "code"), [(sent, code) for _, sent, code in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_broken_opening_is_refused_with_its_code(
    site: Site, messages: list[str | bytes], code: int
) -> None:
    with site.socket() as socket:
        for message in messages:
            socket.send(message)
        assert close_code(socket) == code
    assert site.line.callers == []


@pytest.mark.parametrize(
    ("message", "code"),
    [(b"\x00", 1003), ("[]", 1007), ("x" * 20_000, 1009), (CONNECTED, 1002), (a_start("t"), 1002)],
    ids=["binary", "no object", "oversized", "connected again", "two starts"],
)
def test_a_broken_message_in_a_call_ends_it_and_nothing_else(
    site: Site, message: str | bytes, code: int
) -> None:
    site.line.conversation = listen_for_ever
    with site.socket() as bystander, site.socket() as socket:
        bystander.send(CONNECTED)
        bystander.send(a_start(site.ticket("CA9"), "CA9"))
        socket.send(CONNECTED)
        socket.send(a_start(site.ticket()))
        socket.send(a_frame(1))
        socket.send(message)
        assert close_code(socket) == code
        assert site.line.ends.get(timeout=WAIT_SECONDS) not in ("stopped", "dropped", "closed")
        bystander.send(json.dumps({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": "5"}}))
        bystander.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
        assert site.line.ends.get(timeout=WAIT_SECONDS) == "stopped"
    assert "dtmf" in site.line.kinds()


def test_a_flood_is_cut_off(site: Site) -> None:
    site.line.conversation = listen_for_ever
    with site.socket() as socket:
        socket.send(CONNECTED)
        socket.send(a_start(site.ticket()))
        with contextlib.suppress(ConnectionClosed):
            for chunk in range(1, 3000):
                socket.send(a_frame(chunk))
        assert close_code(socket) in (1008, None)  # None: cut before the close could be read
    assert "faster than speech" in site.line.ends.get(timeout=WAIT_SECONDS)


def test_repeated_and_late_frames_are_dropped_quietly(site: Site) -> None:
    site.line.conversation = listen_for_ever
    with site.socket() as socket:
        socket.send(CONNECTED)
        socket.send(a_start(site.ticket()))
        for chunk in (1, 2, 2, 4, 3, 5):
            socket.send(a_frame(chunk))
        socket.send(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
        assert site.line.ends.get(timeout=WAIT_SECONDS) == "stopped"
    assert [message.chunk for message in site.line.heard if message.kind == "media"] == [1, 2, 4, 5]


def test_pings_are_answered_while_sound_is_sent(site: Site) -> None:
    def chatter(line: TalkingLine, transport: Transport) -> OutcomeKind:
        for number in range(50):
            line.say(transport, "声", 0.2, f"1.{number}")
            transport.receive(0.002)
        return "hangup"

    site.line.conversation = chatter
    marks = 0
    with site.socket() as socket:
        socket.send(CONNECTED)
        socket.send(a_start(site.ticket()))
        pongs = [socket.ping() for _ in range(50)]
        with contextlib.suppress(ConnectionClosed):
            while True:
                marks += json.loads(socket.recv(timeout=WAIT_SECONDS))["event"] == "mark"
        assert all(pong.wait(WAIT_SECONDS) for pong in pongs)
    assert marks == 50


def test_who_waits_for_the_line_can_be_woken(site: Site) -> None:
    waited: list[float] = []

    def patient(_line: TalkingLine, transport: Transport) -> OutcomeKind:
        threading.Timer(0.05, transport.wake).start()
        began = time.monotonic()
        assert transport.receive(WAIT_SECONDS) is None
        waited.append(time.monotonic() - began)
        return "hangup"

    site.line.conversation = patient
    with site.socket() as socket:
        socket.send(CONNECTED)
        socket.send(a_start(site.ticket()))
        assert site.line.ends.get(timeout=2 * WAIT_SECONDS) == "over"
    assert waited[0] < WAIT_SECONDS / 2


def softphone_call(site: Site) -> dict[str, Any]:
    import requests

    answered = requests.post(
        site.url + "/softphone/call", json={"from_number": None}, headers={"Origin": site.url}, timeout=5
    )
    assert answered.status_code == 201
    body: dict[str, Any] = answered.json()
    return body


def test_the_softphone_types_and_reads_along(site: Site) -> None:
    def answer(line: TalkingLine, transport: Transport) -> OutcomeKind:
        typed = line.hear_until(transport, "text")
        transport.send_extra({"event": "transcript", "speaker": "caller", "text": typed.text})
        return "transfer"

    site.line.conversation = answer
    call = softphone_call(site)
    with site.socket("/softphone/media", {"Origin": site.url}) as socket:
        socket.send(CONNECTED)
        socket.send(a_start(call["ticket"], call["call_sid"]))
        socket.send(json.dumps({"event": "text", "streamSid": "MZ1", "text": "我要退货"}))
        transcript, ended = (json.loads(socket.recv(timeout=WAIT_SECONDS)) for _ in range(2))
        assert close_code(socket) == 1000
    assert transcript["text"] == "我要退货"
    assert ended == {
        "event": "ended", "outcome": "transfer", "ticket_no": "T1", "summary": ["退货"], "streamSid": "MZ1",
    }  # fmt: skip
    assert site.line.callers[0].channel == "softphone"


def test_the_softphones_socket_is_for_our_own_page(site: Site) -> None:
    for headers in ({}, {"Origin": "https://evil.example.com"}):
        with pytest.raises(InvalidStatus) as refused, site.socket("/softphone/media", headers):
            pass
        assert refused.value.response.status_code == 403


def test_a_softphones_ticket_opens_no_telephone_line(site: Site) -> None:
    call = softphone_call(site)
    with site.socket() as socket:
        socket.send(CONNECTED)
        socket.send(a_start(call["ticket"], call["call_sid"]))
        assert close_code(socket) == 1008


def test_ended_calls_leave_no_thread_behind(site: Site) -> None:
    site.line.conversation = listen_for_ever
    before = threading.active_count()
    for _ in range(5):
        with site.socket() as socket:
            socket.send(CONNECTED)
            socket.send(a_start(site.ticket()))
            socket.send(b"\x00")
            assert close_code(socket) == 1003
    deadline_seconds = time.monotonic() + WAIT_SECONDS
    while threading.active_count() > before and time.monotonic() < deadline_seconds:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_step_can_be_built_in_code_too(site: Site) -> None:
    site.line.conversation = greet_and_transfer
    script = CallerScript(
        name="keys",
        from_number=None,
        to_number="+864000000000",
        steps=(Step(action="press", text="0", quiet_seconds=0.2),),
        stay_seconds=5,
    )
    record, caller = site.phone_by(script)
    assert caller.unmet == []
    assert site.line.callers[0].from_number is None
    assert record.agent_answered
