"""Webhooks: who is let in, how a call is carried, and where it goes when its stream has ended."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from structlog.testing import capture_logs

from voicebot.simulator.signing import HEADER, sign
from voicebot.simulator.twiml import parse


def test_a_call_is_connected_to_our_socket_with_a_ticket(hotline: Any) -> None:
    (connect,) = parse(hotline().twiml("/voice/incoming"))
    stream = connect.children[0]
    assert connect.attributes["action"] == "/voice/after-stream"
    assert stream.attributes["url"] == "wss://bot.example.com/media"
    assert stream.children[0].attributes["name"] == "ticket"
    assert len(stream.children[0].attributes["value"]) >= 32


@pytest.mark.parametrize(
    "path",
    [
        "/voice/incoming", "/voice/after-stream", "/voice/dial-result", "/voice/queue-wait", "/voice/status",
        "/voice/gather/menu", "/voice/gather/order-tail", "/voice/gather/phone-tail",
    ],
)  # fmt: skip
def test_a_wrong_signature_is_refused_everywhere(hotline: Any, line: Any, path: str) -> None:
    carrier = hotline()
    assert carrier.post(path, token="wrong").status_code == 403
    assert carrier.client.post(path, data={"CallSid": "CA1"}).status_code == 403
    assert line.asked == []
    assert line.statuses == []


def test_a_refusal_is_logged_without_the_body(hotline: Any) -> None:
    with capture_logs() as logged:
        hotline().post("/voice/incoming", {"From": "+8613899997777"}, token="wrong")
    assert [entry["event"] for entry in logged] == ["signature.refused"]
    assert "13899997777" not in str(logged)


def test_a_changed_field_breaks_the_signature(hotline: Any) -> None:
    carrier = hotline()
    body = {"CallSid": "CA1", "From": "+8613800000001"}
    header = {
        HEADER: sign("0123456789abcdef0123456789abcdef", "https://bot.example.com/voice/incoming", body)
    }
    changed = {**body, "From": "+8613800000002"}
    assert carrier.client.post("/voice/incoming", data=changed, headers=header).status_code == 403


def test_the_query_is_part_of_what_is_signed(hotline: Any) -> None:
    assert hotline().post("/voice/incoming?campaign=7").status_code == 200


def test_forwarded_headers_count_only_from_our_proxy(hotline: Any) -> None:
    forwarded = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "bot.example.com",
        "X-Forwarded-For": "1.2.3.4",
    }
    trusted = hotline(public_url=None, trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("::1")))
    through_proxy = {"REMOTE_ADDR": "10.1.2.3"}
    from_elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    post = trusted.post
    assert post("/voice/incoming", headers=forwarded, environ_overrides=through_proxy).status_code == 200
    assert post("/voice/incoming", headers=forwarded, environ_overrides=from_elsewhere).status_code == 403


def test_without_a_token_everything_is_refused(hotline: Any) -> None:
    assert hotline(auth_token=None).post("/voice/incoming").status_code == 403


def test_unsigned_calls_come_only_from_this_machine_itself(hotline: Any) -> None:
    client = hotline(auth_token=None, allow_unsigned=True, public_url=None).client

    def status(**options: Any) -> int:
        code: int = client.post("/voice/incoming", data={"CallSid": "CA1"}, **options).status_code
        return code

    assert status() == 200
    assert status(environ_overrides={"REMOTE_ADDR": "203.0.113.9"}) == 403
    assert status(headers={"X-Forwarded-For": "203.0.113.9"}) == 403  # a tunnel that runs on this machine
    assert status(headers={"Host": "evil.example.com"}) == 403


def test_another_accounts_webhook_is_refused(hotline: Any) -> None:
    carrier = hotline(account_sid="AC1")
    assert carrier.post("/voice/incoming", {"AccountSid": "AC1"}).status_code == 200
    assert carrier.post("/voice/incoming", {"AccountSid": "AC2"}).status_code == 403


def test_a_webhook_without_a_call_is_a_bad_request(hotline: Any) -> None:
    assert hotline().post("/voice/incoming", {"CallSid": ""}).status_code == 400
    assert hotline().post("/voice/incoming", {"CallSid": "../x"}).status_code == 400


def test_an_oversized_body_is_refused_unread(hotline: Any) -> None:
    assert hotline().post("/voice/incoming", {"Extra": "x" * 40_000}).status_code == 413


def test_a_number_that_calls_too_often_hears_why(hotline: Any) -> None:
    carrier = hotline(calls_per_minute_per_number=2)
    verbs = [[verb.name for verb in parse(carrier.twiml("/voice/incoming"))] for _ in range(3)]
    assert verbs == [["Connect"], ["Connect"], ["Say", "Hangup"]]


def test_an_address_that_asks_too_often_is_held_off(hotline: Any) -> None:
    carrier = hotline(requests_per_minute_per_address=2)
    assert [carrier.post("/voice/status").status_code for _ in range(3)] == [204, 204, 429]


def test_a_transfer_without_an_agents_number_waits_in_the_queue(hotline: Any, line: Any, ended: Any) -> None:
    line.outcomes["CA1"] = ended(kind="transfer", ticket_no="T1")
    (enqueue,) = parse(hotline(queue_name="agents").twiml("/voice/after-stream"))
    assert (enqueue.name, enqueue.text) == ("Enqueue", "agents")
    assert enqueue.attributes["action"] == "/voice/dial-result"


def test_a_transfer_dials_the_agents_number(hotline: Any, line: Any, ended: Any) -> None:
    line.outcomes["CA1"] = ended(kind="transfer", ticket_no="T1")
    (dial,) = parse(hotline(agent_number="+862100000000").twiml("/voice/after-stream"))
    assert dial.children[0].text == "+862100000000"


def test_a_finished_call_is_hung_up(hotline: Any, line: Any, ended: Any) -> None:
    line.outcomes["CA1"] = ended(kind="hangup")
    assert [verb.name for verb in parse(hotline().twiml("/voice/after-stream"))] == ["Hangup"]


@pytest.mark.parametrize("kind", ["unknown", "interrupted"])
def test_a_call_cut_short_hears_an_apology_and_reaches_a_human(
    hotline: Any, line: Any, ended: Any, kind: Any
) -> None:
    line.outcomes["CA1"] = ended(kind=kind)
    say, enqueue = parse(hotline().twiml("/voice/after-stream"))
    assert "抱歉" in say.text
    assert say.attributes["language"] == "cmn-CN"
    assert enqueue.name == "Enqueue"


def test_a_caller_who_has_left_is_not_transferred(hotline: Any, line: Any, ended: Any) -> None:
    line.outcomes["CA1"] = ended(kind="transfer", ticket_no="T1")
    assert parse(hotline().twiml("/voice/after-stream", CallStatus="completed")) == []


@pytest.mark.parametrize("field", ["DialCallStatus", "QueueResult"])
def test_when_nobody_answers_the_caller_hears_what_was_noted(
    hotline: Any, line: Any, ended: Any, field: str
) -> None:
    line.outcomes["CA1"] = ended(kind="transfer", ticket_no="T1")
    result = "no-answer" if field == "DialCallStatus" else "queue-full"
    say, hangup = parse(hotline().twiml("/voice/dial-result", **{field: result}))
    assert "记下来了" in say.text
    assert hangup.name == "Hangup"
    say, _ = parse(hotline().twiml("/voice/dial-result", CallSid="CA2", **{field: result}))
    assert "记下来了" not in say.text


def test_after_a_talk_with_a_human_the_call_is_over(hotline: Any) -> None:
    verbs = parse(hotline().twiml("/voice/dial-result", DialCallStatus="completed"))
    assert [verb.name for verb in verbs] == ["Hangup"]


def test_the_carriers_status_reaches_the_line(hotline: Any, line: Any) -> None:
    carrier = hotline()
    carrier.post("/voice/status", {"CallStatus": "completed", "CallDuration": "61"})
    carrier.post("/voice/status", {"CallStatus": "failed", "CallDuration": "many"})
    assert line.statuses == [("CA1", "completed", 61), ("CA1", "failed", None)]


def test_our_own_voice_is_played_where_it_is_recorded(hotline: Any) -> None:
    carrier = hotline(prompts={"queue_wait": b"RIFFwav"}.get)
    play, _ = parse(carrier.twiml("/voice/queue-wait"))
    assert (play.name, play.text) == ("Play", "/voice/prompts/queue_wait.wav")
    assert carrier.client.get(play.text).data == b"RIFFwav"
    assert carrier.client.get("/voice/prompts/goodbye.wav").status_code == 404
    assert carrier.client.get("/voice/prompts/..%2Fsecret.wav").status_code == 404


def test_health_tells_whether_a_call_could_be_taken(hotline: Any, line: Any) -> None:
    client = hotline().client
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"ready": True, "asr": "fake"}
    line.report = {"ready": False, "reason": "draining"}
    assert client.get("/readyz").status_code == 503


def test_metrics_are_not_for_the_outside(hotline: Any) -> None:
    client = hotline().client
    assert b"python_info" in client.get("/metrics").data
    assert client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 403
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "8.8.8.8"}).status_code == 403
