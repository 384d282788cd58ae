"""Train the head on the features, and write it as ONNX beside the facts that serving checks."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn

from training.syllables.features import Facts, read_features
from training.syllables.network import STRIDE, SyllableHead
from training.syllables.voices import CHECKING
from voicebot.asr.syllables import BLANK, FINALS, INITIALS, TONAL_UNITS, TONES, Units, spelled, with_tones

SEED = 11
_FRAMES_A_BATCH = 6000
_LEARNING_RATE = 2e-3
_HELD_BACK = 20
"""Every twentieth utterance of the training voices is validated on, beside the voice kept for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    states: Tensor
    """(frames, 512), half precision."""
    units: Units
    tonal: Units
    facts: Facts


def clips_of(folder: Path) -> list[Clip]:
    """The clips whose target fits into their frames."""
    found = []
    for states, facts in read_features(folder):
        units = spelled(numbered.rstrip("012345") for numbered in facts["pinyin"])
        if units is not None and len(units) + _doubled(units) <= len(states) // STRIDE:
            tonal = with_tones(units, [int(numbered[-1]) for numbered in facts["pinyin"]])
            found.append(
                Clip(states=torch.from_numpy(np.array(states)), units=units, tonal=tonal, facts=facts)
            )
    return found


def _doubled(units: Sequence[int]) -> int:
    return sum(one == other for one, other in pairwise(units))


def is_held_back(clip: Clip) -> bool:
    return CHECKING in clip.facts["voices"] or clip.facts["number"] % _HELD_BACK == 0


def batches(clips: Sequence[Clip], dice: random.Random | None) -> Iterator[tuple[Tensor, Tensor, list[Clip]]]:
    """Clips of like length together: states padded to the longest, and their lengths."""
    jitter = dice.random if dice else (lambda: 0.0)
    ordered = sorted(clips, key=lambda clip: len(clip.states) * (1 + 0.2 * jitter()))
    groups: list[list[Clip]] = [[]]
    for clip in ordered:
        if groups[-1] and (len(groups[-1]) + 1) * len(clip.states) > _FRAMES_A_BATCH:
            groups.append([])
        groups[-1].append(clip)
    if dice:
        dice.shuffle(groups)
    for group in groups:
        states = nn.utils.rnn.pad_sequence([clip.states.float() for clip in group], batch_first=True)
        yield states, torch.tensor([len(clip.states) for clip in group]), group


