"""The calls of `voicebot bench latency`: on the virtual clock, and a sample of them over real sockets."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from voicebot import bootstrap
from voicebot.asr.choice import choose
from voicebot.asr.engine import RecognitionEngine
from voicebot.asr.fake import FakeRecognition, KnownClips
from voicebot.asr.silero import open_silero
from voicebot.benches.latency import MeasuredCall, measured
from voicebot.benches.virtual_line import LineParts, Observe, VirtualHotline
from voicebot.demonstration.caller_voice import CallerVoice
from voicebot.demonstration.server import ServerProcess
from voicebot.ops.errors import UserFacingError
from voicebot.runtime.archive import StoredCalls
from voicebot.settings import Settings, load_settings
from voicebot.shop.demo.seed import seed_shop
from voicebot.simulator.caller import ScriptedCaller, Unmet
from voicebot.simulator.script import CallerScript, load_script
from voicebot.simulator.twilio import Account, SimulatedTwilio
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal
from voicebot.tts.choice import open_engine
from voicebot.tts.voice import Voice

SCRIPTS = Path(__file__).with_name("callers")
CALLER_SCRIPTS = len(list(SCRIPTS.glob("*.yaml")))
LOG_SECONDS = 10.0
"""Longest wait for the server to have written the end of a call."""

Engine = Literal["whisper", "vosk", "auto", "fake"]
Told = Callable[[MeasuredCall], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What all calls of a run have in common."""

    settings: Settings
    """Of this machine: models, prompts, grammars."""
    here: Settings
    """The same with a database and run-time files that are thrown away."""
    scripts: tuple[CallerScript, ...]
    speak: CallerVoice


@contextmanager
def prepared(settings: Settings, calls: int, turns: int | None) -> Iterator[Run]:
    """Open a shop for ``calls`` calls of at most ``turns`` sentences, and let the callers' voices be made."""
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as folder:
        here = load_settings(var_dir=Path(folder), database_url=f"sqlite:///{folder}/voicebot.db")
        (settings.var_dir / "prompt-cache").mkdir(parents=True, exist_ok=True)
        (Path(folder) / "prompt-cache").symlink_to(settings.var_dir / "prompt-cache")
        speak = CallerVoice(settings.var_dir / "caller-voice", settings.models_dir)
        try:
            scripts = tuple(shortened(script, turns) for script in chosen(calls))
            for script in scripts:
                for text in said_in(script):
                    speak(text)
        finally:
            speak.close()
        yield Run(settings=settings, here=here, scripts=scripts, speak=speak)


def chosen(calls: int) -> list[CallerScript]:
    """So many callers, in turn those of the folder."""
    scripts = [load_script(path) for path in sorted(SCRIPTS.glob("*.yaml"))]
    return [scripts[number % len(scripts)] for number in range(calls)]


def shortened(script: CallerScript, turns: int | None) -> CallerScript:
    return script if turns is None else replace(script, steps=script.steps[:turns])


def said_in(script: CallerScript) -> list[str]:
    return [step.text for step in script.steps if step.action == "say"]


def open_shop(settings: Settings) -> Database:
    """The demonstration shop as it is at first: each caller finds it so."""
    for path in settings.var_dir.glob("voicebot.db*"):
        path.unlink()
    database = Database(settings.database_url)
    database.upgrade()
    seed_shop(database, datetime.now(UTC), settings.zone)
    return database


def recogniser(run: Run, engine: Engine) -> RecognitionEngine:
    if engine != "fake":
        return choose(load_settings(asr=engine))
    clips = KnownClips()
    for script in run.scripts:
        for text in said_in(script):
            clips.register(run.speak(text), 8000, text)
    return FakeRecognition(clips.hear)


def virtually(run: Run, engine: Engine, told: Told) -> list[MeasuredCall]:
    """Hold the calls on a virtual clock in this process, with what the engines compute added."""
    found: list[MeasuredCall] = []
    with ExitStack() as open_parts:
        knowledge = bootstrap.load_knowledge(run.settings)
        speaking = open_engine(run.settings.tts, models_dir=run.settings.models_dir, voice=run.settings.voice)
        voice, voice_name = bootstrap.open_voice(run.settings, knowledge.script, speaking), speaking.name
        open_parts.callback(voice.close)
        listening = recogniser(run, engine)
        open_parts.callback(listening.close)
        for state in bootstrap.PREPARED_STATES:
            listening.prepare(knowledge.script.expectation_for(state, (), (), False))
        for script in run.scripts:
            with _line(run, knowledge, listening, voice, voice_name) as line:
                found.append(_call(line, script, run.speak))
            told(found[-1])
    return found


