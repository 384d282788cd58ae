"""A real server process of ours, a seeded shop behind it, and the carrier that phones it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import requests
from numpy.typing import NDArray

from tests.support.engines import ASR, CLIPS_VARIABLE, INDEX, TTS, install_engines
from voicebot.audio import mulaw
from voicebot.demonstration.server import ServerProcess
from voicebot.settings import PROJECT_ROOT, Settings, load_settings
from voicebot.shop.demo.seed import seed_shop
from voicebot.simulator.caller import ScriptedCaller
from voicebot.simulator.script import CallerScript, parse_script
from voicebot.simulator.stream import SimulatedStream
from voicebot.simulator.twilio import Account, CallRecord, SimulatedTwilio
from voicebot.storage.call_tables import Call
from voicebot.storage.calls import CallRepository
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal

ACCOUNT = Account(account_sid="AC" + "0" * 32, auth_token="0123456789abcdef0123456789abcdef")
AGENT = "+864000000001"
KNOWN_CALLER = "+8613800000001"
STRANGER = "+8619900000000"
WAIT_SECONDS = 20.0


def wait_until(happened: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:
    """Return what ``happened`` gives as soon as that is true."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.05)
    return found


class Speech:
    """Speech of people who phone: each text gets a rendered clip of its own, which the recogniser knows.

    The sound is a prompt's: what counts is that it is speech, and that no two texts sound alike.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        prompts = load_settings().prompts_dir / "zh-CN" / "zf_xiaoyi"
        self._sounds = sorted(
            (clip for clip in prompts.glob("*.ulaw") if 8_000 < clip.stat().st_size < 20_000),
            key=lambda clip: hashlib.sha256(clip.name.encode()).digest(),
        )
        self._texts: dict[str, str] = {}

    def __call__(self, text: str) -> NDArray[np.int16]:
        if text not in self._texts:
            clip = self._sounds[len(self._texts)]
            shutil.copy(clip, self.folder / clip.name)
            self._texts[text] = clip.name
            index = {file: said for said, file in self._texts.items()}
            (self.folder / INDEX).write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
        return mulaw.decode((self.folder / self._texts[text]).read_bytes())


class ShopFiles:
    """Seeded SQLite files, made once and copied."""

    def __init__(self, folder: Path) -> None:
        self._original = folder / "seeded.db"
        folder.mkdir(parents=True, exist_ok=True)
        database = Database(f"sqlite:///{self._original}")
        database.upgrade()
        seed_shop(database, datetime.now(UTC), load_settings().zone)
        database.close()

    def copy(self, folder: Path) -> str:
        """Put a copy into ``folder``; returns its address."""
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / "voicebot.db"
        shutil.copy(self._original, target)
        return f"sqlite:///{target}"


@dataclass
class Site:
    """A hotline that runs: its process, its files and its database as others see them."""

    folder: Path
    database_url: str
    environment: dict[str, str]
    speech: Speech
    server: ServerProcess = field(init=False)
    log: Path = field(init=False)
    _starts: int = 0

    def start(self) -> None:
        self._starts += 1
        self.log = self.folder / f"server-{self._starts}.log"
        self.server = ServerProcess(self.environment, self.log)
        self.server.__enter__()

    def await_ready(self) -> None:
        try:
            self.server.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def await_answer(self, path: str) -> requests.Response:
        """Get ``path``, waiting for a server that is still starting."""

        def answered() -> requests.Response | None:
            with suppress(requests.ConnectionError):
                answer = requests.get(self.url + path, timeout=10)
                return None if answer.status_code == 404 else answer
            return None

        end = time.monotonic() + 60
        while (answer := answered()) is None:
            assert time.monotonic() < end, self.log_text()
            time.sleep(0.1)
        return answer

    def stop(self) -> None:
        self.server.__exit__(None, None, None)

    def kill(self) -> None:
        """The machine's power goes: the server and its worker, in the same moment."""
        os.killpg(self.server.pid, signal.SIGKILL)
        process = self.server._process
        assert process is not None
        process.wait(10)

    def worker_pid(self) -> int:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        (worker,) = children
        return int(worker)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def settings(self) -> Settings:
        return load_settings(var_dir=self.folder, database_url=self.database_url)

    @property
    def journal(self) -> Journal:
        return Journal(self.folder / "calls")

    @contextmanager
    def database(self) -> Iterator[Database]:
        database = Database(self.database_url)
        try:
            yield database
        finally:
            database.close()

    def row(self, call_sid: str) -> Call | None:
        with self.database() as database:
            return CallRepository(database).find(call_sid)

    def ended(self, call_sid: str) -> Call:
        """The call's row once it says how the call ended."""

        def closed() -> Call | None:
            row = self.row(call_sid)
            return row if row is not None and row.outcome is not None else None

        row: Call = wait_until(closed, f"the end of call {call_sid}")
        return row

    def said(self, call_sid: str) -> list[str]:
        """What the line has said in this call, from its log in the database."""
        with self.database() as database:
            calls = CallRepository(database)
            row = calls.find(call_sid)
            entries = [] if row is None else calls.events(row.id)
        return [str(entry.body["text"]) for entry in entries if entry.type == "Say"]

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def carrier(self, **options: Any) -> SimulatedTwilio:
        return SimulatedTwilio(f"{self.url}/voice/incoming", ACCOUNT, **options)

    def post(self, path: str, call_sid: str, **fields: str) -> Any:
        """Post a signed webhook."""
        carrier = self.carrier()
        try:
            form = {"AccountSid": ACCOUNT.account_sid, "CallSid": call_sid, "From": STRANGER, "To": "+8640"}
            return carrier.post(self.url + path, {**form, **fields})
        finally:
            carrier.close()

    def phone(self, steps: list[Any] | CallerScript, **options: Any) -> PhoneCall:
        """Begin a call on a thread of its own."""
        if isinstance(steps, CallerScript):
            script = steps
        else:
            source = {"from": options.pop("from_number", KNOWN_CALLER), "steps": steps, "stay_seconds": 20}
            script = parse_script(source, where=Path("test.yaml"))
        return PhoneCall(self, script, **options)


