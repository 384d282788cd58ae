"""`voicebot models`: which model weights there are, fetch them, check every byte of them."""

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from voicebot.cli._progress import counted
from voicebot.ops.errors import UserFacingError
from voicebot.ops.weights import open_store
from voicebot.ops.weights.fetch import WORKPLACE, Fetcher
from voicebot.ops.weights.sources import Sources
from voicebot.ops.weights.store import State, Store
from voicebot.settings import Settings, load_settings


class Shown:
    """Tells a person how a fetch goes: a bar a file at a terminal, a line a file elsewhere."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._lively = console.is_terminal and not console.is_dumb_terminal
        self._tasks: dict[str, TaskID] = {}
        self._bars = Bars(
            TextColumn("  {task.description:<40}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not self._lively,
        )

    def __enter__(self) -> "Shown":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def _say(self, text: str) -> None:
        if self._lively:
            self._bars.console.print(text, highlight=False)
        else:
            click.echo(text, err=True)

    def waiting(self) -> None:
        """Say why nothing happens."""
        self._say("  Another process is fetching; waiting for it to finish.")

    def began(self, label: str, size: int | None) -> None:
        """Open a bar."""
        self._tasks[label] = self._bars.add_task(label, total=size)

    def advanced(self, label: str, done_bytes: int) -> None:
        """Move a bar."""
        self._bars.update(self._tasks[label], completed=done_bytes)

    def finished(self, label: str) -> None:
        """Fill a bar, or write the line."""
        task = self._tasks[label]
        self._bars.update(task, total=1, completed=1, visible=False)
        self._say(f"  {label}: fetched and verified")

    def failed(self, label: str, reason: str) -> None:
        """Close a bar; write why in one line."""
        self._bars.update(self._tasks[label], visible=False)
        self._say(f"  {label}: not to be had ({reason})")


@click.group("models")
def command() -> None:
    """List, fetch and verify the model weights that models/manifest.yaml names.

    \b
    Example:
      voicebot models list
      voicebot models fetch
    """  # noqa: D301 - click reads this backspace


@contextlib.contextmanager
def _stopping_cleanly() -> Iterator[None]:
    """Let a request to stop end the registry's client too, as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settings(models_dir: Path | None) -> Settings:
    return load_settings() if models_dir is None else load_settings(models_dir=models_dir)


MODELS_DIR = click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the weights, instead of VOICEBOT_MODELS_DIR.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a file, one a line.")


@command.command("list")
@MODELS_DIR
@AS_JSON
def list_files(models_dir: Path | None, as_json: bool) -> None:
    """Show every file, its size, licence and group, and whether it is here.

    \b
    Example:
      voicebot models list --json
    """  # noqa: D301 - click reads this backspace
    _show(open_store(_settings(models_dir).models_dir), as_json=as_json, rehash=False)


@command.command("verify")
@MODELS_DIR
@AS_JSON
def verify(models_dir: Path | None, as_json: bool) -> None:
    """Hash every file that is here; exit 1 if one is damaged or a required one is missing.

    \b
    Example:
      voicebot models verify
    """  # noqa: D301 - click reads this backspace
    store = open_store(_settings(models_dir).models_dir)
    found = _show(store, as_json=as_json, rehash=True)
    damaged = [label for label, (state, _) in found.items() if state is State.DAMAGED]
    groups = store.manifest.groups
    missing = [
        label
        for label, (state, group) in found.items()
        if state is State.MISSING and groups[group].required and group in store.manifest.default_groups
    ]
    if damaged or missing:
        said = [f"{label} is damaged." for label in damaged] + [f"{label} is missing." for label in missing]
        raise UserFacingError("\n".join(said), "Run `voicebot models fetch` to replace them.")


def _show(store: Store, *, as_json: bool, rehash: bool) -> dict[str, tuple[State, str]]:
    files = [(name, file) for name, model in store.manifest.models.items() for file in model.files]
    seen = counted(files, "verifying") if rehash else files
    states = {f"{name}/{file.path}": store.look(name, file, rehash=rehash) for name, file in seen}
    found: dict[str, tuple[State, str]] = {}
    for name, model in store.manifest.models.items():
        if not as_json:
            click.echo(f"{name}: {model.about} ({model.licence})")
        for file in model.files:
            state = states[f"{name}/{file.path}"]
            group = model.group_of(file)
            found[f"{name}/{file.path}"] = (state, group)
            if as_json:
                row: dict[str, object] = {
                    "model": name,
                    "file": file.path,
                    "group": group,
                    "state": state.value,
                }
                row |= {"size": file.size, "sha256": file.sha256, "licence": model.licence}
                row |= {"mirrors": [str(mirror) for mirror in file.mirrors]}
                click.echo(json.dumps(row, ensure_ascii=False))
            else:
                size = f"{file.size:>13,}" if file.size else f"{'?':>13}"
                click.echo(f"  {state.value:<9}{group:<10}{size}  {file.path}")
    return found


@command.command("fetch")
@click.option("--group", "groups", multiple=True, help="Fetch this group; may be repeated.")
@click.option("--model", "models", multiple=True, help="Fetch this model's files; may be repeated.")
@click.option(
    "--from",
    "local_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Look in this folder first (FOLDER/MODEL/FILE or FOLDER/FILE); works offline.",
)
@MODELS_DIR
def fetch(
    groups: tuple[str, ...], models: tuple[str, ...], local_folder: Path | None, models_dir: Path | None
) -> None:
    """Fetch what is missing or damaged; without options, all that a telephone line needs.

    Goes on where it was interrupted. A file is used only after its hash was found right.

    \b
    Example:
      voicebot models fetch
      voicebot models fetch --from /media/usb/models
    """  # noqa: D301 - click reads this backspace
    settings = _settings(models_dir)
    store = open_store(settings.models_dir)
    sources = Sources(store.folder / WORKPLACE, offline=settings.offline)
    with _stopping_cleanly(), Shown() as shown:
        fetcher = Fetcher(store, sources, shown, local_folder=local_folder and local_folder.absolute())
        outcomes = fetcher.fetch(groups or store.manifest.default_groups, models)
    lost = [outcome for outcome in outcomes if outcome.reason]
    for group in sorted({outcome.group for outcome in lost}):
        click.echo(f"  Group '{group}' is not complete: {store.manifest.groups[group].purpose}.", err=True)
    fetched = sum(outcome.fetched for outcome in outcomes)
    there = len(outcomes) - len(lost)
    click.echo(
        f"{there} of {len(outcomes)} files are in {store.folder} and verified ({fetched} fetched now)."
    )
