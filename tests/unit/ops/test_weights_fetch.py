"""Fetching weights: mirrors in order, resumed, joined, verified, and never half a file in place."""

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.unit.ops.conftest import CONTENT, FileServer, Place, a_file, a_manifest, sha256
from voicebot.ops.errors import UserFacingError
from voicebot.ops.weights.fetch import WORKPLACE, Fetcher
from voicebot.ops.weights.manifest import Manifest
from voicebot.ops.weights.sources import Sources
from voicebot.ops.weights.store import State
from voicebot.settings import PROJECT_ROOT

FIRST, SECOND = CONTENT[:400_000], CONTENT[400_000:]


def test_a_file_from_a_server_is_put_in_place_and_verified(place: Place, server: FileServer):
    server.files["model.bin"] = CONTENT
    wanted = a_file(server.url("model.bin"))
    place.fetch(wanted)
    assert place.store(wanted).path("ear", "model.bin").read_bytes() == CONTENT
    assert place.notes.most_bytes == len(CONTENT)
    assert place.leftovers == []


def test_what_is_there_and_right_is_not_fetched_again(place: Place, server: FileServer):
    server.files["model.bin"] = CONTENT
    wanted = a_file(server.url("model.bin"))
    place.fetch(wanted)
    (outcome,) = place.fetch(wanted)
    assert not outcome.fetched
    assert len(server.ranges_asked) == 1


def test_a_broken_connection_is_resumed_where_it_broke_off(place: Place, server: FileServer):
    server.files["model.bin"] = CONTENT
    server.break_after = 700_000
    wanted = a_file(server.url("model.bin"))
    place.fetch(wanted)
    assert server.ranges_asked[0] is None
    assert all(asked is not None and asked != "bytes=0-" for asked in server.ranges_asked[1:])
    assert place.store(wanted).has("ear")


def test_a_later_run_goes_on_where_an_earlier_one_gave_up(place: Place, server: FileServer):
    server.files["model.bin"] = CONTENT
    server.break_after = 100_000
    wanted = a_file(server.url("model.bin"))
    with pytest.raises(UserFacingError, match="broke off"):
        place.fetch(wanted)
    assert not (place.folder / "ear" / "model.bin").exists()
    have = sum(path.stat().st_size for path in place.leftovers if path.is_file())
    server.ranges_asked.clear()
    server.break_after = None
    place.fetch(wanted)
    assert server.ranges_asked == [f"bytes={have}-"]


def test_a_server_without_ranges_is_read_from_the_start(place: Place, server: FileServer):
    server.files["model.bin"] = CONTENT
    server.break_after = 500_000
    wanted = a_file(server.url("model.bin"))
    server.honours_ranges = False
    with pytest.raises(UserFacingError):
        place.fetch(wanted)
    server.break_after = None
    place.fetch(wanted)
    assert place.store(wanted).has("ear")


def test_a_leftover_of_another_file_does_not_spoil_the_fetch(place: Place, server: FileServer):
    server.files["model.bin"] = bytes(len(CONTENT))
    server.break_after = 100_000
    wanted = a_file(server.url("model.bin"))
    with pytest.raises(UserFacingError):
        place.fetch(wanted)
    server.files["model.bin"] = CONTENT
    server.break_after = None
    place.fetch(wanted)
    assert place.store(wanted).has("ear")


def test_a_leftover_longer_than_the_file_is_thrown_away(place: Place, server: FileServer):
    server.files["model.bin"] = CONTENT * 2
    server.break_after = 400_000
    wanted = a_file(server.url("model.bin"), content=CONTENT[:1000])
    with pytest.raises(UserFacingError, match="larger than the 1000 bytes"):
        place.fetch(wanted)
    server.files["model.bin"] = CONTENT[:1000]
    place.fetch(wanted)
    assert place.store(wanted).has("ear")


def test_wrong_bytes_are_never_used_and_the_next_mirror_is_asked(place: Place, server: FileServer):
    server.files = {"bad.bin": bytes(len(CONTENT)), "good.bin": CONTENT}
    wanted = a_file(server.url("bad.bin"), server.url("good.bin"))
    place.fetch(wanted)
    assert (place.folder / "ear" / "model.bin").read_bytes() == CONTENT


