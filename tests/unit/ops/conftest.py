"""A server of files on loopback, registries' clients made of paper, and stores to fetch into."""

import hashlib
import json
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from voicebot.ops.weights.fetch import WORKPLACE, Fetcher, Outcome
from voicebot.ops.weights.manifest import Manifest
from voicebot.ops.weights.sources import Sources
from voicebot.ops.weights.store import Store

CONTENT = bytes(range(256)) * 4096
"""One mebibyte: several chunks."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class FileServer:
    """Serves `files` by path; `break_after` ends each connection after so many bytes; notes what is asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    break_after: int | None = None
    honours_ranges: bool = True
    status: int | None = None
    ranges_asked: list[str | None] = field(default_factory=list)
    address: str = ""

    def url(self, path: str) -> str:
        return f"{self.address}/{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        served: FileServer = self.server.served
        asked = self.headers.get("Range")
        served.ranges_asked.append(asked)
        content = served.files.get(self.path.removeprefix("/"))
        if served.status is not None or content is None:
            self.send_error(served.status or 404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and served.honours_ranges else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = len(content) if served.break_after is None else start + served.break_after
        self.wfile.write(content[start:stop])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Keep tests quiet."""


@pytest.fixture
def server() -> Iterator[FileServer]:
    served = FileServer()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listening:
        listening.served = served  # type: ignore[attr-defined]
        served.address = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield served
        listening.shutdown()
        thread.join()


class Notes:
    """A Progress that writes down what it is told."""

    def __init__(self) -> None:
        self.begun_labels: list[str] = []
        self.finished_labels: list[str] = []
        self.reasons: dict[str, str] = {}
        self.most_bytes = 0
        self.waited = False

    def waiting(self) -> None:
        self.waited = True

    def began(self, label: str, size: int | None) -> None:
        self.begun_labels.append(label)

    def advanced(self, label: str, done_bytes: int) -> None:
        self.most_bytes = max(self.most_bytes, done_bytes)

    def finished(self, label: str) -> None:
        self.finished_labels.append(label)

    def failed(self, label: str, reason: str) -> None:
        self.reasons[label] = reason


PAPER_CLIENT = """
import json, pathlib, shutil, sys
here = pathlib.Path(__file__).parent
with (here / "asked.jsonl").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
option = "-d" if "-d" in sys.argv else "--pack-destination"
wanted = here / sys.argv[-1]
if not wanted.is_dir():
    sys.exit("ERROR: no matching distribution for " + sys.argv[-1])
for archive in wanted.iterdir():
    shutil.copy(archive, sys.argv[sys.argv.index(option) + 1])
"""


@dataclass
class Registry:
    """A registry's client on paper: a script that copies packages from the folder it lies in."""

    folder: Path

    @property
    def script(self) -> Path:
        return self.folder / "client.py"

    @property
    def pip(self) -> tuple[str, ...]:
        return (sys.executable, str(self.script))

    @property
    def npm(self) -> str:
        program = self.folder / "npm"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{self.script}" "$@"\n')
        program.chmod(0o755)
        return str(program)

    @property
    def asked(self) -> list[list[str]]:
        log = self.folder / "asked.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def put_wheel(self, requirement: str, members: dict[str, bytes]) -> Path:
        folder = self.folder / requirement
        folder.mkdir(exist_ok=True)
        wheel = folder / "package-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, content in members.items():
                archive.writestr(path, content)
        return wheel


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    folder = tmp_path / "registry"
    folder.mkdir()
    made = Registry(folder)
    made.script.write_text(PAPER_CLIENT)
    return made


def a_file(*mirrors: Any, path: str = "model.bin", content: bytes = CONTENT, **more: Any) -> dict[str, Any]:
    return {
        "path": path,
        "sha256": sha256(content),
        "size": len(content),
        "mirrors": list(mirrors) or ["file:/nowhere"],
    } | more


def a_manifest(*files: dict[str, Any]) -> Manifest:
    return Manifest.model_validate(
        {
            "groups": {
                "base": {"required": True, "purpose": "needed"},
                "voices": {"required": False, "purpose": "nice to have"},
            },
            "default_groups": ["base", "voices"],
            "models": {"ear": {"about": "a model", "licence": "MIT", "group": "base", "files": list(files)}},
        }
    )


@dataclass
class Place:
    """A folder of weights and everything that fetches into it."""

    folder: Path
    registry: Registry
    offline: bool = False
    npm: str | None = None
    notes: Notes = field(default_factory=Notes)

    def store(self, *files: dict[str, Any]) -> Store:
        return Store(self.folder, a_manifest(*files))

    def fetch(self, *files: dict[str, Any], local_folder: Path | None = None) -> list[Outcome]:
        sources = Sources(
            self.folder / WORKPLACE,
            offline=self.offline,
            pip=self.registry.pip,
            npm=self.npm or self.registry.npm,
        )
        fetcher = Fetcher(self.store(*files), sources, self.notes, local_folder=local_folder)
        return fetcher.fetch(["base", "voices"])

    @property
    def leftovers(self) -> list[Path]:
        return sorted((self.folder / WORKPLACE).rglob("*"))


@pytest.fixture
def place(tmp_path: Path, registry: Registry) -> Place:
    return Place(tmp_path / "models", registry)
