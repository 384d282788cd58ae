"""`voicebot bench asr`: how well and how fast the recogniser hears clips, clean and by telephone."""

import dataclasses
import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from voicebot.asr.choice import choose
from voicebot.asr.measure import CONDITIONS, Figures, figures, hear_all, read_manifest
from voicebot.settings import load_settings


@click.command(name="asr")
@click.option(
    "--audio",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of WAV files with manifest.tsv: file, text, kind, source.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only so many clips, spread over the manifest.")
@click.option("--engine", help="The recogniser; by default VOICEBOT_ASR.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the figures there.",
)
def command(audio: Path, limit: int | None, engine: str | None, json_file: Path | None) -> None:
    """Measure character and pinyin errors, closed sets, and the time that recognition takes.

    Clips of the kind `word` are heard as a closed set of all words of their source, `noise` should give
    nothing, others are heard freely.

    \b
    Example:
      voicebot bench asr --audio clips/ --limit 40 --json asr.json
    """  # noqa: D301 - click reads this backspace
    everything = read_manifest(audio)
    step = max(1, len(everything) // limit) if limit else 1
    clips = everything[::step][: limit or None]
    recogniser = choose(load_settings(**({"asr": engine} if engine else {})))
    errors = Console(stderr=True)
    try:
        heard = list(
            track(
                hear_all(recogniser, clips, everything),
                total=len(clips) * len(CONDITIONS),
                description="Listening",
                console=errors,
                disable=not errors.is_terminal,
            )
        )
        name = recogniser.name
    finally:
        recogniser.close()
    found = figures(heard)
    Console().print(_table(name, found))
    if json_file:
        report = {"engine": name, "figures": [dataclasses.asdict(one) for one in found]}
        json_file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _table(engine: str, found: list[Figures]) -> Table:
    table = Table("clips", "condition", "count", "CER", "pinyin", "exact", "wrong", "RTF", title=engine)
    for one in found:
        rates = (one.character_error_rate, one.sound_error_rate, one.exact_rate, one.wrong_rate)
        table.add_row(
            one.group,
            one.condition,
            str(one.clips),
            *("" if rate is None else f"{rate:.1%}" for rate in rates),
            f"{one.real_time_factor:.2f}",
        )
    return table