def test_wrong_bytes_everywhere_leave_nothing_behind_and_say_so(place: Place, server: FileServer):
    server.files["model.bin"] = bytes(len(CONTENT))
    wanted = a_file(server.url("model.bin"))
    with pytest.raises(UserFacingError, match=f"not {sha256(CONTENT)[:12]}") as raised:
        place.fetch(wanted)
    assert "ear/model.bin" in raised.value.message
    assert "voicebot models fetch" in raised.value.hint
    assert not (place.folder / "ear").exists()


def test_a_damaged_file_is_replaced(place: Place, server: FileServer):
    server.files["model.bin"] = CONTENT
    wanted = a_file(server.url("model.bin"))
    place.fetch(wanted)
    target = place.folder / "ear" / "model.bin"
    target.write_bytes(CONTENT[:-1] + b"?")
    assert (
        place.store(wanted).look("ear", place.store(wanted).manifest.models["ear"].files[0]) is State.DAMAGED
    )
    place.fetch(wanted)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 503])
def test_a_host_that_refuses_is_not_asked_twice(place: Place, server: FileServer, status: int):
    server.status = status
    files = [
        a_file(server.url(f"{name}.bin"), path=f"{name}.bin", group="voices")
        for name in ("one", "two", "three")
    ]
    outcomes = place.fetch(*files)
    assert len(server.ranges_asked) == 1
    assert all(f"answers {status}" in outcome.reason for outcome in outcomes)


def test_a_file_that_is_not_on_a_host_says_nothing_about_its_others(place: Place, server: FileServer):
    server.files["two.bin"] = CONTENT
    files = [a_file(server.url(f"{name}.bin"), path=f"{name}.bin", group="voices") for name in ("one", "two")]
    one, two = place.fetch(*files)
    assert "answers 404" in one.reason
    assert two.fetched


def test_parts_from_packages_are_joined_and_nothing_is_installed(place: Place):
    place.registry.put_wheel("ear-one==1.0", {"ear_one/part.bin": FIRST})
    place.registry.put_wheel("ear-two==1.0", {"ear_two/part.bin": SECOND})
    parts = [
        {"from": "pypi:ear-one==1.0#ear_one/part.bin", "sha256": sha256(FIRST)},
        {"from": "pypi:ear-two==1.0#ear_two/part.bin", "sha256": sha256(SECOND)},
    ]
    wanted = a_file({"parts": parts})
    place.fetch(wanted)
    assert place.store(wanted).path("ear", "model.bin").read_bytes() == CONTENT
    for asked in place.registry.asked:
        assert asked[0] == "download"
        assert {"--no-deps", "--only-binary=:all:"} <= set(asked)
    assert place.leftovers == []


def test_a_part_that_was_had_is_kept_for_the_next_run(place: Place):
    place.registry.put_wheel("ear-one==1.0", {"ear_one/part.bin": FIRST})
    parts = [
        {"from": "pypi:ear-one==1.0#ear_one/part.bin", "sha256": sha256(FIRST)},
        {"from": "pypi:ear-two==1.0#ear_two/part.bin", "sha256": sha256(SECOND)},
    ]
    wanted = a_file({"parts": parts})
    with pytest.raises(UserFacingError, match="no matching distribution for ear-two"):
        place.fetch(wanted)
    place.registry.put_wheel("ear-two==1.0", {"ear_two/part.bin": SECOND})
    place.fetch(wanted)
    assert [asked[-1] for asked in place.registry.asked] == ["ear-one==1.0", "ear-two==1.0", "ear-two==1.0"]
    assert place.leftovers == []


def test_a_kept_part_that_was_spoilt_is_fetched_again(place: Place):
    place.registry.put_wheel("ear-one==1.0", {"ear_one/part.bin": FIRST})
    parts = [
        {"from": "pypi:ear-one==1.0#ear_one/part.bin", "sha256": sha256(FIRST)},
        {"from": "pypi:ear-two==1.0#ear_two/part.bin", "sha256": sha256(SECOND)},
    ]
    wanted = a_file({"parts": parts})
    with pytest.raises(UserFacingError):
        place.fetch(wanted)
    for path in place.leftovers:
        if path.is_file():
            path.write_bytes(b"spoilt")
    place.registry.put_wheel("ear-two==1.0", {"ear_two/part.bin": SECOND})
    place.fetch(wanted)
    assert place.store(wanted).has("ear")


