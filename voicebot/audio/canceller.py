"""Taking the prompt's echo out of what is heard: where it lies, and a filter that learns the room."""

import math
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.audio import Samples
from voicebot.audio.framing import FRAME_BYTES, SAMPLE_RATE_HZ
from voicebot.audio.level import FLOOR_DBFS, FULL_SCALE

Linear = NDArray[np.floating[Any]]
Spectrum = NDArray[np.complexfloating[Any, Any]]
"""Both in single precision, which the type hints of numpy.fft do not know."""

_WINDOW = 2 * FRAME_BYTES
_BINS = FRAME_BYTES + 1
_SEARCHED = 8192
"""Samples heard that are searched for the echo, and the longest delay that can be found: 1.024 s."""
_KEPT = 2 * _SEARCHED
_AUDIBLE_DBFS = -50.0
_AUDIBLE = FULL_SCALE * 10 ** (_AUDIBLE_DBFS / 20)
_FREQUENCIES_HZ = np.fft.rfftfreq(_KEPT, 1 / SAMPLE_RATE_HZ)
_CARRIED = ((_FREQUENCIES_HZ > 250) & (_FREQUENCIES_HZ < 3500)).astype(np.float32)


def _dbfs(sound: Linear) -> float:
    return max(FLOOR_DBFS, 10 * math.log10(float(sound @ sound) / sound.size / FULL_SCALE**2 + 1e-12))


class DelaySearch:
    """Finds how late the prompt comes back, to the sample, by the response that best explains what is heard.

    Each look is at the last second; looks add up, the older the lighter.
    """

    CLEAR = 60.0
    """How far the peak of the response, as power, must stand over its mean to be believed."""
    FORGETS = 0.7
    LOOKS = 2
    """How many looks are needed before anything is believed."""
    SAME_PEAKS = 3
    """How many looks have to agree on the first delay: while no echo has come yet, chance has peaks, too."""
    FARTHEST_SHIFT = 1200
    """Samples by which the next prompt's echo may come earlier or later than the one before."""

    def __init__(self) -> None:
        self._known: Spectrum | None = None
        self._delay = 0
        self.restart()

    def restart(self) -> None:
        """Begin anew: with the next prompt the delay may be another. The shape of the room is kept."""
        self._cross: Spectrum = np.zeros(_SEARCHED + 1, dtype=np.complex64)
        self._power: Linear = np.zeros(_SEARCHED + 1, dtype=np.float32)
        self._looks = 0
        self._peak = self._same_peaks = 0

    def look(self, sent: Linear, heard: Linear) -> int | None:
        """Give the delay in samples, or None; sent has shape (16384,), heard (8192,), both end now."""
        of_sent = np.fft.rfft(sent)
        of_heard = np.fft.rfft(np.concatenate((np.zeros(_KEPT - _SEARCHED, np.float32), heard)))
        self._cross = self.FORGETS * self._cross + of_heard * of_sent.conj()
        self._power = self.FORGETS * self._power + (of_sent.real**2 + of_sent.imag**2)
        self._looks += 1
        if self._looks < self.LOOKS:
            return None
        weight = _CARRIED / (self._power + 0.01 * self._power.mean() + 1e-9)
        response = self._cross * weight
        if self._known is None:
            return self._first(response)
        likeness = np.fft.irfft(response * self._known.conj())
        likeness = np.concatenate((likeness[-self.FARTHEST_SHIFT :], likeness[: self.FARTHEST_SHIFT + 1]))
        shift = int(np.argmax(likeness)) - self.FARTHEST_SHIFT
        self.clearness = float(likeness.max() ** 2 / ((likeness**2).mean() + 1e-12))
        if self.clearness < 30:
            return None
        return self._delay + shift

    def _first(self, response: Spectrum) -> int | None:
        power = np.fft.irfft(response)[:_SEARCHED] ** 2
        peak = int(np.argmax(power))
        self.clearness = float(power[peak] / (power.mean() + 1e-12))
        if self.clearness < self.CLEAR:
            self._same_peaks = 0
            return None
        self._same_peaks = self._same_peaks + 1 if abs(peak - self._peak) <= 2 else 1
        self._peak = peak
        if self._same_peaks < self.SAME_PEAKS:
            return None
        self._known, self._delay = response, peak
        return peak


