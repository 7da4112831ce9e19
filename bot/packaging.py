"""`waybill teams`: what an administrator of Teams uploads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from .environment import environment

app = typer.Typer(help="What Teams has to know of the app.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """A group of its own, although it has one command yet."""


@app.command()
def package(
    out: Annotated[Path, typer.Argument(help="The zip to write.")] = Path("waybill-teams.zip"),
    *,
    name: Annotated[str, typer.Option(help="The firm, as its people read it.")],
    website: Annotated[str, typer.Option(help="The firm's address, https.")],
    privacy: Annotated[str, typer.Option(help="Its privacy notice; the website where none is given.")] = "",
    terms: Annotated[str, typer.Option(help="Its terms of use; the website where none is given.")] = "",
    app_id: Annotated[str, typer.Option(help="The bot's application id; MicrosoftAppId where none is given.")] = "",
    version: Annotated[str, typer.Option(help="To be raised with each upload.")] = "1.0.0",
) -> None:
    """Write the app as a zip for the Teams admin centre: manifest, icons, commands, and what it asks leave for."""
    from .teams.package import Firm, Unpackable, packaged

    known = app_id or environment().get("MicrosoftAppId", "")
    try:
        firm = Firm(
            app=str(UUID(known)),
            name=name,
            website=website,
            privacy=privacy or website,
            terms=terms or website,
            version=version,
        )
        data = packaged(firm)
    except Unpackable as error:
        typer.echo(f"Not written: {error}.", err=True)
        raise typer.Exit(2) from error
    except ValueError as error:
        typer.echo("Not written: the bot's application id is to be a GUID, in MicrosoftAppId or --app-id.", err=True)
        raise typer.Exit(2) from error
    out.write_bytes(data)
    typer.echo(f"{out} is written: upload it in the Teams admin centre, Teams apps, Manage apps.")
