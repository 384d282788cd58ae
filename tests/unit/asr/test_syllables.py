"""Syllables as initials and finals, and back; the tones in which they are said."""

from __future__ import annotations

import pytest

from tests.unit.asr.lattices import hearing
from voicebot.asr.syllables import TONAL_UNITS, UNITS, read, spelled, units_of, with_tones
from voicebot.language.pinyin import syllables
from voicebot.language.tones import in_speech, tones

EVERY_KIND = (
    "a yi wu yu zi zhi ci chi si shi ri jiu qu xue lv nv lve gui kuan hun yun yong weng er ang zhuang liu"
)


def names(syllable: str) -> list[str]:
    return [UNITS[unit] for unit in units_of(syllable) or ()]


def test_a_syllable_is_its_initial_and_its_final_as_they_sound() -> None:
    assert names("kuan") == ["k", "uan"]
    assert names("yi") == ["i"]
    assert names("xi") == ["x", "i"]
    assert names("si") == ["s", "ih"]
    assert names("shi") == ["sh", "ir"]
    assert names("jun") == ["j", "vn"]
    assert names("liu") == ["l", "iou"]


@pytest.mark.parametrize("syllable", EVERY_KIND.split())
def test_what_is_spelled_is_read_again(syllable: str) -> None:
    assert read(units_of(syllable) or ()) == (syllable,)


def test_a_lone_initial_is_no_syllable() -> None:
    assert read([UNITS.index("k"), *(units_of("tui") or ()), UNITS.index("z")]) == ("tui",)


def test_a_hum_is_said_with_the_nose_and_letters_by_their_names() -> None:
    assert units_of("n") == units_of("en")
    assert spelled(syllables("T恤")) == spelled(("ti", "xu"))
    assert spelled(("네",)) is None


def test_tones_belong_to_the_finals() -> None:
    tonal = with_tones(spelled(("bei", "jing")) or (), (3, 1))
    assert [TONAL_UNITS[unit] for unit in tonal] == ["b", "ei3", "j", "ing1"]
    with pytest.raises(ValueError, match="do not fit"):
        with_tones(spelled(("bei", "jing")) or (), (3,))


def test_tones_come_from_the_dictionary_and_change_beside_each_other() -> None:
    assert tones("北京，1") == (3, 1, 1)
    assert tones("T恤") is None
    assert in_speech("你好", tones("你好") or ()) == (2, 3)
    assert in_speech("不要", tones("不要") or ()) == (2, 4)
    assert in_speech("一天", tones("一天") or ()) == (4, 1)


def test_a_clip_tells_its_syllables_and_how_well_others_would_fit() -> None:
    heard = hearing("hang zhou", doubts={"hang": {"xing": 0.2}})
    assert heard.syllables == ("hang", "zhou")
    fits = [heard.log_probability(said) for said in (("hang", "zhou"), ("xing", "zhou"), ("bei", "jing"))]
    assert fits == sorted(fits, key=lambda fit: -(fit or 0.0))
    assert heard.log_probability(("네",)) is None
