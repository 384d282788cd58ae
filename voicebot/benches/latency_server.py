"""What a server process says of itself at /metrics, and how busy the machine is as a whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

_TIMEOUT_SECONDS = 10.0
_MACHINE = Path("/proc/stat")
_IDLE, _IO_WAIT = 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFigures:
    """Running totals since the server started."""

    cpu_seconds: float
    recognition_seconds: float
    final_waits: float
    """How many finals a worker has taken up."""
    final_wait_seconds: float
    """How long all of them together had waited."""


def read_figures(url: str) -> ServerFigures:
    """Ask the server at ``url``. Raises requests.RequestException."""
    answered = requests.get(f"{url}/metrics", timeout=_TIMEOUT_SECONDS)
    answered.raise_for_status()
    return figures_of(answered.text)


def figures_of(metrics: str) -> ServerFigures:
    """The figures in Prometheus text; 0 for one that is not there."""
    totals: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            totals[sample.name, sample.labels.get("priority", "")] = sample.value
    return ServerFigures(
        cpu_seconds=totals.get(("process_cpu_seconds_total", ""), 0.0),
        recognition_seconds=totals.get(("voicebot_recognition_seconds_sum", ""), 0.0),
        final_waits=totals.get(("voicebot_recognition_wait_seconds_count", "final"), 0.0),
        final_wait_seconds=totals.get(("voicebot_recognition_wait_seconds_sum", "final"), 0.0),
    )


def machine_busy_seconds() -> float | None:
    """Seconds that all cores together have worked since the machine started; None where it is not Linux."""
    if not _MACHINE.exists():
        return None
    ticks = [int(field) for field in _MACHINE.read_text().splitlines()[0].split()[1:9]]
    idle = ticks[_IDLE] + ticks[_IO_WAIT]
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")
