"""The `waybill` command. Heavy packages are imported by the command that needs them: `--help` answers at once."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Annotated

import typer

from . import packaging, policies, reports
from .environment import environment
from .registers import command as registers

app = typer.Typer(
    name="waybill",
    help="WhatsApp in Microsoft Teams, with an archive you can verify yourself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local variables would show message text
)


@app.command()
def serve() -> None:
    """Run the service with the settings of the environment (and of a `.env` file)."""
    from .settings import Settings, SettingsError

    try:
        settings = Settings.from_env(environment())
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    from .observe import configure_logging
    from .serving import run

    configure_logging()
    raise typer.Exit(asyncio.run(run(settings, signals=(signal.SIGTERM, signal.SIGINT))))


@app.command()
def config() -> None:
    """Say what is wrong with the settings, all of it, without starting anything."""
    from .settings import Settings, SettingsError

    try:
        settings = Settings.from_env(environment())
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(settings)


@app.command()
def doctor(*, json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False) -> None:
    """Ask everything the service depends on whether it answers: a line for each, with what to do where it does not."""
    from .app import utc_now
    from .doctor import examine, report, unsettled
    from .observe import configure_logging
    from .settings import Settings, SettingsError

    configure_logging()
    try:
        checks = asyncio.run(examine(Settings.from_env(environment()), clock=utc_now))
    except SettingsError as error:
        checks = unsettled(error)
    typer.echo(report(checks, as_json=json))
    raise typer.Exit(int(any(check.verdict == "fail" for check in checks)))


app.add_typer(policies.app, name="policy")
app.add_typer(registers.app, name="registry")
app.add_typer(reports.app, name="report")
app.add_typer(packaging.app, name="teams")

store = typer.Typer(help="The durable store.", no_args_is_help=True)
app.add_typer(store, name="store")


@store.command()
def migrate(source: Annotated[str, typer.Argument(help="The old store, as sqlite:///<path>.")]) -> None:
    """Move an SQLite store to the PostgreSQL database in WAYBILL_STORE_URL, while the service is stopped."""
    from bridge.errors import StoreUnavailable
    from bridge.store.database import is_shared
    from bridge.store.moving import move

    from .settings import Settings, SettingsError

    try:
        target = Settings.from_env(environment()).bridge.store_url
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if not source.startswith("sqlite:///") or not is_shared(target):
        typer.echo("A store moves from sqlite:///<path> to the PostgreSQL database in WAYBILL_STORE_URL.", err=True)
        raise typer.Exit(2)
    try:
        moved = asyncio.run(move(source, target))
    except (StoreUnavailable, ValueError) as error:
        typer.echo(f"Not moved: {error}.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{moved} rows moved. Start the service on WAYBILL_STORE_URL; the old file is refused from now on.")


@store.command()
def rebuild() -> None:
    """Make a new store from the archive alone, where the old one is lost."""
    from .app import utc_now
    from .restoring import InUse, restore

    try:
        made = registers.run(restore(registers.settings_of(), utc_now))
    except InUse as error:
        typer.echo("The store of WAYBILL_STORE_URL is not empty. Move it away first: nothing is deleted.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{made.records:,} records led to {made.items:,} items and {made.conversations:,} conversations.")
    typer.echo(f"{made.waiting:,} items go on; of {made.on_their_way:,} messages it is asked whether they arrived.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def sandbox(context: typer.Context) -> None:
    """Both ends in a browser: a WhatsApp phone, a Teams channel and the archive, on this machine only."""
    from importlib import import_module

    try:
        module = import_module("infra.sandbox.__main__")  # not an import: the production image carries no sandbox
    except ModuleNotFoundError as error:
        typer.echo("The sandbox is part of a checkout of the project, and this is not one.", err=True)
        raise typer.Exit(1) from error
    raise typer.Exit(module.main(context.args) or 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def archive(context: typer.Context) -> None:
    """Verify and read the archive; the same program as `python -m archive`."""
    from archive.__main__ import main as archive_main

    raise typer.Exit(archive_main(context.args))


def main() -> None:
    """Run the command."""
    sys.exit(app())


if __name__ == "__main__":
    main()