class EchoCanceller:
    """Subtracts from each frame what the prompts sent before make of it, as this call's room and network do.

    A Kalman filter per frequency over partitions of 20 ms (F. Kuech, E. Mabande, G. Enzner, "State-space
    architecture of the partitioned-block-based acoustic echo controller", ICASSP 2014): its step follows from
    what it is unsure of and from what else is heard, so it holds still while the caller speaks.
    """

    PARTITIONS = 12
    _SILENT_FOREVER = 1_000_000
    LEAD = FRAME_BYTES
    """Samples before the peak of the response that the filter covers, too."""
    KEEPS = 0.9995
    SEARCH_FRAMES = 12
    SEARCH_FRAMES_IN_DOUBT = 4
    """In the first seconds of a prompt, and when the filter goes astray."""
    DOUBTFUL_FRAMES = 75
    LOOKS_IN_VAIN = 15
    """3.6 s of prompts; an echo of -30 dB in noise of -62 dBFS was found within 2.2."""
    UNSURE_AT_FIRST = 0.1
    USELESS_DB = 2.0
    WORKS_DB = -4.0
    """At this much left of the echo, or less, what is left can be told from the caller by its level."""

    def __init__(self) -> None:
        self._sent = np.zeros(_KEPT, np.float32)
        self._heard = np.zeros(_SEARCHED, np.float32)
        self._silent_frames = self._SILENT_FOREVER
        self._until_search = self._doubtful_frames = self._looks_in_vain = 0
        self._search = DelaySearch()
        self._candidate: int | None = None
        self.delay: int | None = None
        """How late the echo comes, in samples; None until one is found."""
        shape = (self.PARTITIONS, _BINS)
        self._inputs = np.zeros(shape, np.complex64)
        self._filter = np.zeros(shape, np.complex64)
        self._unsure = np.full(shape, self.UNSURE_AT_FIRST, np.float32)
        self._noise: Linear = np.full(_BINS, 1e6, np.float32)
        self._error_power = self._heard_power = self._echo_power = 1.0
        self._left_db = 0.0
        self._echo_dbfs: deque[float] = deque([FLOOR_DBFS] * 3, maxlen=3)
        self.echo: Linear = np.zeros(FRAME_BYTES, np.float32)
        """The echo that was found in the frame heard last."""

    def begin(self) -> None:
        """A prompt begins: its echo may be some milliseconds earlier or later than that of the one before."""
        self._search.restart()
        self._doubtful_frames, self._until_search = self.DOUBTFUL_FRAMES, 0

    @property
    def left_dbfs(self) -> float | None:
        """The level that is left of the echo at this moment; None while the filter takes too little out."""
        if self.delay is None or self._left_db > self.WORKS_DB or self._astray:
            return None
        return max(self._echo_dbfs) + self._left_db

    @property
    def hears_none(self) -> bool:
        """Prompts were sent for some seconds, and no echo of them was found."""
        return self.delay is None and self._looks_in_vain >= self.LOOKS_IN_VAIN

    @property
    def _astray(self) -> bool:
        """As loud an echo as is taken out is there, and yet nothing is gained: it has moved."""
        return self._error_power > 0.8 * self._heard_power and self._heard_power < 4 * self._echo_power

    def clean(self, sent: Samples | None, heard: Samples) -> Samples:
        """Give a frame heard less the echo in it; None is silence sent."""
        audible = sent is not None and float(np.abs(sent).max()) > _AUDIBLE
        self._silent_frames = 0 if audible else self._silent_frames + 1
        if self._silent_frames > (_KEPT - _SEARCHED) // FRAME_BYTES + self.PARTITIONS:
            self.echo = np.zeros(FRAME_BYTES, np.float32)
            self._echo_dbfs.append(FLOOR_DBFS)
            if self._silent_frames < self._SILENT_FOREVER:
                self._silent_frames = self._SILENT_FOREVER
                self._sent[:] = 0
                self._inputs[:] = 0
            return heard
        self._sent[:-FRAME_BYTES] = self._sent[FRAME_BYTES:]
        self._sent[-FRAME_BYTES:] = 0.0 if sent is None else sent
        self._heard[:-FRAME_BYTES] = self._heard[FRAME_BYTES:]
        self._heard[-FRAME_BYTES:] = heard
        self._until_search -= 1
        self._doubtful_frames = max(0, self._doubtful_frames - 1)
        if self._until_search <= 0:
            in_doubt = self.delay is not None and self._doubtful_frames > 0
            self._until_search = self.SEARCH_FRAMES_IN_DOUBT if in_doubt else self.SEARCH_FRAMES
            self._find_delay()
        if self.delay is None:
            return heard
        return self._filtered(heard.astype(np.float32))

    def _find_delay(self) -> None:
        found = self._search.look(self._sent, self._heard)
        if found is None:
            self._looks_in_vain += 1
            return
        self._looks_in_vain = 0
        if self.delay is not None and abs(found - self.delay) <= 2:
            self._candidate = None
        elif self.delay is None or (self._candidate is not None and abs(found - self._candidate) <= 2):
            self.delay, self._candidate = found, None
            self._refill()
        else:
            self._candidate = found

    def _window(self, frames_ago: int) -> Spectrum:
        end = _KEPT - max(0, (self.delay or 0) - self.LEAD) - frames_ago * FRAME_BYTES
        return np.fft.rfft(self._sent[end - _WINDOW : end])

    def _refill(self) -> None:
        for index in range(self.PARTITIONS):
            self._inputs[index] = self._window(index + 1)
        self._unsure += 0.05 * np.abs(self._filter) ** 2 + 1e-4

    def _filtered(self, heard: Linear) -> Samples:
        self._inputs[1:] = self._inputs[:-1]
        self._inputs[0] = self._window(0)
        inputs = self._inputs
        self.echo = np.fft.irfft((inputs * self._filter).sum(axis=0))[FRAME_BYTES:]
        error = heard - self.echo
        self._learn(error)
        self._watch(error, heard)
        if self._error_power > self._heard_power:
            return heard.astype(np.int16)
        cleaned: Samples = np.clip(np.rint(error), -32768, 32767).astype(np.int16)
        return cleaned

    def _watch(self, error: Linear, heard: Linear) -> None:
        self._error_power += 0.4 * (float(error @ error) - self._error_power)
        self._heard_power += 0.4 * (float(heard @ heard) - self._heard_power)
        self._echo_power += 0.4 * (float(self.echo @ self.echo) - self._echo_power)
        echo_dbfs = _dbfs(self.echo)
        self._echo_dbfs.append(echo_dbfs)
        if echo_dbfs > _AUDIBLE_DBFS:
            # Upwards slowly: a caller who speaks over the echo is not what is left of it.
            change_db = 0.1 * (_dbfs(error) - echo_dbfs - self._left_db)
            self._left_db += min(0.1, max(-1.0, change_db))
        if self._left_db > self.USELESS_DB:
            self._lose()
        elif self._astray and not self._doubtful_frames:
            self.begin()

    def _lose(self) -> None:
        """The delay was none: the filter makes things worse."""
        self.delay = self._candidate = None
        self._search = DelaySearch()
        self._filter[:] = 0
        self._unsure[:] = self.UNSURE_AT_FIRST
        self._left_db = 0.0

    def _learn(self, error: Linear) -> None:
        inputs, unsure = self._inputs, self._unsure
        of_error = np.fft.rfft(np.concatenate((np.zeros(FRAME_BYTES, np.float32), error)))
        self._noise = 0.8 * self._noise + 0.2 * (of_error.real**2 + of_error.imag**2)
        input_power = inputs.real**2 + inputs.imag**2
        gain = unsure / (0.5 * (unsure * input_power).sum(axis=0) + self._noise + 1e3)
        step = gain * inputs.conj() * of_error
        taps: Linear = np.fft.irfft(step, axis=1)
        taps[:, FRAME_BYTES:] = 0.0
        self._filter += np.fft.rfft(taps, axis=1)
        unsure *= np.maximum(0.0, 1.0 - 0.5 * gain * input_power)
        unsure *= self.KEEPS**2
        unsure += (1 - self.KEEPS**2) * (self._filter.real**2 + self._filter.imag**2)
