"""The carrier's own parts: its signature, its reading of TwiML, its REST API."""

from __future__ import annotations

import pytest
import requests

from voicebot.simulator.rest import FakeRest, RestRequest
from voicebot.simulator.signing import sign
from voicebot.simulator.twiml import TwimlError, parse


def test_the_signature_is_that_of_the_carriers_documented_example() -> None:
    # https://www.twilio.com/docs/usage/security#test-the-validity-of-your-webhook-signature
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_verbs_are_read_with_what_is_in_them() -> None:
    menu = '<Gather numDigits="1"><Say language="cmn-CN">请按一</Say></Gather>'
    gather, redirect = parse(f"<Response>{menu}<Redirect>/x</Redirect></Response>")
    assert gather.spoken() == ["请按一"]
    assert gather.attributes["numDigits"] == "1"
    assert redirect.text == "/x"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("oops", "not XML"),
        ("<Answer/>", "the root"),
        ("<Response><Sing/></Response>", "<Sing>"),
        ("<Response><Say/></Response>", "says nothing"),
        ('<Response><Say language="zh">好</Say></Response>', "'zh'"),
        ("<Response><Connect/></Response>", "exactly one"),
        ('<Response><Connect><Stream url="ws://bot.example.com/media"/></Connect></Response>', "wss"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response/>', "document type"),
        ("<Response>" + "<Hangup/>" * 10_000 + "</Response>", "64 kB"),
    ],
)
def test_what_the_carrier_would_refuse_is_refused(document: str, message: str) -> None:
    with pytest.raises(TwimlError, match=message):
        parse(document)


def test_rest_takes_updates_from_the_account_alone() -> None:
    with FakeRest("AC1", "token") as rest:
        path = f"{rest.url}/2010-04-01/Accounts/AC1/Calls/CA5.json"
        ended = requests.post(path, data={"Status": "completed"}, auth=("AC1", "token"), timeout=5)
        assert (ended.status_code, ended.json()["status"]) == (200, "completed")
        assert requests.post(path, data={}, auth=("AC1", "wrong"), timeout=5).status_code == 401
        create = f"{rest.url}/2010-04-01/Accounts/AC1/Calls.json"
        assert requests.post(create, data={"To": "+86"}, auth=("AC1", "token"), timeout=5).status_code == 400
        made = requests.post(create, data={"To": "+86", "From": "+86"}, auth=("AC1", "token"), timeout=5)
        assert made.status_code == 201
        assert requests.post(f"{rest.url}/x", auth=("AC1", "token"), timeout=5).status_code == 404
    assert rest.requests == [
        RestRequest(call_sid="CA5", fields={"Status": "completed"}),
        RestRequest(call_sid=None, fields={"To": "+86", "From": "+86"}),
    ]