@contextmanager
def _line(
    run: Run,
    knowledge: bootstrap.Knowledge,
    engine: RecognitionEngine,
    voice: Voice,
    voice_name: str,
) -> Iterator[VirtualHotline]:
    database = open_shop(run.here)
    archive = StoredCalls(database, Journal(run.here.var_dir / "calls"))
    line = VirtualHotline(
        LineParts(
            script=knowledge.script,
            engine=engine,
            reader=knowledge.reader,
            reader_version=knowledge.reader_version,
            business=bootstrap.business_of(database, run.here, knowledge.policies),
            voice=voice,
            archive=archive,
            versions={"grammar": knowledge.version, "asr": engine.name, "tts": voice_name},
            opened_at=datetime.now(run.here.zone),
            recordings=run.here.var_dir / "recordings",
            recognition_workers=run.here.asr_threads,
            speech_model=open_silero(run.here.models_dir),
        ),
        new_call_id=bootstrap.new_call_id,
    )
    try:
        yield line
    finally:
        line.close()
        archive.close()
        database.close()


def _call(line: VirtualHotline, script: CallerScript, speak: CallerVoice) -> MeasuredCall:
    callers: list[ScriptedCaller] = []

    def caller_of(said: Observe) -> ScriptedCaller:
        callers.append(ScriptedCaller(script, speak=speak, observe=said))
        return callers[0]

    held = line.call(caller_of, from_number=script.from_number, to_number=script.to_number)
    return measured(script.name, held.entries, held.stream.timeline.events(), told_of(callers[0].unmet))


def told_of(unmet: Sequence[Unmet]) -> list[str]:
    return [f"step {miss.step_no}: {miss.expected}" for miss in unmet]


def really(run: Run, engine: Engine, calls: int, told: Told) -> list[MeasuredCall]:
    """Hold the first ``calls`` of them over sockets, in real time, with a server process of its own.

    A server has no ``fake`` engine.
    """
    account = Account(account_sid="AC" + secrets.token_hex(16), auth_token=secrets.token_hex(16))
    found: list[MeasuredCall] = []
    database = open_shop(run.here)
    try:
        with ServerProcess(
            server_environment(run, engine, account), run.here.var_dir / "server.log"
        ) as server:
            server.wait_until_ready()
            carrier = SimulatedTwilio(f"{server.url}/voice/incoming", account)
            try:
                for script in run.scripts[:calls]:
                    found.append(_phone(carrier, script, run.speak, database))
                    told(found[-1])
            finally:
                carrier.close()
    finally:
        database.close()
        shutil.rmtree(run.here.var_dir / "recordings", ignore_errors=True)
    return found


def server_environment(run: Run, engine: Engine, account: Account) -> dict[str, str]:
    return {
        "VOICEBOT_VAR_DIR": str(run.here.var_dir),
        "VOICEBOT_DATABASE_URL": run.here.database_url,
        "VOICEBOT_ASR": engine,
        "VOICEBOT_TWILIO_ACCOUNT_SID": account.account_sid,
        "VOICEBOT_TWILIO_AUTH_TOKEN": account.auth_token,
        "VOICEBOT_AGENT_NUMBER": "+864000000001",
        "VOICEBOT_LOG_LEVEL": "WARNING",
    }


def _phone(
    carrier: SimulatedTwilio, script: CallerScript, speak: CallerVoice, database: Database
) -> MeasuredCall:
    call_sid = "CA" + secrets.token_hex(16)
    caller = ScriptedCaller(script, speak=speak, observe=list)  # nothing is expected of the words
    record = carrier.call(
        caller, from_number=script.from_number, to_number=script.to_number, call_sid=call_sid
    )
    if record.error is not None or len(record.streams) != 1:
        raise UserFacingError(
            f"The call failed: {record.error or 'no stream was opened'}.",
            "`voicebot serve` by hand shows what is wrong.",
        )
    calls = CallRepository(database)
    end = time.monotonic() + LOG_SECONDS
    row = calls.find(call_sid)
    while (row is None or row.outcome is None) and time.monotonic() < end:
        time.sleep(0.1)
        row = calls.find(call_sid)
    entries = [] if row is None else calls.events(row.id)
    return measured(script.name, entries, record.stream.timeline.events(), told_of(caller.unmet))
