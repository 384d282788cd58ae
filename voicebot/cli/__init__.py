"""The root command, which loads the module of a subcommand only when that one is asked for."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import click

import voicebot
from voicebot.ops.errors import UserFacingError

OBJECT_NAME = "command"
"""What a module in this folder calls its click command; its file name is the command's name."""


class LazyCommands(click.Group):
    """Each module beside this file is a command of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names of all modules here, sorted; a leading underscore hides one."""
        modules = (found.name for found in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in modules if not name.startswith(("_", "bench_")))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, or return None when there is no such module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        found = getattr(module, OBJECT_NAME, None)
        if not isinstance(found, click.Command):
            raise TypeError(f"{module.__name__} has no click command object named '{OBJECT_NAME}'")
        return found


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(voicebot.__version__, prog_name="voicebot")
def root() -> None:
    """A Mandarin telephone hotline: run it, talk to it, teach it, measure it.

    \b
    Example:
      voicebot demo
    """  # noqa: D301 - click reads this backspace


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed (message and remedy on stderr), 2 wrong use."""
    try:
        root.main(args=None if arguments is None else list(arguments), prog_name="voicebot")
    except UserFacingError as error:
        click.secho(f"Error: {error.message}", err=True, fg="red")
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
        sys.exit(1)
