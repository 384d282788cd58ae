"""Silero's voice activity model (github.com/snakers4/silero-vad, MIT), 8 kHz, through onnxruntime."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.framing import SAMPLE_RATE_HZ
from voicebot.audio.likelihood import CHUNK_SAMPLES, Chunk
from voicebot.ops import weights
from voicebot.ops.errors import UserFacingError

log = logging.getLogger(__name__)

MODEL = "silero-vad"
FILE = "silero_vad.onnx"

_CONTEXT_SAMPLES = 32
"""At 8 kHz the network sees this much of the chunk before, too (OnnxWrapper in silero_vad/utils_vad.py)."""
_STATE_SHAPE = (2, 1, 128)

Memory = tuple[NDArray[np.float32], NDArray[np.float32]]
"""The network's state, shape (2, 1, 128), and the end of the chunk before, shape (32,)."""


class SileroModel:
    """One session for all calls; calls may ask at the same time.

    0.16 ms a chunk on one thread, 5 ms a second of sound; about 10 MB.
    """

    def __init__(self, path: Path) -> None:
        """Load the model. Raises UserFacingError with the remedy where the file cannot be read."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # it warns of constants that its 16 kHz half alone uses
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no other base
            raise UserFacingError(
                f"{path} cannot be loaded ({error})", "`voicebot models verify` shows what is damaged."
            ) from error
        self._rate_hz = np.array(SAMPLE_RATE_HZ, dtype=np.int64)

    def score(self, chunk: Chunk, memory: Memory | None) -> tuple[float, Memory]:
        """See SpeechModel."""
        if memory is None:
            memory = np.zeros(_STATE_SHAPE, np.float32), np.zeros(_CONTEXT_SAMPLES, np.float32)
        state, context = memory
        window = np.concatenate((context, chunk))[None]
        likelihood, state = self._session.run(None, {"input": window, "state": state, "sr": self._rate_hz})
        return float(likelihood[0, 0]), (state, chunk[CHUNK_SAMPLES - _CONTEXT_SAMPLES :])


def open_silero(models_dir: Path) -> SileroModel | None:
    """The model, or None where its weights were not fetched. Raises UserFacingError for damaged ones."""
    try:
        path = weights.path(MODEL, FILE, models_dir=models_dir)
    except weights.DamagedWeightsError:
        raise
    except UserFacingError as error:
        log.warning("noises are told from speech less well: %s %s", error.message, error.hint)
        return None
    return SileroModel(path)
