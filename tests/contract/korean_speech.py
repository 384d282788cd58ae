"""Writes Korean speech by espeak-ng: `python korean_speech.py TEXT FILE.wav`, in a process of its own."""

import ctypes
import sys
import wave

import espeakng_loader

_SYNCHRONOUS_OUTPUT = 2
_UTF8 = 1


def speak(text: str, path: str) -> None:
    """Write `text`, spoken, to `path` (16 bit, 22,050 Hz), 0.2 s of silence before and 0.5 s after it."""
    library = ctypes.cdll.LoadLibrary(espeakng_loader.get_library_path())
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS_OUTPUT, 0, espeakng_loader.get_data_path().encode(), 0)
    samples = bytearray()

    def collect(pointer: int | None, count: int, _events: int | None) -> int:
        if pointer and count > 0:
            samples.extend(ctypes.string_at(pointer, 2 * count))
        return 0

    kept = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(collect)
    library.espeak_SetSynthCallback(kept)
    if library.espeak_SetVoiceByName(b"ko") != 0:
        raise SystemExit("espeak-ng has no Korean voice")
    encoded = text.encode()
    library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(bytes(2 * (rate_hz // 5)) + bytes(samples) + bytes(2 * (rate_hz // 2)))


if __name__ == "__main__":
    speak(sys.argv[1], sys.argv[2])
