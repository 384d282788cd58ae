"""The recording of a call: caller on the left, line on the right, 8 kHz mu-law, written as it grows."""

from __future__ import annotations

import fcntl
import logging
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from voicebot.ops.private_files import create_private_file, make_private_folder

log = logging.getLogger(__name__)

RATE_HZ = 8000
SILENCE = b"\xff"
FLUSH_BYTES = 4 * RATE_HZ
"""A side is written out in pieces of four seconds: a killed process loses little, memory does not grow."""
MAX_BYTES = 20 * 60 * RATE_HZ
_CALLER = ".caller.ulaw"
_LINE = ".line.ulaw"


@dataclass(frozen=True, slots=True)
class Sides:
    """The files of one recording: a raw side each while the call lasts, the WAV afterwards."""

    folder: Path
    call_id: str

    @property
    def caller(self) -> Path:
        return self.folder / f"{self.call_id}{_CALLER}"

    @property
    def line(self) -> Path:
        return self.folder / f"{self.call_id}{_LINE}"

    @property
    def wav(self) -> Path:
        return self.folder / f"{self.call_id}.wav"

    def remove(self) -> None:
        """Delete both sides, the caller's last: while it is there, the recording is unfinished."""
        self.line.unlink(missing_ok=True)
        self.caller.unlink(missing_ok=True)


class _Side:
    """One channel on its way to disk; gaps are silence, what comes late or twice is left out."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = create_private_file(path)
        self._pending = bytearray()
        self._length = 0

    def lock(self) -> None:
        """Say that this process writes the recording; the lock dies with it."""
        fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def put(self, at_seconds: float, payload: bytes) -> None:
        position = round(at_seconds * RATE_HZ)
        if position + len(payload) > MAX_BYTES or position + len(payload) <= self._length:
            return
        if position > self._length:
            self._extend(SILENCE * (position - self._length))
        self._extend(payload[self._length - position :])

    def _extend(self, payload: bytes) -> None:
        self._pending += payload
        self._length += len(payload)
        if len(self._pending) >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        pending, self._pending = self._pending, bytearray()
        self._file.write(pending)
        self._file.flush()

    def release(self) -> None:
        self._file.close()


class Recorder:
    """Two raw sides while the call lasts, joined into one stereo WAV afterwards.

    A full disk costs the rest of the recording, never the call: it is logged once.
    """

    def __init__(self, folder: Path, call_id: str) -> None:
        """Raises OSError where nothing can be written."""
        make_private_folder(folder)
        self._sides = Sides(folder, call_id)
        self._broken = False
        self._caller = _Side(self._sides.caller)
        try:
            self._caller.lock()
            self._line = _Side(self._sides.line)
        except OSError:
            self._caller.release()
            raise

    @property
    def path(self) -> Path:
        """Where the WAV will be."""
        return self._sides.wav

    def caller(self, at_seconds: float, payload: bytes) -> None:
        self._attempt(lambda: self._caller.put(at_seconds, payload))

    def line(self, at_seconds: float, payload: bytes) -> None:
        self._attempt(lambda: self._line.put(at_seconds, payload))

    def close(self) -> None:
        """The last bytes to disk; quick, and never raises."""
        self._attempt(self._caller.flush)
        self._attempt(self._line.flush)

    def _attempt(self, write: Callable[[], None]) -> None:
        if self._broken:
            return
        try:
            write()
        except OSError:
            self._broken = True
            log.exception("the recording of call %s ends here", self._sides.call_id)

    @contextmanager
    def finished(self) -> Iterator[tuple[Path, float]]:
        """The WAV and its seconds, for whoever files them. Takes a moment: a worker's job, after ``close``.

        The sides are removed after the block; when it fails they stay, and the next start tries again.
        """
        try:
            seconds = join_sides(self._sides.caller, self._sides.line, self._sides.wav)
            yield self._sides.wav, seconds
            self._sides.remove()
        finally:
            self.release()

    def release(self) -> None:
        """Let go of the files, after ``close``; the next start finds what has not been filed."""
        for side in (self._caller, self._line):
            try:
                side.release()
            except OSError:  # closing tries once more what a full disk refused, and closes all the same
                log.warning("the recording of call %s lacks its end", self._sides.call_id)


def join_sides(left: Path, right: Path, target: Path) -> float:
    """Interleave two mu-law sides into ``target``, whole or not at all; returns its length in seconds."""
    sides = [path.read_bytes() if path.exists() else b"" for path in (left, right)]
    length = max(len(side) for side in sides)
    stereo = bytearray(2 * length)
    for channel, side in enumerate(sides):
        stereo[channel::2] = side.ljust(length, SILENCE)
    partial = target.with_suffix(".partial")
    with create_private_file(partial) as file:
        file.write(_wav_header(len(stereo)) + stereo)
    partial.replace(target)
    return length / RATE_HZ


def keep_leftovers(folder: Path, keep: Callable[[str, Path, float], None]) -> int:
    """Finish what killed processes left: join, hand (call id, WAV, seconds) to ``keep``, remove.

    Returns how many there were. Recordings that another process still writes are left alone; one that
    cannot be kept is logged and stays for the next start.
    """
    kept = 0
    for sides in _found(folder):
        try:
            kept += _keep_leftover(sides, keep)
        except Exception:  # one that is beyond saving must not keep the line from starting
            log.exception("the recording that call %s left could not be kept", sides.call_id)
    return kept


def _found(folder: Path) -> list[Sides]:
    call_ids = {path.name.removesuffix(end) for end in (_CALLER, _LINE) for path in folder.glob(f"*{end}")}
    return [Sides(folder, call_id) for call_id in sorted(call_ids)]


def _keep_leftover(sides: Sides, keep: Callable[[str, Path, float], None]) -> bool:
    if not sides.caller.exists():  # it goes last: everything else was done
        sides.remove()
        return False
    with sides.caller.open("rb") as caller:
        try:
            fcntl.flock(caller.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if sides.wav.exists() and not sides.line.exists():
            sides.remove()
            return False
        keep(sides.call_id, sides.wav, join_sides(sides.caller, sides.line, sides.wav))
        sides.remove()
    return True


def _wav_header(payload_bytes: int) -> bytes:
    """RIFF header for two channels of mu-law (format tag 7), with the fact chunk that non-PCM needs."""
    channels, bits = 2, 8
    fmt = struct.pack("<HHIIHHH", 7, channels, RATE_HZ, RATE_HZ * channels, channels, bits, 0)
    fact = struct.pack("<I", payload_bytes // channels)
    chunks = (
        b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<I", len(fact)) + fact
        + b"data" + struct.pack("<I", payload_bytes)
    )  # fmt: skip
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + payload_bytes) + b"WAVE" + chunks
