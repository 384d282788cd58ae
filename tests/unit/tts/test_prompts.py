"""The folder of prompts: found by text, whole or not at all, damage named at the start."""

import json
from pathlib import Path

import pytest

from voicebot.tts.prompts import PromptMissingError, PromptsDamagedError, PromptStore

ENGINE = "fake-1/tones"


def a_store(folder: Path, *texts: str, engine: str = ENGINE) -> PromptStore:
    store = PromptStore(folder)
    for text in texts:
        store.add(text, text.encode(), engine=engine)
    store.save()
    return PromptStore(folder)


def test_a_prompt_is_found_by_its_text_however_it_is_spaced(tmp_path: Path):
    store = a_store(tmp_path, "您好。", "请说。")
    assert store.find("您 好。") == "您好。".encode()
    assert store.find("您好") is None


def test_marks_before_the_first_word_are_pauses_and_no_part_of_a_prompt(tmp_path: Path):
    store = a_store(tmp_path, "已经发货。")
    assert store.find("，已经发货。") == store.find("已经发货。")
    store.require(["，已经发货。", "。"])


def test_a_folder_that_is_not_there_is_an_empty_store(tmp_path: Path):
    assert PromptStore(tmp_path / "none").find("您好。") is None


def test_the_speed_is_part_of_the_key(tmp_path: Path):
    store = a_store(tmp_path, "您好。")
    assert store.find("您好。", 0.8) is None


def test_the_clips_of_the_present_engine_win_over_older_ones(tmp_path: Path):
    store = PromptStore(tmp_path)
    store.add("您好。", b"new", engine="kokoro-2/a")
    store.add("您好。", b"old", engine="kokoro-1/a")
    store.add("请说。", b"new", engine="kokoro-2/a")
    store.save()
    assert PromptStore(tmp_path).find("您好。") == b"new"


def test_a_missing_prompt_is_named_with_the_remedy(tmp_path: Path):
    store = a_store(tmp_path, "您好。")
    store.require(["您好。"])
    with pytest.raises(PromptMissingError, match=r"“再见。”.*1 more") as caught:
        store.require(["您好。", "再见。", "请说。"])
    assert "voicebot prompts render" in caught.value.hint


def test_a_removed_prompt_is_gone_with_its_file(tmp_path: Path):
    store = a_store(tmp_path, "您好。", "请说。")
    store.remove(next(prompt for prompt in store.prompts() if prompt.text == "您好。"))
    store.save()
    assert [prompt.text for prompt in PromptStore(tmp_path).prompts()] == ["请说。"]
    assert len(list(tmp_path.glob("*.ulaw"))) == 1


def test_a_clip_that_was_changed_is_reported_by_file_and_text(tmp_path: Path):
    a_store(tmp_path, "您好。")
    clip = next(tmp_path.glob("*.ulaw"))
    clip.write_bytes(b"\xff" * 10)
    with pytest.raises(PromptsDamagedError, match=rf"{clip.name}.*您好。") as caught:
        PromptStore(tmp_path).load()
    assert "voicebot prompts render" in caught.value.hint


def test_a_clip_that_is_gone_is_reported_by_file_and_text(tmp_path: Path):
    a_store(tmp_path, "您好。")
    next(tmp_path.glob("*.ulaw")).unlink()
    with pytest.raises(PromptsDamagedError, match=r"您好。.*\.ulaw"):
        PromptStore(tmp_path).load()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 9, "sample_rate_hz": 8000, "engine": "e", "clips": {}}',
        '{"format": 1, "sample_rate_hz": 8000, "engine": "e", "clips": {"k": {"file": "a.ulaw"}}}',
        '{"format": 1, "sample_rate_hz": 8000, "engine": "e", "clips": []}',
    ],
)
def test_a_broken_manifest_is_reported_by_path(tmp_path: Path, broken: str):
    (tmp_path / "manifest.json").write_text(broken)
    with pytest.raises(PromptsDamagedError, match=r"manifest\.json"):
        PromptStore(tmp_path).load()


def test_a_manifest_cannot_name_files_outside_of_its_folder(tmp_path: Path):
    a_store(tmp_path, "您好。")
    manifest = tmp_path / "manifest.json"
    document = json.loads(manifest.read_text())
    next(iter(document["clips"].values()))["file"] = "../secret.ulaw"
    manifest.write_text(json.dumps(document))
    with pytest.raises(PromptsDamagedError, match=r"manifest\.json"):
        PromptStore(tmp_path).load()


def test_a_thousand_prompts_are_read_and_checked(tmp_path: Path):
    store = PromptStore(tmp_path)
    for number in range(1000):
        store.add(f"第{number}句。", bytes([number % 256]) * 8000, engine=ENGINE)
    store.save()
    read = PromptStore(tmp_path)
    read.load()
    assert len(read.prompts()) == 1000
