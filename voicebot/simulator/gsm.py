"""What a mobile network does to speech: the narrow-band codec of GSM.

AMR at 7.4 kbit/s (3GPP TS 26.071), through the codec that the audio library of the recogniser brings along.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from voicebot.simulator.g711 import FRAME_SAMPLES, SAMPLE_RATE_HZ

BIT_RATE = 7_400
DELAY_SAMPLES = 40
"""The encoder looks 5 ms ahead."""
_CODEC: Literal["libopencore_amrnb"] = "libopencore_amrnb"


def over_gsm(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Speech at 8 kHz as it comes out of the codec, as long as it went in."""
    encoder, decoder = av.CodecContext.create(_CODEC, "w"), av.CodecContext.create(_CODEC, "r")
    for context in (encoder, decoder):
        context.sample_rate = SAMPLE_RATE_HZ
        context.layout = "mono"
    encoder.bit_rate = BIT_RATE
    encoder.format = "s16"
    padded = np.zeros(-(-(len(samples) + DELAY_SAMPLES) // FRAME_SAMPLES) * FRAME_SAMPLES, np.int16)
    padded[: len(samples)] = samples
    decoded = np.zeros(len(padded) + FRAME_SAMPLES, np.int16)
    heard = 0
    for begin in range(0, len(padded), FRAME_SAMPLES):
        frame = av.AudioFrame.from_ndarray(padded[np.newaxis, begin : begin + FRAME_SAMPLES], "s16", "mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts, frame.time_base = begin, Fraction(1, SAMPLE_RATE_HZ)
        for packet in encoder.encode(frame):
            for out in decoder.decode(packet):
                decoded[heard : heard + out.samples] = out.to_ndarray().ravel()
                heard += out.samples
    return decoded[DELAY_SAMPLES : DELAY_SAMPLES + len(samples)]
