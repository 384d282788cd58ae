"""Places one simulated call to a server that runs already, and tells what came of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests
from websockets.exceptions import InvalidHandshake

from voicebot.demonstration.watch import Show, Watch
from voicebot.ops.errors import UserFacingError
from voicebot.simulator.caller import ScriptedCaller, Speak, Unmet
from voicebot.simulator.latency import CallLatency, measure
from voicebot.simulator.script import CallerScript
from voicebot.simulator.twilio import Account, CallRecord, SimulatedTwilio
from voicebot.storage.database import Database

UNSIGNED = Account(account_sid="AC" + "0" * 32, auth_token="unsigned")  # noqa: S106  nobody checks it
"""For a server on this machine that takes unsigned calls (VOICEBOT_ALLOW_UNSIGNED=1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCall:
    """What the carrier's side knows of the call, and what the script missed in it."""

    call_id: str | None
    """By the server's database; None where the call is not in it."""
    record: CallRecord
    latency: CallLatency | None
    """None where no stream was opened: the call went by the keypad menu."""
    unmet: tuple[Unmet, ...]
    files: tuple[Path, ...] = field(default=())
    """The carrier's recording and its timeline, where they were to be kept."""

    @property
    def failures(self) -> list[str]:
        """Everything that was not as it should be, a sentence each; empty when nothing is unmet."""
        found = [f"step {unmet.step_no} expected {unmet.expected}" for unmet in self.unmet]
        if self.record.error is not None:
            found.append(f"the carrier met an error: {self.record.error}")
        found += [f"HTTP {status} for {path}" for path, status in self.record.requests if status >= 400]
        return found


def needs_the_log(script: CallerScript) -> bool:
    """A script that expects words is checked against the call's log, which the server's database holds."""
    return any(step.expect or step.cue == "phrase" for step in script.steps)


def place(
    script: CallerScript,
    *,
    server_url: str,
    public_url: str | None = None,
    account: Account = UNSIGNED,
    from_number: str | None = None,
    speak: Speak,
    database: Database | None,
    show: Show = lambda _kind, _text: None,
    keep_in: Path | None = None,
    new_call_sid: Callable[[], str] = lambda: "CA" + secrets.token_hex(16),
) -> PlacedCall:
    """Call the server at ``server_url`` in real time, as ``script`` says, and wait for the end.

    ``public_url`` is the address that the server knows itself by, for which webhooks are signed; by default
    the same. ``from_number`` wins over the script's. ``database`` is the server's, read along for what the
    line says. Raises UserFacingError where no server answers.
    """
    base = (public_url or server_url).rstrip("/")
    call_sid = new_call_sid()
    watch = None if database is None else Watch(database, call_sid, show)
    caller = ScriptedCaller(script, speak=speak, observe=list if watch is None else watch.said)
    carrier = SimulatedTwilio(
        f"{base}/voice/incoming", account, public_base=base, reach_base=server_url.rstrip("/")
    )
    if watch is not None:
        watch.start()
    try:
        record = carrier.call(
            caller,
            from_number=from_number or script.from_number,
            to_number=script.to_number,
            call_sid=call_sid,
            keep_in=keep_in,
            on_stream=None if watch is None else lambda stream: watch.follow(stream.timeline),
        )
    except (requests.RequestException, OSError, InvalidHandshake) as error:
        raise _no_answer(server_url, error) from error
    finally:
        if watch is not None:
            watch.stop()
        carrier.close()
    return PlacedCall(
        call_id=None if watch is None else watch.call_id,
        record=record,
        latency=measure(record.streams[-1].timeline.events()) if record.streams else None,
        unmet=tuple(caller.unmet),
        files=_kept(keep_in, call_sid),
    )


def _no_answer(server_url: str, error: Exception) -> UserFacingError:
    what = re.sub(r"\(?<[^>]*>[,:]? ?", "", str(error)).strip() or type(error).__name__
    return UserFacingError(
        f"The call to {server_url} could not be held: {what[:200]}",
        "Is the server running (`voicebot serve`), and is this its address (--server)?",
    )


def _kept(folder: Path | None, call_sid: str) -> tuple[Path, ...]:
    if folder is None:
        return ()
    return tuple(path for path in (folder / f"{call_sid}.wav", folder / f"{call_sid}.json") if path.exists())
