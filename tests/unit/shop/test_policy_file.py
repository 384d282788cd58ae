"""Reading policies.yaml: what it changes, and every way in which it can be wrong."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.shop.policies import Policies
from voicebot.shop.policy_file import read_policies


def findings(text: str) -> list[tuple[str, int, int]]:
    policies, found = read_policies(text)
    assert policies is None
    return [(finding.code, finding.line, finding.column) for finding in found]


@pytest.mark.parametrize("text", ["", "# nothing but a remark\n", "{}"])
def test_a_file_without_keys_gives_the_defaults(text: str) -> None:
    assert read_policies(text) == (Policies(), [])


def test_a_key_that_stands_there_wins_and_its_neighbours_keep_their_defaults() -> None:
    policies, found = read_policies(
        'refund: {seven_days: {days: 10, freight_yuan: 8.5}}\nhumans: {opens: "08:30"}'
    )
    assert found == []
    assert policies is not None
    assert (policies.refund.seven_days.days, policies.refund.seven_days.freight_fen) == (10, 850)
    assert policies.refund.fault.days == 15
    assert policies.humans.opens == time(8, 30)


def test_all_mistakes_are_reported_at_once_in_reading_order() -> None:
    text = "\n".join(
        [
            "refund:",
            "  seven_days:",
            "    dayz: 7",
            "    freight_yuan: 1.234",
            "    excluded: [underwear, moody]",
            "  review: 3",
            "humans:",
            "  opens: 25:00",
            "unknown: 1",
        ]
    )
    assert findings(text) == [
        ("policy.unknown_key", 3, 5),
        ("policy.type", 4, 19),
        ("policy.word", 5, 27),
        ("policy.type", 6, 11),
        ("policy.type", 8, 10),
        ("policy.unknown_key", 9, 1),
    ]


def test_a_misspelt_key_is_told_its_neighbour() -> None:
    _, found = read_policies("refund: {seven_day: {}}")
    assert found[0].hint == "Did you mean seven_days?"


@pytest.mark.parametrize(
    "value",
    ["soon", "1.5", '"7"', "true", "[7]", "{}", "null", "", "2026-11-22", "0x1F_", "99999999999999999999"],
)
def test_days_are_a_whole_number_within_bounds(value: str) -> None:
    assert [code for code, _, _ in findings(f"repair:\n  days: {value}")] in (
        ["policy.type"],
        ["policy.range"],
    )


@pytest.mark.parametrize("value", ["12.345", ".nan", ".inf", '"12"', "-1", "1e9", "twelve", "[1]"])
def test_money_has_two_decimals_and_bounds(value: str) -> None:
    codes = [code for code, _, _ in findings(f"identity:\n  code_above_yuan: {value}")]
    assert codes in (["policy.type"], ["policy.range"])


@pytest.mark.parametrize("value", ["9:00", '"24:00"', '"09:60"', "09.00", "[]", '"0９:00"'])
def test_a_time_of_day_has_two_digits_each(value: str) -> None:
    assert findings(f"humans:\n  opens: {value}")[0][0] == "policy.type"


def test_a_broken_file_is_told_where_it_breaks() -> None:
    assert findings("refund:\n  fault: [quality\nrepair: {days: 3}\n")[0][0] == "policy.syntax"


def test_a_file_without_end_is_not_read() -> None:
    assert findings("#" * 200_000) == [("policy.syntax", 1, 1)]


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    policies, found = read_policies(text)
    assert (policies is None) == bool(found)
