"""Utterances with pauses inside: spoken in one breath, then opened where the speaker would take another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000
SHORTEST_PAUSE_SECONDS = 0.3
LONGEST_PAUSE_SECONDS = 1.2
"""Of the pauses that are put in."""
_STEP_SECONDS = 0.01
_SEEK_SECONDS = 0.3
"""How far a break may lie from where its share of the syllables puts it."""
_FAR_DB = 60.0
"""What it counts against a weak place to lie that far off."""
_SILENT_BELOW_PEAK_DB = 35.0
_FADE_SECONDS = 0.012
_BREAK = re.compile(r"//?")
_NO_SYLLABLE = re.compile(r"[^一-鿿〇]")

Sound = NDArray[np.float64]
"""Samples at 8 kHz, in units of int16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A text with its breaks: `/` after a fragment, `//` where what was said could be all of it."""

    marked: str

    @property
    def text(self) -> str:
        """As it is written: a comma at each break."""
        return _BREAK.sub("，", self.marked)

    @property
    def spoken(self) -> str:
        """For the voice: a colon keeps the melody going and the breath held, which its comma does not."""
        return _BREAK.sub("：", self.marked)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(_BREAK.split(self.marked))

    @property
    def after_clauses(self) -> tuple[bool, ...]:
        """Of each break, whether what stands before it could be a whole utterance."""
        return tuple(found == "//" for found in _BREAK.findall(self.marked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What is said once, and where its breaths are."""

    samples: NDArray[np.int16]
    """8 kHz; it begins and ends with the speech itself."""
    pauses_seconds: tuple[tuple[float, float], ...] = ()
    """(begin, end) of each pause put in, counted from the clip's start."""
    texts_before: tuple[str, ...] = ()
    """What has been said until each of them."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE_HZ


def opened(sound: Sound, saying: Saying, pauses: Sequence[float | None], level_dbfs: float) -> Clip:
    """``sound`` at ``level_dbfs`` with a silence at each break: so long in seconds, None for as it was said.

    A silence that is there already is lengthened; where the voice ran on, it is parted at its weakest.
    """
    breaks = breaks_seconds(sound, saying)
    at_level = levelled(sound, level_dbfs)
    pieces: list[Sound] = []
    found: list[tuple[float, float]] = []
    taken = 0
    length = 0
    texts: list[str] = []
    for number, ((begin, end), pause) in enumerate(zip(breaks, pauses, strict=True), start=1):
        if pause is None:
            continue
        texts.append("，".join(saying.parts[:number]))
        first, last = round(begin * RATE_HZ), round(end * RATE_HZ)
        pieces += [_faded(at_level[taken:first]), np.zeros(round(pause * RATE_HZ))]
        length += first - taken
        found.append((length / RATE_HZ, length / RATE_HZ + pause))
        length += round(pause * RATE_HZ)
        taken = last
    pieces.append(_faded(at_level[taken:]))
    joined = np.clip(np.rint(np.concatenate(pieces)), -32768, 32767).astype(np.int16)
    return Clip(samples=joined, pauses_seconds=tuple(found), texts_before=tuple(texts))


def breaks_seconds(sound: Sound, saying: Saying) -> list[tuple[float, float]]:
    """Where the silence of each break begins and ends; both are one where there is none."""
    levels = _levels_db(sound)
    silent = levels < levels.max() - _SILENT_BELOW_PEAK_DB
    shares = [max(1, len(_NO_SYLLABLE.sub("", part))) for part in saying.parts]
    total = sum(shares)
    found: list[tuple[float, float]] = []
    earliest = 1
    for number in range(1, len(shares)):
        expected = sum(shares[:number]) / total * len(levels)
        reach = min(
            _SEEK_SECONDS / _STEP_SECONDS, 0.8 * min(shares[number - 1 : number + 1]) / total * len(levels)
        )
        first = max(earliest, round(expected - reach))
        last = max(first + 1, min(len(levels) - 1, round(expected + reach)))
        begin, end = _longest_run(silent, first, last) or _weakest(levels, first, last, expected)
        found.append((begin * _STEP_SECONDS, end * _STEP_SECONDS))
        earliest = end + 1
    return found


def levelled(sound: Sound, level_dbfs: float) -> Sound:
    """The same with its speech at this level: the mean power of what lies within 25 dB of its loudest."""
    levels = _levels_db(sound)
    loud = levels[levels >= levels.max() - 25.0]
    speech_dbfs = 10 * np.log10(np.mean(10 ** (loud / 10)))
    scaled: Sound = sound * 10 ** ((level_dbfs - speech_dbfs) / 20)
    return scaled


def _levels_db(sound: Sound) -> NDArray[np.float64]:
    """Of each 10 ms."""
    step = round(_STEP_SECONDS * RATE_HZ)
    frames = sound[: len(sound) // step * step].reshape(-1, step)
    levels: NDArray[np.float64] = 10 * np.log10(np.mean(frames**2, axis=1) / 32768**2 + 1e-10)
    return levels


def _longest_run(silent: NDArray[np.bool_], first: int, last: int) -> tuple[int, int] | None:
    """The longest silence of 40 ms or more that touches the stretch, in steps."""
    best: tuple[int, int] | None = None
    step = first
    while step < last:
        if not silent[step]:
            step += 1
            continue
        begin = end = step
        while begin > 0 and silent[begin - 1]:
            begin -= 1
        while end < len(silent) and silent[end]:
            end += 1
        if end - begin >= 4 and end < len(silent) and (best is None or end - begin > best[1] - best[0]):
            best = begin, end
        step = end + 1
    return best


def _weakest(levels: NDArray[np.float64], first: int, last: int, expected: float) -> tuple[int, int]:
    smooth = np.convolve(levels, np.ones(3) / 3, mode="same")[first:last]
    far = np.abs(np.arange(first, last) - expected) * _STEP_SECONDS / _SEEK_SECONDS
    at = first + int(np.argmin(smooth + _FAR_DB * far))
    return at, at


def _faded(sound: Sound) -> Sound:
    """Without a click at its ends."""
    length = min(round(_FADE_SECONDS * RATE_HZ), len(sound) // 2)
    if not length:
        return sound
    ramp = np.linspace(0.0, 1.0, length)
    faded = sound.copy()
    faded[:length] *= ramp
    faded[-length:] *= ramp[::-1]
    return faded
