"""Follows a call as it happens, by its log in the database: who said what, and how it was taken."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from voicebot.call.log import Entry
from voicebot.simulator.recording import Timeline
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database

POLL_SECONDS = 0.1

Show = Callable[[str, str], None]
"""(kind, text): ``line``, ``heard``, ``understood``, ``did``, ``time``."""


class Watch:
    """Reads the log table by cursor on a thread of its own, as the console's live view does."""

    def __init__(self, database: Database, call_sid: str, show: Show) -> None:
        self._calls = CallRepository(database)
        self._call_sid = call_sid
        self._show = show
        self._seen = 0
        self._said: list[str] = []
        self._answered: set[float] = set()
        self._timeline: Timeline | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.call_id: str | None = None

    def start(self) -> None:
        self._thread.start()

    def follow(self, timeline: Timeline) -> None:
        """The carrier's side of the stream: how long each answer took."""
        self._timeline = timeline

    def stop(self) -> None:
        """Read what is left and end."""
        self._stop.set()
        self._thread.join()
        self._look()

    def said(self) -> list[str]:
        """What the line has said so far, a text a prompt."""
        return list(self._said)

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self._look()

    def _look(self) -> None:
        try:
            row = self._calls.find(self._call_sid)
            if row is None:
                return
            self.call_id = row.id
            entries = self._calls.events_after(row.id, self._seen)
        except SQLAlchemyError as error:
            self._show("did", f"(the database could not be read: {type(error).__name__})")
            return
        for entry in entries:
            self._seen = entry.seq
            for kind, text in describe(entry):
                if kind == "line":
                    self._said.append(text)
                self._show(kind, text)
        self._show_latencies()

    def _show_latencies(self) -> None:
        if self._timeline is None:
            return
        ended: float | None = None
        for event in self._timeline.events():
            if event.event == "caller_speech_ended":
                ended = event.at_seconds
            elif event.event == "bot_began" and ended is not None and event.at_seconds > ended:
                if ended not in self._answered:
                    self._answered.add(ended)
                    self._show("time", f"{event.at_seconds - ended:.2f} s after the caller's last sound")
                ended = None


def describe(entry: Entry) -> list[tuple[str, str]]:
    """What one entry of the log means to somebody who reads along; empty for what is of no interest."""
    body: Any = entry.body
    match entry.type:
        case "Say":
            return [("line", body["text"])]
        case "TranscriptReady" if body["alternatives"]:
            best = body["alternatives"][0]
            took = f"{best['confidence']:.2f}, {body['decided_by']}, {body['compute_seconds']:.2f} s"
            return [("heard", f"{best['text']}  ({took})")]
        case "KeyPressed":
            return [("heard", f"key {body['digit']}")]
        case "UtteranceRead":
            return [("understood", _meaning(body["reading"]))]
        case "Consult":
            return [("did", f"ask {body['request']['type']}")]
        case "BusinessAnswered":
            return [("did", f"got {body['result']['type']}")]
        case "TransferToHuman" | "EndCall":
            return [("did", entry.type)]
        case _:
            return []


def _meaning(reading: Any) -> str:
    found = [act["name"] for act in reading["acts"]]
    found += [f"{intent['name']} {intent['confidence']:.2f}" for intent in reading["intents"]]
    found += [f"{slot['name']}={slot['value']}" for slot in reading["slots"]]
    return ", ".join(found) or "nothing"
