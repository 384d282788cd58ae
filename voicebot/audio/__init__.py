"""Sound: coding, framing, levels, and telling speech from silence; pure, no clock and no device."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""Linear PCM, one channel, shape (n,)."""

__all__ = ["Samples"]
