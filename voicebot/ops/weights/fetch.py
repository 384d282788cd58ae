"""Brings the wanted weights into the store: mirrors in order, joined, hashed, and only then put in place."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from voicebot.ops.errors import UserFacingError
from voicebot.ops.weights.manifest import Mirror, Part, WeightFile
from voicebot.ops.weights.sources import Sources
from voicebot.ops.weights.store import CHUNK_BYTES, State, Store, hash_of, proof_of
from voicebot.ops.weights.unavailable import Unavailable
from voicebot.ops.weights.unpack import unpack_zip

WORKPLACE = ".partial"
LOCK = ".lock"
WAIT_SECONDS = 3600.0
LARGEST_UNSIZED_BYTES = 512 << 20
"""The most that is taken of a file for which the manifest gives no size."""


class Progress(Protocol):
    """Told what a fetch is doing; `label` is MODEL/FILE."""

    def waiting(self) -> None:
        """Another process is fetching into the same folder."""

    def began(self, label: str, size: int | None) -> None:
        """A file is being fetched; `size` in bytes, where known."""

    def advanced(self, label: str, done_bytes: int) -> None:
        """So many bytes of it have come."""

    def finished(self, label: str) -> None:
        """The file is verified and in its place."""

    def failed(self, label: str, reason: str) -> None:
        """No mirror had the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one wanted file: `reason` is empty when it is there; `fetched` when that took a fetch."""

    model: str
    file: WeightFile
    group: str
    fetched: bool = False
    reason: str = ""


class Fetcher:
    """Fetches groups of files into a store, one process at a time."""

    def __init__(
        self, store: Store, sources: Sources, progress: Progress, *, local_folder: Path | None = None
    ) -> None:
        self._store = store
        self._sources = sources
        self._progress = progress
        self._local_folder = local_folder

    def fetch(self, groups: Iterable[str], models: Iterable[str] = ()) -> list[Outcome]:
        """Fetch all files of `groups`, or those of `models` where any is named, that are not verified yet.

        Raises UserFacingError when a file of a required group cannot be had, after the others were tried.
        """
        wanted = self._wanted(set(groups), set(models))
        try:
            self._store.folder.mkdir(parents=True, exist_ok=True)
            with self._locked():
                outcomes = [self._one(model, file, group) for model, file, group in wanted]
                self._sources.tidy(
                    [part for o in outcomes if o.reason for m in o.file.mirrors for part in m.parts]
                )
        except OSError as error:
            raise UserFacingError(
                f"Model weights cannot be written to {error.filename or self._store.folder}:"
                f" {error.strerror or error}.",
                "Make room or give the right to write there, or point VOICEBOT_MODELS_DIR elsewhere.",
            ) from error
        required = self._store.manifest.groups
        lost = [o for o in outcomes if o.reason and required[o.group].required]
        if lost:
            raise UserFacingError(_lost_files(lost), _remedy(lost))
        return outcomes

    def _wanted(self, groups: set[str], models: set[str]) -> list[tuple[str, WeightFile, str]]:
        manifest = self._store.manifest
        for kind, asked, known in (
            ("group", groups, manifest.groups.keys()),
            ("model", models, manifest.models.keys()),
        ):
            if unknown := sorted(asked - known):
                raise UserFacingError(
                    f"There is no {kind} {', '.join(unknown)}.", f"Known: {', '.join(sorted(known))}."
                )
        return [
            (name, file, model.group_of(file))
            for name, model in manifest.models.items()
            for file in model.files
            if (name in models if models else model.group_of(file) in groups)
        ]

    def _locked(self) -> FileLock:
        lock = FileLock(self._store.folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._progress.waiting()
            try:
                lock.acquire(timeout=WAIT_SECONDS)
            except Timeout as error:
                raise UserFacingError(
                    f"Another process has held {lock.lock_file} for an hour.", "End that one, then try again."
                ) from error
        return lock

    def _one(self, model: str, file: WeightFile, group: str) -> Outcome:
        if self._store.look(model, file) is State.VERIFIED:
            return Outcome(model=model, file=file, group=group)
        label = f"{model}/{file.path}"
        self._progress.began(label, file.size)
        reasons: list[str] = []
        for mirror in (*self._local_mirrors(model, file), *file.mirrors):
            try:
                joined = self._join_verified(mirror, file, label)
            except Unavailable as refusal:
                if str(refusal) not in reasons:
                    reasons.append(str(refusal))
                continue
            self._install(joined, model, file)
            for part in mirror.parts:
                self._sources.release(part)
            self._progress.finished(label)
            return Outcome(model=model, file=file, group=group, fetched=True)
        reason = "; ".join(reasons)
        self._progress.failed(label, reason)
        return Outcome(model=model, file=file, group=group, reason=reason)

    def _local_mirrors(self, model: str, file: WeightFile) -> list[Mirror]:
        if self._local_folder is None:
            return []
        places = (self._local_folder / model / file.path, self._local_folder / file.path)
        return [Mirror(parts=(Part.model_validate({"from": f"file:{place}"}),)) for place in places]

    def _join_verified(self, mirror: Mirror, file: WeightFile, label: str) -> Path:
        """Fetch and join a mirror's parts; once more from nothing when old leftovers made the hash wrong."""
        workplace = self._store.folder / WORKPLACE
        workplace.mkdir(exist_ok=True)
        joined = workplace / f"{file.sha256}.joined"
        try:
            while (found := self._join(mirror, file, label, joined)) != file.sha256:
                self._discard(mirror, found, file.sha256)
        except BaseException:
            joined.unlink(missing_ok=True)
            raise
        return joined

    def _discard(self, mirror: Mirror, found: str, expected: str) -> None:
        leftovers = [self._sources.discard(part) for part in mirror.parts]
        if not any(leftovers):
            raise Unavailable(f"{mirror} has the hash {found[:12]}…, not {expected[:12]}…")

    def _join(self, mirror: Mirror, file: WeightFile, label: str, joined: Path) -> str:
        """Write a mirror's parts to `joined`, fetching them as needed; return the hash of the whole."""
        digest = hashlib.sha256()
        done_bytes = 0
        most = file.size or LARGEST_UNSIZED_BYTES

        def advance(part_bytes: int) -> None:
            come = done_bytes + part_bytes
            # a package is compressed and holds more than the file: its bytes are only a hint
            self._progress.advanced(label, come if file.size is None else min(come, file.size))

        with joined.open("wb") as sink:
            for part in mirror.parts:
                source = self._sources.get(part, largest_bytes=most + part.skip_bytes, advance=advance)
                with source.open("rb") as stream:
                    stream.seek(part.skip_bytes)
                    while chunk := stream.read(CHUNK_BYTES):
                        digest.update(chunk)
                        sink.write(chunk)
                        done_bytes += len(chunk)
                advance(0)
        return digest.hexdigest()

    def _install(self, joined: Path, model: str, file: WeightFile) -> None:
        folder = self._store.folder / model
        if not file.unpack:
            target = folder / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            joined.replace(target)
            self._store.prove(model, file, {file.path: proof_of(target, file.sha256)})
            return
        archive_proof = proof_of(joined, file.sha256)
        fresh = self._store.folder / WORKPLACE / f"{model}.unpacked"
        shutil.rmtree(fresh, ignore_errors=True)
        archive = joined.with_name(Path(file.path).name)
        joined.replace(archive)
        try:
            members = unpack_zip(archive, fresh)
        except UserFacingError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        finally:
            archive.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)
        proofs = {path: proof_of(folder / path, hash_of(folder / path)) for path in members}
        self._store.prove(model, file, {**proofs, file.path: archive_proof})


def _lost_files(lost: list[Outcome]) -> str:
    """Name the files by what kept them away: one line a reason."""
    by_reason: dict[str, list[str]] = {}
    for outcome in lost:
        by_reason.setdefault(outcome.reason, []).append(f"{outcome.model}/{outcome.file.path}")
    return "\n".join(f"Not to be had ({reason}): {', '.join(files)}." for reason, files in by_reason.items())


def _remedy(lost: list[Outcome]) -> str:
    by_hand = "copy the files to a folder and run `voicebot models fetch --from FOLDER`."
    if all("VOICEBOT_OFFLINE" in outcome.reason for outcome in lost):
        return f"Unset VOICEBOT_OFFLINE, or {by_hand}"
    return f"Mend that and run `voicebot models fetch` again (what has come is kept), or {by_hand}"
