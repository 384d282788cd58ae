"""Recordings: two sides in time, a WAV that any player opens, also after a crash or a full disk."""

from __future__ import annotations

import logging
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from voicebot.audio import mulaw
from voicebot.runtime import recorder as recorders
from voicebot.runtime.recorder import FLUSH_BYTES, MAX_BYTES, Recorder, join_sides, keep_leftovers

LEFT, RIGHT = b"\x11", b"\x22"


def chunks(wav: Path) -> dict[bytes, bytes]:
    """The chunks of a RIFF file by name, its sizes checked."""
    content = wav.read_bytes()
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WAVE"
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    found: dict[bytes, bytes] = {}
    position = 12
    while position < len(content):
        name, size = content[position : position + 4], struct.unpack_from("<I", content, position + 4)[0]
        found[name] = content[position + 8 : position + 8 + size]
        position += 8 + size
    assert position == len(content)
    return found


def sides(wav: Path) -> tuple[bytes, bytes]:
    payload = chunks(wav)[b"data"]
    return payload[0::2], payload[1::2]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    made = Recorder(tmp_path / "recordings", "c1")
    yield made
    made.release()


def finished(recorder: Recorder) -> Path:
    recorder.close()
    with recorder.finished() as (wav, _):
        pass
    return wav


def test_a_reader_that_is_not_ours_takes_the_wav_with_the_caller_left_and_the_line_right(
    recorder: Recorder,
) -> None:
    tone = mulaw.encode((8000 * np.sin(np.arange(8000) / 5)).astype(np.int16))
    recorder.caller(0.0, tone)
    recorder.line(0.5, tone)
    with av.open(str(finished(recorder))) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("pcm_mulaw", 8000, 2)
        pcm = np.concatenate([frame.to_ndarray() for frame in container.decode(stream)], axis=1)
    left, right = pcm.reshape(-1, 2).T
    assert len(left) == 12000
    decoded = mulaw.decode(tone)
    assert np.array_equal(left[:8000], decoded)
    assert not left[8000:].any()
    assert not right[:4000].any()
    assert np.array_equal(right[4000:], decoded)


def test_the_header_says_eight_kilohertz_mu_law_on_two_channels(recorder: Recorder) -> None:
    recorder.caller(0.0, LEFT * 100)
    found = chunks(finished(recorder))
    assert struct.unpack("<HHIIHHH", found[b"fmt "]) == (7, 2, 8000, 16000, 2, 8, 0)
    assert struct.unpack("<I", found[b"fact"]) == (100,)
    assert len(found[b"data"]) == 200


def test_a_gap_is_silence(recorder: Recorder) -> None:
    recorder.caller(0.0, LEFT * 160)
    recorder.caller(0.1, LEFT * 160)
    left, right = sides(finished(recorder))
    assert left == LEFT * 160 + b"\xff" * 640 + LEFT * 160
    assert right == b"\xff" * 960


def test_what_comes_late_or_twice_is_left_out(recorder: Recorder) -> None:
    recorder.caller(0.02, LEFT * 160)
    recorder.caller(0.02, RIGHT * 160)
    recorder.caller(0.0, RIGHT * 160)
    assert sides(finished(recorder))[0] == b"\xff" * 160 + LEFT * 160


def test_of_what_overlaps_only_the_new_part_is_kept(recorder: Recorder) -> None:
    recorder.line(0.0, LEFT * 160)
    recorder.line(0.01, RIGHT * 160)
    assert sides(finished(recorder))[1] == LEFT * 160 + RIGHT * 80


def test_a_recording_is_capped_whatever_the_stream_says_of_its_time(recorder: Recorder) -> None:
    recorder.caller(0.0, LEFT * 160)
    recorder.caller(1e15, LEFT * 160)
    recorder.caller(MAX_BYTES / 8000 - 0.01, LEFT * 160)
    recorder.caller(0.02, LEFT * 160)
    assert sides(finished(recorder))[0] == LEFT * 320


def test_sound_goes_to_disk_while_the_call_lasts(recorder: Recorder, tmp_path: Path) -> None:
    recorder.caller(0.0, LEFT * (FLUSH_BYTES - 160))
    side = tmp_path / "recordings" / "c1.caller.ulaw"
    assert side.stat().st_size == 0
    recorder.caller((FLUSH_BYTES - 160) / 8000, LEFT * 160)
    assert side.stat().st_size == FLUSH_BYTES


def test_the_sides_go_when_the_recording_has_been_filed(recorder: Recorder, tmp_path: Path) -> None:
    recorder.caller(0.0, LEFT * 16000)
    recorder.close()
    with recorder.finished() as (wav, seconds):
        assert (wav, seconds) == (recorder.path, 2.0)
        assert len(list(wav.parent.iterdir())) == 3
    assert [path.name for path in wav.parent.iterdir()] == ["c1.wav"]


