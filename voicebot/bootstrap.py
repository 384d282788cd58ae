"""Builds the parts and wires them: only here is it known which implementation stands behind a protocol."""

from __future__ import annotations

import logging
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from flask import Flask

from voicebot.asr.choice import AUTO, choose
from voicebot.asr.engine import RecognitionEngine
from voicebot.asr.pool import Priority, RecognitionPool
from voicebot.asr.silero import open_silero
from voicebot.audio.wav import mulaw_wav
from voicebot.call.replay import Replayed, replay
from voicebot.call.session import CallSession
from voicebot.dialogue.conversation import Script
from voicebot.dialogue.requests import Request, Result
from voicebot.dialogue.script import read_script
from voicebot.grammar.bundle import Bundle
from voicebot.grammar.diagnostics import Diagnostic, has_errors
from voicebot.nlu.expectation import OPEN
from voicebot.nlu.reader import Reader
from voicebot.ops import call_metrics
from voicebot.ops.classifier_files import load_classifier
from voicebot.ops.cores import step_back
from voicebot.ops.errors import UserFacingError
from voicebot.ops.grammar_files import read_folder
from voicebot.ops.weights import DamagedWeightsError
from voicebot.runtime.archive import StoredCalls
from voicebot.runtime.line import Hotline
from voicebot.runtime.performer import Asks, Services
from voicebot.settings import Settings
from voicebot.shop.backends.sql import SqlBusiness
from voicebot.shop.demo.guide import suggestions
from voicebot.shop.policies import Policies
from voicebot.shop.policy_file import read_policies
from voicebot.storage.bundles import BundleRepository
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal
from voicebot.telephony.blueprints import create_blueprints
from voicebot.telephony.configuration import SoftphoneNumber, TelephonySettings
from voicebot.telephony.twiml import PROMPTS
from voicebot.tts.cache import ClipCache
from voicebot.tts.choice import open_engine
from voicebot.tts.engine import VoiceEngine
from voicebot.tts.prompts import PromptStore
from voicebot.tts.voice import Voice

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 65_536
PREPARED_STATES = ("confirm:refund.apply", "change")
"""Closed questions that come in nearly every call: no caller waits for their first time."""
WORKERS = 8
"""Threads for reading and the business: they mostly wait."""
RENDERERS = 2
SWITCH_SECONDS = 0.001
"""How long one thread may keep Python to itself while others want it; by default 0.005, and a reading takes
longer than that. Twenty calls ran without an under-run with this on two quiet cores (docs/engines.md);
what it does alone was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """One version of what the operators wrote, ready for calls."""

    bundle: Bundle
    script: Script
    policies: Policies
    reader: Reader
    reader_version: str

    @property
    def version(self) -> str:
        return self.bundle.hash


def load_knowledge(settings: Settings) -> Knowledge:
    """The factory set of the locale. Raises UserFacingError with every diagnostic of every file at once."""
    folder = settings.grammars_dir / settings.locale
    return knowledge_of(read_folder(folder), str(folder), settings)


def knowledge_of(sources: dict[str, str], origin: str, settings: Settings) -> Knowledge:
    """The same from sources in memory: a stored bundle."""
    bundle, script = compiled(sources, origin)
    policies, diagnostics = read_policies(sources.get("policies.yaml", ""))
    if policies is None:
        raise grammar_error(origin, diagnostics)
    classifier = load_classifier(bundle, settings)
    return Knowledge(
        bundle=bundle,
        script=script,
        policies=policies,
        reader=Reader(bundle, classifier),
        reader_version=f"{bundle.hash[:12]}/{classifier.version}",
    )


def compiled(sources: dict[str, str], origin: str) -> tuple[Bundle, Script]:
    """The compiled bundle and its script. Raises UserFacingError with every diagnostic of all files."""
    bundle, diagnostics = Bundle.from_sources(sources)
    script: Script | None = None
    if bundle is not None:
        script, found = read_script(bundle)
        diagnostics = [*diagnostics, *found]
    _, found = read_policies(sources.get("policies.yaml", ""))
    diagnostics = [*diagnostics, *found]
    if bundle is None or script is None or has_errors(diagnostics):
        raise grammar_error(origin, diagnostics)
    return bundle, script


def grammar_error(origin: str, diagnostics: Sequence[Diagnostic]) -> UserFacingError:
    """All that is wrong with a grammar, a line each."""
    errors = [d for d in diagnostics if has_errors([d])]
    lines = "\n".join(f"  {origin}/{d.render()}" for d in errors)
    return UserFacingError(
        f"The grammar in {origin} cannot be used:\n{lines}",
        "Correct these places; `voicebot grammar check` shows them again.",
    )


def open_database(settings: Settings) -> Database:
    """The database, reachable and of the present version. Raises UserFacingError naming the remedy."""
    database = Database(settings.database_url)
    database.check()
    problem = database.needs_upgrade()
    if problem is not None:
        raise UserFacingError(
            problem, "`voicebot db seed` afterwards fills an empty one with the demonstration shop."
        )
    return database


def open_journal(settings: Settings) -> Journal:
    """The journals of calls, in a folder that can be written to. Raises UserFacingError."""
    folder = settings.var_dir / "calls"
    try:
        journal = Journal(folder)
        with tempfile.TemporaryFile(dir=folder):
            return journal
    except OSError as error:
        raise UserFacingError(
            f"The logs of calls cannot be written into {folder}: {error.strerror or error}.",
            "Make it a folder that may be written to, or set VOICEBOT_VAR_DIR to another one.",
        ) from error


def business_of(database: Database, settings: Settings, policies: Policies) -> Asks:
    """The shop with these policies in force."""
    business = SqlBusiness(database, settings.zone)

    def ask(request: Request, now: datetime) -> Result:
        return business.answer(request, policies, now)

    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """What a typed call needs: no engine, no voice."""

    knowledge: Knowledge
    business: Asks
    archive: StoredCalls


@contextmanager
def text_line(settings: Settings) -> Iterator[TextLine]:
    """Open the parts of a typed call, and see that its log is written before they go."""
    database = open_database(settings)
    knowledge = load_knowledge(settings)
    BundleRepository(database).record(knowledge.version, dict(knowledge.bundle.sources))
    archive = StoredCalls(database, open_journal(settings))
    try:
        yield TextLine(
            knowledge=knowledge,
            business=business_of(database, settings, knowledge.policies),
            archive=archive,
        )
    finally:
        archive.close()
        database.close()


def prompt_store(settings: Settings) -> PromptStore:
    store = PromptStore(settings.prompts_dir / settings.locale / settings.voice)
    store.load()
    return store


def open_voice(settings: Settings, script: Script, engine: VoiceEngine) -> Voice:
    """The voice with its prompts. Raises UserFacingError for a missing or damaged prompt."""
    store = prompt_store(settings)
    store.require(script.wordings.fixed_clauses())
    return Voice(store, ClipCache(settings.var_dir / "prompt-cache"), engine)


def _count_wait(priority: Priority, waited_seconds: float) -> None:
    call_metrics.recognition_wait_seconds.labels(priority=priority).observe(waited_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A hotline with everything that has to be closed after it."""

    hotline: Hotline
    services: Services
    archive: StoredCalls
    knowledge: Knowledge
    voice: Voice

    def close(self) -> None:
        """Let go of workers and engines, the log last: it is written until the end."""
        self.services.pool.close()
        self.services.renderers.shutdown(wait=True, cancel_futures=True)
        self.services.workers.shutdown(wait=True, cancel_futures=True)
        if self.services.engine is not None:
            self.services.engine.close()
        self.voice.close()
        self.archive.close()


