"""Reads a grammar set from a folder into memory."""

from __future__ import annotations

from pathlib import Path

from voicebot.ops.errors import UserFacingError

MAX_FILE_BYTES = 2_000_000
MAX_FILES = 1_000


def read_folder(path: Path) -> dict[str, str]:
    """Every ``.yaml`` file below a folder: path with slashes, relative to the folder → text.

    Bytes that are no UTF-8 come back as U+FFFD, which the grammar's check reports with line and column.
    Raises UserFacingError when the folder cannot be read, or is no grammar folder at all by its size.
    """
    if not path.is_dir():
        raise UserFacingError(
            f"There is no grammar folder {path}.",
            "Name a folder such as grammars/zh-CN, or run from the repository.",
        )
    sources: dict[str, str] = {}
    for file in sorted(path.rglob("*.yaml")):
        if not file.is_file() or file.is_symlink():
            continue
        name = file.relative_to(path).as_posix()
        if len(sources) >= MAX_FILES or file.stat().st_size > MAX_FILE_BYTES:
            raise UserFacingError(
                f"{path / name} makes the folder too large for a grammar.",
                f"At most {MAX_FILES} files of {MAX_FILE_BYTES} bytes are read.",
            )
        try:
            sources[name] = file.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise UserFacingError(
                f"Cannot read {file}: {error.strerror}.", "Check its permissions."
            ) from error
    if not sources:
        raise UserFacingError(f"{path} holds no .yaml file.", "Name a grammar folder such as grammars/zh-CN.")
    return sources
