"""The callers in examples/callers phone a real server, and `voicebot call` tells what came of it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.conftest import EXAMPLES
from tests.support.servers import ACCOUNT, AGENT, Site
from voicebot.cli.call import command
from voicebot.demonstration.placing import PlacedCall, place
from voicebot.demonstration.server import free_port
from voicebot.ops.errors import UserFacingError
from voicebot.simulator.script import CallerScript
from voicebot.storage.calls import CallRepository


def environment(site: Site) -> dict[str, str]:
    named = ("VAR_DIR", "DATABASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
    return {f"VOICEBOT_{name}": site.environment[f"VOICEBOT_{name}"] for name in named}


def by_command(site: Site, script: Path, *options: str) -> Result:
    arguments = [str(script), "--server", site.url, *options]
    return CliRunner().invoke(command, arguments, env=environment(site))


class Placing(threading.Thread):
    """One caller, placed as `voicebot call` does, speaking the clips that the server knows."""

    def __init__(self, site: Site, script: CallerScript) -> None:
        super().__init__(name=script.name)
        self._site = site
        self._script = script
        self.placed: PlacedCall | None = None

    def run(self) -> None:
        with self._site.database() as database:
            self.placed = place(
                self._script,
                server_url=self._site.url,
                account=ACCOUNT,
                speak=self._site.speech,
                database=database,
            )


def test_every_example_gets_what_it_expects(
    site: Site, example_callers: dict[str, CallerScript], tmp_path: Path
) -> None:
    """All at once; the one that never speaks through the command, which needs no voice for it."""
    assert len(example_callers) >= 4
    spoken = {
        name: Placing(site, script) for name, script in example_callers.items() if name != "keypad-only"
    }
    for placing in spoken.values():
        placing.start()
    keyed = by_command(site, EXAMPLES / "keypad-only.yaml", "--json", "--audio-out", str(tmp_path))
    for placing in spoken.values():
        placing.join()
    placed = {name: placing.placed for name, placing in spoken.items()}
    failures = {name: ["was not placed"] if one is None else one.failures for name, one in placed.items()}
    assert failures == {name: [] for name in spoken}
    angry, parcel = placed["angry-caller"], placed["where-is-my-parcel"]
    assert angry is not None
    assert angry.record.transferred_to == AGENT
    assert angry.latency is not None
    assert len(angry.latency.yield_seconds) == 1, "the greeting gave way"
    assert parcel is not None
    assert (parcel.record.transferred_to, parcel.record.verbs) == (None, ["Connect", "Hangup"])
    assert_keyed(site, keyed, tmp_path)


def assert_keyed(site: Site, keyed: Result, kept: Path) -> None:
    assert keyed.exit_code == 0, keyed.output
    told = json.loads(keyed.output)
    assert (told["unmet"], told["failures"], told["transferred_to"]) == ([], [], AGENT)
    assert told["greeting_seconds"] is not None
    assert {Path(file).suffix for file in told["files"]} == {".wav", ".json"}
    assert all(Path(file).parent == kept and Path(file).exists() for file in told["files"])
    with site.database() as database:
        row = CallRepository(database).find(told["call_sid"])
    assert row is not None
    assert row.id == told["call_id"]


def test_what_was_expected_in_vain_is_printed_and_fails(site: Site, tmp_path: Path) -> None:
    script = tmp_path / "bus.yaml"
    script.write_text(
        "steps:\n  - {after: {speaking: 0.5}, expect: [公交车], hang_up: true}\n",
        encoding="utf-8",
    )
    failed = by_command(site, script, "--from", "+8613800000006")
    assert failed.exit_code == 1
    assert "step 1 expected 公交车" in failed.output
    assert "greeting 0." in failed.output


def test_a_server_that_is_not_there_is_named(site: Site, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    failed = CliRunner().invoke(
        command, [str(EXAMPLES / "keypad-only.yaml"), "--server", url], env=environment(site)
    )
    assert isinstance(failed.exception, UserFacingError)
    assert url in failed.exception.message
    assert "voicebot serve" in failed.exception.hint


@pytest.mark.parametrize("option", [("--auth-token", "wrong"), ("--account-sid", "AC" + "9" * 32)])
def test_a_call_that_the_server_refuses_fails(site: Site, option: tuple[str, str]) -> None:
    failed = by_command(site, EXAMPLES / "keypad-only.yaml", *option)
    assert failed.exit_code == 1
    assert "403" in failed.output


def test_expectations_need_the_database_of_the_server(site: Site, tmp_path: Path) -> None:
    elsewhere = {**environment(site), "VOICEBOT_DATABASE_URL": f"sqlite:///{tmp_path}/no/such.db"}
    arguments = [str(EXAMPLES / "keypad-only.yaml"), "--server", site.url]
    failed = CliRunner().invoke(command, arguments, env=elsewhere)
    assert isinstance(failed.exception, UserFacingError)
    assert "read from the call's log" in failed.exception.message
    assert "VOICEBOT_DATABASE_URL" in failed.exception.hint
