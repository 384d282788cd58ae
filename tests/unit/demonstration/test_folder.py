"""Each run of the demonstration has a folder of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from voicebot.demonstration.call import RUNS_KEPT, new_folder


def test_the_newest_runs_are_kept_and_a_new_one_has_its_own_folder(tmp_path: Path) -> None:
    earlier = [tmp_path / f"202611{day:02d}T100000-1" for day in range(1, 10)]
    for folder in earlier:
        folder.mkdir()
    folder = new_folder(tmp_path, datetime(2026, 11, 22, tzinfo=UTC))
    folder.mkdir()
    assert sorted(tmp_path.iterdir()) == [*earlier[-(RUNS_KEPT - 1) :], folder]
