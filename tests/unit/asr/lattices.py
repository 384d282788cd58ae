"""Lattices as a head would give them for syllables that are named."""

from __future__ import annotations

import numpy as np

from voicebot.asr.ctc import Lattice
from voicebot.asr.syllable_head import SyllableScores
from voicebot.asr.syllables import BLANK, TONAL_UNITS, UNITS, units_of, with_tones


def hearing(
    said: str, *, sure: float = 0.95, doubts: dict[str, dict[str, float]] | None = None
) -> SyllableScores:
    """Scores for pinyin such as ``"si wu"``, a frame each unit and a blank after each syllable.

    ``doubts``: for a syllable, the shares of other syllables that it might have been.
    """
    frames = [_frame({BLANK: sure}, len(UNITS))]
    for syllable in said.split():
        shares = {syllable: sure, **(doubts or {}).get(syllable, {})}
        frames += _frames_of(shares)
        frames.append(_frame({BLANK: sure}, len(UNITS)))
    return SyllableScores(np.array(frames, np.float32))


def hearing_tones(said: str, *, sure: float = 0.95) -> SyllableScores:
    """The same for numbered pinyin, ``"bei3 jing1"``, with tones."""
    toneless, tonal = [], []
    for numbered in said.split():
        units = units_of(numbered[:-1]) or ()
        for unit, toned in zip(units, with_tones(units, [int(numbered[-1])]), strict=True):
            toneless.append(_frame({unit: sure}, len(UNITS)))
            tonal.append(_frame({toned: sure}, len(TONAL_UNITS)))
        toneless.append(_frame({BLANK: sure}, len(UNITS)))
        tonal.append(_frame({BLANK: sure}, len(TONAL_UNITS)))
    return SyllableScores(np.array(toneless, np.float32), np.array(tonal, np.float32))


def _frames_of(shares: dict[str, float]) -> list[Lattice]:
    """Two frames, for the initial and the final; a syllable without an initial is silent in the first."""
    total = sum(shares.values())
    frames: list[dict[int, float]] = [{}, {}]
    for syllable, share in shares.items():
        units = units_of(syllable) or ()
        for frame, unit in zip(frames, (BLANK, *units)[-2:], strict=True):
            frame[unit] = frame.get(unit, 0.0) + share / max(1.0, total)
    return [_frame(frame, len(UNITS)) for frame in frames]


def _frame(shares: dict[int, float], units: int) -> Lattice:
    rest = max(1e-6, (1.0 - sum(shares.values())) / (units - len(shares)))
    row = np.full(units, rest, np.float32)
    for unit, share in shares.items():
        row[unit] = max(share, 1e-6)
    lattice: Lattice = np.log(row / row.sum())
    return lattice