def test_several_files_of_one_package_take_one_download(place: Place):
    place.registry.put_wheel("ear==1.0", {"ear/a.bin": FIRST, "ear/b.bin": SECOND})
    place.fetch(
        a_file("pypi:ear==1.0#ear/a.bin", path="a.bin", content=FIRST),
        a_file("pypi:ear==1.0#ear/b.bin", path="deep/b.bin", content=SECOND),
    )
    assert len(place.registry.asked) == 1
    assert (place.folder / "ear" / "deep" / "b.bin").read_bytes() == SECOND


def test_an_array_inside_an_npz_inside_a_package_loses_its_header(place: Place):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as npz:
        npz.writestr("voice.npy", b"H" * 128 + CONTENT)
    place.registry.put_wheel("ear==1.0", {"ear/voices.npz": buffer.getvalue()})
    wanted = a_file({"from": "pypi:ear==1.0#ear/voices.npz!/voice.npy", "skip_bytes": 128})
    place.fetch(wanted)
    assert (place.folder / "ear" / "model.bin").read_bytes() == CONTENT


def test_a_package_without_the_file_is_passed_over(place: Place, server: FileServer):
    place.registry.put_wheel("ear==1.0", {"ear/other.bin": b"other"})
    server.files["model.bin"] = CONTENT
    (outcome,) = place.fetch(a_file("pypi:ear==1.0#ear/model.bin", server.url("model.bin")))
    assert outcome.fetched


def put_npm_package(place: Place) -> None:
    folder = place.registry.folder / "ear-js@1.0.0"
    folder.mkdir()
    with tarfile.open(folder / "ear-js-1.0.0.tgz", "w:gz") as archive:
        member = tarfile.TarInfo("package/voices/one.bin")
        member.size = len(CONTENT)
        archive.addfile(member, io.BytesIO(CONTENT))


def test_a_file_from_an_npm_package_is_taken_without_running_its_scripts(place: Place):
    put_npm_package(place)
    place.fetch(a_file("npm:ear-js@1.0.0#package/voices/one.bin"))
    (asked,) = place.registry.asked
    assert asked[0] == "pack"
    assert "--ignore-scripts" in asked
    assert (place.folder / "ear" / "model.bin").read_bytes() == CONTENT


def test_where_npm_is_missing_only_the_optional_voices_are_lost(place: Place, server: FileServer):
    put_npm_package(place)
    server.files["model.bin"] = CONTENT
    place.npm = str(place.folder / "no-such-npm")
    base, voice = place.fetch(
        a_file(server.url("model.bin")),
        a_file("npm:ear-js@1.0.0#package/voices/one.bin", path="one.bin", group="voices"),
    )
    assert base.fetched
    assert voice.reason == "npm is not installed"
    assert place.notes.reasons == {"ear/one.bin": "npm is not installed"}


def test_offline_forbids_servers_and_registries_but_not_folders(
    place: Place, server: FileServer, tmp_path: Path
):
    server.files["model.bin"] = CONTENT
    place.offline = True
    wanted = a_file(server.url("model.bin"), "pypi:ear==1.0#ear/model.bin")
    with pytest.raises(UserFacingError, match="VOICEBOT_OFFLINE forbids the network") as raised:
        place.fetch(wanted)
    assert "--from FOLDER" in raised.value.hint
    assert server.ranges_asked == []
    assert place.registry.asked == []
    local = tmp_path / "stick"
    (local / "ear").mkdir(parents=True)
    (local / "ear" / "model.bin").write_bytes(CONTENT)
    place.fetch(wanted, local_folder=local)
    assert place.store(wanted).has("ear")
    assert (local / "ear" / "model.bin").exists()