def start(settings: Settings, *, engine: RecognitionEngine | None = None) -> Running:
    """Everything that a media process needs; the engines load while the grammar is compiled."""
    database = open_database(settings)
    journal = open_journal(settings)
    with ThreadPoolExecutor(2, thread_name_prefix="loading") as loading:
        voice_engine = loading.submit(
            open_engine, settings.tts, models_dir=settings.models_dir, voice=settings.voice
        )
        hearing = loading.submit(lambda: (engine, None) if engine else _recogniser(settings))
        knowledge = load_knowledge(settings)
        bundle_number = BundleRepository(database).record(knowledge.version, dict(knowledge.bundle.sources))
        voice = open_voice(settings, knowledge.script, voice_engine.result())
        recogniser, trouble = hearing.result()
    _warm_up(knowledge, recogniser, datetime.now(settings.zone).date())
    workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="worker")
    services = Services(
        engine=recogniser,
        pool=RecognitionPool(settings.asr_threads, on_started=_count_wait),
        reader=knowledge.reader,
        reader_version=knowledge.reader_version,
        business=business_of(database, settings, knowledge.policies),
        voice=voice,
        renderers=ThreadPoolExecutor(RENDERERS, thread_name_prefix="rendering"),
        workers=workers,
        wall_clock=lambda: datetime.now(settings.zone),
        speech_model=open_silero(settings.models_dir),
    )
    archive = StoredCalls(database, journal)
    archive.reconcile(_recordings(settings))
    hotline = Hotline(
        script=knowledge.script,
        services=services,
        archive=archive,
        versions={
            "grammar": knowledge.version,
            "grammar_number": str(bundle_number),
            "reader": knowledge.reader_version,
            "asr": recogniser.name if recogniser is not None else "none",
            "tts": voice_engine.result().name,
        },
        recordings=_recordings(settings),
        max_calls=settings.max_calls,
        new_call_id=new_call_id,
        trouble=trouble,
    )
    return Running(hotline=hotline, services=services, archive=archive, knowledge=knowledge, voice=voice)