class PhoneCall:
    """One simulated call in progress: ``result`` waits for its end."""

    def __init__(self, site: Site, script: CallerScript, *, keep_in: Path | None = None) -> None:
        self.call_sid = "CA" + hashlib.sha256(os.urandom(16)).hexdigest()[:32]
        self._site = site
        self.caller = ScriptedCaller(
            script, speak=site.speech, observe=lambda: site.said(self.call_sid) if self._observing else []
        )
        self._observing = any(step.expect or step.cue == "phrase" for step in script.steps)
        self._script = script
        self._keep_in = keep_in
        self._streams: list[SimulatedStream] = []
        self._record: CallRecord | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"caller {self.call_sid}")
        self._thread.start()

    def _run(self) -> None:
        carrier = self._site.carrier()
        try:
            self._record = carrier.call(
                self.caller,
                from_number=self._script.from_number,
                to_number=self._script.to_number,
                call_sid=self.call_sid,
                keep_in=self._keep_in,
                on_stream=self._streams.append,
            )
        except BaseException as error:  # noqa: BLE001  given to who waits for the result
            self._error = error
        finally:
            carrier.close()

    @property
    def stream(self) -> SimulatedStream | None:
        return self._streams[-1] if self._streams else None

    def await_greeting(self) -> None:
        """Return when the caller hears the line speak."""
        wait_until(lambda: self.stream is not None and self.stream.ear.speaking, "the greeting")

    def await_words(self, words: str) -> None:
        """Return when the line's log in the database has these words."""
        wait_until(lambda: any(words in text for text in self._site.said(self.call_sid)), f"“{words}”")

    def ended_with_error(self, seconds: float = 60.0) -> BaseException:
        """Wait for a call that cannot end well: its server is gone."""
        self._thread.join(seconds)
        assert not self._thread.is_alive()
        assert self._error is not None
        return self._error

    def result(self, seconds: float = 90.0) -> CallRecord:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the call goes on and on"
        if self._error is not None:
            raise self._error
        assert self._record is not None
        return self._record


class Sites:
    """Builds servers for tests, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engines = folder / "engines"
        install_engines(self._engines)
        self.shops = ShopFiles(folder / "shop")
        self._made = 0

    def environment(self, folder: Path, database_url: str, speech: Speech) -> dict[str, str]:
        return {
            "PYTHONPATH": os.pathsep.join([str(self._engines), str(PROJECT_ROOT)]),
            CLIPS_VARIABLE: str(speech.folder),
            "VOICEBOT_ASR": ASR,
            "VOICEBOT_TTS": TTS,
            "VOICEBOT_VAR_DIR": str(folder),
            "VOICEBOT_DATABASE_URL": database_url,
            "VOICEBOT_TWILIO_ACCOUNT_SID": ACCOUNT.account_sid,
            "VOICEBOT_TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
            "VOICEBOT_AGENT_NUMBER": AGENT,
        }

    def make(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        texts: tuple[str, ...] = (),
        database_url: str | None = None,
    ) -> Site:
        """A server that has not been started; ``texts`` are what callers will say to it."""
        self._made += 1
        folder = self._folder / f"site-{self._made}"
        folder.mkdir()
        speech = Speech(folder / "speech")
        for text in ("你好", *texts):
            speech(text)
        url = database_url or self.shops.copy(folder)
        environment = {**self.environment(folder, url, speech), **(settings or {})}
        return Site(folder=folder, database_url=url, environment=environment, speech=speech)

    @contextmanager
    def running(self, settings: Mapping[str, str] | None = None, **options: Any) -> Iterator[Site]:
        """A server that takes calls, stopped afterwards."""
        site = self.make(settings, **options)
        site.start()
        site.await_ready()
        try:
            yield site
        finally:
            with suppress(ProcessLookupError):
                site.stop()
