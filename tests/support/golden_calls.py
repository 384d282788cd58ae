"""Typed calls to the demonstration shop: real reader, real policies, real SQLite, a fixed clock."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tests.support.lines import MemorySink
from voicebot import bootstrap
from voicebot.call.actions import Action, Consult, EndCall, Say, TransferToHuman
from voicebot.call.events import CallStarted
from voicebot.call.replay import Difference, replay
from voicebot.call.session import CallSession
from voicebot.dialogue.requests import Request
from voicebot.nlu.classifier import Classifier
from voicebot.nlu.classifier_training import train
from voicebot.nlu.reader import Reader
from voicebot.ops.classifier_files import is_trained
from voicebot.ops.grammar_files import read_folder
from voicebot.runtime.record import CallRecord
from voicebot.runtime.text_call import TextCall, TextTurn
from voicebot.settings import Settings
from voicebot.shop.demo.seed import seed_shop
from voicebot.shop.policy_file import read_policies
from voicebot.storage.database import Database
from voicebot.storage.tables import OrderLine, Refund, RefundLine

WALL = datetime.fromisoformat("2026-11-22T10:30:00+08:00")
"""A Sunday morning in the shop's zone."""


def knowledge(settings: Settings) -> bootstrap.Knowledge:
    """The factory set; where nothing is trained for it yet, trained now."""
    folder = settings.grammars_dir / settings.locale
    sources = read_folder(folder)
    bundle, script = bootstrap.compiled(sources, str(folder))
    if is_trained(bundle, settings.models_dir):
        return bootstrap.load_knowledge(settings)
    policies, _ = read_policies(sources["policies.yaml"])
    assert policies is not None
    reader = Reader(bundle, Classifier(train(bundle)))
    return bootstrap.Knowledge(
        bundle=bundle, script=script, policies=policies, reader=reader, reader_version="trained for this test"
    )


def seeded(path: Path, settings: Settings) -> None:
    """Write the demonstration shop to a new SQLite file."""
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    seed_shop(database, WALL, settings.zone)
    database.close()


@dataclass
class Heard:
    """What one line of the caller led to."""

    caller: str
    turn: TextTurn
    silent: bool = False

    @property
    def wordings(self) -> list[str]:
        return [action.wording for action in self.actions if isinstance(action, Say)]

    @property
    def actions(self) -> list[Action]:
        return self.turn.actions

    @property
    def requests(self) -> list[Request]:
        return [action.request for action in self.actions if isinstance(action, Consult)]

    @property
    def ending(self) -> EndCall | TransferToHuman | None:
        return next((a for a in self.actions if isinstance(a, EndCall | TransferToHuman)), None)


@dataclass
class GoldenCall:
    """One caller on the line; everything said is kept in ``turns``."""

    known: bootstrap.Knowledge
    settings: Settings
    database: Database
    from_number: str | None
    call_id: str = "golden"
    turns: list[Heard] = field(default_factory=list)
    sink: MemorySink = field(default_factory=MemorySink)

    def __post_init__(self) -> None:
        self.call = TextCall(
            script=self.known.script,
            reader=self.known.reader,
            reader_version=self.known.reader_version,
            business=bootstrap.business_of(self.database, self.settings, self.known.policies),
            record=CallRecord(self.sink),
            wall_clock=lambda: WALL,
        )
        started = CallStarted(
            call_id=self.call_id,
            from_number=self.from_number,
            to_number="golden",
            wall_time=WALL.isoformat(timespec="milliseconds"),
            channel="text",
            versions=(("grammar", self.known.version),),
        )
        self.turns.append(Heard("", self.call.start(started)))

    @property
    def is_over(self) -> bool:
        return self.call.is_over

    def says(self, text: str) -> Heard:
        return self._keep(Heard(text, self.call.type(text)))

    def presses(self, keys: str) -> Heard:
        return self._keep(Heard(f"[{keys}]", self.call.press(keys)))

    def is_silent(self, seconds: float) -> Heard:
        return self._keep(Heard(f"（{seconds:g} 秒没有说话）", self.call.wait(seconds), silent=True))

    def _keep(self, heard: Heard) -> Heard:
        self.turns.append(heard)
        return heard

    def replayed(self) -> Difference | None:
        """The first difference between this call and its log fed to a fresh session."""
        return replay(self.sink.entries, CallSession(self.known.script)).difference

    def refunds(self) -> list[Refund]:
        """What this call has written."""
        with self.database.session() as session:
            rows = session.scalars(
                select(Refund)
                .where(Refund.call_id == self.call_id)
                .options(
                    joinedload(Refund.lines).joinedload(RefundLine.order_line).joinedload(OrderLine.product)
                )
            )
            return list(rows.unique())

    def printed(self) -> str:
        """The conversation as an operator reads it."""
        lines: list[str] = []
        for heard in self.turns:
            if heard.caller:
                lines.append(f"客户：{heard.caller[:80]}")
            lines += [f"    机器人：{text}" for text in heard.turn.bot]
            if heard.ending is not None:
                lines.append(f"    → {type(heard.ending).__name__}")
        return "\n".join(lines)


class ShopFloor:
    """The seeded shop, copied afresh for each call."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.settings = settings
        self.known = knowledge(settings)
        self._template = folder / "template.db"
        self._copy = folder / "shop.db"
        seeded(self._template, settings)
        self._database: Database | None = None

    def call(self, from_number: str | None, call_id: str = "golden") -> GoldenCall:
        """A call to a shop in which nothing has happened yet; ends the one before."""
        self.close()
        for leftover in self._copy.parent.glob("shop.db*"):
            leftover.unlink()
        shutil.copy(self._template, self._copy)
        self._database = Database(f"sqlite:///{self._copy}")
        return GoldenCall(self.known, self.settings, self._database, from_number, call_id)

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
