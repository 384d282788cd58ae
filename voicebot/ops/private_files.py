"""Folders and files that only the account which runs the line may look into: they hold what callers said."""

import os
from pathlib import Path
from typing import BinaryIO


def make_private_folder(folder: Path) -> None:
    """Make the folder, and those above it that are missing, with mode 0700; what is there stays as it is."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)


def create_private_file(path: Path, *, anew: bool = False) -> BinaryIO:
    """Open an empty file for writing, mode 0600; ``anew`` raises FileExistsError for one that is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_EXCL if anew else os.O_TRUNC), 0o600)
    return os.fdopen(handle, "wb")
