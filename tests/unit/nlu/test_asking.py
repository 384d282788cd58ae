"""What travels with a question."""

from __future__ import annotations

import pytest

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for

ON_FILE = ("8806", "20261118000188", "8806")


@pytest.mark.parametrize(
    ("state", "known"),
    [
        ("order_tail", ("8806",)),
        ("order_fact", ("8806",)),
        ("order_no", ("8806", "20261118000188")),
        ("phone_tail", ()),
        ("phone", ()),
        (None, ()),
    ],
)
def test_numbers_on_file_go_along_where_they_could_be_the_answer(
    bundle: Bundle, state: str | None, known: tuple[str, ...]
) -> None:
    assert expectation_for(bundle, state, known=ON_FILE).known == known
