"""What a trained head hears: real clips by telephone, and the utterances held back in training."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from voicebot.asr.engine import Samples
from voicebot.asr.recording import over_the_telephone, read_recording
from voicebot.asr.syllable_head import SyllableHead
from voicebot.asr.syllable_phrases import fit
from voicebot.asr.whisper_model import WhisperModel, prepared
from voicebot.language.pinyin import syllables
from voicebot.nlu.expectation import Phrase

Row = dict[str, str]


def rows_of(audio: Path) -> list[Row]:
    with (audio / "manifest.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def real_clips(audio: Path) -> Iterator[tuple[Samples, int, str]]:
    """Every clip of ``audio``/manifest.tsv by telephone: 8 kHz mu-law, and its text (noises have none)."""
    for row in rows_of(audio):
        clean, rate_hz = read_recording(audio / row["file"])
        yield over_the_telephone(clean, rate_hz), 8000, "" if row["kind"] == "noise" else row["text"]


def real_states(audio: Path, models: Path, kept: Path) -> list[tuple[Row, npt.NDArray[np.float32]]]:
    """The encoder's states of these clips, kept in the file ``kept``."""
    if not kept.exists():
        model = WhisperModel(models / "whisper-base", 1)
        states = {
            str(number): model.states(model.encode(prepared(samples, rate_hz))).astype(np.float16)
            for number, (samples, rate_hz, _) in enumerate(real_clips(audio))
        }
        np.savez(kept, **states)  # type: ignore[arg-type]
    with np.load(kept) as loaded:
        rows = rows_of(audio)
        return [(row, loaded[str(number)].astype(np.float32)) for number, row in enumerate(rows)]


def judge(head: SyllableHead, clips: list[tuple[Row, npt.NDArray[np.float32]]]) -> None:
    """Print the figures."""
    words: dict[str, list[bool]] = {}
    sets: dict[str, list[str]] = {}
    for row, _ in clips:
        if row["kind"] == "word":
            sets.setdefault(row["source"], []).append(row["text"])
    edits = length = 0
    noisy = []
    for row, states in clips:
        heard = head.hear(states)
        if row["kind"] == "word":
            texts = sorted(set(sets[row["source"]]))
            fitted = fit(heard, [Phrase(key=text, says=(text,)) for text in texts])
            best = fitted.best.candidate.text if fitted else ""
            words.setdefault(row["source"], []).append(best == row["text"])
            if best != row["text"]:
                print("  ", row["text"], "heard", " ".join(heard.syllables), "taken", best)
        elif row["kind"] == "sentence":
            wanted = syllables(row["text"])
            edits += Levenshtein.distance(wanted, heard.syllables)
            length += len(wanted)
            print("  ", row["text"], "heard", " ".join(heard.syllables))
        else:
            noisy.append(round(heard.speech, 1))
    for source, right in words.items():
        print(f"{source}: {np.mean(right):.3f} of {len(right)}")
    print(f"sentences: {edits / length:.3f} syllables wrong of {length}")
    print(f"units heard in {len(noisy)} noises: {sorted(noisy)[::-1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument(
        "--kept", type=Path, required=True, help="where the real clips' states are kept (.npz)"
    )
    parser.add_argument("--head", type=Path, default=Path("voicebot/asr/data/syllables.onnx"))
    given = parser.parse_args()
    judge(SyllableHead(given.head.read_bytes()), real_states(given.audio, given.models, given.kept))


if __name__ == "__main__":
    main()
