"""Keeps trained classifiers on disk, named by the grammar sources that they learnt from."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.classifier import FORMAT, Classifier, Trained
from voicebot.ops.errors import UserFacingError
from voicebot.settings import Settings

FOLDER = "classifiers"
"""Below the folder of models: what set-up trained is not run-time state."""
_REMEDY = "Run: voicebot train"


def path_of(models_dir: Path, bundle: Bundle) -> Path:
    """Where the classifier for this version of the grammar lies."""
    return models_dir / FOLDER / f"{bundle.training_hash[:32]}.{FORMAT}.npz"


def _seal_of(path: Path) -> Path:
    return path.with_suffix(".json")


def save(trained: Trained, path: Path) -> None:
    """Write the classifier and its seal (sha256 and figures), each whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        terms=np.array(sorted(trained.terms, key=trained.terms.__getitem__)),
        idf=trained.idf,
        weights=trained.weights,
        intercept=trained.intercept,
        labels=np.array(trained.labels),
    )
    content = packed.getvalue()
    seal = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "training": trained.training_hash,
        "temperature": trained.temperature,
        "sentences": trained.sentences,
        "held_out_accuracy": round(trained.held_out_accuracy, 4),
    }
    _write(path, content)
    _write(_seal_of(path), (json.dumps(seal, indent=2) + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read_seal(path: Path) -> dict[str, Any]:
    try:
        seal = json.loads(_seal_of(path).read_text(encoding="utf-8"))
        if isinstance(seal["sha256"], str) and isinstance(seal["temperature"], float):
            return dict(seal)
    except FileNotFoundError:
        raise UserFacingError(f"There is no trained classifier for this grammar ({path}).", _REMEDY) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserFacingError(f"The classifier's seal {_seal_of(path)} is damaged.", _REMEDY) from error
    raise UserFacingError(f"The classifier's seal {_seal_of(path)} is damaged.", _REMEDY)


def load_classifier(bundle: Bundle, settings: Settings) -> Classifier:
    """The classifier trained for this bundle.

    Raises UserFacingError naming `voicebot train` when it is missing, damaged or belongs to another version.
    Plain arrays: nothing is unpickled.
    """
    path = path_of(settings.models_dir, bundle)
    seal = _read_seal(path)
    try:
        content = path.read_bytes()
    except OSError:
        raise UserFacingError(f"There is no trained classifier for this grammar ({path}).", _REMEDY) from None
    if hashlib.sha256(content).hexdigest() != seal["sha256"] or seal.get("training") != bundle.training_hash:
        raise UserFacingError(f"The classifier {path} does not match its seal or this grammar.", _REMEDY)
    with np.load(io.BytesIO(content), allow_pickle=False) as parts:
        return Classifier(
            Trained(
                terms={str(term): column for column, term in enumerate(parts["terms"])},
                idf=parts["idf"],
                weights=parts["weights"],
                intercept=parts["intercept"],
                labels=tuple(str(label) for label in parts["labels"]),
                temperature=seal["temperature"],
                training_hash=bundle.training_hash,
                sentences=int(seal.get("sentences", 0)),
                held_out_accuracy=float(seal.get("held_out_accuracy", 0.0)),
            )
        )


def train_and_save(bundle: Bundle, models_dir: Path, progress: Any = lambda _: None) -> Trained:
    """Train for this bundle and write the result; two processes at once take turns."""
    from voicebot.nlu.classifier_training import train  # scikit-learn: seconds that only training pays

    path = path_of(models_dir, bundle)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        trained = train(bundle, progress)
        save(trained, path)
    return trained


def is_trained(bundle: Bundle, models_dir: Path) -> bool:
    """Whether a sound classifier for this bundle lies ready (its hash is checked, it is not loaded)."""
    path = path_of(models_dir, bundle)
    try:
        seal = _read_seal(path)
        return bool(hashlib.sha256(path.read_bytes()).hexdigest() == seal["sha256"])
    except (UserFacingError, OSError):
        return False
