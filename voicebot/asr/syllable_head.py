"""The syllable head: a small network on Whisper's encoder that hears which syllables were said, and when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from voicebot.asr.ctc import Lattice, best_path, log_probabilities
from voicebot.asr.syllables import BLANK, FINALS, INITIALS, TONAL_UNITS, TONES, UNITS, Units, read, spelled
from voicebot.ops.errors import UserFacingError

_DATA = "voicebot.asr.data"
_ACCENTS = (
    *(
        "n/l",
        "zh/z",
        "ch/c",
        "sh/s",
        "f/h",
        "r/l",
        "an/ang",
        "en/eng",
        "in/ing",
        "uan/uang",
        "ian/iang",
        "ir/ih",
    ),
)
_ACCENT_SHARE = 0.08
"""Of the probability of a sound that an accent says for another, what the other gets."""
_FLOOR = 2e-4
"""Of every unit in every frame: one frame misheard makes a phrase unlikely, never impossible."""


class SyllableHead:
    """The network, from the data of this package; one thread; thread-safe."""

    def __init__(self, model: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._blend = _blend()

    @classmethod
    def for_encoder(cls, encoder: Path) -> Self | None:
        """The head that was trained on the encoder in the file ``encoder``; None when it is another one.

        Raises UserFacingError when the head's own facts don't fit this code.
        """
        facts = json.loads(files(_DATA).joinpath("syllables.json").read_text(encoding="utf-8"))
        if tuple(facts["units"]) != TONAL_UNITS:
            raise UserFacingError(
                "The syllable head knows other units than this version.", "Install the package again."
            )
        with encoder.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != facts["encoder_sha256"]:
                return None
        return cls(files(_DATA).joinpath("syllables.onnx").read_bytes())

    def hear(self, states: npt.NDArray[np.float32]) -> SyllableScores:
        """``states``: the encoder's output over a clip, shape (frames, width)."""
        if not len(states):
            return SyllableScores(np.zeros((0, len(UNITS)), np.float32))
        tonal = np.exp(self._session.run(None, {"states": states[np.newaxis]})[0][0])
        bare = 1 + len(INITIALS)
        finals = tonal[:, bare:].reshape(len(tonal), len(FINALS), TONES).sum(axis=2)
        blended = np.hstack([tonal[:, :bare], finals]) @ self._blend
        return SyllableScores(_floored(blended), _floored(tonal))


def _floored(probabilities: npt.NDArray[np.float32]) -> Lattice:
    raised = probabilities + np.float32(_FLOOR)
    lattice: Lattice = np.log(raised / raised.sum(axis=1, keepdims=True))
    return lattice


class SyllableScores:
    """What one clip sounds like: log probabilities of units, 25 frames a second.

    ``lattice``: shape (frames, UNITS); ``tonal``: shape (frames, TONAL_UNITS), where tones were heard.
    """

    def __init__(self, lattice: Lattice, tonal: Lattice | None = None) -> None:
        self.lattice = lattice
        self.tonal = tonal
        self.best = best_path(lattice) if len(lattice) else ()
        """The likeliest units."""

    @property
    def syllables(self) -> tuple[str, ...]:
        """The likeliest syllables, toneless."""
        return read(self.best)

    @property
    def speech(self) -> float:
        """How many units were said, as far as the frames are sure of it: the sum of what is not blank."""
        unsure = len(UNITS) * _FLOOR
        return float(np.maximum(0.0, 1.0 - np.exp(self.lattice[:, BLANK]) - unsure).sum())

    def log_probability(self, syllables: Iterable[str]) -> float | None:
        """Of the clip saying just these toneless syllables; None when one of them is no Mandarin."""
        units = spelled(syllables)
        return None if units is None else float(self.log_probabilities([units])[0])

    def log_probabilities(self, sequences: Sequence[Units]) -> npt.NDArray[np.float32]:
        """Of each of ``sequences`` of toneless units."""
        return log_probabilities(self.lattice, sequences)

    def tonal_log_probabilities(self, sequences: Sequence[Units]) -> npt.NDArray[np.float32]:
        """Of each of ``sequences`` of TONAL_UNITS. Raises ValueError where no tones were heard."""
        if self.tonal is None:
            raise ValueError("this clip was heard without tones")
        return log_probabilities(self.tonal, sequences)


def _blend() -> npt.NDArray[np.float32]:
    blend = np.eye(len(UNITS), dtype=np.float32)
    for pair in _ACCENTS:
        one, other = (UNITS.index(unit) for unit in pair.split("/"))
        blend[one, other] = blend[other, one] = _ACCENT_SHARE
    return blend
