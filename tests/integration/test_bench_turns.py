"""`voicebot bench turns` as it is called: whole calls on the virtual clock, figures, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from voicebot.cli.bench_turns import command


@pytest.mark.engines
@pytest.mark.timeout(600)
def test_bench_turns_prints_and_writes_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_VAR_DIR", str(tmp_path / "var"))
    target = tmp_path / "turns.json"
    ran = CliRunner().invoke(
        command,
        ["--engine", "fake", "--limit", "1", "--situation", "echo -30 dB", "--situation", "silence",
         "--json", str(target)],
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    for expected in (
        "interruptions obeyed",
        "≥ 98 %",
        "backchannels ignored",
        "echo -30 dB",
        "false starts in 10",
    ):
        assert expected in ran.output
    report = json.loads(target.read_text(encoding="utf-8"))
    figures = report["conditions"]["echo -30 dB"]
    assert (report["without_a_place"], report["broken_calls"]) == (0, 0)
    assert (figures["obeyed"]["of"], figures["ignored"]["of"], figures["cut_off_numbers"]["of"]) == (1, 1, 1)
    assert figures["unanswered"] == 0
    assert 0.2 < figures["response"]["p50"] <= 2.0
    assert figures["greeting"]["p50"] <= 0.3
    outcomes = [outcome for call in report["calls"] for outcome in call["outcomes"]]
    assert {outcome["kind"] for outcome in outcomes} >= {"number", "interruption", "backchannel", "sentence"}
    assert report["silence"]["minutes"] > 0.5


def test_a_situation_that_there_is_not_is_named() -> None:
    ran = CliRunner().invoke(command, ["--situation", "underwater"])
    assert (ran.exit_code, "underwater" in ran.output) == (2, True)
