"""The process in which espeak-ng speaks through pyttsx3: requests as JSON lines in, WAV file names out.

Run by voicebot.tts.espeak as `python -m voicebot.tts.espeak_worker VOICE FOLDER`. pyttsx3 hangs or crashes
when threads share it or a process forks after its start, and nothing can be done about that from inside.
"""

import ctypes
import io
import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

WORDS_A_MINUTE = 160
"""At speed 1.0; espeak's default of 175 is hurried for Mandarin over a telephone."""
_EXIT_REFUSED = 3
_DRAFT = "speech.wav"
_RATE_TRIES = 100
_RATE_SECONDS = 0.003


def _open(voice: str) -> Any:
    """Start pyttsx3 on the bundled espeak-ng 1.52; raises LookupError if it has no such voice."""
    loader = import_module("espeakng_loader")
    os.environ["ESPEAK_DATA_PATH"] = loader.get_data_path()
    # pyttsx3 asks for libespeak-ng.so.1 by name only and finds the one that is loaded already.
    ctypes.CDLL(loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    engine = import_module("pyttsx3").init("espeak")
    known = {str(one.id) for one in engine.getProperty("voices")}
    by_language = {Path(one).name: one for one in sorted(known)}
    chosen = voice if voice in known else by_language.get(voice)
    if chosen is None:
        raise LookupError(f"espeak-ng has no voice {voice!r}")  # pyttsx3 would go on with English
    engine.setProperty("voice", chosen)
    engine.runAndWait()  # what is set before the first run only waits in a queue
    return engine


def _set_rate(engine: Any, words_a_minute: int) -> None:
    """Set the rate and see that it holds: espeak-ng takes it up in a thread of its own, and loses some."""
    for _ in range(_RATE_TRIES):
        engine.setProperty("rate", words_a_minute)
        time.sleep(_RATE_SECONDS)
        if engine.getProperty("rate") == words_a_minute:
            return
    raise RuntimeError(f"espeak-ng does not take up the rate of {words_a_minute} words a minute")


def _speak(engine: Any, folder: Path, text: str, speed: float) -> str:
    draft = folder / _DRAFT
    draft.unlink(missing_ok=True)
    _set_rate(engine, round(WORDS_A_MINUTE * speed))
    engine.save_to_file(text, str(draft))
    engine.runAndWait()
    return str(draft)


def serve(voice: str, folder: Path, answer: Callable[[dict[str, str]], None]) -> int:
    """Answer requests until standard input ends, which it also does when the parent dies."""
    try:
        engine = _open(voice)
    except (LookupError, ImportError, OSError, RuntimeError, ValueError) as error:
        answer({"refused": str(error)})
        return _EXIT_REFUSED
    answer({"ready": voice})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer({"file": _speak(engine, folder, request["text"], request["speed"])})
        except Exception as error:  # noqa: BLE001 - whatever pyttsx3 raises is an answer to this one request
            answer({"failed": f"{type(error).__name__}: {error}"})
    return 0


def main() -> int:
    """Keep standard output for answers: the driver prints to it."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = io.TextIOWrapper(os.fdopen(2, "wb", buffering=0, closefd=False), write_through=True)

    def answer(message: dict[str, str]) -> None:
        answers.write(json.dumps(message, ensure_ascii=False) + "\n")
        answers.flush()

    return serve(sys.argv[1], Path(sys.argv[2]), answer)


if __name__ == "__main__":
    sys.exit(main())
