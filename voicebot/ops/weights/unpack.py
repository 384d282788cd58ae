"""Zip archives from outside: unpacked so that nothing lands beside the folder meant for it."""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from voicebot.ops.errors import UserFacingError

MOST_MEMBERS = 10_000
MOST_BYTES = 4 << 30


def unpack_zip(archive: Path, folder: Path) -> list[str]:
    """Unpack into the new `folder`, less the single top folder if there is one; return the files' paths.

    Raises UserFacingError for a member that would leave the folder, a link, or an archive too large.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not info.is_dir()]
            if len(members) > MOST_MEMBERS or sum(info.file_size for info in members) > MOST_BYTES:
                raise UserFacingError(
                    f"{archive.name} is too large when unpacked.", "Report it to its publisher."
                )
            paths = [_safe_path(info, archive) for info in members]
            tops = {path.parts[0] for path in paths}
            depth = 1 if len(tops) == 1 and all(len(path.parts) > 1 for path in paths) else 0
            written = []
            for info, path in zip(members, paths, strict=True):
                inside = PurePosixPath(*path.parts[depth:])
                target = folder / inside
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(info) as source, target.open("xb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                written.append(str(inside))
            return written
    except (zipfile.BadZipFile, FileExistsError) as error:
        raise UserFacingError(
            f"{archive.name} is not a sound zip archive: {error}", "Report it to its publisher."
        ) from error


def _safe_path(info: zipfile.ZipInfo, archive: Path) -> PurePosixPath:
    path = PurePosixPath(info.filename)
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    parts = path.parts
    if (
        is_link
        or path.is_absolute()
        or ".." in parts
        or not parts
        or any(c in info.filename for c in "\\:\0")
    ):
        raise UserFacingError(
            f"{archive.name} holds {info.filename!r}, which would lie outside its folder; it is not used.",
            "Report it to its publisher.",
        )
    return path
