"""Clips rendered live, kept on disk up to a size, the least recently used going first."""

import hashlib
import os
import tempfile
import threading
from pathlib import Path

DEFAULT_BYTES = 64 * 1024 * 1024
"""Two hours of speech."""
_SUFFIX = ".clip"
_DIGEST_BYTES = 8
_KEEP_SHARE = 0.8
_STALE_DRAFT_SECONDS = 3600.0


class ClipCache:
    """A folder of clips by key, for several processes. A file damaged or gone counts as never kept."""

    def __init__(self, folder: Path, max_bytes: int = DEFAULT_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._writing = threading.Lock()
        self._written_bytes: int | None = None
        """What lay there when last counted, and what this process wrote since; None before."""

    def holds(self, key: str) -> bool:
        """Whether a clip is kept under this key; a look at the folder, no reading."""
        return self._path(key).exists()

    def get(self, key: str) -> bytes | None:
        """The clip, or None; it now is the most recently used."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        clip = content[_DIGEST_BYTES:]
        if not clip or content[:_DIGEST_BYTES] != _digest(clip):
            path.unlink(missing_ok=True)
            return None
        return clip

    def put(self, key: str, clip: bytes) -> None:
        """Keep a clip; one that alone is larger than the cache is not kept."""
        size = len(clip) + _DIGEST_BYTES
        if not clip or size > self._max_bytes:
            return
        with self._writing:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_digest(clip) + clip)
                Path(draft).replace(self._path(key))
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
            self._written_bytes = None if self._written_bytes is None else self._written_bytes + size
            if self._written_bytes is None or self._written_bytes > self._max_bytes:
                self._written_bytes = self._evict()

    def _evict(self) -> int:
        """Delete the least recently used until the rest is below the bound; return the bytes that stay."""
        found: list[tuple[float, int, str]] = []
        newest = 0.0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                try:
                    status = entry.stat()
                except FileNotFoundError:
                    continue  # another process was faster
                newest = max(newest, status.st_mtime)
                found.append((status.st_mtime, status.st_size, entry.path))
        total = 0
        kept: list[tuple[float, int, str]] = []
        for used, size, path in sorted(found):
            if path.endswith(".part"):
                if newest - used > _STALE_DRAFT_SECONDS:  # left behind by a process that was killed
                    Path(path).unlink(missing_ok=True)
            elif path.endswith(_SUFFIX):
                kept.append((used, size, path))
                total += size
        if total <= self._max_bytes:
            return total
        for _, size, path in kept:
            if total <= self._max_bytes * _KEEP_SHARE:
                break
            Path(path).unlink(missing_ok=True)
            total -= size
        return total

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"


def _digest(clip: bytes) -> bytes:
    return hashlib.blake2b(clip, digest_size=_DIGEST_BYTES).digest()
