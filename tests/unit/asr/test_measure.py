"""Errors are counted on what can be heard: not on marks, capitals or the way a number is written."""

from pathlib import Path

import pytest

from voicebot.asr.measure import Errors, character_errors, comparable, read_manifest, sound_errors
from voicebot.ops.errors import UserFacingError


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("两百六十九块", "269块。"),
        ("二百六十九块", "269 块"),
        ("九月三号", "9月3號"),
        ("幺三八，零零", "13800"),
        ("T恤", "t恤"),
    ],
)
def test_two_ways_of_writing_the_same_sound_are_one(written: str, other: str) -> None:
    assert comparable(written) == comparable(other)


def test_other_numbers_stay_other_numbers() -> None:
    assert comparable("一百二十") != comparable("一百零二")
    assert comparable("十二三个") == "十二三个"


def test_a_word_misspelt_is_wrong_by_character_and_right_by_sound() -> None:
    assert character_errors("我要退款", "我要推宽").rate == 0.5
    assert sound_errors("我要退款", "我要腿款").rate == 0.0
    assert sound_errors("我要退款", "我要换货").rate == 0.5


def test_all_together_long_sentences_count_for_more() -> None:
    both = Errors.of_all(
        [character_errors("一二三四五六七八", "一二三四五六七八"), character_errors("好", "不好")]
    )
    assert both == Errors(edits=1, length=9)
    assert Errors.of_all([]).rate is None


def test_a_manifest_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.tsv").write_text("file\ttext\na.wav\t好\n", encoding="utf-8")
    with pytest.raises(UserFacingError, match="columns"):
        read_manifest(tmp_path)
