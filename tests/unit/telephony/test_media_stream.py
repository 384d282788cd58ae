"""The codec: what Twilio sends is read, everything else is refused with the right close code."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.telephony import media_stream
from voicebot.telephony.media_stream import (
    MULAW_8K,
    Connected,
    Dtmf,
    Mark,
    Media,
    RemoteProtocolError,
    Started,
    Stopped,
    StreamProtocol,
    StreamState,
    Typed,
    decode,
)

CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
STOP = {"event": "stop", "sequenceNumber": "9", "streamSid": "MZ1", "stop": {"callSid": "CA1"}}
DTMF = {
    "event": "dtmf",
    "streamSid": "MZ1",
    "sequenceNumber": "5",
    "dtmf": {"track": "inbound_track", "digit": "1"},
}
MARK = {"event": "mark", "sequenceNumber": "4", "streamSid": "MZ1", "mark": {"name": "1.2"}}


def a_start(**changes: Any) -> dict[str, Any]:
    start = {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": "abc"},
        **changes,
    }
    return {"event": "start", "sequenceNumber": "1", "start": start, "streamSid": "MZ1"}


def a_frame(chunk: int = 1, **changes: Any) -> dict[str, Any]:
    media = {
        "track": "inbound",
        "chunk": str(chunk),
        "timestamp": str((chunk - 1) * 20),
        "payload": base64.b64encode(b"\xff" * 160).decode(),
        **changes,
    }
    return {"event": "media", "sequenceNumber": str(chunk + 1), "media": media, "streamSid": "MZ1"}


def text(message: object) -> str:
    return json.dumps(message)


def a_stream(**options: Any) -> StreamProtocol:
    protocol = StreamProtocol(**options)
    protocol.receive(text(CONNECTED))
    protocol.receive(text(a_start()))
    return protocol


def refusal(message: str | bytes) -> int:
    with pytest.raises(RemoteProtocolError) as refused:
        decode(message)
    return refused.value.close_code


def test_every_message_of_a_call_is_read() -> None:
    assert decode(text(CONNECTED)) == Connected(protocol="Call", version="1.0.0")
    assert decode(text(a_start())) == Started(
        stream_sid="MZ1",
        call_sid="CA1",
        account_sid="AC1",
        parameters={"ticket": "abc"},
        media_format=MULAW_8K,
    )
    assert decode(text(a_frame(3))) == Media(
        stream_sid="MZ1", sequence=4, chunk=3, timestamp_ms=40, track="inbound", payload=b"\xff" * 160
    )
    assert decode(text(DTMF)) == Dtmf(stream_sid="MZ1", digit="1")
    assert decode(text(MARK)) == Mark(stream_sid="MZ1", name="1.2")
    assert decode(text(STOP)) == Stopped(stream_sid="MZ1")


def test_what_is_sent_has_the_documented_shape() -> None:
    assert json.loads(media_stream.encode_media("MZ1", b"\x00\xff")) == {
        "event": "media",
        "streamSid": "MZ1",
        "media": {"payload": "AP8="},
    }
    assert json.loads(media_stream.encode_mark("MZ1", "1.2")) == {
        "event": "mark",
        "streamSid": "MZ1",
        "mark": {"name": "1.2"},
    }
    assert json.loads(media_stream.encode_clear("MZ1")) == {"event": "clear", "streamSid": "MZ1"}
    extra = media_stream.encode_extra("MZ1", {"event": "ended", "outcome": "hangup"})
    assert json.loads(extra) == {"event": "ended", "outcome": "hangup", "streamSid": "MZ1"}


def test_an_unknown_event_is_passed_over() -> None:
    assert decode('{"event": "weather", "streamSid": "MZ1"}') is None


def test_typed_text_is_for_the_softphone_alone() -> None:
    typed = text({"event": "text", "streamSid": "MZ1", "text": "我要退货"})
    assert decode(typed) is None
    assert decode(typed, typed=True) == Typed(stream_sid="MZ1", text="我要退货")


@pytest.mark.parametrize(
    ("message", "close_code"),
    [
        (b"\x00\x01", 1003),
        ("", 1007),
        ("[]", 1007),
        ("null", 1007),
        ("[" * 16_000, 1007),
        ('{"event": 7}', 1007),
        ("{" + " " * 17_000 + "}", 1009),
        ("语" * 6_000, 1009),
        (text({"event": "connected"}), 1007),
        (text({"event": "start", "streamSid": "MZ1"}), 1007),
        (text(a_start(mediaFormat={"encoding": "audio/x-l16", "sampleRate": 8000, "channels": 1})), 1003),
        (text(a_start(mediaFormat={"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1})), 1003),
        (text(a_start(streamSid="MZ2")), 1007),
        (text(a_start(callSid="CA 1")), 1007),
        (text(a_start(callSid="../../etc")), 1007),
        (text(a_start(customParameters={"ticket": 5})), 1007),
        (text(a_start(customParameters={str(n): "" for n in range(40)})), 1007),
        (text(a_frame(payload="not base64!")), 1007),
        (text(a_frame(payload=None)), 1007),
        (text(a_frame(chunk=1, timestamp="-20")), 1007),
        (text(a_frame(chunk=1, timestamp="9" * 5000)), 1007),
        ('{"event": "media", "streamSid": "MZ1", "sequenceNumber": ' + "9" * 9000 + "}", 1007),
        (text({**DTMF, "dtmf": {"digit": "12"}}), 1007),
        (text({**DTMF, "dtmf": {"digit": "x"}}), 1007),
        (text({**MARK, "mark": {"name": "m" * 129}}), 1007),
        ('{"event": "mark", "streamSid": "MZ1", "mark": {"name": "\\ud800"}}', 1007),
    ],
)
def test_a_malformed_message_is_refused(message: str | bytes, close_code: int) -> None:
    assert refusal(message) == close_code


def test_a_hint_never_quotes_the_message() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        decode(text(a_start(callSid="13800001234 secret")))
    assert "secret" not in refused.value.hint


@pytest.mark.parametrize(
    "messages",
    [
        [a_start()],
        [a_frame()],
        [CONNECTED, a_frame()],
        [CONNECTED, DTMF],
        [CONNECTED, CONNECTED],
        [CONNECTED, STOP],
        [CONNECTED, a_start(), a_start()],
        [CONNECTED, a_start(), CONNECTED],
        [CONNECTED, a_start(), STOP, a_frame()],
        [CONNECTED, a_start(), STOP, STOP],
    ],
)
def test_messages_out_of_order_end_the_stream(messages: list[dict[str, Any]]) -> None:
    protocol = StreamProtocol()
    for message in messages[:-1]:
        protocol.receive(text(message))
    with pytest.raises(RemoteProtocolError) as refused:
        protocol.receive(text(messages[-1]))
    assert refused.value.close_code == 1002


def test_another_streams_audio_is_refused() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        a_stream().receive(text({**a_frame(), "streamSid": "MZ2"}))
    assert refused.value.close_code == 1008


def test_repeated_and_late_audio_is_dropped_and_a_gap_counted() -> None:
    stream = a_stream()
    heard = [stream.receive(text(a_frame(chunk))) for chunk in (1, 2, 2, 5, 3, 6)]
    assert [media.chunk for media in heard if isinstance(media, Media)] == [1, 2, 5, 6]
    assert (stream.dropped_chunks, stream.missing_chunks) == (2, 2)


def test_the_bots_own_track_and_empty_audio_are_passed_over() -> None:
    stream = a_stream()
    assert stream.receive(text(a_frame(1, track="outbound"))) is None
    assert stream.receive(text(a_frame(1, payload=""))) is None


def test_after_stop_the_stream_is_over() -> None:
    stream = a_stream()
    assert stream.receive(text(STOP)) == Stopped(stream_sid="MZ1")
    assert stream.state is StreamState.STOPPED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4)
    ),
    max_leaves=12,
)
field_names = st.sampled_from(
    [
        "event",
        "streamSid",
        "start",
        "media",
        "mark",
        "dtmf",
        "sequenceNumber",
        "payload",
        "name",
        "mediaFormat",
    ]
)
near_messages = st.builds(
    lambda base, name, value: {**base, name: value},
    st.sampled_from([CONNECTED, a_start(), a_frame(), DTMF, MARK, STOP]),
    field_names,
    json_values,
)


@settings(max_examples=300)
@given(st.one_of(st.text(), st.binary(), json_values.map(json.dumps), near_messages.map(json.dumps)))
def test_whatever_comes_is_read_or_refused(message: str | bytes) -> None:
    protocol = a_stream(typed=True)
    close_code = None
    try:
        protocol.receive(message)
    except RemoteProtocolError as refused:
        close_code = refused.close_code
    assert close_code in (None, 1002, 1003, 1007, 1008, 1009)


@settings(max_examples=50)
@given(st.binary(max_size=4000), st.text(max_size=100, alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_we_send_a_carrier_can_read(payload: bytes, name: str) -> None:
    sent = json.loads(media_stream.encode_media("MZ1", payload))
    assert base64.b64decode(sent["media"]["payload"]) == payload
    assert json.loads(media_stream.encode_mark("MZ1", name))["mark"]["name"] == name
