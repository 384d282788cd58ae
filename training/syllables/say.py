"""Speak the training texts with Kokoro, in mixtures of its voices; what is there already is kept."""

from __future__ import annotations

import argparse
import json
import random
import zlib
from pathlib import Path

import numpy as np

from training.syllables.texts import plan
from training.syllables.voices import CHECKING, FOREIGN, NATIVE, NEVER
from voicebot.tts.engine import VoiceFailedError
from voicebot.tts.kokoro import KokoroEngine
from voicebot.tts.pronounce import Pronouncer

SEED = 20261122
PLANNED = 3500
"""Utterances in the plan, of which ``--count`` are spoken: more of them are the same and others."""


class RecordingPronouncer(Pronouncer):
    """Keeps the numbered pinyin of what it pronounced: the label is what the voice was given to say."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def _syllables(self, pinyin: str) -> str:
        self.said += pinyin.split()
        return super()._syllables(pinyin)


def mixture(dice: random.Random) -> dict[str, float]:
    """Voices and their shares, which add up to 1."""
    if dice.random() < 0.1:
        return {CHECKING: 1.0}
    first, second = dice.sample(NATIVE, 2)
    kind = dice.random()
    if kind < 0.3:
        return {first: 1.0}
    share = round(dice.uniform(0.1, 0.5), 2)
    if kind < 0.55:
        return {first: 1 - share, second: share}
    foreign = round(dice.uniform(0.1, 0.4), 2)
    if kind < 0.8:
        return {first: 1 - foreign, dice.choice(FOREIGN): foreign}
    rest = 1 - foreign
    return {first: rest * (1 - share), second: rest * share, dice.choice(FOREIGN): foreign}


def speak(out: Path, models: Path, voices: Path, *, count: int, worker: int, workers: int) -> None:
    """Utterance number n of the plan goes to out/n.npz: int16 at 24 kHz, and what was said as JSON."""
    engine = KokoroEngine(models / "kokoro", "zf_xiaoyi")
    pronouncer = RecordingPronouncer()
    engine._pronouncer = pronouncer
    styles = {
        path.stem: np.frombuffer(path.read_bytes(), "<f4").reshape(-1, 256)
        for path in sorted(voices.glob("*.bin"))
        if path.stem not in NEVER
    }
    out.mkdir(parents=True, exist_ok=True)
    for number, (kind, text) in enumerate(plan(PLANNED, SEED)[:count]):
        if number % workers != worker or (out / f"{number:05d}.npz").exists():
            continue
        dice = random.Random(SEED + number)
        shares = mixture(dice)
        speed = round(dice.uniform(0.85, 1.3), 2)
        engine._styles = sum(share * styles[voice] for voice, share in shares.items()).astype(np.float32)
        pronouncer.said.clear()
        try:
            samples = engine.render(text, speed).samples
        except VoiceFailedError as error:
            print(number, text, error, flush=True)
            continue
        facts = {
            "kind": kind, "text": text, "pinyin": pronouncer.said, "voices": shares, "speed": speed,
        }  # fmt: skip
        packed = np.frombuffer(zlib.compress(json.dumps(facts, ensure_ascii=False).encode()), np.uint8)
        partial = out / f"{number:05d}.partial"
        with partial.open("wb") as file:
            np.savez(file, samples=samples, facts=packed)
        partial.rename(out / f"{number:05d}.npz")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--voices", type=Path, required=True, help="a folder with Kokoro's voices, *.bin")
    parser.add_argument("--count", type=int, default=1400)
    parser.add_argument("--worker", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    speak(
        given.out, given.models, given.voices,
        count=given.count, worker=given.worker, workers=given.workers,
    )  # fmt: skip


if __name__ == "__main__":
    main()
