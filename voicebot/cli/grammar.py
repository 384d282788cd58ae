"""`voicebot grammar`: checks what operators write."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from voicebot.asr.vocabulary import outside_vocabulary
from voicebot.dialogue.script import read_script
from voicebot.grammar.bundle import Bundle
from voicebot.grammar.diagnostics import Diagnostic, in_reading_order
from voicebot.ops import weights
from voicebot.ops.grammar_files import read_folder
from voicebot.settings import load_settings
from voicebot.shop.policy_file import read_policies


@click.group(name="grammar")
def command() -> None:
    """Check what callers may say and what the line answers.

    \b
    Example:
      voicebot grammar check
    """  # noqa: D301 - click reads this backspace


def findings(sources: dict[str, str]) -> list[Diagnostic]:
    """Every finding of every file: templates, states, wordings, policies."""
    bundle, diagnostics = Bundle.from_sources(sources)
    if bundle is not None:
        diagnostics = [*diagnostics, *read_script(bundle)[1]]
    if "policies.yaml" in sources:
        known = {(found.path, found.line, found.column) for found in diagnostics}
        found_in_policies = read_policies(sources["policies.yaml"])[1]
        diagnostics += [
            found for found in found_in_policies if (found.path, found.line, found.column) not in known
        ]
    return in_reading_order(diagnostics)


def _not_to_be_heard(sources: dict[str, str], models_dir: Path) -> list[Diagnostic]:
    """Phrases outside of Vosk's vocabulary, where its Mandarin model is there to ask."""
    bundle, _ = Bundle.from_sources(sources)
    if bundle is None or not weights.has("vosk-cn", models_dir=models_dir):
        return []
    from voicebot.asr.vosk import VoskEngine  # takes a second to import, mostly for nothing

    engine = VoskEngine.load(models_dir=models_dir, threads=1)
    try:
        return in_reading_order(outside_vocabulary(bundle, engine.unknown_words))
    finally:
        engine.close()


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.pass_context
def check(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """List everything that is wrong in FOLDER (by default the factory set), with file, line and column.

    Exit status 1 when there is an error; warnings alone leave it at 0.

    \b
    Example:
      voicebot grammar check
      voicebot grammar check --json grammars/zh-CN
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    chosen = folder or settings.grammars_dir / settings.locale
    sources = read_folder(chosen)
    found = [*findings(sources), *_not_to_be_heard(sources, settings.models_dir)]
    for diagnostic in found:
        click.echo(json.dumps(asdict(diagnostic), ensure_ascii=False) if as_json else diagnostic.render())
    errors = sum(diagnostic.is_error for diagnostic in found)
    if not as_json:
        click.echo(f"{errors} errors, {len(found) - errors} warnings in {chosen}", err=True)
    if errors:
        context.exit(1)
