"""The folder of fetched weights: what lies there, whether it is as the manifest says, and the proof of it."""

import contextlib
import hashlib
import json
import secrets
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from voicebot.ops.errors import UserFacingError
from voicebot.ops.weights.manifest import Manifest, Model, WeightFile

RECORD = ".verified.json"
"""In each model's folder: what was hashed, with the size and time of change it then had."""
CHUNK_BYTES = 1 << 20


class DamagedWeightsError(UserFacingError):
    """A file of weights is there and is not what the manifest says; it is never used."""


class State(Enum):
    """What a look at one file found."""

    VERIFIED = "verified"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A file that had this hash when it had this size and time of change."""

    sha256: str
    size: int
    mtime_ns: int


Proofs = dict[str, dict[str, Proof]]
"""By entry of the manifest: the proofs of the files it stands for (itself, or what was unpacked from it)."""


class Store:
    """The verified weights under `folder`, one sub-folder a model."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    def path(self, model_name: str, file_path: str | None = None) -> Path:
        """Return the folder of a model, or one of its files, after making sure that it is what it should be.

        The first look at a file hashes it; later ones compare size and time of change with that.
        Files of a group other than the model's own (extra voices) are checked when asked for by name.
        Raises UserFacingError that names the file and the remedy.
        """
        model = self._model(model_name)
        if file_path is None:
            for file in model.files:
                if model.group_of(file) == model.group:
                    self.require(model_name, file)
            return self.folder / model_name
        for file in model.files:
            if file.path == file_path:
                self.require(model_name, file)
                return self.folder / model_name / file_path
        raise UserFacingError(
            f"Model {model_name} has no file {file_path}.", "`voicebot models list` shows what there is."
        )

    def has(self, model_name: str, file_path: str | None = None) -> bool:
        """Return whether `path` would succeed."""
        try:
            self.path(model_name, file_path)
        except UserFacingError:
            return False
        return True

    def require(self, model_name: str, file: WeightFile) -> None:
        """Raise UserFacingError unless this file is verified."""
        state = self.look(model_name, file)
        if state is State.VERIFIED:
            return
        group = self._model(model_name).group_of(file)
        default = group in self.manifest.default_groups
        command = "voicebot models fetch" if default else f"voicebot models fetch --group {group}"
        place, remedy = self.folder / model_name / file.path, f"Run `{command}`, then try again."
        if state is State.MISSING:
            raise UserFacingError(f"Model file {place} is missing.", remedy)
        raise DamagedWeightsError(f"Model file {place} is damaged (its hash is not the manifest's).", remedy)

    def look(self, model_name: str, file: WeightFile, *, rehash: bool = False) -> State:
        """Say in what state a file is; `rehash` reads every byte even where a proof stands."""
        place = self.folder / model_name
        proofs = self._read_record(model_name)
        known = proofs.get(file.path, {})
        if file.unpack:
            return self._look_unpacked(place, file, known, rehash=rehash)
        target = place / file.path
        try:
            stat = target.stat()
        except (FileNotFoundError, NotADirectoryError):
            return State.MISSING
        proof = known.get(file.path)
        fresh = Proof(sha256=file.sha256, size=stat.st_size, mtime_ns=stat.st_mtime_ns)
        if proof == fresh and not rehash:
            return State.VERIFIED
        if (file.size is not None and stat.st_size != file.size) or hash_of(target) != file.sha256:
            return State.DAMAGED
        if proof != fresh:
            self.prove(model_name, file, {file.path: fresh})
        return State.VERIFIED

    def prove(self, model_name: str, file: WeightFile, proofs: dict[str, Proof]) -> None:
        """Note what was hashed. In a folder that cannot be written the next start hashes again."""
        place = self.folder / model_name
        record = self._read_record(model_name)
        record[file.path] = proofs
        text = json.dumps(
            {
                entry: {
                    path: {"sha256": p.sha256, "size": p.size, "mtime_ns": p.mtime_ns}
                    for path, p in each.items()
                }
                for entry, each in record.items()
            },
            indent=1,
        )
        draft = place / f"{RECORD}.{secrets.token_hex(8)}"
        with contextlib.suppress(PermissionError):
            draft.write_text(text)
            draft.replace(place / RECORD)

    def _look_unpacked(
        self, place: Path, file: WeightFile, known: dict[str, Proof], *, rehash: bool
    ) -> State:
        archive = known.get(file.path)
        members = {path: proof for path, proof in known.items() if path != file.path}
        if archive is None or archive.sha256 != file.sha256 or not members:
            return State.MISSING
        for path, proof in members.items():
            try:
                stat = (place / path).stat()
            except (FileNotFoundError, NotADirectoryError):
                return State.DAMAGED
            changed = (stat.st_size, stat.st_mtime_ns) != (proof.size, proof.mtime_ns)
            if (changed or rehash) and hash_of(place / path) != proof.sha256:
                return State.DAMAGED
        return State.VERIFIED

    def _model(self, name: str) -> Model:
        try:
            return self.manifest.models[name]
        except KeyError:
            known = ", ".join(sorted(self.manifest.models))
            raise UserFacingError(f"There is no model {name}.", f"Known models: {known}.") from None

    def _read_record(self, model_name: str) -> Proofs:
        try:
            read: Any = json.loads((self.folder / model_name / RECORD).read_text())
            return {
                entry: {path: Proof(**values) for path, values in each.items()}
                for entry, each in read.items()
            }
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            return {}  # a torn record proves nothing: the files are hashed again


def hash_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def proof_of(path: Path, sha256: str) -> Proof:
    """Return the proof of a file that was just hashed."""
    stat = path.stat()
    return Proof(sha256=sha256, size=stat.st_size, mtime_ns=stat.st_mtime_ns)
