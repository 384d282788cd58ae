"""Trains the classifier of intents from a version of the grammar, with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.classifier import Trained, softmax, tokens
from voicebot.nlu.training import SEED, Corpus, Labelled

_HELD_OUT = 5
"""Every fifth template and example is held out to set the temperature."""
_TEMPERATURES = tuple(0.4 + 0.1 * step for step in range(27))
_FEATURE = r"\S+"


def train(bundle: Bundle, progress: Callable[[str], None] = lambda _: None) -> Trained:
    """Train on the bundle's templates and examples. The same bundle gives the same classifier."""
    progress("sampling sentences")
    sentences: list[Labelled] = Corpus(bundle).sentences()
    features = [tokens(sentence.text) for sentence in sentences]
    labels = [sentence.intent for sentence in sentences]
    held = [place for place, sentence in enumerate(sentences) if sentence.origin % _HELD_OUT == 0]
    seen = [place for place, sentence in enumerate(sentences) if sentence.origin % _HELD_OUT]
    progress(f"calibrating on {len(held)} of {len(sentences)} sentences")
    vectorizer, model = fit([features[i] for i in seen], [labels[i] for i in seen])
    scores = model.decision_function(vectorizer.transform([features[i] for i in held]))
    held_labels = [labels[i] for i in held]
    temperature = _temperature(scores, held_labels, model.classes_)
    guesses = [str(model.classes_[int(place)]) for place in scores.argmax(axis=1)]
    accuracy = sum(guess == label for guess, label in zip(guesses, held_labels, strict=True)) / len(held)
    progress(f"training on {len(sentences)} sentences")
    vectorizer, model = fit(features, labels)
    return Trained(
        terms={str(term): int(column) for term, column in vectorizer.vocabulary_.items()},
        idf=np.asarray(vectorizer.idf_, dtype=np.float32),
        weights=np.ascontiguousarray(model.coef_.T, dtype=np.float32),
        intercept=np.asarray(model.intercept_, dtype=np.float32),
        labels=tuple(str(label) for label in model.classes_),
        temperature=temperature,
        training_hash=bundle.training_hash,
        sentences=len(sentences),
        held_out_accuracy=accuracy,
    )


def fit(features: Sequence[str], labels: Sequence[str]) -> tuple[Any, Any]:
    """(vectorizer, model) of scikit-learn; more than two labels."""
    vectorizer = TfidfVectorizer(
        token_pattern=_FEATURE, lowercase=False, sublinear_tf=True, min_df=2, dtype=np.float32
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
        return float(-np.log(np.maximum(softmax(scores, temperature)[rows, places], 1e-9)).mean())

    return min(_TEMPERATURES, key=loss)