def worn(states: Tensor, lengths: Tensor, dice: random.Random) -> Tensor:
    """States with noise, with some channels and short stretches hidden, as SpecAugment does to spectra."""
    states = states + 0.15 * torch.randn_like(states) * states.std()
    states = states * (torch.rand(states.shape[0], 1, states.shape[2]) > 0.08)
    for row, length in enumerate(lengths.tolist()):
        for _ in range(length // 60 + 1):
            width = dice.randint(0, 6)
            at = dice.randint(0, max(0, length - width))
            states[row, at : at + width] = 0
    return states


def outputs(lengths: Tensor) -> Tensor:
    return torch.div(lengths + STRIDE - 1, STRIDE, rounding_mode="floor")


def toneless(log_probabilities: Tensor) -> Tensor:
    """The probabilities of each final's tones added up: (..., tonal units) to (..., units)."""
    bare = 1 + len(INITIALS)
    finals = log_probabilities[..., bare:].unflatten(-1, (len(FINALS), TONES)).logsumexp(dim=-1)
    return torch.cat([log_probabilities[..., :bare], finals], dim=-1)


def loss_of(head: SyllableHead, states: Tensor, lengths: Tensor, group: Sequence[Clip]) -> Tensor:
    """The mean loss of a unit, with tones and without, so that long clips weigh no less than short ones."""
    tonal = head(states).transpose(0, 1)
    sizes = torch.tensor([len(clip.units) for clip in group])
    total = torch.zeros(())
    for lattice, targets in (
        (tonal, [unit for clip in group for unit in clip.tonal]),
        (toneless(tonal), [unit for clip in group for unit in clip.units]),
    ):
        losses = nn.functional.ctc_loss(
            lattice, torch.tensor(targets), outputs(lengths), sizes,
            blank=BLANK, reduction="none", zero_infinity=True,
        )  # fmt: skip
        total = total + losses.sum() / (sizes.sum() + len(group))
    return total / 2


@torch.no_grad()
def error_rates(head: SyllableHead, clips: Sequence[Clip]) -> dict[str, float]:
    """Wrong units over units, by kind of text, and ``tones``: the same with tones, over all.

    For noise, the share of clips in which something was heard.
    """
    head.eval()
    edits: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for states, lengths, group in batches(clips, None):
        tonal = head(states)
        bare, toned = toneless(tonal).argmax(dim=-1), tonal.argmax(dim=-1)
        for row, clip in enumerate(group):
            length = int(outputs(lengths[row]))
            heard = _without_repetitions(bare[row, :length].tolist())
            wrong = Levenshtein.distance(heard, clip.units) if clip.units else int(bool(heard))
            with_tones = _without_repetitions(toned[row, :length].tolist())
            kind, size = clip.facts["kind"], max(1, len(clip.units))
            for name, count in (
                ("all", wrong),
                (kind, wrong),
                ("tones", Levenshtein.distance(with_tones, clip.tonal)),
            ):
                edits[name] = edits.get(name, 0) + count
                sizes[name] = sizes.get(name, 0) + size
    return {name: edits[name] / sizes[name] for name in sorted(edits)}


def _without_repetitions(path: Sequence[int]) -> list[int]:
    return [
        unit for place, unit in enumerate(path) if unit != BLANK and (not place or path[place - 1] != unit)
    ]


def train(
    clips: Sequence[Clip], *, minutes: float, epochs: int, begin_with: Path | None, keep: Path
) -> dict[str, float]:
    """Keep the weights that did best on the clips held back; returns their error rates."""
    torch.manual_seed(SEED)
    dice = random.Random(SEED)
    head = SyllableHead(len(TONAL_UNITS))
    if begin_with:
        head.load_state_dict(torch.load(begin_with))
    learning = [clip for clip in clips if not is_held_back(clip)]
    held = [clip for clip in clips if is_held_back(clip)]
    print(
        f"{len(learning)} clips, {len(held)} held back, {sum(p.numel() for p in head.parameters())} weights"
    )
    optimiser = torch.optim.AdamW(head.parameters(), lr=_LEARNING_RATE, weight_decay=0.01)
    began, best = time.monotonic(), {"all": math.inf}
    for epoch in range(epochs):
        spent = max(epoch / epochs, (time.monotonic() - began) / 60 / minutes)
        if spent >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = (
                _LEARNING_RATE * min(1.0, (epoch + 1) / 2) * (0.5 + 0.5 * math.cos(math.pi * spent)) + 1e-5
            )
        head.train()
        losses = []
        for states, lengths, group in batches(learning, dice):
            loss = loss_of(head, worn(states, lengths, dice), lengths, group)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(head.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
        rates = error_rates(head, held)
        if rates["all"] < best["all"]:
            best = rates
            torch.save(head.state_dict(), keep)
        shown = " ".join(f"{kind} {rate:.3f}" for kind, rate in rates.items())
        print(f"{epoch} {time.monotonic() - began:.0f}s loss {np.mean(losses):.3f} {shown}", flush=True)
    return best


def export(weights: Path, out: Path, facts: dict[str, object]) -> None:
    """syllables.onnx, and syllables.json with the units, the encoder's hash and how it was trained."""
    head = SyllableHead(len(TONAL_UNITS))
    head.load_state_dict(torch.load(weights))
    head.eval()
    out.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        head, (torch.zeros(1, 100, 512),), str(out / "syllables.onnx"), dynamo=False, opset_version=17,
        input_names=["states"], output_names=["log_probabilities"],
        dynamic_axes={"states": {1: "frames"}, "log_probabilities": {1: "outputs"}},
    )  # fmt: skip
    (out / "syllables.json").write_text(
        json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--weights", type=Path, required=True, help="where the best weights are kept")
    parser.add_argument("--begin-with", type=Path, help="weights of an earlier training")
    parser.add_argument("--out", type=Path, default=Path("voicebot/asr/data"))
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    clips = clips_of(given.features)
    rates = train(
        clips, minutes=given.minutes, epochs=given.epochs, begin_with=given.begin_with, keep=given.weights
    )
    encoder = hashlib.sha256((given.models / "whisper-base" / "model.bin").read_bytes()).hexdigest()
    facts = {
        "units": TONAL_UNITS,
        "states_an_output": STRIDE,
        "encoder_sha256": encoder,
        "trained": datetime.now(UTC).date().isoformat(),
        "utterances": len({clip.facts["number"] for clip in clips}),
        "clips": len(clips),
        "unit_error_rates_held_back": {kind: round(rate, 4) for kind, rate in rates.items()},
    }
    export(given.weights, given.out, facts)


if __name__ == "__main__":
    main()
