"""The same call without sound: typed text in, the line's words out, everything else for real."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from voicebot.call.actions import Action, Consult, EndCall, Listen, Read, Say, TransferToHuman
from voicebot.call.events import (
    BusinessAnswered,
    CallStarted,
    Event,
    KeyPressed,
    MarkReached,
    TextTyped,
    UtteranceRead,
)
from voicebot.call.log import action_entry
from voicebot.call.session import CallSession
from voicebot.dialogue.conversation import Script
from voicebot.nlu.reading import Reading
from voicebot.runtime.performer import Asks, Reader
from voicebot.runtime.record import CallRecord

KEY_GAP_SECONDS = 3.0
"""Time that passes after the last key, so that a number counts as entered."""


@dataclass
class TextTurn:
    """What one line of the caller led to."""

    caller: str
    bot: list[str] = field(default_factory=list)
    reading: Reading | None = None
    actions: list[Action] = field(default_factory=list)
    state: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of ``voicebot chat --json`` (docs/cli.md, "voicebot chat")."""
        reading = self.reading or Reading(text=self.caller)
        return {
            "caller": self.caller,
            "bot": self.bot,
            "acts": [act.name for act in reading.acts],
            "intents": [{"name": i.name, "confidence": round(i.confidence, 3)} for i in reading.intents],
            "slots": {
                s.name: {"value": s.value, "text": s.text, "confidence": round(s.confidence, 3)}
                for s in reading.slots
            },
            "actions": [
                {"type": type(action).__name__, **action_entry(0, 0.0, action).body}
                for action in self.actions
                if isinstance(action, Consult | TransferToHuman | EndCall)
            ],
            "state": self.state,
        }


class TextCall:
    """A call on the ``text`` channel. Time passes only where the caller lets it."""

    def __init__(
        self,
        *,
        script: Script,
        reader: Reader,
        reader_version: str,
        business: Asks,
        record: CallRecord,
        wall_clock: Callable[[], datetime],
    ) -> None:
        self.session = CallSession(script)
        self._reader = reader
        self._reader_version = reader_version
        self._business = business
        self._record = record
        self._wall_clock = wall_clock
        self._now = 0.0
        self._last_action: Action | None = None
        self._turn = TextTurn("")

    @property
    def outcome(self) -> str:
        """What the call's row says: as the dialogue named it, or that the caller left."""
        match self._last_action:
            case TransferToHuman():
                return "transfer"
            case EndCall(outcome=outcome):
                return outcome
            case _:
                return "abandoned"

    @property
    def ticket_no(self) -> str | None:
        """Of the hand-over to a human."""
        return self._last_action.ticket_no if isinstance(self._last_action, TransferToHuman) else None

    @property
    def is_over(self) -> bool:
        return self.session.is_over

    def start(self, event: CallStarted) -> TextTurn:
        return self._take("", [event])

    def type(self, text: str) -> TextTurn:
        """One line of the caller."""
        return self._take(text, [TextTyped(text=text)])

    def press(self, keys: str) -> TextTurn:
        """Keys of the telephone, and a pause."""
        turn = self._take(keys, [KeyPressed(digit=key) for key in keys])
        self._pass_time(KEY_GAP_SECONDS)
        return turn

    def wait(self, seconds: float) -> TextTurn:
        """Silence."""
        self._turn = TextTurn("", state=self._turn.state)
        self._pass_time(seconds)
        return self._turn

    def _take(self, caller: str, events: list[Event]) -> TextTurn:
        self._turn = TextTurn(caller, state=self._turn.state)
        self._now = round(self._now + 0.1, 3)
        for event in events:
            self._feed(event)
        return self._turn

    def _pass_time(self, seconds: float) -> None:
        end = self._now + seconds
        while not self.is_over:
            deadline = self.session.next_deadline
            if deadline is None or deadline > end:
                break
            self._now = max(self._now, deadline)  # as it is: rounded down, it would never be due
            self._record.tick(self._now)
            actions = self.session.tick(self._now)
            self._record.actions(self._now, actions)
            self._carry_out(deque(actions))
        self._now = round(end, 3)

    def _feed(self, event: Event) -> None:
        if self.is_over:
            return
        self._record.event(self._now, event)
        actions = self.session.receive(event, self._now)
        self._record.actions(self._now, actions)
        self._carry_out(deque(actions))

    def _carry_out(self, actions: deque[Action]) -> None:
        """Every action at once; prompts count as heard when all else is done, as they would be in time."""
        said: list[Say] = []
        while actions:
            action = actions.popleft()
            self._turn.actions.append(action)
            self._last_action = action
            match action:
                case Say():
                    self._turn.bot.append(action.text)
                    said.append(action)
                case Listen():
                    self._turn.state = action.state
                case Read():
                    self._feed(self._read(action))
                case Consult():
                    result = self._business(action.request, self._wall_clock())
                    self._feed(BusinessAnswered(request=action.request, result=result))
                case _:
                    pass  # the rest is for the ear, or ends the call
        for say in said:
            self._feed(MarkReached(prompt_id=say.prompt_id, generation=say.generation))

    def _read(self, action: Read) -> UtteranceRead:
        if action.keys is not None:
            reading = self._reader.read_keys(action.keys, action.expect)
        else:
            texts = tuple((heard.text, heard.confidence) for heard in action.alternatives)
            reading = self._reader.read(texts, action.expect, date.fromisoformat(action.today))
        self._turn.reading = reading
        return UtteranceRead(job=action.job, reading=reading, version=self._reader_version)
