"""A server that loses its worker, its database or its life under calls: what callers and logs get."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.support.servers import AGENT, KNOWN_CALLER, STRANGER, Site, Sites, wait_until
from voicebot import bootstrap
from voicebot.call.log import from_line
from voicebot.storage.database import Database
from voicebot.storage.tables import Refund

WAITING_CALLER = "+8613800000002"
REFUND_BY_KEYS = [
    {"after": {"speaking": 0.3}, "press": "3"},
    {"after": {"phrase": "收货城市"}, "press": "8806"},
    {"after": {"phrase": "什么原因"}, "press": "2"},
    {"after": {"phrase": "确认提交吗"}, "silence": 2},
    {"after": "nothing", "press": "1"},
]
"""The jacket's order, a size that does not fit, and two seconds after the question a yes."""
ANNOUNCEMENTS = ("refund.approved", "refund.in_review")


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold SQLite's write lock, as another program on the machine might."""
    holder = sqlite3.connect(database, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
    finally:
        holder.close()


def refunds(database: Database) -> int:
    with database.reading() as session:
        return session.query(Refund).count()


def wordings(site: Site, call_id: str) -> list[str]:
    """What the line has said, by the journal alone."""
    entries = [from_line(line) for line in site.journal.lines(call_id)]
    return [str(entry.body["wording"]) for entry in entries if entry.type == "Say"]


def assert_interrupted(site: Site, call_sid: str) -> None:
    """The call's log is closed in database and journal, and matches a replay as far as it goes."""
    row = site.ended(call_sid)
    assert row.outcome == "interrupted"
    wait_until(lambda: row.id not in site.journal.unfinished(), "the journal's end")
    assert bootstrap.replay_stored(site.settings, call_sid).difference is None


def test_a_full_line_a_killed_worker_a_lost_database_and_a_killed_server(sites: Sites) -> None:
    """One server, one bad day; each part stands on what the one before has left."""
    site = sites.make({"VOICEBOT_RECORDINGS": "1", "VOICEBOT_MAX_CALLS": "2"})
    site.start()
    try:
        site.await_ready()
        a_worker_is_killed(site)
        refused, waiting = the_database_is_lost_and_the_server_is_killed(site)
    finally:
        site.stop()
    site.start()
    try:
        site.await_ready()
        the_next_start_writes_it_all(site, refused, waiting)
    finally:
        site.stop()


def a_worker_is_killed(site: Site) -> None:
    call = site.phone([{"after": "nothing", "press": "1"}, {"after": {"seconds": 60}, "listen": True}])
    call.await_words("运动鞋")
    killed = site.worker_pid()
    os.kill(killed, signal.SIGKILL)
    record = call.result()
    assert record.error is None
    assert record.verbs[-2:] == ["Dial", "Hangup"], "the caller is put through by the worker's successor"
    assert (record.transferred_to, record.agent_answered) == (AGENT, True)
    assert any("apology_transfer" in said or "抱歉" in said for said in record.said)
    assert site.worker_pid() != killed
    assert_interrupted(site, call.call_sid)
    wait_until(lambda: list((site.folder / "recordings").glob("*.wav")), "the recording, as far as it went")


def the_database_is_lost_and_the_server_is_killed(site: Site) -> tuple[str, str]:
    refund = site.phone(REFUND_BY_KEYS, from_number=KNOWN_CALLER)
    waiting = site.phone([{"after": {"seconds": 90}, "listen": True}], from_number=WAITING_CALLER)
    waiting.await_words("优选商城")
    a_third_caller_gets_the_keypad(site)
    refund.await_words("确认提交吗")
    with site.database() as database:
        before = refunds(database)
    with locked(site.folder / "voicebot.db"):
        record = refund.result()
        assert refund.caller.unmet == []
        assert (record.transferred_to, record.agent_answered) == (AGENT, True)
        (call_id,) = [call for call in journals(site) if "system_trouble" in wordings(site, call)]
        said = wordings(site, call_id)
        assert not [wording for wording in said if wording.startswith(ANNOUNCEMENTS)]
        assert site.row(refund.call_sid).outcome is None  # type: ignore[union-attr]
        site.kill()
    waiting.ended_with_error()
    with site.database() as database:
        assert refunds(database) == before
    assert site.row(refund.call_sid).outcome is None  # type: ignore[union-attr]
    return refund.call_sid, waiting.call_sid


def a_third_caller_gets_the_keypad(site: Site) -> None:
    """Two calls are what this server takes; they are not disturbed."""
    assert requests.get(f"{site.url}/readyz", timeout=10).status_code == requests.codes.service_unavailable
    third = site.phone([{"after": "nothing", "press": "0"}], from_number=STRANGER)
    record = third.result()
    assert (record.error, record.verbs[0], record.streams) == (None, "Gather", [])
    assert (record.transferred_to, record.agent_answered) == (AGENT, True)


def journals(site: Site) -> list[str]:
    return [path.stem for path in site.journal.folder.glob("*.log")]


def the_next_start_writes_it_all(site: Site, refused: str, waiting: str) -> None:
    assert_interrupted(site, waiting)
    answered = site.post("/voice/after-stream", waiting)
    assert answered.status_code == requests.codes.ok
    assert "apology_transfer" in answered.text or "抱歉" in answered.text
    assert AGENT in answered.text
    row = site.ended(refused)
    assert (row.outcome, row.transfer_ticket) == ("transfer", None), "its end is told by its last entries"
    assert site.journal.unfinished() == []
    assert any("系统" in text for text in site.said(refused))
    assert bootstrap.replay_stored(site.settings, refused).difference is None
    with site.database() as database:
        assert not [refund for refund in all_refunds(database) if refund.call_id == row.id]


def all_refunds(database: Database) -> list[Refund]:
    with database.reading() as session:
        return list(session.query(Refund))
