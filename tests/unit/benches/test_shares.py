"""The interval of a share, against published values."""

import pytest

from voicebot.benches.shares import Share


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [  # Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17, 1998, table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert Share(count=count, of=of).interval == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    empty = Share.of_all([])
    assert empty.value is None
    assert empty.interval == (0.0, 1.0)
    assert Share.of_all([True, False, True, True]).value == 0.75
