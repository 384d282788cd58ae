"""Prompts rendered ahead: a folder of mu-law clips, audio_prompts/<locale>/<voice>/, with its manifest."""

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from voicebot.audio.framing import SAMPLE_RATE_HZ
from voicebot.ops.errors import UserFacingError
from voicebot.tts.clip import clip_key, seconds_of
from voicebot.tts.spoken_text import is_speakable, normalised, without_leading_marks

MANIFEST = "manifest.json"
FORMAT = 1
_NAME_DIGITS = 20
"""Of the key, in a clip's file name; the manifest holds the whole key."""
_RENDER = "run 'voicebot prompts render'"
_REPAIR = "restore the file, or delete it and " + _RENDER


class PromptMissingError(UserFacingError):
    """A text that has to be said was not rendered ahead, and nothing is there to render it now."""

    def __init__(self, text: str, others: int = 0) -> None:
        more = f" (and {others} more)" if others else ""
        super().__init__(f"there is no prompt for “{normalised(text)}”{more}", _RENDER)
        self.text = text


class PromptsDamagedError(UserFacingError):
    """The manifest or a clip of a prompt folder is missing, unreadable or not what it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One entry of the manifest."""

    key: str
    file: str
    text: str
    seconds: float
    engine: str
    """Engine, version and voice (`VoiceEngine.name`), or `recorded` for a person's voice."""
    speed: float
    sha256: str
    """Of the file."""


class PromptStore:
    """The prompts of one voice. Reads and checks all of them at the first use and keeps them in memory."""

    def __init__(self, folder: Path) -> None:
        """Take the prompts in `folder`; a folder that is not there is an empty store."""
        self.folder = folder
        self._loading = threading.RLock()
        self._prompts: dict[str, Prompt] | None = None
        self._clips: dict[tuple[str, float], bytes] = {}
        self._engine = ""

    def load(self) -> None:
        """Read and check manifest and clips (0.1 s for 1,000). Called at start, so that damage is found then.

        Raises PromptsDamagedError naming the file and the remedy.
        """
        self._loaded()

    def _loaded(self) -> dict[str, Prompt]:
        loaded = self._prompts
        if loaded is not None:
            return loaded
        with self._loading:
            loaded = self._prompts
            if loaded is not None:  # by another thread, meanwhile
                return loaded
            engine, prompts = self._read_manifest()
            clips: dict[tuple[str, float], bytes] = {}
            # The present engine's clips last: they win over older ones of the same text.
            for prompt in sorted(prompts.values(), key=lambda prompt: prompt.engine == engine):
                clips[prompt.text, prompt.speed] = self._read_clip(prompt)
            self._engine, self._clips, self._prompts = engine, clips, prompts
            return prompts

    def find(self, text: str, speed: float = 1.0) -> bytes | None:
        """The clip that says this text, mu-law at 8 kHz, or None; marks before its words don't matter."""
        self._loaded()
        return self._clips.get((normalised(without_leading_marks(text)[1]), speed))

    def require(self, texts: Iterable[str], speed: float = 1.0) -> None:
        """Check that every text has its clip; raises PromptMissingError naming the first that has none."""
        missing = [text for text in texts if is_speakable(text) and self.find(text, speed) is None]
        if missing:
            raise PromptMissingError(missing[0], len(missing) - 1)

    def prompts(self) -> list[Prompt]:
        """Every entry of the manifest, by text."""
        return sorted(self._loaded().values(), key=lambda prompt: (prompt.text, prompt.key))

    def add(self, text: str, clip: bytes, *, engine: str, speed: float = 1.0) -> Prompt:
        """Keep a clip; it is on disk at once, and in the manifest after `save`."""
        with self._loading:
            prompts = self._loaded()
            key = clip_key(engine, speed, text)
            prompt = Prompt(
                key=key,
                file=f"{key[:_NAME_DIGITS]}.ulaw",
                text=normalised(text),
                seconds=round(seconds_of(clip), 4),
                engine=engine,
                speed=speed,
                sha256=hashlib.sha256(clip).hexdigest(),
            )
            _write(self.folder / prompt.file, clip)
            prompts[key] = prompt
            self._engine = engine
            self._clips[prompt.text, speed] = clip
            return prompt

    def remove(self, prompt: Prompt) -> None:
        """Forget a prompt and its file, from `save` on."""
        with self._loading:
            self._loaded().pop(prompt.key, None)
            self._clips.pop((prompt.text, prompt.speed), None)
            (self.folder / prompt.file).unlink(missing_ok=True)

    def save(self) -> None:
        """Write the manifest, sorted by text so that its changes can be read."""
        entries = {prompt.key: asdict(prompt) for prompt in self.prompts()}
        for entry in entries.values():
            del entry["key"]
        document = {
            "format": FORMAT,
            "encoding": "mu-law",
            "sample_rate_hz": SAMPLE_RATE_HZ,
            "engine": self._engine,
            "clips": entries,
        }
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        _write(self.folder / MANIFEST, text.encode())

    def _read_manifest(self) -> tuple[str, dict[str, Prompt]]:
        path = self.folder / MANIFEST
        if not path.exists():
            return "", {}
        try:
            document = json.loads(path.read_bytes())
            if document["format"] != FORMAT or document["sample_rate_hz"] != SAMPLE_RATE_HZ:
                raise PromptsDamagedError(f"{path} has format {document['format']}, not {FORMAT}", _REPAIR)
            entries: dict[str, Any] = document["clips"]
            return str(document["engine"]), {key: _entry(key, entry) for key, entry in entries.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PromptsDamagedError(f"{path} cannot be read: {error}", _REPAIR) from error

    def _read_clip(self, prompt: Prompt) -> bytes:
        path = self.folder / prompt.file
        try:
            clip = path.read_bytes()
        except OSError as error:
            raise PromptsDamagedError(
                f"the prompt “{prompt.text}” cannot be read from {path}: {error.strerror}", _REPAIR
            ) from error
        if hashlib.sha256(clip).hexdigest() != prompt.sha256:
            raise PromptsDamagedError(
                f"{path} (“{prompt.text}”) is not the file that {MANIFEST} lists", _REPAIR
            )
        return clip


def _entry(key: str, entry: dict[str, Any]) -> Prompt:
    prompt = Prompt(key=key, **entry)
    if Path(prompt.file).name != prompt.file:
        raise ValueError(f"entry {key[:_NAME_DIGITS]} names no file of its folder")
    return prompt


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