def test_a_file_put_there_by_hand_is_taken_if_its_hash_is_right(place: Place):
    (place.folder / "ear").mkdir(parents=True)
    (place.folder / "ear" / "model.bin").write_bytes(CONTENT)
    (outcome,) = place.fetch(a_file())
    assert outcome.reason == ""
    assert not outcome.fetched


def a_zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def test_an_archive_is_unpacked_without_its_top_folder_and_every_file_is_watched(
    place: Place, server: FileServer
):
    archive = a_zip({"small-0.1/am/final.mdl": b"acoustics", "small-0.1/conf/model.conf": b"--x=1"})
    server.files["small.zip"] = archive
    wanted = a_file(server.url("small.zip"), path="small.zip", content=archive, unpack=True)
    place.fetch(wanted)
    folder = place.store(wanted).path("ear")
    assert (folder / "am" / "final.mdl").read_bytes() == b"acoustics"
    assert not (folder / "small.zip").exists()
    (folder / "conf" / "model.conf").write_bytes(b"--x=2")
    with pytest.raises(UserFacingError, match="damaged"):
        place.store(wanted).path("ear")
    place.fetch(wanted)
    assert place.store(wanted).has("ear")


@pytest.mark.parametrize("evil", ["../escaped", "/escaped", "top/../../escaped", "C:escaped", "..\\escaped"])
def test_an_archive_that_would_write_elsewhere_is_refused(place: Place, server: FileServer, evil: str):
    archive = a_zip({"top/good": b"1", evil: b"2"})
    server.files["small.zip"] = archive
    wanted = a_file(server.url("small.zip"), path="small.zip", content=archive, unpack=True)
    with pytest.raises(UserFacingError, match="outside its folder"):
        place.fetch(wanted)
    assert not list(place.folder.parent.rglob("*escaped*"))
    assert not (place.folder / "ear").exists()


def test_an_archive_with_a_link_is_refused(place: Place, server: FileServer):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        link = zipfile.ZipInfo("top/link")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc")
    server.files["small.zip"] = buffer.getvalue()
    wanted = a_file(server.url("small.zip"), path="small.zip", content=buffer.getvalue(), unpack=True)
    with pytest.raises(UserFacingError, match="outside its folder"):
        place.fetch(wanted)


FETCH_IN_ANOTHER_PROCESS = """
import json, sys
from pathlib import Path
from tests.unit.ops.conftest import Notes
from voicebot.ops.weights.fetch import WORKPLACE, Fetcher
from voicebot.ops.weights.manifest import Manifest
from voicebot.ops.weights.sources import Sources
from voicebot.ops.weights.store import Store
manifest, folder = Manifest.model_validate(json.loads(sys.argv[1])), Path(sys.argv[2])
sources = Sources(folder / WORKPLACE, offline=False)
outcomes = Fetcher(Store(folder, manifest), sources, Notes()).fetch(["base"])
print(sum(outcome.fetched for outcome in outcomes))
"""


def test_two_processes_at_once_fetch_each_file_once(place: Place, server: FileServer):
    names = [f"{number}.bin" for number in range(8)]
    server.files = dict.fromkeys(names, CONTENT)
    manifest: Manifest = a_manifest(*(a_file(server.url(name), path=name) for name in names))
    described = json.dumps(manifest.model_dump(by_alias=True))
    command = [sys.executable, "-c", FETCH_IN_ANOTHER_PROCESS, described, str(place.folder)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT) for _ in range(2)
    ]
    fetched = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(fetched) == len(names)
    assert len(server.ranges_asked) == len(names)


def test_an_unwritable_place_is_named(place: Place):
    place.folder.parent.mkdir(exist_ok=True)
    place.folder.write_text("a file where the folder should be")
    with pytest.raises(UserFacingError, match=str(place.folder)) as raised:
        place.fetch(a_file())
    assert "VOICEBOT_MODELS_DIR" in raised.value.hint


def test_an_unknown_group_or_model_is_wrong(place: Place):
    fetcher = Fetcher(place.store(a_file()), Sources(place.folder / WORKPLACE, offline=True), place.notes)
    with pytest.raises(UserFacingError, match="no group extra"):
        fetcher.fetch(["extra"])
    with pytest.raises(UserFacingError, match="no model nose"):
        fetcher.fetch(["base"], ["nose"])
