"""A server that is told to go finishes its calls, and tells the carrier how each goes on."""

from __future__ import annotations

import os
import signal

import requests

from tests.support.servers import Sites, wait_until
from tests.support.streams import a_call_sid


def test_a_call_in_progress_still_reaches_its_human_after_term(sites: Sites) -> None:
    with sites.running() as site:
        call = site.phone([{"after": {"seconds": 3}, "press": "0"}])
        call.await_greeting()
        os.kill(site.server.pid, signal.SIGTERM)

        def drains() -> bool:
            answer = requests.get(site.url + "/readyz", timeout=5)
            return answer.status_code == 503 and answer.json()["draining"] is True

        wait_until(drains, "the draining")
        assert "<Gather" in site.post("/voice/incoming", a_call_sid()).text
        record = call.result()
        assert record.agent_answered
        assert (site.ended(record.call_sid).outcome, site.server.wait(30)) == ("transfer", 0)
