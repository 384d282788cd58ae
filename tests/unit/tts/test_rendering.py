"""Which texts are rendered ahead, what is missing, what is no longer said."""

from pathlib import Path

import pytest

from voicebot.tts import rendering
from voicebot.tts.engine import VoiceFailedError
from voicebot.tts.fake import FakeVoice
from voicebot.tts.prompts import PromptStore
from voicebot.tts.speakers import inventory


def test_clauses_names_and_units_are_wanted_once_each_without_leading_marks():
    texts = rendering.texts_to_render(["，已经发货。", "您好。", "您好。", "。"], ["羽绒服", "一百"])
    assert texts[:4] == ["已经发货。", "您好。", "羽绒服", "一百"]
    assert len(texts) == len(set(texts)) == 3 + len(inventory())


def test_only_what_is_new_is_rendered(tmp_path: Path):
    engine, store = FakeVoice(), PromptStore(tmp_path)
    rendering.render(store, ["您好。"], engine)
    missing = rendering.missing(store, ["您好。", "请说。"], engine.name)
    assert missing == ["请说。"]
    rendering.render(store, missing, engine)
    assert engine.rendered == ["您好。", "请说。"]
    assert rendering.missing(PromptStore(tmp_path), ["您好。", "请说。"], engine.name) == []
    assert rendering.missing(store, ["您好。"], "fake-2/tones") == ["您好。"]


def test_what_was_rendered_before_a_failure_is_kept(tmp_path: Path):
    engine = FakeVoice(failing=frozenset({"坏"}))
    with pytest.raises(VoiceFailedError):
        rendering.render(PromptStore(tmp_path), ["您好。", "坏", "请说。"], engine)
    assert [prompt.text for prompt in PromptStore(tmp_path).prompts()] == ["您好。"]


def test_prompts_no_longer_said_are_orphans_but_recordings_are_not_outdated(tmp_path: Path):
    store = PromptStore(tmp_path)
    store.add("您好。", b"a", engine="recorded")
    store.add("请说。", b"b", engine="fake-0/tones")
    store.add("旧的。", b"c", engine="fake-1/tones")
    said = ["您好。", "请说。"]
    assert [one.text for one in rendering.orphaned(store, said)] == ["旧的。"]
    assert [one.text for one in rendering.orphaned(store, said, "fake-1/tones")] == ["旧的。", "请说。"]


def test_several_processes_render_the_same_as_one(tmp_path: Path):
    source = rendering.Source(engine="espeak", models_dir=tmp_path, voice="cmn")
    done: list[str] = []
    rendering.render_in_processes(
        PromptStore(tmp_path),
        ["您好。", "请说。", "一百"],
        source,
        jobs=2,
        rendered=lambda one: done.append(one.text),
    )
    assert done == ["您好。", "请说。", "一百"]
    assert {one.engine for one in PromptStore(tmp_path).prompts()} == {"espeak-ng-1.52/cmn"}
