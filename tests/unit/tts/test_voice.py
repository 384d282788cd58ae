"""Prompts put together from clips rendered ahead, cached, or rendered now."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio import mulaw
from voicebot.tts.cache import ClipCache
from voicebot.tts.clip import clip_of
from voicebot.tts.engine import VoiceFailedError
from voicebot.tts.fake import FakeVoice
from voicebot.tts.prompts import PromptMissingError, PromptStore
from voicebot.tts.speakers import inventory
from voicebot.tts.voice import Voice

TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class APart:
    kind: str
    text: str


REFUND = (APart("text", "退款金额，"), APart("money", "19900"), APart("text", "。确认提交吗？"))


def a_voice(folder: Path, *rendered_ahead: str, engine: FakeVoice | None = None) -> Voice:
    store = PromptStore(folder / "prompts")
    for text in rendered_ahead:
        store.add(text, clip_of(FakeVoice().render(text)), engine="fake-1/tones")
    return Voice(store, ClipCache(folder / "cache"), engine)


def longest_quiet_ms(clip: bytes) -> float:
    loud = np.flatnonzero(np.abs(mulaw.decode(clip).astype(int)) > 200)
    return float(np.diff(loud).max()) / 8


def test_a_prompt_rendered_ahead_needs_no_engine(tmp_path: Path):
    voice = a_voice(tmp_path, "退款金额，", "一百", "九十九元", "确认提交吗？")
    assert voice.missing(REFUND, TODAY) == []
    assert voice.prompt_ready(REFUND, TODAY) == voice.prompt(REFUND, TODAY)


def test_what_is_missing_is_named_and_rendered_once(tmp_path: Path):
    engine = FakeVoice()
    voice = a_voice(tmp_path, "退款金额，", "一百", engine=engine)
    assert voice.prompt_ready(REFUND, TODAY) is None
    assert voice.missing(REFUND, TODAY) == ["九十九元", "确认提交吗？"]
    first = voice.prompt(REFUND, TODAY).audio
    assert engine.rendered == ["九十九元", "确认提交吗？"]
    assert not voice.missing(REFUND, TODAY)
    assert voice.prompt(REFUND, TODAY).audio == first
    assert engine.rendered == ["九十九元", "确认提交吗？"]


def test_without_an_engine_a_missing_prompt_is_named(tmp_path: Path):
    with pytest.raises(PromptMissingError, match="退款金额"):
        a_voice(tmp_path).prompt(REFUND, TODAY)


def test_an_engine_that_breaks_says_so_and_nothing_is_kept(tmp_path: Path):
    voice = a_voice(tmp_path, engine=FakeVoice(failing=frozenset({"一百"})))
    with pytest.raises(VoiceFailedError):
        voice.prompt(REFUND, TODAY)
    assert "一百" in voice.missing(REFUND, TODAY)


@pytest.mark.parametrize(("mark", "gap_ms"), [("", 30), ("，", 150), ("。", 280)])
def test_punctuation_decides_the_pause_between_clips(tmp_path: Path, mark: str, gap_ms: int):
    voice = a_voice(tmp_path, engine=FakeVoice())
    clip = voice.prompt([APart("text", f"您好{mark}"), APart("text", "请说")], TODAY).audio
    assert longest_quiet_ms(clip) == pytest.approx(gap_ms, abs=35)


def test_a_mark_that_opens_the_next_part_pauses_too(tmp_path: Path):
    voice = a_voice(tmp_path, engine=FakeVoice())
    before = voice.prompt([APart("name", "羽绒服"), APart("text", "，已经发货。")], TODAY).audio
    after = voice.prompt([APart("name", "羽绒服，"), APart("text", "已经发货。")], TODAY).audio
    assert len(before) == len(after)


def test_there_is_no_pause_before_the_first_and_after_the_last_word(tmp_path: Path):
    voice = a_voice(tmp_path, "您好")
    plain = voice.prompt([APart("text", "您好")], TODAY).audio
    assert (
        voice.prompt([APart("text", "，"), APart("text", "您好"), APart("text", "。")], TODAY).audio == plain
    )


def test_a_prompt_tells_where_each_of_its_parts_ends(tmp_path: Path):
    voice = a_voice(tmp_path, engine=FakeVoice())
    parts = [APart("text", "您好。"), APart("text", "请说。"), APart("money", "19900")]
    prompt = voice.prompt(parts, TODAY)
    first = voice.prompt(parts[:1], TODAY).audio
    assert len(prompt.part_ends_seconds) == 3
    assert prompt.part_ends_seconds[0] == pytest.approx(len(first) / 8000)
    assert list(prompt.part_ends_seconds) == sorted(prompt.part_ends_seconds)
    assert prompt.part_ends_seconds[-1] == pytest.approx(len(prompt.audio) / 8000)
    assert voice.prompt_ready(parts, TODAY) == prompt


def test_nothing_to_say_is_no_sound(tmp_path: Path):
    voice = a_voice(tmp_path)
    assert voice.prompt([], TODAY).audio == b""
    assert not voice.missing([APart("text", "。")], TODAY)


def steepest(clip: bytes) -> int:
    return int(np.abs(np.diff(mulaw.decode(clip).astype(int))).max())


def test_joins_make_no_click(tmp_path: Path):
    voice = a_voice(tmp_path, engine=FakeVoice())
    parts = [APart("phone", "13800001234"), *REFUND]
    alone = [clip_of(FakeVoice().render(text)) for text in voice.missing(parts, TODAY)]
    assert steepest(voice.prompt(parts, TODAY).audio) == max(steepest(clip) for clip in alone)


def test_a_usual_prompt_needs_nothing_rendered(tmp_path: Path):
    voice = a_voice(tmp_path, *inventory(), "退款金额，", "确认提交吗？")
    assert voice.prompt_ready(REFUND, TODAY) is not None
