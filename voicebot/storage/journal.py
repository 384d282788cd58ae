"""The journal: each call's log as a file, on disk before anything else knows of it."""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from voicebot.ops.private_files import create_private_file, make_private_folder

CALL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a call id looks like; anything else could lead out of the folder."""
SUFFIX = ".log"
FINISHED = "finished"


class JournalExistsError(FileExistsError):
    """A call id was used twice; the earlier journal is not written into."""


class CallJournal:
    """The journal of one call: lines are gathered in memory and go to disk with ``sync``.

    ``append`` and ``sync`` may be called from different threads. While it is open the file is
    locked (flock), so that a process which looks for calls that died leaves this one alone; the lock dies
    with its process.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = create_private_file(path, anew=True)
        except FileExistsError as error:
            raise JournalExistsError(f"the journal {path} is there already") from error
        fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._lock = threading.Lock()
        self._disk_lock = threading.Lock()
        self._pending: list[bytes] = []
        self._on_disk = True

    def append(self, line: str) -> None:
        """Keep one line. Raises ValueError for a line with a newline in it, and after ``close``."""
        if "\n" in line or "\r" in line:
            raise ValueError("a journal line has no newline inside")
        encoded = line.encode() + b"\n"
        if self._file.closed:
            raise ValueError("the journal is closed")
        with self._lock:
            self._pending.append(encoded)

    def sync(self) -> None:
        """Put everything appended so far on disk, where it survives a power cut. Raises OSError."""
        with self._disk_lock:
            with self._lock:
                pending, self._pending = self._pending, []
            if pending:
                self._on_disk = False
                self._file.write(b"".join(pending))
            if self._on_disk:
                return
            # What a full disk refused stays in the file object's buffer and is tried again at the next turn.
            self._file.flush()
            os.fsync(self._file.fileno())
            self._on_disk = True

    def close(self) -> None:
        """Put the rest on disk and let go of the file; closing again does nothing."""
        if self._file.closed:
            return
        try:
            self.sync()
        finally:
            with self._disk_lock:
                self._file.close()

    def __enter__(self) -> CallJournal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Journal:
    """All journals of this machine: ``ID.log``, moved to ``finished/ID.log`` once the database has it all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._finished = folder / FINISHED
        make_private_folder(self._finished)

    def open(self, call_id: str) -> CallJournal:
        """Begin a call's journal. Raises ValueError for what is no id, JournalExistsError for a used one."""
        path = self._path(self.folder, call_id)
        if self._path(self._finished, call_id).exists():
            raise JournalExistsError(f"the journal of call {call_id} is finished already")
        journal = CallJournal(path)
        _sync_folder(self.folder)
        return journal

    def read(self, call_id: str) -> list[str]:
        """Return all whole lines, without a last one that a crash tore off. Raises FileNotFoundError."""
        return list(self.lines(call_id))

    def lines(self, call_id: str) -> Iterator[str]:
        """Go through the whole lines without holding them all."""
        path = self._path(self.folder, call_id)
        if not path.exists():
            path = self._path(self._finished, call_id)
        with path.open("rb") as file:
            for raw in file:
                if not raw.endswith(b"\n"):
                    return
                # A bad block must not hide the lines after it: who parses the line finds it malformed.
                yield raw[:-1].decode(errors="replace")

    def unfinished(self) -> list[str]:
        """Return the calls that no process writes any more and that were never finished, oldest first."""
        found = [
            path
            for path in self.folder.glob(f"*{SUFFIX}")
            if CALL_ID.fullmatch(path.stem) and not _is_being_written(path)
        ]
        return [path.stem for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.stem))]

    def mark_finished(self, call_id: str) -> None:
        """Say that the database has the whole log; marking again does nothing."""
        path = self._path(self.folder, call_id)
        if not path.exists():
            return
        path.rename(self._path(self._finished, call_id))
        _sync_folder(self._finished)
        _sync_folder(self.folder)

    def _path(self, folder: Path, call_id: str) -> Path:
        if CALL_ID.fullmatch(call_id) is None:
            raise ValueError(f"not a call id: {call_id[:80]!r}")
        return folder / f"{call_id}{SUFFIX}"


def _is_being_written(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _sync_folder(folder: Path) -> None:
    """A new name in a folder survives a power cut only when the folder itself was put on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
