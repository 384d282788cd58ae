"""What a CTC lattice says of given sequences: their probabilities, and the likeliest string of words.

A lattice is an array of log probabilities, shape (frames, units); unit 0 is the blank. The probability of a
sequence is the sum over all ways to spread it over the frames (Graves et al., "Connectionist Temporal
Classification", 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Lattice = npt.NDArray[np.float32]
Units = tuple[int, ...]

_BLANK = 0
IMPOSSIBLE = np.float32(-1e9)
_FRAMES_A_FACTOR = 16
_TINY = 1e-300


def log_probabilities(lattice: Lattice, sequences: Sequence[Units]) -> npt.NDArray[np.float32]:
    """The log probability of each of ``sequences`` (the empty one is silence), shape (sequences,).

    All are worked on together: forty phrases on two seconds take a few milliseconds.
    """
    if not sequences:
        return np.zeros(0, np.float32)
    if not len(lattice):
        return np.array([0.0 if not units else IMPOSSIBLE for units in sequences], np.float32)
    longest = max(map(len, sequences))
    states = np.zeros((len(sequences), 2 * longest + 1), np.intp)
    for row, units in enumerate(sequences):
        states[row, 1 : 2 * len(units) : 2] = units
    leap = np.zeros(states.shape)
    leap[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    # In probabilities with a common factor taken out now and then: adding logarithms takes ten times as long.
    probabilities = np.exp(lattice.astype(np.float64))
    alpha = np.zeros(states.shape)
    alpha[:, :2] = probabilities[0][states[:, :2]]
    factors = np.zeros(len(sequences))
    for time in range(1, len(lattice)):
        moved = alpha.copy()
        moved[:, 1:] += alpha[:, :-1]
        moved[:, 2:] += alpha[:, :-2] * leap[:, 2:]
        alpha = moved * probabilities[time][states]
        if time % _FRAMES_A_FACTOR == 0:
            factor = np.maximum(alpha.max(axis=1), _TINY)
            alpha /= factor[:, None]
            factors += np.log(factor)
    ends = 2 * np.array([len(units) for units in sequences])
    rows = np.arange(len(sequences))
    likelihood = alpha[rows, ends] + np.where(ends > 0, alpha[rows, np.maximum(ends - 1, 0)], 0.0)
    possible = likelihood > 0
    found = np.where(possible, np.log(np.where(possible, likelihood, 1.0)) + factors, IMPOSSIBLE)
    return found.astype(np.float32)


def best_path(lattice: Lattice) -> Units:
    """The units of the likeliest path, repetitions and blanks taken out."""
    path = lattice.argmax(axis=1).tolist()
    return tuple(u for place, u in enumerate(path) if u != _BLANK and (not place or path[place - 1] != u))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A member of a loop: its units, and how many places it fills in the string (两个七 fills two)."""

    text: str
    units: Units

    @property
    def places(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """The likeliest way to hear a string of words of one length in a lattice."""

    words: tuple[Word, ...]
    log_probability: float
    """Of the best path, with what was passed over before and after the string."""
    begin: int
    end: int
    """The frames from its first unit to its last."""

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


class WordLoop:
    """Strings of words out of a small vocabulary, with something else said before or after at a price."""

    def __init__(self, words: Sequence[Word], *, other_cost: float) -> None:
        """``other_cost``: what each frame of speech outside of the string costs, in nats."""
        self.words = tuple(words)
        self.other_cost = np.float32(other_cost)
        size = 2 * max(len(word.units) for word in words)
        # A word's states: unit, blank, unit, blank ...; the blank after its last unit belongs to the word.
        self.units = np.zeros((len(words), size), np.intp)
        self.leap = np.full((len(words), size), IMPOSSIBLE, np.float32)
        for row, word in enumerate(words):
            self.units[row, 0 : 2 * len(word.units) : 2] = word.units
            for place in range(1, len(word.units)):
                if word.units[place] != word.units[place - 1]:
                    self.leap[row, 2 * place] = 0.0
        self.last = np.array([2 * len(word.units) - 1 for word in words])
        self.places = np.array([word.places for word in words])
        endings = np.array([word.units[-1] for word in words])
        beginnings = np.array([word.units[0] for word in words])
        self.clash = np.where(endings[:, None] == beginnings[None, :], IMPOSSIBLE, np.float32(0.0))
        """From word to word without a blank between them, shape (words, words)."""

    def spell(self, lattice: Lattice, most_places: int) -> dict[int, Spelling]:
        """The likeliest string of each length from 1 to ``most_places`` that fits into the lattice at all."""
        if not len(lattice):
            return {}
        search = _Search(self, len(lattice), most_places)
        others = np.maximum(lattice[:, _BLANK], lattice[:, 1:].max(axis=1) - self.other_cost)
        for frame, other in zip(lattice, others, strict=True):
            search.hear(frame, other)
        return search.found()


class _Search:
    """Viterbi over (places filled, word, state of the word); each token knows the words behind it by a node.

    Node t * (places + 1) * words + place * words + word: the word began at frame t and fills up to ``place``.
    """

    def __init__(self, loop: WordLoop, frames: int, most_places: int) -> None:
        self._loop = loop
        words, states = loop.units.shape
        self._rows = np.arange(words)
        self._score = np.full((most_places + 1, words, states), IMPOSSIBLE, np.float32)
        self._node = np.full(self._score.shape, -1, np.int64)
        self._behind = np.full((frames, most_places + 1, words), -1, np.int64)
        self._before = np.float32(0.0)
        self._after = np.full(most_places + 1, IMPOSSIBLE, np.float32)
        self._after_node = np.full(most_places + 1, -1, np.int64)
        self._after_since = np.zeros(most_places + 1, np.int64)
        self._time = 0
        source = np.arange(most_places + 1)[:, None] - loop.places[None, :]
        self._reachable = source >= 1
        self._starts = source == 0
        self._source = np.maximum(source, 0)

    def hear(self, frame: npt.NDArray[np.float32], other: np.float32) -> None:
        """Move every token over one frame."""
        score, node = self._score, self._node
        ends, end_nodes = self._ends()
        leaving = ends.argmax(axis=1)
        places = np.arange(len(ends))
        left, left_node = ends[places, leaving], end_nodes[places, leaving]
        entering, entering_node = self._entries()
        self._behind[self._time] = entering_node
        best, best_node = score.copy(), node.copy()
        _take(best[:, :, 1:], best_node[:, :, 1:], score[:, :, :-1], node[:, :, :-1])
        _take(best[:, :, 2:], best_node[:, :, 2:], score[:, :, :-2] + self._loop.leap[:, 2:], node[:, :, :-2])
        fresh = self._time * entering.size + np.arange(entering.size).reshape(entering.shape)
        _take(best[:, :, 0], best_node[:, :, 0], entering, fresh)
        self._score, self._node = best + frame[self._loop.units], best_node
        later = left > self._after
        self._after_since[later] = self._time
        self._after_node[later] = left_node[later]
        self._after = np.maximum(self._after, left) + other
        self._before += other
        self._time += 1

    def found(self) -> dict[int, Spelling]:
        """The best string of each length, now that all was heard."""
        ends, end_nodes = self._ends()
        spellings: dict[int, Spelling] = {}
        for place in range(1, len(ends)):
            word = int(ends[place].argmax())
            best, node, end = float(ends[place, word]), int(end_nodes[place, word]), self._time
            if self._after[place] > best:
                best, node = float(self._after[place]), int(self._after_node[place])
                end = int(self._after_since[place])
            if best > IMPOSSIBLE / 2:
                words, begin = self._words_behind(node)
                spellings[place] = Spelling(words=words, log_probability=best, begin=begin, end=end)
        return spellings

    def _ends(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The better of each word's last unit and the blank after it: scores, nodes, (places + 1, words)."""
        last = self._loop.last
        ends = self._score[:, self._rows, last].copy()
        nodes = self._node[:, self._rows, last].copy()
        _take(ends, nodes, self._score[:, self._rows, last - 1], self._node[:, self._rows, last - 1])
        return ends, nodes

    def _entries(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The best way into each word at each place: scores and the nodes behind (-1: nothing), as above."""
        last = self._loop.last
        rested, rested_node = self._score[:, self._rows, last], self._node[:, self._rows, last]
        word = rested.argmax(axis=1)
        places = np.arange(len(rested))
        shape = rested.shape
        best = np.repeat(rested[places, word][:, None], shape[1], axis=1)
        nodes = np.repeat(rested_node[places, word][:, None], shape[1], axis=1)
        unrested, unrested_node = self._score[:, self._rows, last - 1], self._node[:, self._rows, last - 1]
        pairs = unrested[:, :, None] + self._loop.clash[None]
        word_before = pairs.argmax(axis=1)
        _take(best, nodes, pairs.max(axis=1), np.take_along_axis(unrested_node, word_before, axis=1))
        columns = self._rows[None, :]
        entering = np.where(self._reachable, best[self._source, columns], IMPOSSIBLE)
        entering = np.where(self._starts, self._before, entering).astype(np.float32)
        return entering, np.where(self._reachable, nodes[self._source, columns], -1)

    def _words_behind(self, node: int) -> tuple[tuple[Word, ...], int]:
        words: list[Word] = []
        frame = 0
        while node >= 0:
            frame, rest = divmod(node, self._behind[0].size)
            place, word = divmod(rest, len(self._rows))
            words.append(self._loop.words[word])
            node = int(self._behind[frame, place, word])
        return tuple(reversed(words)), frame


def _take(
    best: npt.NDArray[np.float32],
    nodes: npt.NDArray[np.int64],
    other: npt.NDArray[np.float32],
    other_nodes: npt.NDArray[np.int64],
) -> None:
    """Replace, in place, what the other is better than."""
    better = other > best
    np.copyto(best, other, where=better)
    np.copyto(nodes, other_nodes, where=better)
