"""The arithmetic on CTC lattices, on lattices small enough to enumerate."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from voicebot.asr.ctc import Word, WordLoop, best_path, log_probabilities

A, B, C = 1, 2, 3


def lattice_of(*frames: dict[int, float], units: int = 4) -> np.ndarray:
    """Probabilities of the named units a frame; the others share the rest."""
    rows = []
    for frame in frames:
        rest = (1 - sum(frame.values())) / (units - len(frame))
        rows.append([math.log(max(1e-9, frame.get(unit, rest))) for unit in range(units)])
    return np.array(rows, np.float32)


def said(*path: int, sure: float = 0.94) -> np.ndarray:
    return lattice_of(*({unit: sure} for unit in path))


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(unit for unit, _ in itertools.groupby(path) if unit)


def test_a_sequence_is_the_sum_of_all_its_paths() -> None:
    frames = np.random.default_rng(3).dirichlet(np.ones(4), 5)
    sums: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(4), repeat=5):
        likelihood = math.prod(frames[time, unit] for time, unit in enumerate(path))
        sums[collapsed(path)] = sums.get(collapsed(path), 0.0) + likelihood
    sequences = [(), (A,), (A, A), (A, B), (C, A, B), (A, A, A), (B, C, B, C), (A, B, C, A, B)]
    found = np.exp(log_probabilities(np.log(frames).astype(np.float32), sequences))
    assert found == pytest.approx([sums[sequence] for sequence in sequences], rel=1e-3)


def test_what_does_not_fit_into_the_frames_is_impossible() -> None:
    assert log_probabilities(said(A, A), [(A, A)])[0] < -1e8
    assert log_probabilities(said(), [(A,), ()]).tolist() == [pytest.approx(-1e9), 0.0]


def test_the_best_path_loses_blanks_and_repetitions() -> None:
    assert best_path(said(0, A, A, 0, A, B, 0)) == (A, A, B)


LOOP = WordLoop(
    [Word(text="1", units=(A, B)), Word(text="2", units=(C,)), Word(text="33", units=(B, A))], other_cost=2.0
)


def test_the_likeliest_string_of_each_length_is_found() -> None:
    spelled = LOOP.spell(said(A, B, 0, C, 0, 0, A, A, B), 4)
    assert spelled[3].text == "121"
    assert max(spelled.values(), key=lambda one: one.log_probability).text == "121"
    assert len(spelled[2].text) == 2


def test_a_string_is_as_likely_as_its_best_path() -> None:
    lattice = np.log(np.random.default_rng(5).dirichlet(np.ones(4), 6)).astype(np.float32)
    loop = WordLoop([Word(text="1", units=(A, B)), Word(text="2", units=(C,))], other_cost=1e6)
    for places, spelling in loop.spell(lattice, 3).items():
        best = -math.inf
        for path in itertools.product(range(4), repeat=6):
            read = "".join("abc"[unit - 1] for unit in collapsed(path)).replace("ab", "1").replace("c", "2")
            if set(read) <= {"1", "2"} and len(read) == places:
                best = max(best, sum(float(lattice[time, unit]) for time, unit in enumerate(path)))
        assert spelling.log_probability == pytest.approx(best, rel=1e-5)


def test_the_same_word_twice_needs_a_blank_between() -> None:
    assert max(LOOP.spell(said(C, C, C), 3).values(), key=lambda one: one.log_probability).text == "2"
    assert max(LOOP.spell(said(C, 0, C), 3).values(), key=lambda one: one.log_probability).text == "22"


def test_a_word_may_fill_several_places() -> None:
    spelled = LOOP.spell(said(C, 0, B, A, 0), 3)
    assert max(spelled.values(), key=lambda one: one.log_probability).text == "233"


def test_what_is_said_around_the_string_is_passed_over() -> None:
    loop = WordLoop([Word(text="1", units=(A, B))], other_cost=1.0)
    spelled = loop.spell(said(C, 0, A, B, 0, C), 1)
    assert (spelled[1].text, spelled[1].begin, spelled[1].end) == ("1", 2, 4)


def test_silence_spells_nothing() -> None:
    assert LOOP.spell(said(), 3) == {}
