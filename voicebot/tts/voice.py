"""The line's voice: puts a prompt together from clips that are rendered ahead, cached, or rendered now."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from voicebot.audio.framing import SAMPLE_RATE_HZ
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
    part: int
    """Which of the prompt's parts it belongs to, from 0."""


@dataclass(frozen=True, slots=True)
class SpokenPrompt:
    """A whole prompt as mu-law at 8 kHz, and where each of its parts ends."""

    audio: bytes
    part_ends_seconds: tuple[float, ...]


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

    def prompt(self, parts: Sequence[SpokenPart], today: date) -> SpokenPrompt:
        """The whole prompt. Renders what is missing: worker threads only.

        Raises VoiceFailedError if the engine fails, PromptMissingError if there is none.
        """
        return _join([(said, self._clip(said.text)) for said in _sequence(parts, today)], len(parts))

    def prompt_ready(self, parts: Sequence[SpokenPart], today: date) -> SpokenPrompt | None:
        """The whole prompt if nothing needs rendering, else None; any thread, no matter what others evict."""
        found: list[tuple[_Utterable, bytes]] = []
        for said in _sequence(parts, today):
            clip = self._kept(said.text)
            if clip is None:
                return None
            found.append((said, clip))
        return _join(found, len(parts))

    def missing(self, parts: Sequence[SpokenPart], today: date) -> list[str]:
        """The texts that `prompt` would have to render, each once."""
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


def _join(said: list[tuple[_Utterable, bytes]], parts: int) -> SpokenPrompt:
    audio = bytearray()
    ends = [0.0] * parts
    for text, clip in said:
        audio += silence(text.pause_before_ms) + clip
        ends[text.part] = len(audio) / SAMPLE_RATE_HZ
    for number in range(1, parts):
        ends[number] = max(ends[number], ends[number - 1])  # a part that is silent ends with the one before
    return SpokenPrompt(bytes(audio), tuple(ends))


def _sequence(parts: Sequence[SpokenPart], today: date) -> list[_Utterable]:
    """The texts in order with the pauses that punctuation asks for; none at the beginning and the end."""
    sequence: list[_Utterable] = []
    pause = 0
    for number, part in enumerate(parts):
        for unit in units(part, today):
            if not is_speakable(unit):
                pause = max(pause, pause_ms(unit))
                continue
            sequence.append(_Utterable(unit, pause if sequence else 0, number))
            pause = pause_ms(closing_marks(unit))
    return sequence
