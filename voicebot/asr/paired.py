"""Two recognisers as one: the first streams partial texts, the second gives the final."""

from __future__ import annotations

from voicebot.asr.engine import Recogniser, RecognitionEngine, RecognitionFailedError, Samples, Transcript
from voicebot.nlu.expectation import Expectation


class PairedEngine:
    """Partials from ``streaming``, finals from ``final``; when that breaks, the other's final counts."""

    def __init__(self, *, streaming: RecognitionEngine, final: RecognitionEngine) -> None:
        self._streaming = streaming
        self._final = final

    @property
    def name(self) -> str:
        return f"{self._final.name}+{self._streaming.name}"

    @property
    def streaming(self) -> bool:
        return True

    def open(self, expect: Expectation, sample_rate_hz: int) -> PairedRecogniser:
        return PairedRecogniser(
            self._streaming.open(expect, sample_rate_hz), self._final.open(expect, sample_rate_hz)
        )

    def prepare(self, expect: Expectation) -> None:
        self._streaming.prepare(expect)
        self._final.prepare(expect)

    def unknown_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Words that the engine of the finals cannot output; partials only hint."""
        return self._final.unknown_words(words)

    def close(self) -> None:
        self._streaming.close()
        self._final.close()


class PairedRecogniser:
    """Feeds both, reports the first's partials and the second's final."""

    def __init__(self, streaming: Recogniser, final: Recogniser) -> None:
        self._streaming = streaming
        self._final = final

    def feed(self, samples: Samples) -> str | None:
        self._final.feed(samples)
        return self._streaming.feed(samples)

    def finish(self) -> Transcript:
        try:
            return self._final.finish()
        except RecognitionFailedError:
            return self._streaming.finish()
