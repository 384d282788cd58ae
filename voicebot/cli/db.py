"""`voicebot db`: bring the database to this version, fill it with the demonstration shop."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from voicebot.ops.errors import UserFacingError
from voicebot.settings import load_settings
from voicebot.shop.demo.callers import CALLERS
from voicebot.shop.demo.seed import DEFAULT_SEED, NotADemoShopError, seed_shop
from voicebot.storage.database import Database


@click.group()
def command() -> None:
    """Make the tables, fill in the demonstration shop.

    \b
    Example:
      voicebot db upgrade && voicebot db seed
    """  # noqa: D301 - click reads this backspace


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def upgrade(as_json: bool) -> None:
    """Bring the tables to this version of voicebot; does nothing when they are.

    \b
    Example:
      VOICEBOT_DATABASE_URL=postgresql://voicebot@db/voicebot voicebot db upgrade
    """  # noqa: D301 - click reads this backspace
    database = Database(load_settings().database_url)
    database.upgrade()
    if as_json:
        click.echo(json.dumps({"database": database.address, "up_to_date": True}))
    else:
        click.echo(f"The database {database.address} is up to date.")
    database.close()


@command.command()
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Same seed, same shop.")
@click.option("--reset", is_flag=True, help="Make a demonstration shop anew; refuses any other shop.")
@click.option("--if-empty", is_flag=True, help="Leave another shop as it is instead of failing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def seed(seed: int, reset: bool, if_empty: bool, as_json: bool) -> None:
    """Fill an empty database with 优选商城, a fictitious shop.

    \b
    Example:
      voicebot db seed --reset
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    database = Database(settings.database_url)
    outdated = database.needs_upgrade()
    if outdated is not None:
        raise UserFacingError(outdated)
    try:
        report = seed_shop(database, datetime.now(UTC), settings.zone, seed, reset=reset)
    except NotADemoShopError:
        if not if_empty:
            raise
        click.echo(f"The shop in {database.address} is left as it is.")
        return
    finally:
        database.close()
    if as_json:
        click.echo(
            json.dumps(
                {
                    "database": database.address,
                    "seed": report.seed,
                    "already_there": report.already_there,
                    "customers": report.customers,
                    "products": report.products,
                    "orders": report.orders,
                }
            )
        )
        return
    if report.already_there:
        click.echo(
            f"The demonstration shop is there already, from seed {report.seed}; --reset makes it anew."
        )
    else:
        click.echo(
            f"优选商城 is open: {report.customers} customers, {report.products} products, "
            f"{report.orders} orders."
        )
    click.echo("Numbers to call from:")
    for caller in CALLERS:
        click.echo(f"  {caller.number}  {caller.can_try}")
