"""`voicebot bench asr`: how well and how fast the recogniser hears callers, in all conditions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from voicebot import __version__, bootstrap
from voicebot.asr.choice import choose
from voicebot.asr.measure import Clip, read_manifest
from voicebot.benches.asr_conditions import CONDITIONS, NOISY, Channels, Condition
from voicebot.benches.asr_figures import TARGET_CONDITION, Figure, Speed, as_json, figures, speeds
from voicebot.benches.asr_run import Outcome, Sounds, hear_all, recorded_noises
from voicebot.benches.asr_trials import GROUPS, SEED, Group, Trial, recorded, synthesised, utterances
from voicebot.benches.spoken import HELD_OUT_VOICES, SpokenClips
from voicebot.settings import load_settings

SPREAD = 3
"""Conditions other than the telephone's hear every third trial: what changes between them is large."""


@click.command(name="asr")
@click.option(
    "--audio",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also a folder of WAV files with manifest.tsv: file, text, kind, source.",
)
@click.option("--set", "groups", multiple=True, type=click.Choice(GROUPS), help="Only these; else all.")
@click.option("--condition", "conditions", multiple=True, type=click.Choice(CONDITIONS), help="Only these.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="At most so many trials a set, drawn once and for all."
)
@click.option(
    "--spread",
    type=click.IntRange(min=1),
    default=SPREAD,
    show_default=True,
    help="Conditions other than telephone hear every so-many-th trial of a set.",
)
@click.option("--engine", help="The recogniser; by default VOICEBOT_ASR.")
@click.option("--parts", is_flag=True, help="Also a line for each source, intent, question and length.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all figures there, and every trial with what was heard.",
)
def command(
    audio: Path | None,
    groups: Sequence[Group],
    conditions: Sequence[Condition],
    limit: int | None,
    spread: int,
    engine: str | None,
    parts: bool,
    json_file: Path | None,
) -> None:
    """Measure what is heard of hotline sentences, numbers, closed questions and confirmations.

    The callers are synthesised, in voices on which nothing was tuned; the first run renders them (half an
    hour of computing), later ones find them kept. Recordings come with --audio: `word` is heard as a closed
    set of all words of its source, `noise` should give nothing, others are heard freely.

    \b
    Example:
      voicebot bench asr --audio clips/ --json asr.json
      voicebot bench asr --set numbers --condition telephone --limit 40
    """  # noqa: D301 - click reads this backspace
    settings = load_settings(**({"asr": engine} if engine else {}))
    knowledge = bootstrap.load_knowledge(settings)
    clips = read_manifest(audio) if audio else []
    everything = [*recorded(clips, knowledge.script), *synthesised(knowledge.script)]
    trials = [trial for trial in everything if not groups or trial.group in groups]
    jobs = chosen(trials, conditions or CONDITIONS, limit=limit, spread=spread)
    spoken = SpokenClips(settings.var_dir / "spoken", settings.models_dir)
    with _progress() as progress:
        missing = spoken.missing(utterances(trial for trial, _ in jobs))
        spoken.render(missing, _counter(progress, "Rendering", len(missing)))
        recogniser = choose(settings)
        try:
            sounds = Sounds(spoken, Channels(recorded_noises(clips)))
            heard = hear_all(recogniser, knowledge.reader, sounds, jobs, workers=settings.asr_threads)
            outcomes = list(_told(heard, _counter(progress, "Listening", len(jobs))))
            name = recogniser.name
        finally:
            recogniser.close()
    header = {
        "voicebot": __version__,
        "engine": name,
        "reader": knowledge.reader_version,
        "voices": list(HELD_OUT_VOICES),
        "seed": SEED,
        "workers": settings.asr_threads,
        "trials": len(outcomes),
        "recordings": _kinds(clips),
    }
    _print(header, figures(outcomes), speeds(outcomes), with_parts=parts)
    if json_file:
        report = {"run": header, **as_json(outcomes)}
        json_file.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def chosen(
    trials: Sequence[Trial], conditions: Sequence[Condition], *, limit: int | None, spread: int
) -> list[tuple[Trial, Condition]]:
    """Each set's trials in each condition, sampled where not all are heard."""
    jobs: list[tuple[Trial, Condition]] = []
    for group in GROUPS:
        here = [trial for trial in trials if trial.group == group]
        some = _sample(here, limit) if limit else here
        for condition in conditions:
            if group == "noise" and condition in NOISY:
                continue
            step = 1 if condition == TARGET_CONDITION else spread
            jobs += [(trial, condition) for trial in some[::step]]
    return jobs


