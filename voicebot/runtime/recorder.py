"""The recording of a call: caller on the left, line on the right, 8 kHz mu-law, written as it grows."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from voicebot.audio.wav import mulaw_wav

RATE_HZ = 8000
SILENCE = b"\xff"
FLUSH_BYTES = 4 * RATE_HZ
"""A side is written out in pieces of four seconds: a killed process loses little, memory does not grow."""
MAX_BYTES = 20 * 60 * RATE_HZ


class _Side:
    """One channel on its way to disk; gaps are silence, what comes late or twice is left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("wb")
        self._pending = bytearray()
        self._length = 0

    def put(self, at_seconds: float, payload: bytes) -> None:
        position = round(at_seconds * RATE_HZ)
        if position > MAX_BYTES or position + len(payload) <= self._length:
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
        self._file.write(self._pending)
        self._pending.clear()

    def close(self) -> None:
        self.flush()
        self._file.close()


class Recorder:
    """Two raw sides while the call lasts; ``finish`` joins them into one stereo WAV."""

    def __init__(self, folder: Path, call_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{call_id}.wav"
        self._caller = _Side(folder / f"{call_id}.caller.ulaw")
        self._line = _Side(folder / f"{call_id}.line.ulaw")

    def caller(self, at_seconds: float, payload: bytes) -> None:
        self._caller.put(at_seconds, payload)

    def line(self, at_seconds: float, payload: bytes) -> None:
        self._line.put(at_seconds, payload)

    def close(self) -> None:
        """The last bytes to disk; quick."""
        self._caller.close()
        self._line.close()

    def finish(self) -> Path:
        """Write the WAV and remove the sides. Takes a moment: a worker's job, after ``close``."""
        join_sides(self._caller.path, self._line.path, self.path)
        return self.path


def join_sides(left: Path, right: Path, target: Path) -> None:
    """Interleave two mu-law sides into ``target`` and remove them; also after a crash."""
    sides = [path.read_bytes() if path.exists() else b"" for path in (left, right)]
    length = max(len(side) for side in sides)
    stereo = bytearray(2 * length)
    for channel, side in enumerate(sides):
        stereo[channel::2] = side.ljust(length, SILENCE)
    partial = target.with_suffix(".partial")
    partial.write_bytes(mulaw_wav(bytes(stereo), channels=2))
    partial.replace(target)
    left.unlink(missing_ok=True)
    right.unlink(missing_ok=True)

