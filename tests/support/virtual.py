"""A shop with a telephone on a virtual clock: fake engines, everything else for real, the same every time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from voicebot.asr.fake import FakeRecognition, KnownClips
from voicebot.benches.virtual_line import HeldCall, LineParts, Observe, VirtualHotline
from voicebot.call.replay import Replayed, replay
from voicebot.call.session import CallSession
from voicebot.dialogue.conversation import Script
from voicebot.dialogue.requests import Request, Result
from voicebot.dialogue.wording import Part
from voicebot.nlu.reader import Reader
from voicebot.runtime.archive import StoredCalls
from voicebot.runtime.performer import Asks
from voicebot.shop.backends.sql import SqlBusiness
from voicebot.shop.demo.seed import seed_shop
from voicebot.shop.policies import Policies
from voicebot.simulator.caller import ScriptedCaller
from voicebot.simulator.channel import CLEAN, ChannelQuality
from voicebot.simulator.loopback import LoopbackLink
from voicebot.simulator.recording import BotEar, Timeline
from voicebot.simulator.script import parse_script
from voicebot.simulator.stream import CallerMove
from voicebot.simulator.twilio import PhoneCaller
from voicebot.storage.call_tables import Call
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal
from voicebot.storage.tables import Refund
from voicebot.tts.fake import FakeVoice as Tones
from voicebot.tts.voice import SpokenPrompt

Hears = Callable[[NDArray[np.int16]], str]
OPENED = datetime.fromisoformat("2026-11-22T10:30:00+08:00")
CALLER = "+8613800000001"
PART_SECONDS = 0.3
_FRAME = b"\x2a\xaa" * 80


class Ticker:
    """A timer by which nothing takes time, unless somebody says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def burn(self, seconds: float) -> None:
        self.seconds += seconds


