"""Memory of a server over many calls, with the real engines. Prints the figures; run by ``make soak``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.servers import ACCOUNT, KNOWN_CALLER, ShopFiles
from voicebot.demonstration.caller_voice import CallerVoice
from voicebot.demonstration.server import ServerProcess
from voicebot.settings import load_settings
from voicebot.simulator.caller import ScriptedCaller
from voicebot.simulator.script import parse_script
from voicebot.simulator.twilio import SimulatedTwilio

SETTLED, LAST = 20, 70
AT_ONCE = 5
MOST_MB, MOST_GROWTH_MB = 1600, 20
"""With Whisper and Kokoro loaded; growth from the 20th to the 70th call."""

INTERRUPTS_AND_LEAVES = {
    "from": KNOWN_CALLER,
    "steps": [
        {"after": {"speaking": 1.0}, "say": "我的快递到哪了"},
        {"after": {"speaking": 1.0}, "say": "我还想退货，退那件羽绒服"},
        {"after": {"speaking": 1.5}, "hang_up": True},
    ],
}


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


@pytest.mark.soak
@pytest.mark.engines
@pytest.mark.timeout(1800)
def test_seventy_calls_leave_no_memory_behind(tmp_path: Path) -> None:
    database_url = ShopFiles(tmp_path / "seed").copy(tmp_path / "run")
    settings = load_settings()
    voice = CallerVoice(settings.var_dir / "caller-voice", settings.models_dir)
    script = parse_script(INTERRUPTS_AND_LEAVES, where=tmp_path / "script.yaml")
    for step in script.steps:
        if step.action == "say":
            voice(step.text)
    voice.close()
    environment = {
        "VOICEBOT_VAR_DIR": str(tmp_path / "run"),
        "VOICEBOT_DATABASE_URL": database_url,
        "VOICEBOT_TWILIO_ACCOUNT_SID": ACCOUNT.account_sid,
        "VOICEBOT_TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
    }
    with ServerProcess(environment, tmp_path / "server.log") as server:
        server.wait_until_ready()
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        worker = int(children[0])

        def phone(number: int) -> None:
            carrier = SimulatedTwilio(f"{server.url}/voice/incoming", ACCOUNT)
            try:
                caller = ScriptedCaller(script, speak=voice, observe=list)
                # Numbers of their own: one that calls too often is asked to wait.
                carrier.call(
                    caller,
                    from_number=f"+8613800000{number % 40:03d}",
                    to_number="+864000000000",
                    call_sid=f"CA{number:032x}",
                )
            finally:
                carrier.close()

        resident = {0: resident_mb(worker)}
        with ThreadPoolExecutor(AT_ONCE) as callers:
            for first in range(0, LAST, AT_ONCE):
                list(callers.map(phone, range(first + 1, first + AT_ONCE + 1)))
                resident[first + AT_ONCE] = resident_mb(worker)
        print("calls → resident MB:", {calls: round(mb) for calls, mb in resident.items()})
        assert max(resident.values()) <= MOST_MB
        assert resident[LAST] - resident[SETTLED] <= MOST_GROWTH_MB
