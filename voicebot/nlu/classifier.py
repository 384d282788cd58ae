"""A linear classifier of intents over words, characters and sounds, with calibrated probabilities.

Prediction needs numpy alone: importing scikit-learn costs a starting server seconds, so only training does it
(nlu/classifier_training.py); a test holds both to the same scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from voicebot.grammar.bare import bare_text
from voicebot.language.normalise import normalise
from voicebot.language.pinyin import syllables
from voicebot.language.words import tokenizer
from voicebot.nlu.training import folded

FORMAT = 2
"""Counts up whenever features or training change, so that an older classifier is not taken for a new one."""
MAX_BARE_CHARACTERS = 120

Floats = npt.NDArray[np.float32]


def tokens(text: str) -> str:
    """The features of a text, with spaces between: words, 1–3 characters, 1–3 folded syllables."""
    plain = bare_text(normalise(text))[:MAX_BARE_CHARACTERS]
    words = [f"w:{word}" for word in tokenizer().cut(plain) if not word.isspace()]
    marked = f"^{plain}$"
    letters = [f"c:{marked[i : i + n]}" for n in (1, 2, 3) for i in range(len(marked) - n + 1)]
    sounds = ["^", *(folded(syllable) for syllable in syllables(plain)), "$"]
    sounding = ["p:" + "_".join(sounds[i : i + n]) for n in (1, 2, 3) for i in range(len(sounds) - n + 1)]
    return " ".join([*words, *letters, *sounding]).replace("\u3000", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What training leaves behind: a linear model over TF-IDF features, and how it did on held-out text."""

    terms: Mapping[str, int] = field(repr=False)
    """Feature → its column."""
    idf: Floats = field(repr=False)
    """Shape (terms,)."""
    weights: Floats = field(repr=False)
    """Shape (terms, labels)."""
    intercept: Floats = field(repr=False)
    """Shape (labels,)."""
    labels: tuple[str, ...]
    temperature: float
    training_hash: str
    """Of the sources that it learnt from (`Bundle.training_hash`)."""
    sentences: int
    held_out_accuracy: float

    def scores(self, features: str) -> Floats:
        """The score of each label for features with spaces between: log TF, IDF, unit length, linear."""
        counts = Counter(term for term in features.split() if term in self.terms)
        columns = np.array([self.terms[term] for term in counts], dtype=np.intp)
        values = (1.0 + np.log(np.array(list(counts.values()), dtype=np.float32))) * self.idf[columns]
        length = float(np.sqrt(np.dot(values, values)))
        if length > 0:
            values = values / length
        scored: Floats = values.astype(np.float32) @ self.weights[columns] + self.intercept
        return scored


class Classifier:
    """Predicts intents; may be shared by threads, for prediction changes nothing."""

    def __init__(self, trained: Trained) -> None:
        self.trained = trained
        tokenizer()  # half a second that no caller should wait for

    @property
    def version(self) -> str:
        """Names what it learnt from and how; the same version gives the same predictions."""
        return f"{self.trained.training_hash[:12]}.{FORMAT}"

    def predict(self, text: str) -> list[tuple[str, float]]:
        """All intents with their probabilities, the likeliest first; empty for a text without words."""
        features = tokens(text)
        if not features:
            return []
        chances = softmax(self.trained.scores(features), self.trained.temperature)
        order = np.argsort(-chances)
        return [(self.trained.labels[int(place)], float(chances[int(place)])) for place in order]


def softmax(scores: Any, temperature: float) -> Any:
    """Probabilities along the last axis."""
    scaled = scores / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
