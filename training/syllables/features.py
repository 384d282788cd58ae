"""What the serving encoder makes of the training speech, each utterance as some callers would say it."""

from __future__ import annotations

import argparse
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.syllables.channel import as_called, noise_alone
from voicebot.asr.whisper_model import WhisperModel, prepared

SEED = 7
BLOCK = 50
"""Utterances in one file of features."""
_BABBLE_VOICES = 8
_NOISE_SHARE = 0.12
"""Clips of noise alone, beside each utterance's versions, by chance."""

Facts = dict[str, Any]


def read_speech(path: Path) -> tuple[npt.NDArray[np.int16], Facts]:
    """An utterance that say.py made: int16 at 24 kHz, and what was said."""
    with np.load(path) as kept:
        return kept["samples"], json.loads(zlib.decompress(kept["facts"].tobytes()))


def make(
    speech: Path, out: Path, models: Path, *, versions: int, everything: bool, worker: int, workers: int
) -> None:
    """A file for each block of ``speech``: states (frames, 512) float16, and what was said in each clip.

    While the speech is still being made, its last two blocks are left for later; ``everything`` takes them.
    """
    model = WhisperModel(models / "whisper-base", 1)
    out.mkdir(parents=True, exist_ok=True)
    paths = sorted(speech.glob("*.npz"))
    blocks: dict[int, list[Path]] = {}
    for path in paths:
        blocks.setdefault(int(path.stem) // BLOCK, []).append(path)
    ready = [block for block in blocks if everything or block < max(blocks) - 1]
    for block in ready:
        members = blocks[block]
        target = out / f"{block:04d}.npz"
        if block % workers != worker or target.exists():
            continue
        dice = np.random.default_rng([SEED, block])
        states, clips = [], []
        for path in members:
            samples, facts = read_speech(path)
            for _ in range(versions):
                others = [read_speech(paths[int(i)])[0] for i in dice.integers(0, len(paths), _BABBLE_VOICES)]
                heard, rate_hz = as_called(samples, others, dice)
                states.append(_states(model, heard, rate_hz))
                clips.append({**facts, "number": int(path.stem), "frames": len(states[-1])})
            if dice.random() < _NOISE_SHARE * versions:
                heard, rate_hz = noise_alone(float(dice.uniform(0.4, 5.0)), dice)
                states.append(_states(model, heard, rate_hz))
                clips.append(
                    {
                        "kind": "noise",
                        "text": "",
                        "pinyin": [],
                        "voices": {},
                        "number": int(path.stem),
                        "frames": len(states[-1]),
                    }
                )
        packed = np.frombuffer(zlib.compress(json.dumps(clips, ensure_ascii=False).encode()), np.uint8)
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, states=np.concatenate(states).astype(np.float16), clips=packed)
        partial.rename(target)
        print(block, len(clips), flush=True)


def read_features(folder: Path) -> list[tuple[npt.NDArray[np.float16], Facts]]:
    """Every clip that ``make`` left in ``folder``."""
    found: list[tuple[npt.NDArray[np.float16], Facts]] = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as kept:
            states = kept["states"]
            clips = json.loads(zlib.decompress(kept["clips"].tobytes()))
        begin = 0
        for facts in clips:
            found.append((states[begin : begin + facts["frames"]], facts))
            begin += facts["frames"]
    return found


def _states(model: WhisperModel, samples: npt.NDArray[np.int16], rate_hz: int) -> npt.NDArray[np.float32]:
    return model.states(model.encode(prepared(samples, rate_hz)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--versions", type=int, default=3)
    parser.add_argument("--everything", action="store_true", help="the speech is complete")
    parser.add_argument("--worker", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    make(
        given.speech, given.out, given.models,
        versions=given.versions, everything=given.everything, worker=given.worker, workers=given.workers,
    )  # fmt: skip


if __name__ == "__main__":
    main()
