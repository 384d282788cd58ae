"""The journal: on disk when it says so, readable after any crash, closed to names that lead elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from voicebot.storage.journal import Journal, JournalExistsError


def test_lines_come_back_in_order_once_they_are_on_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.open("call-1") as call:
        call.append("一")
        call.append("")
        assert journal.read("call-1") == []
        call.sync()
        assert journal.read("call-1") == ["一", ""]
        call.append("三")
    assert journal.read("call-1") == ["一", "", "三"]


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.open("call-1") as call:
        call.append("whole")
        call.append("和这一行")
    path = tmp_path / "call-1.log"
    for torn in range(1, len("和这一行\n".encode())):
        os.truncate(path, len("whole\n和这一行\n".encode()) - torn)
        assert journal.read("call-1") == ["whole"]


def test_a_bad_block_hides_no_line_after_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    (tmp_path / "call-1.log").write_bytes(b"one\n\xff\xfe\nthree\n")
    lines = journal.read("call-1")
    assert (lines[0], lines[2], len(lines)) == ("one", "three", 3)


@pytest.mark.parametrize("line", ["a\nb", "a\r", "\n"])
def test_a_newline_inside_a_line_is_refused(tmp_path: Path, line: str) -> None:
    with Journal(tmp_path).open("call-1") as call, pytest.raises(ValueError, match="newline"):
        call.append(line)


@pytest.mark.parametrize(
    "call_id", ["", ".", "..", "../x", "a/b", "a\\b", "a.b", "-a", "x" * 65, "通话", "a\0", "a\n"]
)
def test_what_is_no_call_id_names_no_file(tmp_path: Path, call_id: str) -> None:
    journal = Journal(tmp_path / "calls")
    for use in (journal.open, journal.read, journal.mark_finished):
        with pytest.raises(ValueError, match="not a call id"):
            use(call_id)
    assert [path.name for path in tmp_path.rglob("*")] in (["calls", "finished"], ["finished", "calls"])


def test_a_call_id_is_used_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open("call-1").close()
    with pytest.raises(JournalExistsError):
        journal.open("call-1")
    journal.mark_finished("call-1")
    with pytest.raises(JournalExistsError):
        journal.open("call-1")


def test_a_finished_call_is_still_read_and_no_longer_unfinished(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.open("call-1") as call:
        call.append("line")
    assert journal.unfinished() == ["call-1"]
    journal.mark_finished("call-1")
    journal.mark_finished("call-1")
    assert journal.unfinished() == []
    assert Journal(tmp_path).read("call-1") == ["line"]


def test_a_call_that_is_being_written_is_not_taken_for_dead(tmp_path: Path) -> None:
    call = Journal(tmp_path).open("call-1")
    assert Journal(tmp_path).unfinished() == []
    call.close()
    assert Journal(tmp_path).unfinished() == ["call-1"]


def test_closing_twice_is_fine_and_appending_afterwards_is_not(tmp_path: Path) -> None:
    call = Journal(tmp_path).open("call-1")
    call.close()
    call.close()
    with pytest.raises(ValueError, match="closed"):
        call.append("late")


def test_a_call_nobody_made_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Journal(tmp_path).read("call-1")


def test_what_was_synced_survives_a_killed_process(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from voicebot.storage.journal import Journal\n"
        "call = Journal(pathlib.Path(sys.argv[1])).open('call-1')\n"
        "call.append('kept'); call.sync(); call.append('lost'); os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == 9
    journal = Journal(tmp_path)
    assert journal.unfinished() == ["call-1"]
    assert journal.read("call-1") == ["kept"]
