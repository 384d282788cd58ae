"""Which voice engines are installed, and opening the one that is asked for."""

import logging
import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from voicebot.ops.errors import UserFacingError
from voicebot.tts.engine import VoiceEngine, VoiceFailedError
from voicebot.tts.kokoro import KokoroModelError

_log = logging.getLogger(__name__)

GROUP = "voicebot.tts"
"""The entry point group. An engine has a class method ``open(*, models_dir: Path, voice: str | None)``."""

_KOKORO_VOICE = re.compile(r"[a-z][fm]_[a-z]+")
_CHOOSE = "Choose another engine or voice: VOICEBOT_TTS and VOICEBOT_VOICE, or --engine and --voice."


def installed() -> tuple[str, ...]:
    """The names of all engines, sorted."""
    return tuple(sorted({found.name for found in entry_points(group=GROUP)}))


def open_engine(name: str, *, models_dir: Path, voice: str | None = None) -> VoiceEngine:
    """Open the engine of this name, or with `auto` Kokoro where its weights are and espeak elsewhere.

    `voice` None is the engine's own default. Raises UserFacingError if there is no such engine or it cannot
    be opened. A voice of Kokoro's (the setting's default) stands for espeak's own Mandarin voice.
    """
    if name == "auto":
        try:
            return open_engine("kokoro", models_dir=models_dir, voice=voice)
        except KokoroModelError as error:
            _log.warning("%s; speaking with espeak instead", error)
            return open_engine("espeak", models_dir=models_dir)
    found = [one for one in entry_points(group=GROUP) if one.name == name]
    if not found:
        raise UserFacingError(
            f"there is no voice engine {name!r}", f"Installed: {', '.join(installed())}, auto."
        )
    if name == "espeak" and voice is not None and _KOKORO_VOICE.fullmatch(voice):
        _log.info("espeak speaks with its own Mandarin voice: %s is one of Kokoro's", voice)
        voice = None
    try:
        return cast("VoiceEngine", found[0].load().open(models_dir=models_dir, voice=voice))
    except VoiceFailedError as error:
        raise UserFacingError(f"the voice engine {name} cannot be used: {error}", _CHOOSE) from error
