"""What callers said is for the line's own account: folders 0700, files 0600."""

import stat
from pathlib import Path

import pytest

from voicebot.ops.private_files import create_private_file, make_private_folder
from voicebot.runtime.recorder import Recorder
from voicebot.storage.database import Database
from voicebot.storage.journal import Journal


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_and_those_made_for_it_are_the_owners_alone(tmp_path: Path):
    make_private_folder(tmp_path / "var" / "calls")
    assert (mode_of(tmp_path / "var"), mode_of(tmp_path / "var" / "calls")) == (0o700, 0o700)


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path):
    tmp_path.chmod(0o750)
    make_private_folder(tmp_path)
    assert mode_of(tmp_path) == 0o750


def test_a_file_that_must_be_new_is_not_written_over(tmp_path: Path):
    with create_private_file(tmp_path / "log", anew=True) as file:
        file.write(b"first")
    with pytest.raises(FileExistsError):
        create_private_file(tmp_path / "log", anew=True)
    assert (tmp_path / "log").read_bytes() == b"first"


def test_journals_recordings_and_the_database_are_readable_by_the_owner_alone(tmp_path: Path):
    with Journal(tmp_path / "var" / "calls").open("c1") as journal:
        journal.append("said")
    recorder = Recorder(tmp_path / "var" / "recordings", "c1")
    recorder.caller(0.0, b"\xff" * 160)
    recorder.close()
    with recorder.finished():
        pass
    database = Database(f"sqlite:///{tmp_path / 'var' / 'voicebot.db'}")
    database.upgrade()
    database.close()
    written = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"c1.log", "c1.wav", "voicebot.db"}
    assert {mode_of(path) for path in written} == {0o600}
