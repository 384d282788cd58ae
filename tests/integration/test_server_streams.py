"""A whole server under everything that a carrier, or somebody who is none, may send it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support.servers import ACCOUNT, AGENT, KNOWN_CALLER, STRANGER, Site, wait_until
from tests.support.streams import (
    CONNECTED,
    HASH_KEY,
    LINEAR,
    STOP,
    RawStream,
    a_call_sid,
    a_frame,
    a_start,
    a_ticket,
)
from voicebot import bootstrap
from voicebot.audio import mulaw
from voicebot.simulator.signing import HEADER, sign

WEBHOOKS = ("incoming", "after-stream", "dial-result", "queue-wait", "status", "gather/menu")


@pytest.mark.parametrize("signature", [None, "bm90IGEgc2lnbmF0dXJl"], ids=["missing", "wrong"])
def test_what_the_carrier_did_not_sign_is_refused_and_its_body_kept_out_of_the_log(
    site: Site, signature: str | None
) -> None:
    headers = {} if signature is None else {HEADER: signature}
    body = {"CallSid": "CAsecretsecretsecret", "From": "+8613912345678", "Digits": "98765432"}
    for webhook in WEBHOOKS:
        answered = requests.post(f"{site.url}/voice/{webhook}", data=body, headers=headers, timeout=10)
        assert answered.status_code == 403
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(site.url.replace("http", "ws") + "/media", additional_headers=headers, proxy=None),
    ):
        pass
    assert refused.value.response.status_code == 403
    wait_until(lambda: "signature.refused" in site.log_text(), "the line in the log")
    log = site.log_text()
    assert "/voice/incoming" in log
    assert not [secret for secret in (*body.values(), ACCOUNT.auth_token) if secret in log]


def test_a_call_of_another_account_is_refused(site: Site) -> None:
    assert site.post("/voice/incoming", a_call_sid(), AccountSid="AC" + "9" * 32).status_code == 403


def test_a_webhook_without_a_call_and_one_that_is_too_long_are_refused(site: Site) -> None:
    assert site.post("/voice/incoming", "").status_code == 400
    assert site.post("/voice/incoming", a_call_sid(), Padding="x" * 40_000).status_code == 413


def test_unknown_and_used_tickets_close_with_1008_and_the_call_that_has_it_goes_on(site: Site) -> None:
    call_sid = a_call_sid()
    ticket = a_ticket(site, call_sid)
    with RawStream(site) as call:
        call.send(CONNECTED, a_start(ticket, call_sid), a_frame(1))
        for used in (ticket, "guessed", ""):
            with RawStream(site) as thief:
                thief.send(CONNECTED, a_start(used, call_sid))
                assert thief.close_code() == 1008
        call.send(a_frame(2), STOP)
        call.close_code()
    assert site.ended(call_sid).outcome == "abandoned"


@dataclass(frozen=True)
class Broken:
    messages: tuple[str | bytes, ...]
    code: int


FLOOD = tuple(a_frame(chunk) for chunk in range(2, 3000))
IN_A_CALL = {
    "no JSON": Broken(("{",), 1007),
    "no object": Broken(("[]",), 1007),
    "broken base64": Broken((a_frame(2).replace("/////", "!!!!!"),), 1007),
    "binary": Broken((b"\x00" * 160,), 1003),
    "oversized": Broken(("x" * 20_000,), 1009),
    "connected twice": Broken((CONNECTED,), 1002),
    "two starts": Broken((a_start("again", "CA2"),), 1002),
    "another stream": Broken((a_frame(2, stream_sid="MZ2"),), 1008),
    "a flood": Broken(FLOOD, 1008),
}
AT_THE_START = {
    "media before start": Broken((CONNECTED, a_frame(1)), 1002),
    "stop before start": Broken((CONNECTED, STOP), 1002),
    "wrong encoding": Broken((CONNECTED, a_start("t", "CA1", mediaFormat=LINEAR)), 1003),
    "binary": Broken((b"\x00" * 160,), 1003),
    "no JSON": Broken(("hello",), 1007),
    "oversized": Broken(("x" * 20_000,), 1009),
}


def test_broken_streams_end_in_a_defined_state_while_another_call_goes_on(site: Site) -> None:
    bystander = site.phone(
        [
            {"after": {"speaking": 2}, "press": "1"},
            {"after": {"phrase": "运动鞋"}, "press": "0"},
            {"after": {"phrase": "转人工"}, "listen": True},
        ]
    )
    bystander.await_greeting()
    for name, broken in AT_THE_START.items():
        with RawStream(site) as stream:
            stream.send(*broken.messages)
            assert stream.close_code() == broken.code, name
    calls: dict[str, str] = {}
    for name, broken in IN_A_CALL.items():
        calls[name] = a_call_sid()
        with RawStream(site) as stream:
            stream.begin(site, calls[name])
            stream.send(*broken.messages)
            code = stream.close_code()
            assert code == broken.code or (name == "a flood" and code is None), name
    for name, call_sid in calls.items():
        row = site.ended(call_sid)
        assert row.outcome == "interrupted", name
        wait_until(lambda call=row.id: call not in site.journal.unfinished(), "the journal's end")  # type: ignore[misc]
        goes_on = site.post("/voice/after-stream", call_sid).text
        assert "抱歉" in goes_on or "apology_transfer" in goes_on, name
        assert AGENT in goes_on, name
    assert bootstrap.replay_stored(site.settings, calls["binary"]).difference is None
    record = bystander.result()
    assert bystander.caller.unmet == []
    assert (record.error, record.transferred_to) == (None, AGENT)
    assert site.ended(bystander.call_sid).outcome == "transfer"


def test_late_and_repeated_frames_are_dropped_and_the_call_goes_on(site: Site) -> None:
    call_sid = a_call_sid()
    with RawStream(site) as stream:
        stream.begin(site, call_sid)
        stream.send(*(a_frame(chunk) for chunk in (2, 3, 3, 2, 6, 5, 7)), STOP)
        stream.close_code()
    assert site.ended(call_sid).outcome == "abandoned"
    wait_until(lambda: f'"call_sid": "{call_sid}", "dropped_chunks": 3' in site.log_text(), "the count")


def test_a_stop_in_the_middle_of_a_word_closes_the_log(site: Site) -> None:
    call_sid = a_call_sid()
    speech = mulaw.encode(site.speech("你好"))
    frames = [speech[at : at + 160] for at in range(1600, 1600 + 40 * 160, 160)]
    with RawStream(site) as stream:
        stream.begin(site, call_sid)
        stream.send(HASH_KEY)  # silences the greeting and asks for nothing: no prompt to be told from
        for chunk, frame in enumerate(frames, 2):
            stream.send(a_frame(chunk, frame))
            time.sleep(0.01)
        stream.send(STOP)
        stream.close_code()
    row = site.ended(call_sid)
    assert row.outcome == "abandoned"
    wait_until(lambda: row.id not in site.journal.unfinished(), "the journal's end")
    assert any('"SpeechStarted"' in line for line in site.journal.lines(row.id))
    assert bootstrap.replay_stored(site.settings, call_sid).difference is None


def test_a_socket_that_dies_leaves_an_interrupted_call_and_a_caller_who_is_put_through(site: Site) -> None:
    call = site.phone([{"after": {"speaking": 0.3}, "drop": True}], from_number=STRANGER)
    assert call.result().error is None
    row = site.ended(call.call_sid)
    assert (row.outcome, row.from_number) == ("interrupted", STRANGER)
    wait_until(lambda: row.id not in site.journal.unfinished(), "the journal's end")
    assert AGENT in site.post("/voice/after-stream", call.call_sid).text


def test_a_caller_who_hangs_up_has_abandoned_the_call(site: Site) -> None:
    call = site.phone([{"after": {"speaking": 0.3}, "hang_up": True}], from_number=KNOWN_CALLER)
    assert call.result().verbs == ["Connect"]
    assert site.ended(call.call_sid).outcome == "abandoned"


def test_the_handshake_of_another_path_prefix_is_not_ours(site: Site) -> None:
    url = site.url.replace("http", "ws") + "/media"
    signed = {HEADER: sign(ACCOUNT.auth_token, url + "/elsewhere")}
    with pytest.raises(InvalidStatus), connect(url, additional_headers=signed, proxy=None):
        pass
