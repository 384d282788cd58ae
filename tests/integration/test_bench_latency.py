"""`voicebot bench latency` as it is called: whole calls, figures, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from voicebot.cli.bench_latency import command


@pytest.mark.engines
def test_bench_latency_prints_and_writes_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_VAR_DIR", str(tmp_path / "var"))
    target = tmp_path / "latency.json"
    ran = CliRunner().invoke(
        command, ["--engine", "fake", "--calls", "1", "--turns", "2", "--json", str(target)]
    )
    assert ran.exit_code == 0, ran.output
    assert "p50 ≤ 1.0, p95 ≤ 1.6" in ran.output
    figures = json.loads(target.read_text(encoding="utf-8"))["virtual"]
    (call,) = figures["calls"]
    assert [exchange["said"] == exchange["heard"] for exchange in call["exchanges"]] == [True, True]
    assert 0 < figures["summary"]["greeting"]["p50"] <= 0.3
    assert 0.2 < figures["summary"]["response"]["p50"] <= 1.0
    assert figures["summary"]["underruns"] == 0
    stages = call["exchanges"][0]["stages"]
    assert sum(stages.values()) == pytest.approx(call["exchanges"][0]["response_seconds"], abs=0.001)


def test_a_fake_recogniser_cannot_be_had_in_a_real_server() -> None:
    for option in (["--real"], ["--simultaneous", "2"]):
        ran = CliRunner().invoke(command, ["--engine", "fake", *option])
        assert (ran.exit_code, "no fake recogniser" in ran.output) == (2, True)


@pytest.mark.engines
def test_calls_at_once_are_held_with_a_server_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEBOT_VAR_DIR", str(tmp_path / "var"))
    target = tmp_path / "load.json"
    ran = CliRunner().invoke(
        command, ["--simultaneous", "2", "--calls", "2", "--turns", "1", "--json", str(target)]
    )
    assert ran.exit_code == 0, ran.output
    (rung,) = json.loads(target.read_text(encoding="utf-8"))["simultaneous"]
    assert (rung["simultaneous"], rung["calls"], rung["failed"]) == (2, 2, [])
    assert rung["response"]["count"] >= 1
    assert rung["line_cpu_seconds"] > 0
    assert "2 at once" in ran.output
