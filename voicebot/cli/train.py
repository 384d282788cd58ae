"""`voicebot train`: the intent classifier, from the templates and examples of a grammar."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from voicebot.cli._progress import working
from voicebot.grammar.bundle import Bundle
from voicebot.ops.classifier_files import is_trained, path_of, train_and_save
from voicebot.ops.errors import UserFacingError
from voicebot.ops.grammar_files import read_folder
from voicebot.settings import load_settings


@click.command(name="train")
@click.option("--if-needed", is_flag=True, help="Do nothing when a sound classifier lies ready.")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def command(folder: Path | None, if_needed: bool) -> None:
    """Train the intent classifier for the grammar in FOLDER (by default the factory set); about 15 seconds.

    \b
    Example:
      voicebot train
      voicebot train --if-needed grammars/zh-CN
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    chosen = folder or settings.grammars_dir / settings.locale
    bundle, diagnostics = Bundle.from_sources(read_folder(chosen))
    if bundle is None:
        errors = "\n".join(f"  {found.render()}" for found in diagnostics if found.is_error)
        raise UserFacingError(
            f"The grammar in {chosen} has mistakes:\n{errors}",
            "Correct them; voicebot grammar check lists them.",
        )
    path = path_of(settings.models_dir, bundle)
    if if_needed and is_trained(bundle, settings.models_dir):
        click.echo(f"The classifier is up to date: {path}")
        return
    with working("training") as say:

        def tell(step: str) -> None:
            say(step)
            if not sys.stderr.isatty():
                click.echo(f"  {step} …", err=True)

        trained = train_and_save(bundle, settings.models_dir, tell)
    click.echo(
        f"Trained on {trained.sentences} sentences; {trained.held_out_accuracy:.1%} right on templates and "
        f"examples kept apart. Written to {path}"
    )
