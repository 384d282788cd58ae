"""Weights are verified before use: hashed once, then watched by size and time of change."""

import os
from pathlib import Path

import pytest

from tests.unit.ops.conftest import CONTENT, Place, a_file
from voicebot.ops import weights
from voicebot.ops.errors import UserFacingError
from voicebot.ops.weights import store as store_module
from voicebot.ops.weights.manifest import load_manifest
from voicebot.ops.weights.store import RECORD

WANTED = a_file()


@pytest.fixture
def model_file(place: Place) -> Path:
    (place.folder / "ear").mkdir(parents=True)
    path = place.folder / "ear" / "model.bin"
    path.write_bytes(CONTENT)
    return path


def test_a_missing_file_is_named_with_the_command_that_brings_it(place: Place):
    with pytest.raises(UserFacingError, match=r"ear/model\.bin is missing") as raised:
        place.store(WANTED).path("ear")
    assert "voicebot models fetch" in raised.value.hint


def test_a_file_of_a_group_that_is_not_fetched_by_itself_names_its_group(place: Place):
    store = place.store(a_file(group="voices"))
    quiet = store.manifest.model_copy(update={"default_groups": ("base",)})
    with pytest.raises(UserFacingError) as raised:
        store_module.Store(place.folder, quiet).path("ear", "model.bin")
    assert "fetch --group voices" in raised.value.hint


def test_a_second_look_does_not_hash_again(place: Place, model_file: Path, monkeypatch: pytest.MonkeyPatch):
    assert place.store(WANTED).path("ear") == model_file.parent

    def refuse(path: Path) -> str:
        raise AssertionError(f"hashed {path} again")

    monkeypatch.setattr(store_module, "hash_of", refuse)
    assert place.store(WANTED).path("ear", "model.bin") == model_file


def test_a_file_changed_since_is_found_damaged(place: Place, model_file: Path):
    place.store(WANTED).path("ear")
    model_file.write_bytes(bytes(len(CONTENT)))
    with pytest.raises(UserFacingError, match="damaged"):
        place.store(WANTED).path("ear")


def test_a_file_touched_but_unchanged_is_proved_anew(place: Place, model_file: Path):
    place.store(WANTED).path("ear")
    os.utime(model_file, ns=(1, 1))
    assert place.store(WANTED).has("ear")


def test_damage_behind_an_unchanged_time_is_found_by_hashing_again(place: Place, model_file: Path):
    store = place.store(WANTED)
    store.path("ear")
    before = model_file.stat()
    model_file.write_bytes(bytes(len(CONTENT)))
    os.utime(model_file, ns=(before.st_atime_ns, before.st_mtime_ns))
    (file,) = store.manifest.models["ear"].files
    assert store.look("ear", file) is store_module.State.VERIFIED
    assert store.look("ear", file, rehash=True) is store_module.State.DAMAGED


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"model.bin": {"model.bin": {"size": 1}}}'])
def test_a_torn_record_proves_nothing_and_harms_nothing(place: Place, model_file: Path, torn: str):
    (model_file.parent / RECORD).write_text(torn)
    assert place.store(WANTED).has("ear")


def test_an_unknown_model_or_file_is_named(place: Place):
    with pytest.raises(UserFacingError, match="no model nose"):
        place.store(WANTED).path("nose")
    with pytest.raises(UserFacingError, match=r"has no file other\.bin"):
        place.store(WANTED).path("ear", "other.bin")


def test_the_manifest_of_this_source_is_sound():
    manifest = load_manifest(weights.MANIFEST)
    assert {"whisper-base", "kokoro", "vosk-cn", "vosk-ko"} <= manifest.models.keys()
    for model in manifest.models.values():
        assert len({file.path for file in model.files}) == len(model.files)


def test_every_required_file_has_a_mirror_that_needs_no_npm():
    manifest = load_manifest(weights.MANIFEST)
    for model in manifest.models.values():
        for file in model.files:
            if manifest.groups[model.group_of(file)].required:
                assert any(str(mirror).startswith("pypi:") for mirror in file.mirrors), file.path


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("models: [", "not YAML"),
        ("groups: {}", "default_groups"),
        ("groups: {}\ndefault_groups: [base]\nmodels: {}", "no such group: base"),
    ],
)
def test_a_wrong_manifest_is_explained(tmp_path: Path, text: str, named: str):
    path = tmp_path / "manifest.yaml"
    path.write_text(text)
    with pytest.raises(UserFacingError, match=named) as raised:
        load_manifest(path)
    assert str(path) in raised.value.message


@pytest.mark.parametrize(
    "source",
    ["ftp://host/file", "http://example.com/file", "pypi:--index-url==1#x", "npm:name#x", "pypi:name==1"],
)
def test_a_mirror_of_unknown_form_is_refused(source: str):
    with pytest.raises(ValueError, match="expected https"):
        weights.manifest.Part.model_validate({"from": source})


@pytest.mark.parametrize("path", ["/etc/passwd", "../other/model.bin", "", ".verified.json"])
def test_a_file_outside_its_models_folder_is_refused(path: str):
    with pytest.raises(ValueError, match="relative path"):
        weights.manifest.WeightFile.model_validate(a_file(path=path))