class BuzzingVoice:
    """Says each part of a prompt as a short buzz, at once; it has no prompts and no engine."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self.stalls_seconds: dict[int, float] = {}
        """By the number of the prompt, from 1: how long the whole process stands still before it."""
        self._prompts = 0

    def prompt(self, parts: Sequence[Part], today: date) -> SpokenPrompt:
        ends = tuple(round(PART_SECONDS * number, 3) for number in range(1, len(parts) + 1))
        return SpokenPrompt(_FRAME * round(PART_SECONDS / 0.02) * len(parts), ends)

    def prompt_ready(self, parts: Sequence[Part], today: date) -> SpokenPrompt:
        self._prompts += 1
        self._ticker.burn(self.stalls_seconds.get(self._prompts, 0.0))
        return self.prompt(parts, today)


@dataclass(frozen=True)
class World:
    """What is made once for all tests: the grammar, and a seeded shop that is copied for each line."""

    script: Script
    reader: Reader
    policies: Policies
    seeded: Path

    @classmethod
    def make(cls, folder: Path, script: Script, reader: Reader, policies: Policies) -> World:
        seeded = folder / "seeded.db"
        database = Database(f"sqlite:///{seeded}")
        database.upgrade()
        seed_shop(database, OPENED, OPENED.tzinfo or _no_zone())
        database.close()
        return cls(script, reader, policies, seeded)


def _no_zone() -> Any:
    raise ValueError("the wall clock needs a zone")


class Line:
    """One hotline with its shop, in a folder of its own."""

    def __init__(
        self,
        world: World,
        folder: Path,
        *,
        compute_seconds: float = 0.0,
        business: Callable[[Asks], Asks] = lambda asks: asks,
        hears: Hears | None = None,
    ) -> None:
        """``hears`` says what is heard in sounds that are no clip of the caller's."""
        self._world = world
        self._clips = KnownClips()
        self._tones = Tones()
        self.ticker = Ticker()
        self.voice = BuzzingVoice(self.ticker)
        folder.mkdir(exist_ok=True)
        shutil.copy(world.seeded, folder / "voicebot.db")
        self.database = Database(f"sqlite:///{folder / 'voicebot.db'}")
        self.archive = StoredCalls(self.database, Journal(folder / "calls"))
        shop = SqlBusiness(self.database, OPENED.tzinfo or _no_zone())
        self.refunds_before = self.refunds()

        def hear(samples: Any, rate_hz: int, expect: Any) -> str:
            self.ticker.burn(compute_seconds)
            return self._clips.hear(samples, rate_hz, expect) or (hears(samples) if hears else "")

        def ask(request: Request, now: datetime) -> Result:
            return shop.answer(request, world.policies, now)

        self.phone = VirtualHotline(
            LineParts(
                script=world.script,
                engine=FakeRecognition(hear),
                reader=world.reader,
                reader_version="test",
                business=business(ask),
                voice=self.voice,
                archive=self.archive,
                versions={"grammar": "test"},
                opened_at=OPENED,
                recordings=folder / "recordings",
            ),
            timer=self.ticker,
        )

    def call(
        self,
        *steps: dict[str, Any],
        stay_seconds: float = 15.0,
        from_number: str = CALLER,
        changed: Callable[[PhoneCaller], PhoneCaller] = lambda caller: caller,
        quality: ChannelQuality = CLEAN,
        link: LoopbackLink | None = None,
    ) -> HeldCall:
        """Hold one call with a caller who takes these steps; ``changed`` may put another in their place.

        ``quality`` and ``link`` are the telephone's and the wire's; both are perfect by default.
        """
        script = parse_script({"steps": list(steps), "stay_seconds": stay_seconds}, where=Path("test.yaml"))

        def caller_of(said: Observe) -> PhoneCaller:
            self.caller = ScriptedCaller(script, speak=self.speak, observe=said)
            return changed(self.caller)

        return self.phone.call(caller_of, from_number=from_number, quality=quality, link=link)

    def speak(self, text: str) -> NDArray[np.int16]:
        clip = self._tones.render(text).samples
        self._clips.register(clip, 8000, text)
        return clip

    def refunds(self) -> list[Refund]:
        with self.database.reading() as session:
            return list(session.scalars(select(Refund).options(joinedload(Refund.order))))

    def new_refunds(self) -> list[Refund]:
        known = {refund.refund_no for refund in self.refunds_before}
        return [refund for refund in self.refunds() if refund.refund_no not in known]

    def row(self, held: HeldCall) -> Call:
        """The call as the database has it, written to its end."""
        assert self.archive.flush()
        found = CallRepository(self.database).find(held.call_id)
        assert found is not None
        return found

    def replayed(self, held: HeldCall) -> Replayed:
        """The log in the database, fed through a fresh session."""
        assert self.archive.flush()
        stored = CallRepository(self.database).events(held.call_id)
        assert len(stored) == len(held.entries)
        return replay(stored, CallSession(self._world.script))

    def close(self) -> None:
        self.phone.close()
        self.archive.close()
        self.database.close()


class LeavesAt:
    """A caller who is gone at a moment, whatever happens then."""

    def __init__(self, caller: PhoneCaller, at_seconds: float, how: Any) -> None:
        self._caller = caller
        self._at_seconds = at_seconds
        self._how = how

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        if now_seconds >= self._at_seconds:
            return CallerMove(ends=self._how)
        return self._caller.move(now_seconds, ear, timeline)

    def press_for_menu(self, said: list[str]) -> str:
        return self._caller.press_for_menu(said)

    def finish(self) -> None:
        self._caller.finish()


def wordings(held: HeldCall) -> list[str]:
    return [str(entry.body["wording"]) for entry in held.entries if entry.type == "Say"]


def is_closed(line: Line, held: HeldCall, outcome: str) -> bool:
    """The call's row says how it ended, its log is complete and repeats to the byte."""
    row = line.row(held)
    return row.outcome == outcome and row.ended_at is not None and line.replayed(held).difference is None
