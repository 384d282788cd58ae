"""A server process of our own for a demonstration or a bench: started, waited for, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import requests

from voicebot.ops.errors import UserFacingError

READY_SECONDS = 60.0
STOP_SECONDS = 20.0


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """``voicebot serve`` on a free port of this machine, with ``settings`` on top of our environment."""

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {**settings, "VOICEBOT_PUBLIC_URL": self.url}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.ready_seconds = 0.0

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    def __enter__(self) -> ServerProcess:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
                [
                    sys.executable,
                    "-m",
                    "voicebot.cli",
                    "serve",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    str(self.port),
                ],
                env={**os.environ, **self._settings},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def wait_until_ready(self) -> None:
        """Return when a call could be taken. Raises UserFacingError with the end of the server's log."""
        began = time.monotonic()
        while time.monotonic() - began < READY_SECONDS:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                if requests.get(f"{self.url}/readyz", timeout=2).status_code == requests.codes.ok:
                    self.ready_seconds = time.monotonic() - began
                    return
            except requests.RequestException:
                time.sleep(0.1)
                continue
            time.sleep(0.1)
        tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
        raise UserFacingError(
            f"The server did not become ready within {READY_SECONDS:g} s.",
            f"Its log, {self._log}, ends:\n{tail}",
        )

    def wait(self, seconds: float) -> int:
        """Wait for the process to end by itself; its exit status. Raises subprocess.TimeoutExpired."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.wait(seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)  # its own group: itself and its one worker
                self._process.wait()
