"""`voicebot bench`: measurements on this machine; each is a module bench_<name> beside this one."""

import importlib
import pkgutil
from pathlib import Path

import click

from voicebot.cli import OBJECT_NAME

_PREFIX = "bench_"


class Benches(click.Group):
    """Finds the measurements by their file names, and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        modules = (found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)]))
        return sorted(
            name.removeprefix(_PREFIX).replace("_", "-") for name in modules if name.startswith(_PREFIX)
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"voicebot.cli.{_PREFIX}{cmd_name.replace('-', '_')}")
        found = getattr(module, OBJECT_NAME)
        return found if isinstance(found, click.Command) else None


@click.group(name="bench", cls=Benches)
def command() -> None:
    """Measure this machine: what it recognises, how fast it answers, how many calls it bears.

    \b
    Example:
      voicebot bench asr --audio clips/
    """  # noqa: D301 - click reads this backspace
