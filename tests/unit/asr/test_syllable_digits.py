"""Numbers by sound: lengths, ways to say them, words instead, and numbers on file."""

from __future__ import annotations

from tests.unit.asr.lattices import hearing
from voicebot.asr.syllable_digits import hear_digits


def texts(
    said: str, counts: tuple[int, ...] = (), known: tuple[str, ...] = (), **doubts: dict[str, float]
) -> list[str]:
    return [one.text for one in hear_digits(hearing(said, doubts=doubts), counts, known)]


def test_digits_are_heard_one_by_one() -> None:
    assert texts("jiu ling qi ling", (4,))[0] == "9070"


def test_one_and_two_have_other_names() -> None:
    assert texts("yao san liang yi")[0] == "1321"


def test_two_of_a_kind_are_counted() -> None:
    assert texts("ba liang ge qi", (3,))[0] == "877"


def test_the_length_that_was_asked_for_wins_where_the_sound_allows_it() -> None:
    doubtful = {"wu": {"ling": 0.3}}
    assert len(texts("yi yi yi wu", (4,), (), **doubtful)[0]) == 4


def test_another_length_comes_at_less_confidence_where_there_is_no_doubt() -> None:
    short = hear_digits(hearing("si wu liu"), (8,))
    assert short[0].text == "456"
    assert short[0].confidence <= 0.5


def test_words_around_the_number_are_passed_over() -> None:
    assert texts("wei hao shi san san ling ba", (4,))[0] == "3308"


def test_words_are_no_number() -> None:
    assert texts("wo yao zhuan ren gong", (4,)) == []


def test_silence_is_no_number() -> None:
    assert texts("", (4,)) == []


def test_what_is_doubtful_comes_as_an_alternative() -> None:
    found = hear_digits(hearing("san qi er jiu", doubts={"jiu": {"liu": 0.6}}), (4,))
    assert [one.text for one in found][:2] == ["3729", "3726"]
    assert found[0].confidence > found[1].confidence


def test_a_number_on_file_wins_over_a_slightly_better_one() -> None:
    doubtful = {"jiu": {"liu": 0.6}}
    assert texts("san qi er jiu", (4,), ("3726", "8151"), **doubtful)[0] == "3726"


def test_a_number_on_file_that_was_not_said_does_not_come_first() -> None:
    found = texts("san qi er jiu", (4,), ("3726", "3720", "3739"))
    assert found[0] == "3729"


def test_two_numbers_on_file_that_fit_alike_leave_the_choice_open() -> None:
    found = texts("san qi er jiu", (4,), ("3726", "3727"), jiu={"liu": 0.8, "qi": 0.8})
    assert found[0] not in ("3726", "3727")
