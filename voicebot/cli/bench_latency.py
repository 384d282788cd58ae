"""`voicebot bench latency`: how quickly calls are answered, on a virtual clock and over real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from voicebot.benches.latency import MeasuredCall, Spread, Summary, as_json, summed_up
from voicebot.benches.latency_load import under_load
from voicebot.benches.latency_load_figures import LoadFigures, ladder_as_json
from voicebot.benches.latency_run import CALLER_SCRIPTS, Engine, prepared, really, virtually
from voicebot.settings import load_settings

TARGETS = {
    "response": "p50 ≤ 1.0, p95 ≤ 1.6",
    "greeting": "≤ 0.3",
    "under-runs": "0",
}
LOAD_TARGETS = {"response p95": "≤ 1.5", "under-runs": "0"}
"""For many calls at once."""
REAL_CALLS = 2
"""Calls of the sample that is repeated over sockets: they take their real time."""
CALLS = 4
"""On the virtual clock, where nothing else is said."""
MOST_AT_ONCE = 200


def _rungs(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[int, ...]:
    """One number of calls at once, or several with commas between them."""
    parts = value.split(",") if value else []
    if not all(part.strip().isdecimal() and 1 <= int(part) <= MOST_AT_ONCE for part in parts):
        raise click.BadParameter(f"{value!r} is no list of numbers from 1 to {MOST_AT_ONCE}, as 1,4,8")
    return tuple(int(part) for part in parts)


@click.command(name="latency")
@click.option(
    "--calls",
    type=click.IntRange(1, 500),
    help=f"Calls to hold, {CALLS} by default; at each number at once, by default twice as many.",
)
@click.option("--turns", type=click.IntRange(min=1), help="At most so many sentences a call.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "whisper", "vosk", "fake"]),
    default="whisper",
    show_default=True,
    help="The recogniser; the fake one knows each sentence and computes nothing.",
)
@click.option("--real", is_flag=True, help="Repeat two calls over real sockets with a real server.")
@click.option(
    "--simultaneous",
    callback=_rungs,
    metavar="N,N,…",
    help="Instead, hold real calls to a real server, so many at once; 1,4,8 makes a ladder.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all figures there.",
)
def command(
    calls: int | None,
    turns: int | None,
    engine: str,
    real: bool,
    simultaneous: tuple[int, ...],
    json_file: Path | None,
) -> None:
    """Let simulated callers phone this machine's hotline and measure how quickly they are answered.

    The calls run on a virtual clock: what recognition, reading and the business compute is added to it.
    A shop of their own, in a temporary folder, is thrown away afterwards. Exit status 1 when a call got no
    answer at all.

    \b
    Example:
      voicebot bench latency --calls 8 --real --json latency.json
      voicebot bench latency --simultaneous 1,4,8,12,16,20
    """  # noqa: D301 - click reads this backspace
    if (real or simultaneous) and engine == "fake":
        raise click.UsageError("A server has no fake recogniser: take another --engine.")
    if simultaneous:
        _load(simultaneous, calls, turns, cast("Engine", engine), json_file)
        return
    calls = calls or CALLS
    sampled = min(REAL_CALLS, calls) if real else 0
    with _progress() as progress, prepared(load_settings(), calls, turns) as run:
        task = progress.add_task("Phoning", total=calls + sampled)

        def told(call: MeasuredCall) -> None:
            progress.update(task, advance=1, description=call.name)

        found = virtually(run, cast("Engine", engine), told)
        repeated = really(run, cast("Engine", engine), sampled, told) if real else []
    report: dict[str, Any] = {"engine": engine, "targets": TARGETS, "virtual": as_json(found)}
    if repeated:
        report["real"] = as_json(repeated)
    if json_file:
        json_file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    console = Console()
    _print(console, f"{engine}, virtual clock", found)
    if repeated:
        _print(console, f"{engine}, real sockets", repeated)
        _print_difference(console, summed_up(found[: len(repeated)]), summed_up(repeated))
    if any(call.response_count == 0 for call in [*found, *repeated]):
        raise SystemExit(1)


def _progress() -> Progress:
    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True)


def _load(
    rungs: tuple[int, ...], calls: int | None, turns: int | None, engine: Engine, json_file: Path | None
) -> None:
    with _progress() as progress, prepared(load_settings(), CALLER_SCRIPTS, turns) as run:
        task = progress.add_task("Phoning", total=len(rungs))

        def told(rung: LoadFigures) -> None:
            progress.update(task, advance=1, description=f"{rung.simultaneous} at once")

        found = under_load(run, engine, rungs, calls, told)
    if json_file:
        report = {"engine": engine, "targets": LOAD_TARGETS, "simultaneous": ladder_as_json(found)}
        json_file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    console = Console()
    console.print(_ladder(engine, found))
    for rung in found:
        for why in rung.failed:
            console.print(f"[yellow]{rung.simultaneous} at once: a call failed: {why}[/yellow]")
    if any(rung.failed or not rung.response.count for rung in found):
        raise SystemExit(1)


def _ladder(engine: str, rungs: list[LoadFigures]) -> Table:
    """A column for each number of calls at once."""
    table = Table(
        "seconds",
        *(f"{rung.simultaneous} at once" for rung in rungs),
        "target",
        title=f"Many calls at once: {engine}, real sockets",
        title_justify="left",
    )
    for name, of in _LOAD_ROWS.items():
        table.add_row(name, *(of(rung) for rung in rungs), LOAD_TARGETS.get(name, ""))
    return table


def _number(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}"


_LOAD_ROWS: dict[str, Callable[[LoadFigures], str]] = {
    "calls held": lambda rung: str(rung.calls),
    "minutes of calls": lambda rung: _number(rung.call_minutes),
    "answers": lambda rung: str(rung.response.count),
    "response p50": lambda rung: _seconds(rung.response.p50),
    "response p95": lambda rung: _seconds(rung.response.p95),
    "first sound p95": lambda rung: _seconds(rung.first_sound.p95),
    "greeting p95": lambda rung: _seconds(rung.greeting.p95),
    "yield p95": lambda rung: _seconds(rung.yielding.p95),
    "recognition after the end p95": lambda rung: _seconds(rung.recognition.p95),
    "a final's wait, mean": lambda rung: _seconds(rung.final_wait_seconds),
    "under-runs": lambda rung: str(rung.underruns),
    "unanswered": lambda rung: str(rung.unanswered),
    "carriers late p95": lambda rung: _seconds(rung.carrier_late.p95),
    "CPU a call minute: line": lambda rung: _number(rung.line_cpu_seconds),
    "CPU a call minute: callers": lambda rung: _number(rung.callers_cpu_seconds),
    "recognition, cores": lambda rung: _number(rung.recognition_cores),
    "recognitions an answer": lambda rung: _number(rung.recognitions_an_answer),
    "cores busy elsewhere": lambda rung: _number(rung.elsewhere_cores),
}


def _print(console: Console, title: str, calls: list[MeasuredCall]) -> None:
    summary = summed_up(calls)
    console.print(_heard(f"What was said and heard: {title}", calls))
    console.print(_figures(f"Latency: {title}", summary))
    console.print(_stages("Where the seconds of an answer go", summary))


def _heard(title: str, calls: list[MeasuredCall]) -> Table:
    table = Table("call", "said", "heard", "answered after", title=title, title_justify="left")
    for call in calls:
        for number, exchange in enumerate(call.exchanges):
            table.add_row(
                call.name if number == 0 else "",
                exchange.said,
                exchange.heard or "[dim]nothing[/dim]",
                _seconds(exchange.response_seconds),
            )
        for missing in call.unmet:
            table.add_row("", f"[yellow]{missing}[/yellow]")
    return table


def _figures(title: str, summary: Summary) -> Table:
    table = Table("seconds", "count", "p50", "p95", "largest", "target", title=title, title_justify="left")
    for name, spread in (
        ("response", summary.response),
        ("first sound", summary.first_sound),
        ("greeting", summary.greeting),
        ("yield", summary.yielding),
    ):
        table.add_row(name, *_cells(spread), TARGETS.get(name, ""))
    table.add_row("under-runs", str(summary.underruns), "", "", "", TARGETS["under-runs"])
    table.add_row("unanswered", str(summary.unanswered))
    return table


def _stages(title: str, summary: Summary) -> Table:
    table = Table("stage", "count", "p50", "p95", "largest", title=title, title_justify="left")
    for name, spread in summary.stages.items():
        table.add_row(name, *_cells(spread))
    return table


def _print_difference(console: Console, virtual: Summary, real: Summary) -> None:
    table = Table(
        "seconds",
        "virtual p50",
        "real p50",
        "difference",
        "virtual p95",
        "real p95",
        "difference",
        title="The same calls",
        title_justify="left",
    )
    for name in ("response", "first_sound", "greeting", "yielding"):
        there, here = getattr(virtual, name), getattr(real, name)
        row = (*_compared(there.p50, here.p50), *_compared(there.p95, here.p95))
        table.add_row(name.replace("_", " "), *row)
    console.print(table)


def _compared(virtual: float | None, real: float | None) -> tuple[str, str, str]:
    difference = "" if virtual is None or real is None else f"{real - virtual:+.3f}"
    return _seconds(virtual), _seconds(real), difference


def _cells(spread: Spread) -> tuple[str, ...]:
    return str(spread.count), _seconds(spread.p50), _seconds(spread.p95), _seconds(spread.largest)


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.3f}"
