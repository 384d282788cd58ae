"""A registry's own client, run as a program whose folders are watched for progress."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from voicebot.ops.weights.unavailable import Unavailable

LOOK_EVERY_SECONDS = 0.25


def run_watched(
    command: list[str], *, scratch: Path, watched: tuple[Path, ...], advance: Callable[[int], None]
) -> None:
    """Run to the end, telling `advance` how many bytes lie in `watched`; Unavailable with its reason."""
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        try:
            # the command is our own list; the package's name was matched against a strict pattern
            client = subprocess.Popen(  # noqa: S603
                command, env=environment, cwd=scratch, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        except OSError as error:
            raise Unavailable(f"{command[0]} does not run: {error.strerror}") from error
        try:
            while True:
                try:
                    client.wait(LOOK_EVERY_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    advance(sum(_bytes_in(folder) for folder in watched))
        finally:
            if client.poll() is None:
                client.kill()
                client.wait()
        if client.returncode != 0:
            said.seek(0)
            raise Unavailable(f"{Path(command[0]).name}: {_reason(said.read())}")


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() and "debug-0.log" not in line]
    return (errors or lines or ["it failed without a word"])[0][:300]


def _bytes_in(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size  # noqa: PTH116, PTH118  four times a second
            except FileNotFoundError:
                continue  # the client moved it meanwhile
    return total
