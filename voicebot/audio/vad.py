"""Whether a frame holds a voice: WebRTC's detector, level above a tracked noise floor, and voicing."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import webrtcvad

from voicebot.audio import Samples
from voicebot.audio.framing import FRAME_BYTES, SAMPLE_RATE_HZ
from voicebot.audio.level import FLOOR_DBFS, dbfs
from voicebot.audio.likelihood import SpeechLikelihood, SpeechModel


class SpeechDetector(Protocol):
    """Says of one frame whether it sounds like speech, whatever its level."""

    def is_speech(self, samples: Samples) -> bool:
        """Judge one frame of 20 ms at 8 kHz; frames come in order, a detector may remember."""
        ...


class WebRtcDetector:
    """The detector of the WebRTC project, Gaussian models over six bands.

    White noise passes as speech in it (wiseman/py-webrtcvad#60, #64), so it is never asked alone.
    """

    def __init__(self, mode: int = 2) -> None:
        self._vad = webrtcvad.Vad(mode)

    def is_speech(self, samples: Samples) -> bool:
        """Judge one frame of 20 ms at 8 kHz."""
        return bool(self._vad.is_speech(samples.tobytes(), SAMPLE_RATE_HZ))


class NoiseFloor:
    """The level of the background: the quietest of the recent past, so that speech doesn't lift it.

    The floor is the minimum of the smoothed level over the last four spans of half a second and the running
    one. So it falls at once, and rises to a new steady noise within two and a half seconds.
    """

    SPAN_FRAMES = 25

    def __init__(self, spans: int = 4, at_first_dbfs: float = -60.0) -> None:
        self._spans = deque([at_first_dbfs], maxlen=spans)
        self._smoothed_dbfs: float | None = None
        self._running_dbfs = 0.0
        self._frames = 0

    @property
    def dbfs(self) -> float:
        """The level of the background now."""
        return min(*self._spans, self._running_dbfs)

    def hear(self, level_dbfs: float) -> None:
        """Take the level of one frame into account."""
        before = level_dbfs if self._smoothed_dbfs is None else self._smoothed_dbfs
        self._smoothed_dbfs = before + 0.3 * (level_dbfs - before)
        self._running_dbfs = min(self._running_dbfs, self._smoothed_dbfs)
        self._frames += 1
        if self._frames == self.SPAN_FRAMES:
            self._spans.append(self._running_dbfs)
            self._frames, self._running_dbfs = 0, 0.0


_LONGEST_PERIOD = SAMPLE_RATE_HZ // 70
_SHORTEST_PERIOD = SAMPLE_RATE_HZ // 400
_SHRILL_PERIOD = SAMPLE_RATE_HZ // 1000
_LOOK_BACK = 2 * FRAME_BYTES
_OVERLAP = _LOOK_BACK / (_LOOK_BACK - np.arange(_LONGEST_PERIOD))


def periodicity(samples: Samples) -> float:
    """How alike 40 ms of sound is to itself one period of a voice (70–400 Hz) later: 0 hiss … 1 a vowel.

    0 too where the sound repeats almost as well at a shorter period, which is above the pitch of grown-ups:
    that took half of the turns off recorded babies, dogs and roosters, and two words of 741.
    """
    centred = samples - np.mean(samples, dtype=np.float32)
    spectrum = np.fft.rfft(centred, 512)
    likeness = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:_LONGEST_PERIOD]
    if likeness[0] <= 1.0:
        return 0.0
    likeness *= _OVERLAP / likeness[0]
    best = float(np.max(likeness[_SHORTEST_PERIOD:]))
    shrill = likeness[_SHRILL_PERIOD:_SHORTEST_PERIOD]
    inner = shrill[1:-1]
    peaks = inner[(inner > shrill[:-2]) & (inner >= shrill[2:])]
    return 0.0 if peaks.size and peaks.max() >= 0.8 * best else best


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicing:
    """What one frame was found to hold."""

    speech: bool
    voiced: bool
    """The speech has a voice: a pitch, as vowels have, and the model's word for it where there is a model.
    Every Mandarin syllable has a vowel; hiss and rain have none."""
    level_dbfs: float
    above_noise_db: float


_VOUCHED_FROM = 0.7
"""At this likelihood the model's word is enough."""
_PITCHED_FROM = 0.3
"""At this one a pitch has to be heard too: dogs and chainsaws have a pitch, a cough has a likelihood."""
_VOUCHED_ABOVE_NOISE_DB = 4.0
_VOUCHED_QUIETEST_DBFS = -58.0
_VOUCHED_BELOW_LOUDEST_DB = 25.0
"""A caller who was heard this much louder is not still speaking: that is the room."""
_LOUDEST_FALLS_DB = 0.02
"""Per frame, so that who steps back from the telephone is still heard: 1 dB a second."""
_ASK_ON_FRAMES = 25
"""The model is asked for half a second after the last sound that may be speech."""


class VoiceActivity:
    """Judges frame after frame: speech is what the detector takes for it and what stands out of the noise.

    With a model, a voice has to be vouched for by it too, and what it is sure of is speech even where the
    detector is not. Figures: docs/hearing.md, "Speech or not".
    """

    def __init__(
        self,
        detector: SpeechDetector | None = None,
        model: SpeechModel | None = None,
        *,
        above_noise_db: float = 6.0,
        quietest_dbfs: float = -50.0,
        voiced_from: float = 0.6,
    ) -> None:
        self._detector = WebRtcDetector() if detector is None else detector
        self._likelihood = None if model is None else SpeechLikelihood(model)
        self._above_noise_db = above_noise_db
        self._quietest_dbfs = quietest_dbfs
        self._voiced_from = voiced_from
        self._before = np.zeros(FRAME_BYTES, dtype=np.int16)
        self._ask_frames = 0
        self._loudest_dbfs = FLOOR_DBFS
        self.noise = NoiseFloor()

    def hear(self, samples: Samples) -> Voicing:
        """Judge one frame of 20 ms at 8 kHz; frames come in order."""
        level_dbfs = dbfs(samples)
        self.noise.hear(level_dbfs)
        above_noise_db = level_dbfs - self.noise.dbfs
        loud = above_noise_db >= self._above_noise_db and level_dbfs >= self._quietest_dbfs
        # The detector adapts, so it must hear every frame, the quiet ones too.
        speech = self._detector.is_speech(samples) and loud
        if self._likelihood is None:
            voiced = speech and self._pitched(samples)
        else:
            speech, voiced = self._ask(self._likelihood, samples, speech, level_dbfs, above_noise_db)
        self._before = samples
        return Voicing(speech=speech, voiced=voiced, level_dbfs=level_dbfs, above_noise_db=above_noise_db)

    def _ask(
        self,
        likelihood: SpeechLikelihood,
        samples: Samples,
        speech: bool,
        level_dbfs: float,
        above_noise_db: float,
    ) -> tuple[bool, bool]:
        maybe = above_noise_db >= _VOUCHED_ABOVE_NOISE_DB and level_dbfs >= _VOUCHED_QUIETEST_DBFS
        self._ask_frames = _ASK_ON_FRAMES if maybe else max(0, self._ask_frames - 1)
        likely = likelihood.hear(samples, wanted=self._ask_frames > 0)
        vouched = likely >= _VOUCHED_FROM
        if vouched and maybe:
            speech = speech or level_dbfs >= self._loudest_dbfs - _VOUCHED_BELOW_LOUDEST_DB
            self._loudest_dbfs = max(self._loudest_dbfs, level_dbfs)
        self._loudest_dbfs -= _LOUDEST_FALLS_DB
        voiced = speech and (vouched or (likely >= _PITCHED_FROM and self._pitched(samples)))
        return speech, voiced

    def _pitched(self, samples: Samples) -> bool:
        return periodicity(np.concatenate((self._before, samples))) >= self._voiced_from
