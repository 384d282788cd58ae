"""The line's voice: puts a prompt together from clips that are rendered ahead, cached, or rendered now."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from voicebot.tts.cache import ClipCache
from voicebot.tts.clip import clip_key, clip_of, silence
from voicebot.tts.engine import VoiceEngine
from voicebot.tts.prompts import PromptMissingError, PromptStore
from voicebot.tts.speakers import SpokenPart, units
from voicebot.tts.spoken_text import closing_marks, is_speakable, pause_ms


@dataclass(frozen=True, slots=True)
class _Utterable:
    """A text to be said, and the pause before it (none before the first)."""

    text: str
    pause_before_ms: int


class Voice:
    """Says parts as mu-law at 8 kHz. Thread-safe; `assemble` may render for seconds, the others never do."""

    def __init__(
        self, prompts: PromptStore, cache: ClipCache, engine: VoiceEngine | None, *, speed: float = 1.0
    ) -> None:
        """Look in `prompts`, then in `cache`, then ask `engine`; without one, only prompts can be said."""
        self._prompts = prompts
        self._cache = cache
        self._engine = engine
        self._speed = speed
        self._rendering = threading.Lock()

    def assemble(self, parts: Sequence[SpokenPart], today: date) -> bytes:
        """The whole prompt. Renders what is missing: worker threads only, unless `has_all` said so.

        Raises VoiceFailedError if the engine fails, PromptMissingError if there is none.
        """
        return self._join([(said, self._clip(said.text)) for said in _sequence(parts, today)])

    def assemble_ready(self, parts: Sequence[SpokenPart], today: date) -> bytes | None:
        """The whole prompt if nothing needs rendering, else None; any thread, no matter what others evict."""
        found: list[tuple[_Utterable, bytes]] = []
        for said in _sequence(parts, today):
            clip = self._kept(said.text)
            if clip is None:
                return None
            found.append((said, clip))
        return self._join(found)

    def has_all(self, parts: Sequence[SpokenPart], today: date) -> bool:
        """Whether nothing needs rendering; any thread, well under 2 ms."""
        return all(self._holds(said.text) for said in _sequence(parts, today))

    def missing(self, parts: Sequence[SpokenPart], today: date) -> list[str]:
        """The texts that `assemble` would have to render, each once."""
        texts = dict.fromkeys(said.text for said in _sequence(parts, today))
        return [text for text in texts if not self._holds(text)]

    def close(self) -> None:
        """Close the engine."""
        if self._engine is not None:
            self._engine.close()

    def _holds(self, text: str) -> bool:
        if self._prompts.find(text, self._speed) is not None:
            return True
        return self._engine is not None and self._cache.holds(self._key(self._engine, text))

    def _kept(self, text: str) -> bytes | None:
        clip = self._prompts.find(text, self._speed)
        if clip is None and self._engine is not None:
            clip = self._cache.get(self._key(self._engine, text))
        return clip

    def _clip(self, text: str) -> bytes:
        kept = self._kept(text)
        if kept is not None:
            return kept
        if self._engine is None:
            raise PromptMissingError(text)
        with self._rendering:
            kept = self._kept(text)  # another call may have needed the same
            if kept is not None:
                return kept
            clip = clip_of(self._engine.render(text, self._speed))
            self._cache.put(self._key(self._engine, text), clip)
            return clip

    def _key(self, engine: VoiceEngine, text: str) -> str:
        return clip_key(engine.name, self._speed, text)

    @staticmethod
    def _join(said: list[tuple[_Utterable, bytes]]) -> bytes:
        return b"".join(silence(text.pause_before_ms) + clip for text, clip in said)


def _sequence(parts: Sequence[SpokenPart], today: date) -> list[_Utterable]:
    """The texts in order with the pauses that punctuation asks for; none at the beginning and the end."""
    sequence: list[_Utterable] = []
    pause = 0
    for part in parts:
        for unit in units(part, today):
            if not is_speakable(unit):
                pause = max(pause, pause_ms(unit))
                continue
            sequence.append(_Utterable(unit, pause if sequence else 0))
            pause = pause_ms(closing_marks(unit))
    return sequence
