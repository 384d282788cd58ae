"""Frames of 20 ms: regrouping chunks of any size, and one unbroken line of frames from timestamped ones."""

from dataclasses import dataclass, field

from voicebot.audio import mulaw

SAMPLE_RATE_HZ = 8000
FRAME_MS = 20
FRAME_SECONDS = FRAME_MS / 1000
FRAME_BYTES = SAMPLE_RATE_HZ * FRAME_MS // 1000
"""One mu-law byte is one sample, so this is also the number of samples in a frame."""

SILENT_FRAME = bytes([mulaw.SILENCE]) * FRAME_BYTES


class Framer:
    """Regroups mu-law chunks of any size into frames of 20 ms; holds less than one frame back."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Give the frames that this chunk completes, each of FRAME_BYTES bytes."""
        held = self._rest + chunk
        whole = len(held) - len(held) % FRAME_BYTES
        self._rest = held[whole:]
        return [held[start : start + FRAME_BYTES] for start in range(0, whole, FRAME_BYTES)]

    def flush(self) -> list[bytes]:
        """Give what is held back as a last frame, filled up with silence; no frame if nothing is."""
        rest, self._rest = self._rest, b""
        return [rest + SILENT_FRAME[len(rest) :]] if rest else []


def frames_of(coded: bytes) -> list[bytes]:
    """Cut a whole mu-law clip into frames of 20 ms, the last one filled up with silence."""
    framer = Framer()
    return framer.feed(coded) + framer.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedFrame:
    """A frame and the moment at which its first sample was spoken."""

    at_seconds: float
    coded: bytes


@dataclass
class FrameLine:
    """Lays timestamped chunks end to end: losses become silence, what is late or doubled is dropped.

    The timestamps must be those of the media (Twilio counts from the stream's start), not times of arrival.
    """

    longest_fill_seconds: float = 5.0
    """A longer gap is filled this far and then skipped; longer than any patience, so a turn ends in it."""
    next_seconds: float | None = None
    """Where the next chunk should begin; None before the first."""
    filled_frames: int = 0
    """How many frames of silence stood in for lost ones so far."""
    dropped_chunks: int = 0
    """How many chunks came late or twice so far."""
    _framer: Framer = field(default_factory=Framer)
    _frame_seconds: float = 0.0

    def accept(self, chunk: bytes, at_seconds: float) -> list[TimedFrame]:
        """Give the frames that are now complete, in order, those that fill a gap before it first."""
        if self.next_seconds is None:
            self.next_seconds = self._frame_seconds = at_seconds
        missing_seconds = at_seconds - self.next_seconds
        if missing_seconds <= -FRAME_SECONDS / 2:
            self.dropped_chunks += 1
            return []
        frames: list[TimedFrame] = []
        if missing_seconds >= FRAME_SECONDS / 2:
            frames = self._fill(missing_seconds, at_seconds)
        frames += self._timed(self._framer.feed(chunk))
        self.next_seconds += len(chunk) / SAMPLE_RATE_HZ
        return frames

    def _fill(self, missing_seconds: float, at_seconds: float) -> list[TimedFrame]:
        filled_seconds = min(missing_seconds, self.longest_fill_seconds)
        lost = round(filled_seconds / FRAME_SECONDS)
        self.filled_frames += lost
        frames = self._timed(self._framer.feed(SILENT_FRAME * lost))
        if missing_seconds > self.longest_fill_seconds:
            frames += self._timed(self._framer.flush())
            self.next_seconds = self._frame_seconds = at_seconds
        else:
            self.next_seconds = (self.next_seconds or 0.0) + lost * FRAME_SECONDS
        return frames

    def _timed(self, frames: list[bytes]) -> list[TimedFrame]:
        timed = [
            TimedFrame(at_seconds=self._frame_seconds + index * FRAME_SECONDS, coded=coded)
            for index, coded in enumerate(frames)
        ]
        self._frame_seconds += len(frames) * FRAME_SECONDS
        return timed
