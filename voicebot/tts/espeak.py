"""The fallback voice: espeak-ng through pyttsx3, in a process of its own that may hang or crash."""

import json
import logging
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path
from typing import IO, Self

import numpy as np

from voicebot.audio import level
from voicebot.tts.engine import Speech, VoiceFailedError
from voicebot.tts.spoken_text import halfwidth, is_speakable

_log = logging.getLogger(__name__)

VERSION = "espeak-ng-1.52"
DEFAULT_VOICE = "cmn"
LONGEST_TEXT = 2000
_PAUSE_MS = 200
_PIECE_CHARACTERS = 300
_START_SECONDS = 20.0
_CLOSE_SECONDS = 2.0
_TRIES = 4


class EspeakEngine:
    """One voice of espeak-ng. Renders one text at a time; a worker that hangs is ended and replaced."""

    def __init__(self, voice: str = DEFAULT_VOICE, *, timeout_seconds: float = 10.0) -> None:
        """Start the worker process (0.2 s). Raises VoiceFailedError if espeak-ng has no such voice."""
        self._voice = voice
        self._timeout_seconds = timeout_seconds
        self._speaking = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="voicebot-espeak-")
        self._closed = False
        self._worker: _Worker | None = None
        try:
            self._worker = _Worker(voice, Path(self._folder.name))
        except VoiceFailedError:
            self._folder.cleanup()
            raise

    @classmethod
    def open(cls, *, models_dir: Path, voice: str | None = None) -> Self:  # noqa: ARG003 - it needs no weights
        """Open the engine as the entry point `voicebot.tts` does."""
        return cls(voice or DEFAULT_VOICE)

    @property
    def name(self) -> str:
        return f"{VERSION}/{self._voice}"

    def render(self, text: str, speed: float = 1.0) -> Speech:
        """Speak at 22.05 kHz; returns or fails within a few time-outs: tried again after a crash.

        Two renderings of a text differ by a few samples: espeak-ng adds noise of its own.
        """
        if not is_speakable(text):
            raise VoiceFailedError(f"nothing in the text can be spoken: {text[:40]!r}")
        if len(text) > LONGEST_TEXT:
            raise VoiceFailedError(f"{len(text)} characters of text; {LONGEST_TEXT} can be spoken at once")
        if not 0.5 <= speed <= 2.0:
            raise VoiceFailedError(f"speed {speed} is outside of 0.5 to 2.0")
        with self._speaking:
            spoken = [
                self._render_piece(piece, speed) for piece in _pieces(halfwidth(text)) if is_speakable(piece)
            ]
        rate_hz = spoken[0].sample_rate_hz
        trimmed = [level.trim_silence(one.samples, rate_hz=rate_hz) for one in spoken]
        joined = level.join_clips(trimmed, _PAUSE_MS, rate_hz=rate_hz)
        if joined.size == 0:
            raise VoiceFailedError(f"the voice stayed silent on {text[:40]!r}")
        return Speech(samples=joined, sample_rate_hz=rate_hz)

    def close(self) -> None:
        with self._speaking:
            self._closed = True
            if self._worker is not None:
                self._worker.end()
                self._worker = None
            self._folder.cleanup()

    def _render_piece(self, text: str, speed: float) -> Speech:
        for _ in range(_TRIES):
            if self._closed:
                raise VoiceFailedError("the voice was closed")
            if self._worker is None:
                self._worker = _Worker(self._voice, Path(self._folder.name))
            try:
                spoken = self._worker.render(text, speed, self._timeout_seconds)
                if spoken.samples.any():
                    return spoken
                # pyttsx3's driver leaves an empty file in about one of fifty renderings
            except _WorkerLostError as error:
                _log.warning("the espeak process %s; it is started again", error)
                self._worker.end()
                self._worker = None
        raise VoiceFailedError(f"espeak failed {_TRIES} times on a text of {len(text)} characters")


class _WorkerLostError(Exception):
    """The process died or did not answer in time."""


class _Worker:
    """The worker process and the thread that reads its answers."""

    def __init__(self, voice: str, folder: Path) -> None:
        command = [sys.executable, "-m", "voicebot.tts.espeak_worker", voice, str(folder)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=Path(__file__).parents[2],
        )
        self._answers: queue.SimpleQueue[dict[str, str] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="espeak-answers", daemon=True
        )
        self._reader.start()
        try:
            greeting = self._answer(time.monotonic() + _START_SECONDS)
        except _WorkerLostError as error:
            self.end()
            raise VoiceFailedError(f"the espeak process {error} at its start") from error
        if "refused" in greeting:
            self.end()
            raise VoiceFailedError(greeting["refused"])

    @property
    def pid(self) -> int:
        return self._process.pid

    def render(self, text: str, speed: float, timeout_seconds: float) -> Speech:
        until = time.monotonic() + timeout_seconds
        try:
            assert self._process.stdin is not None  # noqa: S101 - opened with a pipe
            self._process.stdin.write(json.dumps({"text": text, "speed": speed}) + "\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise _WorkerLostError("has died") from error
        answer = self._answer(until)
        if "failed" in answer:
            raise VoiceFailedError(f"espeak failed: {answer['failed']}")
        return _read_wave(Path(answer["file"]), until)

    def end(self) -> None:
        """End the process, wait for it, and give its pipes back."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                _log.debug("the espeak process had gone before")
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_CLOSE_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self, answers: IO[str]) -> None:
        for line in answers:
            self._answers.put(json.loads(line))
        self._answers.put(None)

    def _answer(self, until: float) -> dict[str, str]:
        try:
            answer = self._answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise _WorkerLostError("did not answer in time") from None
        if answer is None:
            raise _WorkerLostError("has died")
        return answer


def _read_wave(path: Path, until: float) -> Speech:
    """Read the file, waiting for it: pyttsx3 may return before it is there, or before it is whole."""
    while True:
        try:
            with wave.open(str(path), "rb") as file:
                samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
                if file.getnframes() == samples.size:
                    return Speech(samples=samples, sample_rate_hz=file.getframerate())
        except (FileNotFoundError, EOFError, wave.Error):
            if time.monotonic() > until:
                raise VoiceFailedError("espeak left no sound behind") from None
        time.sleep(0.01)


def _pieces(text: str) -> list[str]:
    """Sentences, and never more than a piece that is spoken well within the time-out."""
    pieces: list[str] = []
    for sentence in re.split(r"(?<=[。！？；!?;\n])", text):
        pieces += [sentence[at : at + _PIECE_CHARACTERS] for at in range(0, len(sentence), _PIECE_CHARACTERS)]
    return pieces