def test_the_sides_stay_when_the_recording_could_not_be_filed(recorder: Recorder) -> None:
    recorder.caller(0.0, LEFT * 160)
    recorder.close()
    with pytest.raises(ConnectionError), recorder.finished():
        raise ConnectionError("no database")
    kept: list[Any] = []
    assert keep_leftovers(recorder.path.parent, lambda *found: kept.append(found)) == 1
    assert kept == [("c1", recorder.path, 0.02)]


class FullDisk:
    """A file that takes no more."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        self._file.close()
        raise OSError(28, "No space left on device")


def test_a_full_disk_costs_the_rest_of_the_recording_and_nothing_else(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.caller(0.0, LEFT * FLUSH_BYTES)
    recorder._caller._file = FullDisk(recorder._caller._file)  # type: ignore[assignment]
    with caplog.at_level(logging.ERROR):
        recorder.caller(4.0, LEFT * FLUSH_BYTES)
        recorder.caller(8.0, LEFT * FLUSH_BYTES)
        recorder.line(8.0, LEFT * FLUSH_BYTES)
        recorder.close()
    assert [record.getMessage() for record in caplog.records] == ["the recording of call c1 ends here"]
    with recorder.finished() as (wav, seconds):
        assert seconds == 4.0
    assert sides(wav)[0] == LEFT * FLUSH_BYTES


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        Recorder(tmp_path / "file", "c1")


def leave(folder: Path, call_id: str, left: bytes | None, right: bytes | None) -> None:
    for name, content in (("caller", left), ("line", right)):
        if content is not None:
            (folder / f"{call_id}.{name}.ulaw").write_bytes(content)


def test_sides_of_different_length_are_joined_with_silence(tmp_path: Path) -> None:
    leave(tmp_path, "c1", LEFT * 100, RIGHT * 8000)
    target = tmp_path / "c1.wav"
    assert join_sides(tmp_path / "c1.caller.ulaw", tmp_path / "c1.line.ulaw", target) == 1.0
    assert sides(target) == (LEFT * 100 + b"\xff" * 7900, RIGHT * 8000)
    assert not list(tmp_path.glob("*.partial"))


def test_what_a_killed_process_left_is_joined_filed_and_removed(tmp_path: Path) -> None:
    leave(tmp_path, "c1", LEFT * 8000, RIGHT * 4000)
    leave(tmp_path, "c2", LEFT * 80, b"")
    kept: list[Any] = []
    assert keep_leftovers(tmp_path, lambda *found: kept.append(found)) == 2
    assert kept == [("c1", tmp_path / "c1.wav", 1.0), ("c2", tmp_path / "c2.wav", 0.01)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c1.wav", "c2.wav"]
    assert keep_leftovers(tmp_path, lambda *found: kept.append(found)) == 0


@pytest.mark.parametrize(("left", "right"), [(LEFT * 80, None), (None, RIGHT * 80)])
def test_a_crash_while_the_sides_were_removed_does_not_spoil_the_wav(
    tmp_path: Path, left: bytes | None, right: bytes | None
) -> None:
    leave(tmp_path, "c1", left, right)
    (tmp_path / "c1.wav").write_bytes(b"whole")
    assert keep_leftovers(tmp_path, lambda *_: pytest.fail("it was filed already")) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["c1.wav"]
    assert (tmp_path / "c1.wav").read_bytes() == b"whole"


def test_a_leftover_that_cannot_be_filed_stays_and_the_next_is_kept_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leave(tmp_path, "c1", LEFT * 80, b"")
    leave(tmp_path, "c2", LEFT * 80, b"")
    kept: list[str] = []

    def keep(call_id: str, wav: Path, seconds: float) -> None:
        if call_id == "c1":
            raise LookupError("no such call")
        kept.append(call_id)

    assert keep_leftovers(tmp_path, keep) == 1
    assert kept == ["c2"]
    assert (tmp_path / "c1.caller.ulaw").exists()
    assert "call c1" in caplog.text


def test_a_recording_under_way_in_another_process_is_left_alone(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from voicebot.runtime.recorder import Recorder\n"
        f"r = Recorder(Path({str(tmp_path)!r}), 'c1'); r.caller(0.0, b'x' * 80); r.close()\n"
        "print('recording', flush=True); sys.stdin.read()"
    )
    root = Path(recorders.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"recording\n"
        assert keep_leftovers(tmp_path, lambda *_: pytest.fail("it is not over")) == 0
        other.kill()
        other.wait(10)
    kept: list[str] = []
    assert keep_leftovers(tmp_path, lambda call_id, *_: kept.append(call_id)) == 1
    assert kept == ["c1"]