def _sample(trials: Sequence[Trial], at_most: int) -> list[Trial]:
    """The same ones in every run; by chance, since voices and lengths follow each other in steps."""
    places = random.Random(SEED).sample(range(len(trials)), min(at_most, len(trials)))  # noqa: S311  no secret
    return [trials[place] for place in sorted(places)]


def _kinds(clips: Sequence[Clip]) -> dict[str, int]:
    return {kind: sum(clip.kind == kind for clip in clips) for kind in sorted({clip.kind for clip in clips})}


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


def _counter(progress: Progress, what: str, total: int) -> Callable[[object], None]:
    task = progress.add_task(what, total=total)
    return lambda _one: progress.advance(task)


def _told(outcomes: Iterable[Outcome], told: Callable[[object], None]) -> Iterable[Outcome]:
    for outcome in outcomes:
        told(outcome)
        yield outcome


def _print(
    header: dict[str, Any], found: Sequence[Figure], speed: Sequence[Speed], *, with_parts: bool
) -> None:
    console = Console()
    for name, value in header.items():
        console.print(f"[dim]{name}[/dim] {value}", highlight=False)
    console.print(_by_target(found, with_parts=with_parts))
    console.print(_by_condition(found, with_parts=with_parts))
    console.print(_speeds(speed))


def _by_target(found: Sequence[Figure], *, with_parts: bool) -> Table:
    """The condition that the targets are about, with intervals."""
    table = Table(
        Column("set", overflow="fold"),
        *("measure", "", "95 %", "of", "target", ""),
        title=f"What was heard: {TARGET_CONDITION}",
        title_justify="left",
    )
    last = ""
    for one in found:
        if one.condition != TARGET_CONDITION or not (with_parts or one.part == "" or one.target):
            continue
        interval = "" if one.low is None or one.high is None else f"{100 * one.low:.1f}–{100 * one.high:.1f}"
        name = _name(one)
        table.add_row(
            name if name != last else "",
            one.measure,
            _percent(one.value),
            interval,
            str(one.of) if one.count is None else f"{one.count}/{one.of}",
            one.target,
            _VERDICT[one.met],
        )
        last = name
    return table


def _by_condition(found: Sequence[Figure], *, with_parts: bool) -> Table:
    """The same side by side; how many were heard in each condition stands in the JSON."""
    shown = [one for one in found if with_parts or one.part == ""]
    conditions = [name for name in CONDITIONS if any(one.condition == name for one in shown)]
    table = Table(
        Column("set", overflow="fold"), "measure", *conditions, title="By condition", title_justify="left"
    )
    rows: dict[tuple[str, str], dict[str, Figure]] = {}
    for one in shown:
        rows.setdefault((_name(one), one.measure), {})[one.condition] = one
    last = ""
    for (name, measure), cells in rows.items():
        values = (_percent(cells[one].value) if one in cells else "" for one in conditions)
        table.add_row(name if name != last else "", measure, *values)
        last = name
    return table


_VERDICT = {True: "[green]met[/green]", False: "[red]missed[/red]", None: ""}


def _name(figure: Figure) -> str:
    return f"{figure.group} {figure.part}".strip()


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _speeds(found: Sequence[Speed]) -> Table:
    table = Table(
        *("condition", "utterances", "audio s", "real time factor", "p50 s", "p95 s", "failed"),
        title="Computing",
        title_justify="left",
    )
    for one in found:
        table.add_row(
            one.condition,
            str(one.utterances),
            f"{one.audio_seconds:.0f}",
            f"{one.real_time_factor:.3f}",
            f"{one.p50_seconds:.3f}",
            f"{one.p95_seconds:.3f}",
            str(one.failed),
        )
    return table
