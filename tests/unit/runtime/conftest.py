"""What the tests of the runtime share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from voicebot.asr.pool import RecognitionPool


@pytest.fixture
def pool() -> Iterator[RecognitionPool]:
    """One recognition worker, gone afterwards."""
    made = RecognitionPool(1)
    yield made
    made.close()