def _warm_up(knowledge: Knowledge, recogniser: RecognitionEngine | None, today: date) -> None:
    """What costs more the first time is done before anybody calls."""
    knowledge.reader.read((("您好，我想查一下快递", 1.0),), OPEN, today)
    if recogniser is not None:
        for state in PREPARED_STATES:
            recogniser.prepare(knowledge.script.expectation_for(state, (), (), False))


def media_app(settings: Settings, *, running: Running | None = None) -> Flask:
    """The media process: webhooks, sockets, health and, where wanted, the softphone."""
    running = running or start(settings)
    sys.setswitchinterval(SWITCH_SECONDS)
    app = Flask("voicebot")
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.extensions["voicebot"] = running
    store = prompt_store(settings)

    def prompt_wav(key: str) -> bytes | None:
        clip = store.find(PROMPTS[key]) if key in PROMPTS else None
        return None if clip is None else mulaw_wav(clip)

    for blueprint in create_blueprints(running.hotline, telephony_settings(settings), prompts=prompt_wav):
        app.register_blueprint(blueprint)
    return app


def telephony_settings(settings: Settings) -> TelephonySettings:
    token = settings.twilio_auth_token
    password = settings.softphone_password
    return TelephonySettings(
        public_url=settings.public_url,
        account_sid=settings.twilio_account_sid,
        auth_token=None if token is None else token.get_secret_value(),
        allow_unsigned=settings.allow_unsigned,
        trusted_proxies=settings.trusted_proxies,
        agent_number=settings.agent_number,
        queue_name=settings.agent_queue,
        softphone=settings.softphone,
        softphone_password=None if password is None else password.get_secret_value(),
        softphone_numbers=tuple(
            SoftphoneNumber(
                number=suggested.number,
                who=suggested.who,
                to_try=suggested.to_try,
                to_try_english=suggested.to_try_english,
                answers=suggested.answers,
                openings=suggested.openings,
            )
            for suggested in suggestions()
        ),
    )


def _recogniser(settings: Settings) -> tuple[RecognitionEngine | None, str | None]:
    """The recogniser, or why there is none: then the line still answers, by keypad, and /readyz tells.

    That is for a machine that has none. Raises UserFacingError for one that was asked for by name and cannot
    be had, and for weights that are there and wrong. An engine's own threads, which compute outside of
    Python, step back behind those that send sound: they inherit it from this one, which only loads.
    """
    step_back()
    try:
        return choose(settings), None
    except DamagedWeightsError:
        raise
    except UserFacingError as error:
        if settings.asr != AUTO:
            raise
        log.error("no recogniser: %s %s", error.message, error.hint)  # noqa: TRY400 - the remedy, not a trace
        return None, f"No recogniser: {error.message} {error.hint}"


def _recordings(settings: Settings) -> Path | None:
    return settings.var_dir / "recordings" if settings.recordings else None


def new_call_id(token: Callable[[int], str] = secrets.token_hex) -> str:
    return f"c{token(8)}"


def replay_stored(settings: Settings, call: str) -> Replayed:
    """Repeat a stored call with the grammar that it was held with.

    Raises UserFacingError for an unknown call, MalformedLogError for one of another version.
    """
    database = open_database(settings)
    try:
        row = CallRepository(database).find(call)
        if row is None:
            raise UserFacingError(
                f"There is no call {call} in {database.address}.",
                "`voicebot demo` and `voicebot chat` print the id of a call.",
            )
        entries = CallRepository(database).events(row.id)
        version = str(row.versions.get("grammar", ""))
        stored = BundleRepository(database).find(version)
        if stored is None:
            raise UserFacingError(
                f"The grammar {version[:12]} that call {row.id} was held with is not in the database.",
                "Only calls whose grammar was recorded can be replayed.",
            )
    finally:
        database.close()
    return replay(entries, CallSession(compiled(dict(stored.sources), f"version {stored.number}")[1]))
