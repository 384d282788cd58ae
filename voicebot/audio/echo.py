"""Telling a prompt's echo from the caller: by likeness to what was sent, and by level."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import Samples
from voicebot.audio.framing import FRAME_BYTES
from voicebot.audio.level import FULL_SCALE

_BAND_EDGES = np.array([3, 6, 9, 13, 18, 25, 35, 50, 68])
"""Bins of 50 Hz: eight bands from 150 to 3400 Hz, what a telephone carries."""
_BANDS = _BAND_EDGES.size - 1
_WINDOW = np.hanning(FRAME_BYTES)
_FULL_POWER = (FULL_SCALE * FRAME_BYTES / 4) ** 2
_QUIETEST_DB = -65.0
_AUDIBLE_DBFS = -50.0


def _shapes(frames: Sequence[Samples | None]) -> NDArray[np.float64]:
    """The colour of each frame without its loudness, shape (frames, 8); zeros for None.

    That is the level in each band, no lower than the noise of a telephone line, against their mean.
    """
    shapes = np.zeros((len(frames), _BANDS))
    sounding = [frame for frame in frames if frame is not None]
    if sounding:
        spectra = np.fft.rfft(np.stack(sounding) * _WINDOW)
        power = np.add.reduceat(spectra.real**2 + spectra.imag**2, _BAND_EDGES, axis=1)[:, :-1] / _FULL_POWER
        bands_db = 10 * np.log10(np.maximum(power, 10 ** (_QUIETEST_DB / 10)))
        shapes[[frame is not None for frame in frames]] = bands_db - bands_db.mean(axis=1, keepdims=True)
    return shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """What is known about the echo in one frame."""

    possible: bool
    """Something audible was sent within the longest delay."""
    likeness: float
    """Correlation of the last 0.6 s heard with what was sent, at the delay where it is best: -1 … 1."""
    expected_dbfs: float
    """The level that an echo has now, by what this call taught or, while it taught nothing, at most has."""
    certain: bool
    """The call's own echo is known."""


class EchoWatch:
    """Compares what is heard with what was sent, and learns the call's echo: its delay and its loss.

    Colour is compared, not loudness: a caller who begins to speak into a prompt's next syllable follows its
    loudness by chance (held for echo in 20 % of frames), hardly ever its change of colour. At a likeness of
    0.65 some 3 % of frames of echo pass and 2–6 % of the caller's are held (40 echoes, 60 callers, real).

    Frames are kept as they come and compared only when one of them has to be judged: most prompts are heard
    out in silence, and then this costs 0.1 ms a second of sound instead of 2.5 (one thread).
    """

    SEEN_FRAMES = 30
    DELAY_FRAMES = 50
    """Up to a second: the carrier's buffer, the network both ways, and the room."""
    ALIKE_FROM = 0.75
    """At this likeness the frame teaches the echo's delay and loss."""
    ASSUMED_GAIN_DB = -38.0
    """The echo of the loudest syllable reckoned with on every call: weak ones drown in noise, which blurs
    their colour."""
    LOUDEST_GAIN_DB = -6.0
    """No telephone returns more of a prompt: what seemed to was the caller, alike by chance."""
    LESSONS = 10
    """How many frames must have taught before the echo counts as known."""

    def __init__(self) -> None:
        kept = self.SEEN_FRAMES + self.DELAY_FRAMES
        self._sent = np.zeros((kept, _BANDS))
        self._heard = np.zeros((self.SEEN_FRAMES, _BANDS))
        self._new_sent: deque[Samples | None] = deque(maxlen=kept)
        self._new_heard: deque[Samples | None] = deque(maxlen=self.SEEN_FRAMES)
        self._sent_dbfs: deque[float] = deque([-math.inf] * kept, maxlen=kept)
        self._delay_frames: int | None = None
        self._gain_db = -math.inf
        self._lessons = 0

    @property
    def gain_db(self) -> float:
        """How much louder than what was sent its echo is; -inf while none was noticed."""
        return self._gain_db

    @property
    def possible(self) -> bool:
        """Something audible was sent within the longest delay."""
        return max(self._sent_dbfs) > _AUDIBLE_DBFS

    def watch(self, sent: Samples | None, sent_dbfs: float, heard: Samples) -> None:
        """Take in one frame of each direction; None is silence sent."""
        self._new_sent.append(sent)
        self._sent_dbfs.append(-math.inf if sent is None else sent_dbfs)
        self._new_heard.append(heard if self.possible else None)

    def judge(self, heard_dbfs: float, *, none_found: bool = False) -> Echo:
        """Judge the frame watched last. ``none_found``: a longer search found no echo, so likeness is chance.

        One chance in a call would otherwise teach an echo that holds every later word of the caller back.
        """
        if not self.possible:
            return Echo(possible=False, likeness=0.0, expected_dbfs=-math.inf, certain=False)
        delay_frames, likeness = self._best_delay()
        if likeness >= self.ALIKE_FROM and not none_found:
            self._learn(delay_frames, heard_dbfs)
        return Echo(
            possible=True,
            likeness=likeness,
            expected_dbfs=self._assumed_dbfs() if none_found else self._expected_dbfs(),
            certain=self._lessons >= self.LESSONS,
        )

    def _take_in(self) -> None:
        """Put the frames watched since the last judgement behind those that are compared."""
        self._sent = np.concatenate((self._sent, _shapes(self._new_sent)))[-len(self._sent) :]
        self._heard = np.concatenate((self._heard, _shapes(self._new_heard)))[-len(self._heard) :]
        self._new_sent.clear()
        self._new_heard.clear()

    def _best_delay(self) -> tuple[int, float]:
        self._take_in()
        heard = self._heard - self._heard.mean(axis=0)
        # Shape (delays, bands, frames), the shortest delay last.
        sent = np.lib.stride_tricks.sliding_window_view(self._sent, self.SEEN_FRAMES, axis=0)
        # The mean of what was heard is taken off, so that of what was sent falls out of the product.
        product = np.einsum("dbf,fb->d", sent, heard)
        power = np.einsum("dbf,dbf->d", sent, sent) - self.SEEN_FRAMES * np.square(sent.mean(axis=2)).sum(
            axis=1
        )
        alike = product / np.sqrt(np.maximum(power * np.square(heard).sum(), 1e-6))
        best = int(np.argmax(alike))
        return len(alike) - 1 - best, float(alike[best])

    def _learn(self, delay_frames: int, heard_dbfs: float) -> None:
        sent_dbfs = self._sent_dbfs[-1 - delay_frames]
        if sent_dbfs <= _AUDIBLE_DBFS:
            return
        gain_db = heard_dbfs - sent_dbfs
        if gain_db > self.LOUDEST_GAIN_DB:
            return
        if self._lessons:
            # Upwards slowly: the first frames of a caller who speaks into the echo still look like it.
            self._gain_db += 0.1 * min(3.0, gain_db - self._gain_db)
        else:
            self._gain_db = gain_db
        self._lessons += 1
        self._delay_frames = delay_frames

    def _assumed_dbfs(self) -> float:
        return max(self._sent_dbfs) + self.ASSUMED_GAIN_DB

    def _expected_dbfs(self) -> float:
        assumed_dbfs = self._assumed_dbfs()
        if self._delay_frames is None:
            return assumed_dbfs
        # A frame of play on the near side; on the far side the room keeps sounding a while.
        latest = len(self._sent_dbfs) - max(0, self._delay_frames - 1)
        return max(assumed_dbfs, max(list(self._sent_dbfs)[max(0, latest - 6) : latest]) + self._gain_db)
