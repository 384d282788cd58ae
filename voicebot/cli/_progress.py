"""Progress at a terminal, on standard error; what a command prints stays on standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Item = TypeVar("Item")


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """Show a moving bar for work of unknown length; yields what says the present step."""
    columns = (TextColumn("  {task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with _progress(columns) as progress:
        task = progress.add_task(what, total=None)
        yield lambda step: progress.update(task, description=step)


def counted(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Go through the items behind a bar that counts them."""
    columns = (TextColumn("  {task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with _progress(columns) as progress:
        task = progress.add_task(what, total=len(items))
        for item in items:
            yield item
            progress.advance(task)


def _progress(
    columns: tuple[TextColumn | BarColumn | TimeElapsedColumn | MofNCompleteColumn, ...],
) -> Progress:
    console = Console(stderr=True)
    # rich would send what is printed meanwhile to standard error too, where no pipe finds it
    return Progress(
        *columns,
        console=console,
        disable=not console.is_terminal,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
