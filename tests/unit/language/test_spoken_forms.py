"""A table of what the bot says, to be read by ear: `pytest -s tests/unit/language/test_spoken_forms.py`."""

from datetime import date, timedelta
from decimal import Decimal

from voicebot.language.dates import say_date, say_time
from voicebot.language.identifiers import say_identifier
from voicebot.language.money import say_money
from voicebot.language.normalise import syllable_count
from voicebot.language.numbers import say_cardinal, say_decimal, say_digits, say_percentage

TODAY = date(2026, 11, 22)

ROWS: list[tuple[str, str]] = [
    *(
        (str(n), say_cardinal(n))
        for n in (0, 2, 12, 20, 105, 110, 222, 1015, 2005, 20_000, 102_000, 10_000_200)
    ),
    *((f"{fen} fen", say_money(fen)) for fen in (0, 5, 20, 200, 605, 650, 652, 19_900, 129_950, 200_500)),
    *(
        (f"{d:+d} days", say_date(TODAY + timedelta(days=d), TODAY))
        for d in (-800, -300, -30, -3, -1, 0, 2, 10, 60)
    ),
    *((t, say_time(t)) for t in ("00:00", "02:05", "08:15", "12:30", "14:50", "21:00", "14:00/16:30")),
    *((d, say_digits(d, telephone=True)) for d in ("1234", "123456", "13800001234")),
    ("20261120000123", say_digits("20261120000123")),
    ("SF1234567890123", say_identifier("SF1234567890123")),
    ("37.5", say_decimal(Decimal("37.5"))),
    ("3.5 %", say_percentage(Decimal("3.5"))),
]


def test_everything_said_is_words_for_the_ear() -> None:
    for written, said in ROWS:
        print(f"{written:>18}  {said}")  # noqa: T201  the table is read with -s
        assert syllable_count(said) >= 2 or len(written) == 1
        assert not any(character.isdigit() for character in said if character.isascii())
