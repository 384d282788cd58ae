"""Many calls at once to one server process over real sockets, rung by rung: 1, 4, 8 …"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from voicebot.benches.latency_callers import own_callers
from voicebot.benches.latency_load_figures import HeldCall, LoadFigures, Moment, load_figures
from voicebot.benches.latency_run import Engine, Run, open_shop, server_environment
from voicebot.benches.latency_server import machine_busy_seconds, read_figures
from voicebot.demonstration.server import ServerProcess
from voicebot.ops.errors import UserFacingError
from voicebot.simulator.caller import ScriptedCaller
from voicebot.simulator.clock import RealClock
from voicebot.simulator.script import CallerScript
from voicebot.simulator.stream import SimulatedStream
from voicebot.simulator.twilio import Account, CallRecord, SimulatedTwilio
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database

SEED = 20_261_122
SPREAD_SECONDS = 10.0
"""The first callers of a rung phone within this time."""
FILED_SECONDS = 20.0
"""Longest wait for the server to have written the end of the last call."""
CALLS_A_CALLER = 2
"""By default: so many calls as this for each that is in progress at once."""
SPARE_CALLS = 2
"""Room on the line beyond the rung: a call ends for the server a little after it did for its caller."""

Told = Callable[[LoadFigures], None]


class PunctualClock(RealClock):
    """The real clock, which also keeps how late its sleepers came back."""

    def __init__(self) -> None:
        self.late_seconds: list[float] = []

    def sleep_until(self, moment_seconds: float) -> None:
        super().sleep_until(moment_seconds)
        self.late_seconds.append(self.now() - moment_seconds)


@dataclass(frozen=True, slots=True)
class _Carried:
    script: CallerScript
    record: CallRecord
    began_seconds: float
    ended_seconds: float


@dataclass(slots=True)
class _Rung:
    """What the callers of one rung have in common while they phone."""

    waiting: Iterator[CallerScript]
    at_once: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    all_on: threading.Event = field(default_factory=threading.Event)
    first_off: threading.Event = field(default_factory=threading.Event)
    carried: list[_Carried] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _on_line: int = 0

    def next_script(self) -> CallerScript | None:
        """Whoever phones next; None, and the window is over, where nobody is left."""
        with self.lock:
            script = next(self.waiting, None)
        if script is None:
            self.all_on.set()
            self.first_off.set()
        return script

    def opened(self) -> None:
        with self.lock:
            self._on_line += 1
            if self._on_line == self.at_once:
                self.all_on.set()

    def carry(self, carried: _Carried) -> None:
        with self.lock:
            self.carried.append(carried)

    def fail(self, why: str) -> None:
        with self.lock:
            self.failed.append(why)


def under_load(
    run: Run, engine: Engine, rungs: Sequence[int], calls: int | None, told: Told
) -> list[LoadFigures]:
    """Hold the calls of each rung, as many at a time as it says, with one server process for all rungs.

    ``calls``: how many for each rung; by default two for each that is in progress at once. Raises
    UserFacingError where the server does not start.
    """
    account = Account(account_sid="AC" + secrets.token_hex(16), auth_token=secrets.token_hex(16))
    room = {"VOICEBOT_MAX_CALLS": str(max(rungs) + SPARE_CALLS)}
    random = Random(SEED)  # noqa: S311  a pace, no secret
    counts = [max(at_once, calls or CALLS_A_CALLER * at_once) for at_once in rungs]
    found: list[LoadFigures] = []
    database = open_shop(run.here)
    try:
        models = [run.scripts[number % len(run.scripts)] for number in range(sum(counts))]
        callers = iter(own_callers(models, database, datetime.now(run.here.zone), random))
        environment = server_environment(run, engine, account) | room
        with ServerProcess(environment, run.here.var_dir / "server.log") as server:
            server.wait_until_ready()
            for at_once, count in zip(rungs, counts, strict=True):
                scripts = [next(callers) for _ in range(count)]
                delays = [0.0, *(random.uniform(0.0, SPREAD_SECONDS) for _ in range(at_once - 1))]
                found.append(_hold(run, server.url, account, scripts, delays, database))
                told(found[-1])
    finally:
        database.close()
        shutil.rmtree(run.here.var_dir / "recordings", ignore_errors=True)
    return found


def _hold(
    run: Run,
    url: str,
    account: Account,
    scripts: Sequence[CallerScript],
    delays: Sequence[float],
    database: Database,
) -> LoadFigures:
    rung = _Rung(waiting=iter(scripts), at_once=len(delays))
    clock = PunctualClock()

    def phone_on(delay_seconds: float) -> None:
        time.sleep(delay_seconds)
        while (script := rung.next_script()) is not None:
            _phone(run, url, account, clock, script, rung)

    with ThreadPoolExecutor(len(delays), thread_name_prefix="caller") as phoning:
        for delay_seconds in delays:
            phoning.submit(phone_on, delay_seconds)
        rung.all_on.wait()
        first = _moment(url)
        rung.first_off.wait()
        last = _moment(url)
    held = [_filed(call, database) for call in rung.carried]
    return load_figures(
        len(delays), held, failed=rung.failed, first=first, last=last, late_seconds=clock.late_seconds
    )


def _moment(url: str) -> Moment:
    return Moment(
        at_seconds=time.monotonic(),
        server=read_figures(url),
        callers_cpu_seconds=time.process_time(),
        machine_busy_seconds=machine_busy_seconds(),
    )


def _phone(
    run: Run, url: str, account: Account, clock: PunctualClock, script: CallerScript, rung: _Rung
) -> None:
    began: list[float] = []

    def opened(_stream: SimulatedStream) -> None:
        began.append(time.monotonic())
        rung.opened()

    carrier = SimulatedTwilio(f"{url}/voice/incoming", account, clock=clock)
    try:
        record = carrier.call(
            ScriptedCaller(script, speak=run.speak, observe=list),  # nothing is expected of the words
            from_number=script.from_number,
            to_number=script.to_number,
            on_stream=opened,
        )
    except Exception as error:  # noqa: BLE001  one call that breaks is a figure, not the end of the bench
        rung.fail(f"{type(error).__name__}: {error}")
        return
    finally:
        carrier.close()
    if record.error is not None or not began:
        rung.fail(record.error or "no stream was opened: the line took no more calls")
        return
    rung.carry(_Carried(script, record, began[0], time.monotonic()))


def _filed(call: _Carried, database: Database) -> HeldCall:
    """With its log, which is read when all calls are over: reading along would cost the line its cores."""
    calls = CallRepository(database)
    call_sid = call.record.call_sid
    end = time.monotonic() + FILED_SECONDS
    row = calls.find(call_sid)
    while (row is None or row.outcome is None) and time.monotonic() < end:
        time.sleep(0.1)
        row = calls.find(call_sid)
    if row is None:
        raise UserFacingError(
            f"The server did not write call {call_sid} within {FILED_SECONDS:g} s.",
            "`voicebot serve` by hand shows what is wrong.",
        )
    return HeldCall(
        name=call.script.name,
        began_seconds=call.began_seconds,
        ended_seconds=call.ended_seconds,
        entries=calls.events(row.id),
        events=call.record.stream.timeline.events(),
    )
