"""Which recogniser listens: by the setting, or the best of what is installed on this machine."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, cast

from voicebot.asr.engine import RecognitionEngine
from voicebot.asr.paired import PairedEngine
from voicebot.ops import weights
from voicebot.ops.errors import UserFacingError

ENTRY_POINTS = "voicebot.asr"
AUTO = "auto"
_STREAMING_MODEL, _FINAL_MODEL = "vosk-cn", "whisper-base"


class AsrSettings(Protocol):
    """The settings that the choice reads."""

    @property
    def asr(self) -> str: ...
    @property
    def asr_threads(self) -> int: ...
    @property
    def models_dir(self) -> Path: ...


class EngineClass(Protocol):
    """What an entry point in ``voicebot.asr`` names: a class that opens itself."""

    def load(self, *, models_dir: Path, threads: int) -> RecognitionEngine:
        """Load the model from its folder in ``models_dir``, to run at most ``threads`` utterances at once.

        Raises UserFacingError, with the remedy, when the model is missing or broken.
        """


def choose(settings: AsrSettings) -> RecognitionEngine:
    """Open the recogniser that ``settings.asr`` names.

    ``auto``: with Mandarin models for both, Vosk gives partials, Whisper the finals; else the one there is.
    Raises UserFacingError for a name that is not installed, or when no model is there.
    """
    if settings.asr != AUTO:
        return _open(settings.asr, settings)
    streams = weights.has(_STREAMING_MODEL, models_dir=settings.models_dir)
    if streams and weights.has(_FINAL_MODEL, models_dir=settings.models_dir):
        return PairedEngine(streaming=_open("vosk", settings), final=_open("whisper", settings))
    return _open("vosk" if streams else "whisper", settings)


def installed() -> tuple[str, ...]:
    """The names that the setting takes beside ``auto``, sorted."""
    return tuple(sorted(entry.name for entry in entry_points(group=ENTRY_POINTS)))


def _open(name: str, settings: AsrSettings) -> RecognitionEngine:
    engine_class = cast("EngineClass", _entry(name).load())
    return engine_class.load(models_dir=settings.models_dir, threads=settings.asr_threads)


def _entry(name: str) -> EntryPoint:
    found = entry_points(group=ENTRY_POINTS, name=name)
    if not found:
        there = ", ".join((AUTO, *installed()))
        raise UserFacingError(
            f"There is no recogniser named {name!r}.", f"Set VOICEBOT_ASR to one of: {there}."
        )
    return next(iter(found))
