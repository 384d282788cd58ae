"""Model weights: content-addressed files, fetched from whichever mirror answers, verified before use."""

from functools import cache
from pathlib import Path

from voicebot.ops.weights.manifest import load_manifest
from voicebot.ops.weights.store import DamagedWeightsError, Store

__all__ = ["DamagedWeightsError", "Store", "has", "open_store", "path"]

MANIFEST = Path(__file__).resolve().parents[3] / "models" / "manifest.yaml"


@cache
def open_store(models_dir: Path) -> Store:
    """Return the store of weights in a folder, by the manifest that belongs to this source tree."""
    return Store(models_dir, load_manifest(MANIFEST))


def path(model: str, file: str | None = None, *, models_dir: Path) -> Path:
    """Return a model's folder, or one file of it, verified. Raises UserFacingError with the remedy,
    DamagedWeightsError where a file is there and wrong.

    >>> path("kokoro", "voices/zf_xiaoyi.bin", models_dir=settings.models_dir)  # doctest: +SKIP
    """
    return open_store(models_dir).path(model, file)


def has(model: str, file: str | None = None, *, models_dir: Path) -> bool:
    """Return whether `path` would succeed: the model (or file) is there and verified."""
    return open_store(models_dir).has(model, file)
