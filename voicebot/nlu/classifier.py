"""A linear classifier of intents over words, characters and sounds, with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jieba
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from voicebot.grammar.bare import bare_text
from voicebot.grammar.bundle import Bundle
from voicebot.language.normalise import normalise
from voicebot.language.pinyin import syllables
from voicebot.nlu.training import SEED, Corpus, Labelled, folded

FORMAT = 1
"""Counts up whenever features or training change, so that an older classifier is not taken for a new one."""
MAX_BARE_CHARACTERS = 120
_HELD_OUT = 5
"""Every fifth template and example is held out to set the temperature."""
_TEMPERATURES = tuple(0.4 + 0.1 * step for step in range(27))


@cache
def _tokenizer() -> Any:
    """Jieba with its dictionary read straight from the package: no cache file is written or trusted."""
    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as dictionary:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    return tokenizer


def tokens(text: str) -> str:
    """The features of a text, with spaces between: words, 1–3 characters, 1–3 folded syllables."""
    plain = bare_text(normalise(text))[:MAX_BARE_CHARACTERS]
    words = [f"w:{word}" for word in _tokenizer().cut(plain) if not word.isspace()]
    marked = f"^{plain}$"
    letters = [f"c:{marked[i : i + n]}" for n in (1, 2, 3) for i in range(len(marked) - n + 1)]
    sounds = ["^", *(folded(syllable) for syllable in syllables(plain)), "$"]
    sounding = ["p:" + "_".join(sounds[i : i + n]) for n in (1, 2, 3) for i in range(len(sounds) - n + 1)]
    return " ".join([*words, *letters, *sounding]).replace("\u3000", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What training leaves behind: plain scikit-learn objects, and how they did on what was held out."""

    vectorizer: Any
    model: Any
    temperature: float
    training_hash: str
    """Of the sources that it learnt from (`Bundle.training_hash`)."""
    sentences: int
    held_out_accuracy: float


class Classifier:
    """Predicts intents; may be shared by threads, for prediction changes nothing."""

    def __init__(self, trained: Trained) -> None:
        self.trained = trained
        _tokenizer()  # half a second that no caller should wait for
        self._labels = [str(label) for label in trained.model.classes_]

    @property
    def version(self) -> str:
        """Names what it learnt from and how; the same version gives the same predictions."""
        return f"{self.trained.training_hash[:12]}.{FORMAT}"

    def predict(self, text: str) -> list[tuple[str, float]]:
        """All intents with their probabilities, the likeliest first; empty for a text without words."""
        features = tokens(text)
        if not features:
            return []
        scores = self.trained.model.decision_function(self.trained.vectorizer.transform([features]))[0]
        chances = _softmax(np.asarray(scores), self.trained.temperature)
        order = np.argsort(-chances)
        return [(self._labels[int(place)], float(chances[int(place)])) for place in order]


def _softmax(scores: Any, temperature: float) -> Any:
    scaled = scores / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _fit(features: Sequence[str], labels: Sequence[str]) -> tuple[Any, Any]:
    vectorizer = TfidfVectorizer(
        token_pattern=r"\S+",  # noqa: S106  a pattern, no secret lowercase=False, sublinear_tf=True, min_df=2, dtype=np.float32
    )
    matrix = vectorizer.fit_transform(features)
    model = LogisticRegression(C=12.0, class_weight="balanced", max_iter=60, tol=1e-3, random_state=SEED)
    model.fit(matrix, labels)
    return vectorizer, model


def _temperature(scores: Any, labels: Sequence[str], classes: Sequence[str]) -> float:
    """The temperature under which the held-out labels were likeliest."""
    places = np.array([list(classes).index(label) for label in labels])
    rows = np.arange(len(places))

    def loss(temperature: float) -> float:
        return float(-np.log(np.maximum(_softmax(scores, temperature)[rows, places], 1e-9)).mean())

    return min(_TEMPERATURES, key=loss)


def train(bundle: Bundle, progress: Callable[[str], None] = lambda _: None) -> Trained:
    """Train on the bundle's templates and examples. The same bundle gives the same classifier."""
    progress("sampling sentences")
    sentences: list[Labelled] = Corpus(bundle).sentences()
    features = [tokens(sentence.text) for sentence in sentences]
    labels = [sentence.intent for sentence in sentences]
    held = [place for place, sentence in enumerate(sentences) if sentence.origin % _HELD_OUT == 0]
    seen = [place for place, sentence in enumerate(sentences) if sentence.origin % _HELD_OUT]
    progress(f"calibrating on {len(held)} of {len(sentences)} sentences")
    vectorizer, model = _fit([features[i] for i in seen], [labels[i] for i in seen])
    scores = model.decision_function(vectorizer.transform([features[i] for i in held]))
    held_labels = [labels[i] for i in held]
    temperature = _temperature(scores, held_labels, model.classes_)
    guesses = [str(model.classes_[int(place)]) for place in scores.argmax(axis=1)]
    accuracy = sum(guess == label for guess, label in zip(guesses, held_labels, strict=True)) / len(held)
    progress(f"training on {len(sentences)} sentences")
    vectorizer, model = _fit(features, labels)
    return Trained(
        vectorizer=vectorizer,
        model=model,
        temperature=temperature,
        training_hash=bundle.training_hash,
        sentences=len(sentences),
        held_out_accuracy=accuracy,
    )
