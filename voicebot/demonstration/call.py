"""Holds the demonstration call and finds out whether everything that had to happen has happened."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from voicebot import bootstrap
from voicebot.call.replay import Replayed
from voicebot.demonstration.caller_voice import CallerVoice
from voicebot.demonstration.server import ServerProcess
from voicebot.demonstration.watch import Show, Watch
from voicebot.settings import Settings, load_settings
from voicebot.shop.demo.seed import seed_shop
from voicebot.simulator.caller import ScriptedCaller, Unmet
from voicebot.simulator.latency import CallLatency, measure
from voicebot.simulator.script import CallerScript, load_script
from voicebot.simulator.twilio import Account, CallRecord, SimulatedTwilio
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database
from voicebot.storage.tables import Refund, Ticket

STORY = Path(__file__).with_name("story.yaml")
RUNS_KEPT = 5
"""Recordings of the last runs can still be listened to; two runs at once do not disturb each other."""
LOG_SECONDS = 10.0
"""Longest wait for the server to have written the end of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of the demonstration call."""

    call_id: str | None
    record: CallRecord
    latency: CallLatency
    refunds: tuple[Refund, ...]
    """Written during the call."""
    ticket: Ticket | None
    replayed: Replayed | None
    recordings: tuple[Path, ...]
    unmet: tuple[Unmet, ...]

    def failures(self) -> list[str]:
        """What had to happen and did not; empty when the demonstration succeeded."""
        found = []
        if len(self.refunds) != 1:
            found.append(f"the refund exists {len(self.refunds)} times, not once")
        order_no = self.refunds[0].order.order_no if self.refunds else None
        if self.ticket is None or self.ticket.order_no != order_no or order_no is None:
            found.append("the transfer does not carry the order")
        if not self.record.agent_answered:
            found.append("no human was reached")
        if self.replayed is None or self.replayed.difference is not None:
            found.append("the replay differs from the log")
        return found


class Demonstration:
    """One run, in a folder of its own that begins empty."""

    def __init__(self, settings: Settings, say: Callable[[str], None], show: Show) -> None:
        self._folder = new_folder(settings.var_dir / "demo", datetime.now(UTC))
        self._settings = load_settings(
            var_dir=self._folder, database_url=f"sqlite:///{self._folder / 'voicebot.db'}"
        )
        self._voice = CallerVoice(settings.var_dir / "caller-voice", settings.models_dir)
        self._say = say
        self._show = show

    def run(self) -> Outcome:
        self._folder.mkdir(parents=True)
        account = Account(account_sid="AC" + secrets.token_hex(16), auth_token=secrets.token_hex(16))
        self._say("opening the shop")
        database = Database(self._settings.database_url)
        database.upgrade()
        seed_shop(database, datetime.now(UTC), self._settings.zone)
        before = {refund.refund_no for refund in _refunds(database)}
        with ServerProcess(self._environment(account), self._folder / "server.log") as server:
            self._say("starting the server, and the caller clears his throat")
            story = load_script(STORY)
            for step in story.steps:
                if step.action == "say":
                    self._voice(step.text)
            self._voice.close()
            server.wait_until_ready()
            self._say(f"the server was ready {server.ready_seconds:.1f} s later; {story.from_number} calls")
            record, caller, call_id = self._phone(server, account, story, database)
        return self._outcome(record, caller, call_id, before, database)

    def _environment(self, account: Account) -> dict[str, str]:
        return {
            "VOICEBOT_VAR_DIR": str(self._folder),
            "VOICEBOT_DATABASE_URL": self._settings.database_url,
            "VOICEBOT_TWILIO_ACCOUNT_SID": account.account_sid,
            "VOICEBOT_TWILIO_AUTH_TOKEN": account.auth_token,
            "VOICEBOT_AGENT_NUMBER": "+864000000001",
            "VOICEBOT_RECORDINGS": "1",
            "VOICEBOT_LOG_LEVEL": "INFO",
        }

    def _phone(
        self, server: ServerProcess, account: Account, story: CallerScript, database: Database
    ) -> tuple[CallRecord, ScriptedCaller, str | None]:
        call_sid = "CA" + secrets.token_hex(16)
        watch = Watch(database, call_sid, self._show)
        caller = ScriptedCaller(story, speak=self._voice, observe=watch.said)
        carrier = SimulatedTwilio(f"{server.url}/voice/incoming", account)
        watch.start()
        try:
            record = carrier.call(
                caller,
                from_number=story.from_number,
                to_number=story.to_number,
                call_sid=call_sid,
                keep_in=self._folder / "carrier",
                on_stream=lambda stream: watch.follow(stream.timeline),
            )
            self._await_end(database, call_sid)
        finally:
            watch.stop()
            carrier.close()
        return record, caller, watch.call_id

    @staticmethod
    def _await_end(database: Database, call_sid: str) -> None:
        calls = CallRepository(database)
        end = time.monotonic() + LOG_SECONDS
        while time.monotonic() < end:
            row = calls.find(call_sid)
            if row is not None and row.outcome is not None and calls.recordings(row.id):
                return
            time.sleep(0.1)

    def _outcome(
        self,
        record: CallRecord,
        caller: ScriptedCaller,
        call_id: str | None,
        before: set[str],
        database: Database,
    ) -> Outcome:
        calls = CallRepository(database)
        with database.reading() as session:
            ticket = session.scalar(select(Ticket).where(Ticket.call_id == call_id))
        kept = calls.recordings(call_id) if call_id is not None else []
        carriers = self._folder / "carrier" / f"{record.call_sid}.wav"
        outcome = Outcome(
            call_id=call_id,
            record=record,
            latency=measure(record.stream.timeline.events()),
            refunds=tuple(refund for refund in _refunds(database) if refund.refund_no not in before),
            ticket=ticket,
            replayed=bootstrap.replay_stored(self._settings, call_id) if call_id is not None else None,
            recordings=(*(Path(recording.path) for recording in kept), carriers),
            unmet=tuple(caller.unmet),
        )
        database.close()
        return outcome


def new_folder(parent: Path, now: datetime) -> Path:
    """A name for this run's folder; of earlier runs the newest are kept."""
    earlier = sorted(path for path in parent.glob("20*") if path.is_dir())
    for old in earlier[: -(RUNS_KEPT - 1)]:
        shutil.rmtree(old, ignore_errors=True)
    return parent / f"{now:%Y%m%dT%H%M%S}-{os.getpid()}"


def _refunds(database: Database) -> list[Refund]:
    with database.reading() as session:
        return list(session.scalars(select(Refund).options(joinedload(Refund.order))))
