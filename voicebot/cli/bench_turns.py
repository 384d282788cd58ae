"""`voicebot bench turns`: who is cut off, who is yielded to, and how long an answer takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from voicebot.benches.latency import Spread
from voicebot.benches.shares import Share
from voicebot.benches.spoken import SpokenClips
from voicebot.benches.turns import CallFigures
from voicebot.benches.turns_figures import (
    TARGETS,
    Figures,
    as_json,
    cut_offs_by_pause,
    failures,
    false_starts_in_10_minutes,
    figures,
    grouped,
    silent,
    spoken,
)
from voicebot.benches.turns_line import Counted, Engine
from voicebot.benches.turns_plan import QUIET, read_plan
from voicebot.benches.turns_run import Sounds, batches, held, read_recorded
from voicebot.settings import load_settings

SHOWN_FAILURES = 40


@click.command(name="turns")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many of each kind in each situation.")
@click.option(
    "--situation",
    "only",
    multiple=True,
    help="Only this situation or condition, as the tables name it; again for more. `silence` is a situation.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another one is another run.")
@click.option(
    "--audio",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of recorded clips with manifest.tsv, mixed in: nods, short words, sentences, noises.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "whisper", "vosk", "fake"]),
    default="whisper",
    show_default=True,
    help="The recogniser; the fake one knows each clip and computes nothing.",
)
@click.option(
    "--count",
    "counted",
    type=click.Choice(["wall", "cpu"]),
    default="wall",
    show_default=True,
    help="Computing takes the time that passes or, on a busy machine, the processor's of this process.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    help="Lines held beside each other: quicker, and busier cores.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all figures there, and what became of each thing that was said.",
)
def command(
    limit: int | None,
    only: tuple[str, ...],
    seed: int,
    audio: Path | None,
    engine: str,
    counted: str,
    processes: int,
    json_file: Path | None,
) -> None:
    """Measure turn taking: cut-offs, interruptions, nods, waits, on whole calls over a virtual line.

    Callers in voices that nothing was tuned on read numbers with pauses between the groups, look for words,
    interrupt, and nod, in a quiet room, on a speakerphone, over noise and music, beside another speaker.

    \b
    Example:
      voicebot bench turns --audio clips/ --json turns.json
      voicebot bench turns --situation tails --limit 10
    """  # noqa: D301 - click reads this backspace
    recorded = read_recorded(audio) if audio else []
    plan = read_plan(seed, limit=limit, only=only, recorded=recorded)
    if not plan.situations and not plan.silences:
        raise click.UsageError(f"There is no situation or condition {' or '.join(only)}.")
    settings = load_settings()
    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    calls: list[CallFigures] = []
    left = broken = 0
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as progress:
        clips = SpokenClips(settings.var_dir / "spoken", settings.models_dir)
        missing = clips.missing(plan.utterances())
        speaking = progress.add_task("Rendering", total=len(missing))
        clips.render(missing, lambda _rendered: _advance(progress, speaking))
        work = batches(plan, Sounds(clips=clips, recorded=recorded, seed=seed))
        phoning = progress.add_task("Phoning", total=len(work))
        for done in held(work, cast("Engine", engine), cast("Counted", counted), processes):
            calls += done.calls
            left += done.left
            broken += done.broken
            progress.advance(phoning)
    if json_file:
        report: dict[str, Any] = {
            "engine": engine,
            "counted": counted,
            "seed": seed,
            "targets": TARGETS,
            "without_a_place": left,
            "broken_calls": broken,
            **as_json(calls),
        }
        json_file.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _print(Console(), calls, left, broken)
    if broken:
        raise SystemExit(1)


def _advance(progress: Progress, task: TaskID) -> None:
    progress.advance(task)


def _print(console: Console, calls: list[CallFigures], left: int, broken: int) -> None:
    talking = spoken(calls)
    if talking:
        everywhere = figures(talking)
        quiet = figures([call for call in talking if call.condition == QUIET])
        console.print(_shares(quiet, everywhere))
        console.print(_waits(quiet, everywhere))
        console.print(_by("condition", grouped(talking, lambda call: call.condition)))
        console.print(_by("situation", grouped(talking, lambda call: call.situation)))
        console.print(_pauses(talking))
        console.print(_reasons(everywhere))
    if silent(calls):
        console.print(_false_starts(silent(calls)))
    console.print(_failures(talking))
    if left:
        console.print(f"{left} had no place: the line never came to where they could be said.")
    if broken:
        console.print(f"[red]{broken} calls broke by a fault of the line.[/red]")


def _shares(quiet: Figures, everywhere: Figures) -> Table:
    table = Table("share", "quiet room", "everywhere", "target", title="Turns", title_justify="left")
    for name, pick in (
        ("interruptions obeyed", "obeyed"),
        ("backchannels ignored", "ignored"),
        ("cut off", "cut_off"),
        ("cut off inside numbers", "cut_off_numbers"),
        ("answered into", "talked_over"),
        ("cut off, read as one all the same", "mended"),
    ):
        row = (_share(getattr(quiet, pick)), _share(getattr(everywhere, pick)))
        table.add_row(name, *row, TARGETS.get(name, ""))
    for name, pick in (("calls", "calls"), ("turns", "turns"), ("of them with pauses", "paused"),
                       ("unanswered", "unanswered"), ("speech not noticed", "not_found"),
                       ("speech found where was none", "phantoms")):  # fmt: skip
        table.add_row(name, str(getattr(quiet, pick)), str(getattr(everywhere, pick)))
    return table


def _waits(quiet: Figures, everywhere: Figures) -> Table:
    table = Table(
        "seconds", "quiet: n", "p50", "p95", "everywhere: n", "p50", "p95", "target", title_justify="left"
    )
    table.title = "Waits"
    for name, pick in (
        ("response", "response"),
        ("first sound", "first_sound"),
        ("of it, silence", "silence"),
        ("yield", "yielding"),
        ("greeting", "greeting"),
        ("prompt resumed after a nod", "resumed"),
    ):
        spreads = (getattr(quiet, pick), getattr(everywhere, pick))
        cells = [cell for one in spreads for cell in (str(one.count), _seconds(one.p50), _seconds(one.p95))]
        table.add_row(name, *cells, TARGETS.get(name, ""))
    return table


def _by(what: str, groups: dict[str, list[CallFigures]]) -> Table:
    columns = (what, "turns", "response p50, p95", "yield p50, p95", "obeyed", "ignored", "cut off",
               "in numbers", "not noticed", "unanswered", "found in nothing")  # fmt: skip
    table = Table(*columns, title=f"By {what}", title_justify="left")
    for name, calls in groups.items():
        found = figures(calls)
        table.add_row(
            name,
            str(found.turns),
            _both(found.response),
            _both(found.yielding),
            _count(found.obeyed),
            _count(found.ignored),
            _count(found.cut_off),
            _count(found.cut_off_numbers),
            str(found.not_found),
            str(found.unanswered),
            str(found.phantoms),
        )
    return table


def _pauses(calls: list[CallFigures]) -> Table:
    table = Table(
        "pause inside", "cut off", title="Cut off, by where the caller paused", title_justify="left"
    )
    for name, share in cut_offs_by_pause(calls).items():
        table.add_row(name, _share(share))
    return table


def _reasons(found: Figures) -> Table:
    table = Table("closed by", "turns", title="Why turns were closed", title_justify="left")
    for name, count in found.closed_by.items():
        table.add_row(name, str(count))
    return table


def _false_starts(calls: list[CallFigures]) -> Table:
    rate = false_starts_in_10_minutes(calls)
    minutes = sum(call.seconds for call in calls) / 60
    title = f"Nobody speaks: {minutes:.1f} minutes, {rate or 0:.1f} false starts in 10"
    table = Table("sound", "minutes", "false starts", "of them read", title=title, title_justify="left")
    for name, some in grouped(calls, lambda call: call.condition).items():
        table.add_row(
            name,
            f"{sum(call.seconds for call in some) / 60:.1f}",
            str(sum(call.phantoms for call in some)),
            str(sum(call.phantom_turns for call in some)),
        )
    table.caption = f"Target: {TARGETS['false starts in 10 minutes']}"
    return table


def _failures(calls: list[CallFigures]) -> Table:
    found = failures(calls)
    table = Table("condition", "kind", "said", "heard", "what", title="What went wrong", title_justify="left")
    for one in found[:SHOWN_FAILURES]:
        what = []
        if one.is_cut_off:
            what.append(
                f"closed at {one.closed_inside_seconds[0]:.2f} of {one.seconds:.2f} s: {one.closed_by}"
            )
        if one.obeyed is False:
            what.append("not obeyed")
        if one.ignored is False:
            what.append("not ignored")
        if not one.found:
            what.append("not noticed")
        table.add_row(one.condition, one.kind, one.text, one.heard, ", ".join(what))
    if len(found) > SHOWN_FAILURES:
        table.caption = f"{len(found) - SHOWN_FAILURES} more are in the JSON."
    return table


def _share(share: Share) -> str:
    if share.value is None:
        return "–"
    low, high = share.interval
    return f"{share.value:.1%} ({share.count} of {share.of}; {low:.1%} to {high:.1%})"


def _count(share: Share) -> str:
    return "–" if share.value is None else f"{share.value:.0%} of {share.of}"


def _both(found: Spread) -> str:
    return "–" if found.p50 is None else f"{_seconds(found.p50)}, {_seconds(found.p95)}"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.3f}"
