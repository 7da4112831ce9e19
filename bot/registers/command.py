"""`waybill registry`: made again from the archive, written out, filled on the first day. Decides nothing.

Heavy packages are imported by the command that needs them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.environment import environment

if TYPE_CHECKING:
    from bot.settings import Settings

app = typer.Typer(help="Who may talk to whom.", no_args_is_help=True)

T = TypeVar("T")


class What(StrEnum):
    """Which half of the registry."""

    CONTACTS = "contacts"
    STAFF = "staff"


@app.command()
def rebuild() -> None:
    """Make the store's registry anew from the archive, while the service is stopped."""
    from . import rebuilding

    found = run(rebuilding.rebuild(settings_of()))
    typer.echo(f"The archive leads to revision {found.revision}; the store had {found.before} changes.")
    if found.first_other is None:
        typer.echo("They are the same.")
    else:
        typer.echo(f"From change {found.first_other} on they were others; now they are those of the archive.")


@app.command()
def export(what: Annotated[What, typer.Argument(help="contacts or staff")] = What.CONTACTS) -> None:
    """Write the registry as the archive has it to standard output, as CSV."""
    from .listing import contacts_csv, staff_csv
    from .opening import folded

    registry = run(folded(settings_of()))
    typer.echo(contacts_csv(registry) if what is What.CONTACTS else staff_csv(registry), nl=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with a head: number,name,purpose,language,consent_source")],
    by: Annotated[str, typer.Option(help="Entra object id of the registrar who answers for it.")],
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this it is only tried.")] = False,
) -> None:
    """Try a list of contacts or staff, row by row, and with --apply enter it, while the service is stopped."""
    from bot.app import utc_now

    from .importing import NotACsv, import_id, imported

    data = file.read_bytes()
    try:
        rows = run(imported(settings_of(), data, by, utc_now, apply=apply))
    except NotACsv as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for row in rows:
        typer.echo(f"{row.number:>6}  {row.verdict:<10}  {row.text}")
    counted = Counter(row.verdict for row in rows)
    typer.echo(", ".join(f"{number} {verdict}" for verdict, number in sorted(counted.items())) or "no rows", err=True)
    if not apply:
        typer.echo("Nothing was changed: --apply does it.", err=True)
    elif counted["requested"]:
        typer.echo(f"Somebody else approves the contacts in Teams: import approve {import_id(data)}", err=True)
    raise typer.Exit(1 if counted["wrong"] else 0)


def settings_of() -> Settings:
    """The settings; what is wrong with them ends the command."""
    from bot.settings import Settings, SettingsError

    try:
        return Settings.from_env(environment())
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do it; what is away, or at work, ends the command."""
    from bridge.errors import BridgeError

    try:
        return asyncio.run(work)
    except TimeoutError as error:
        typer.echo("The service is at work on this store: stop it first.", err=True)
        raise typer.Exit(1) from error
    except BridgeError as error:
        typer.echo(f"Not done: {error}", err=True)
        raise typer.Exit(1) from error
