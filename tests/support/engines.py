"""Engines for a server process under test, installed as another package would: by entry point.

The recogniser knows each clip that it will hear by its sound and writes down the text beside it; the voice
says tones. Both cost no start-up time, and what is heard does not hang on a model's mood.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from voicebot.asr.fake import FakeRecognition, KnownClips
from voicebot.audio import mulaw
from voicebot.tts.fake import FakeVoice

CLIPS_VARIABLE = "TEST_SPEECH_FOLDER"
INDEX = "index.json"
ASR, TTS = "known-clips", "tones"
_DIST_INFO = "voicebot_test_engines-1.0.dist-info"


def install_engines(folder: Path) -> None:
    """Make the engines an installed package in ``folder``, to be put on PYTHONPATH."""
    described = folder / _DIST_INFO
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: voicebot-test-engines\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text(
        f"[voicebot.asr]\n{ASR} = {__name__}:KnownClipsEngine\n"
        f"[voicebot.tts]\n{TTS} = {__name__}:TonesEngine\n"
    )


class KnownClipsEngine:
    """What ``VOICEBOT_ASR=known-clips`` names."""

    @classmethod
    def load(cls, *, models_dir: Path, threads: int) -> FakeRecognition:
        """Learn the clips of the folder that the environment names: index.json gives file and text."""
        folder = Path(os.environ[CLIPS_VARIABLE])
        known = KnownClips()
        for file, text in json.loads((folder / INDEX).read_text(encoding="utf-8")).items():
            known.register(mulaw.decode((folder / file).read_bytes()), 8000, text)
        return FakeRecognition(known.hear, name="fake/known-clips")


class TonesEngine:
    """What ``VOICEBOT_TTS=tones`` names."""

    @classmethod
    def open(cls, *, models_dir: Path, voice: str | None) -> FakeVoice:
        return FakeVoice()
