"""`voicebot prompts`: which texts the line says, which of them are rendered, and rendering the rest."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from voicebot.ops.errors import UserFacingError
from voicebot.settings import Settings, load_settings
from voicebot.tts import rendering
from voicebot.tts.choice import open_engine
from voicebot.tts.engine import VoiceFailedError
from voicebot.tts.prompts import Prompt, PromptStore

WORDINGS = "wordings.yaml"


@click.group(name="prompts")
def command() -> None:
    """Render what the line says ahead of the calls, and list it.

    \b
    Example:
      voicebot prompts render --missing
    """  # noqa: D301 - click reads this backspace


@command.command()
@click.option(
    "--missing", "scope", flag_value="missing", default="missing", help="Only what is new (default)."
)
@click.option("--all", "scope", flag_value="all", help="Everything afresh.")
@click.option("--voice", help="The voice; by default VOICEBOT_VOICE.")
@click.option("--engine", help="The voice engine; by default VOICEBOT_TTS.")
@click.option("--jobs", type=click.IntRange(1, 16), default=1, show_default=True, help="Processes at once.")
@click.option("--prune", is_flag=True, help="Also delete the prompts that are no longer said.")
def render(scope: str, voice: str | None, engine: str | None, jobs: int, prune: bool) -> None:
    """Render the wordings of the grammar, the names in the shop, and digits, amounts and dates.

    Runs niced, so that calls on the same machine keep their time.

    \b
    Example:
      voicebot prompts render --missing
      voicebot prompts render --all --voice zm_yunxia --jobs 2
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    engine, voice = engine or settings.tts, voice or settings.voice
    texts = said_texts(settings)
    os.nice(rendering.NICENESS)
    store = PromptStore(folder_of(settings, voice))
    lock = settings.var_dir / f"prompts-{settings.locale}-{voice}.lock"
    with (
        _alone(lock),
        closing(open_engine(engine, models_dir=settings.models_dir, voice=voice)) as opened,
    ):
        if not opened.name.endswith(f"/{voice}"):
            raise UserFacingError(
                f"the voice {voice} is not here: {opened.name} would speak in its place",
                "Run 'voicebot models fetch', or name another voice with --voice.",
            )
        wanted = texts if scope == "all" else rendering.missing(store, texts, opened.name)
        try:
            with _bar(len(wanted)) as advance:
                if jobs == 1:
                    rendering.render(store, wanted, opened, rendered=advance)
                else:
                    source = rendering.Source(engine=engine, models_dir=settings.models_dir, voice=voice)
                    rendering.render_in_processes(store, wanted, source, jobs=jobs, rendered=advance)
        except VoiceFailedError as error:
            raise UserFacingError(f"rendering stopped: {error}", "What was done so far is kept.") from error
    old = rendering.orphaned(store, texts, opened.name) if prune else []
    for prompt in old:
        store.remove(prompt)
    if old:
        store.save()
    told = f"{len(wanted)} rendered, {len(old)} deleted, {len(store.prompts())} prompts in {store.folder}"
    click.echo(told)


@command.command(name="list")
@click.option("--voice", help="The voice; by default VOICEBOT_VOICE.")
@click.option("--missing", is_flag=True, help="Only texts that are not rendered.")
@click.option("--orphaned", is_flag=True, help="Only prompts that are no longer said.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_prompts(voice: str | None, missing: bool, orphaned: bool, as_json: bool) -> None:
    """List the prompts of a voice, or what is missing or no longer said.

    \b
    Example:
      voicebot prompts list --missing
      voicebot prompts list --json | head -3
    """  # noqa: D301 - click reads this backspace
    if missing and orphaned:
        raise click.UsageError("--missing and --orphaned exclude each other")
    settings = load_settings()
    store = PromptStore(folder_of(settings, voice or settings.voice))
    if missing:
        for text in said_texts(settings):
            if store.find(text) is None:
                click.echo(json.dumps({"text": text}, ensure_ascii=False) if as_json else text)
        return
    for prompt in rendering.orphaned(store, said_texts(settings)) if orphaned else store.prompts():
        click.echo(_as_json(prompt) if as_json else f"{prompt.seconds:6.2f} s  {prompt.file}  {prompt.text}")


def folder_of(settings: Settings, voice: str) -> Path:
    """Where the prompts of a voice lie."""
    return settings.prompts_dir / settings.locale / voice


def said_texts(settings: Settings) -> list[str]:
    """Every text to be rendered ahead: the wordings of the grammar, the names of the demonstration shop."""
    return rendering.texts_to_render(_clauses(settings), _names())


def _clauses(settings: Settings) -> list[str]:
    # Imported late, like the shop: `voicebot prompts --help` needs neither.
    from voicebot.dialogue.wording import read_wordings
    from voicebot.grammar.diagnostics import has_errors
    from voicebot.grammar.source import parse_document
    from voicebot.telephony.twiml import PROMPTS

    path = settings.grammars_dir / settings.locale / WORDINGS
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        hint = "Restore it, or set VOICEBOT_GRAMMARS_DIR."
        raise UserFacingError(f"{path} cannot be read: {error.strerror}", hint) from error
    document, found = parse_document(WORDINGS, text)
    if document is not None:
        wordings, more = read_wordings(document)
        found = [*found, *more]
    if document is None or has_errors(found):
        lines = [f"{one.path}:{one.line}:{one.column}: {one.message}" for one in found]
        raise UserFacingError("\n".join(lines), "Correct them; 'voicebot grammar check' explains each.")
    return [*wordings.fixed_clauses(), *PROMPTS.values()]


def _names() -> list[str]:
    from voicebot.shop.demo import spoken_names

    return list(spoken_names())


def _as_json(prompt: Prompt) -> str:
    fields = ("text", "file", "seconds", "engine", "speed")
    return json.dumps({field: getattr(prompt, field) for field in fields}, ensure_ascii=False)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Keep other processes from rendering the same voice: each would write a manifest of its own."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout as error:
        raise UserFacingError("another process renders this voice", f"Wait until {lock} is free.") from error


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Prompt], object]]:
    """A progress bar at a terminal; yields what advances it by one prompt."""
    console = Console(stderr=True)
    columns = (
        TextColumn("  rendering"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda prompt: progress.update(task, advance=1, description=prompt.text[:20])
