"""`waybill policy`: what is wrong with a written policy, and what it would have changed. Publishes nothing.

Heavy packages are imported by the command that needs them.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .environment import environment

if TYPE_CHECKING:
    from bridge.firm.rehearsal import Rehearsal
    from bridge.firm.written import Written

app = typer.Typer(help="The firm's own policy.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The policy, as in bridge/POLICY.md.")]


@app.command()
def check(file: File) -> None:
    """Say what is wrong with a written policy, all of it."""
    written = _read(file)
    terms = sum(len(lexicon.terms) + len(lexicon.patterns) for lexicon in written.lexicons)
    typer.echo(f"{written.title}: {len(written.lexicons)} lists with {terms} terms. Nothing is wrong with it.")


@app.command("test")
def rehearse(file: File, since: Annotated[str, typer.Option(help="How far back, in days: 90d.")] = "90d") -> None:
    """Say what a written policy would have changed for the messages that staff wrote: counts, and no word of them."""
    from archive import ArchiveError
    from bridge.firm.rules import Firm

    from .rehearsing import rehearsed
    from .settings import Settings, SettingsError

    written = _read(file)
    if not since.removesuffix("d").isdecimal():
        typer.echo("--since is a number of days, like 90d.", err=True)
        raise typer.Exit(2)
    begin = datetime.now(UTC) - timedelta(days=int(since.removesuffix("d")))  # noqa: TID251 - a command has no clock
    try:
        settings = Settings.from_env(environment())
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    try:
        found = asyncio.run(rehearsed(settings.archive, Firm(0, written), begin))
    except ArchiveError as error:
        typer.echo(f"The archive cannot be read: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("\n".join(_told(found, begin)))


def _read(file: Path) -> Written:
    from bridge.firm.document import Unfit
    from bridge.firm.written import read

    try:
        return read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"It cannot be read: {type(error).__name__}.", err=True)
        raise typer.Exit(1) from error
    except Unfit as unfit:
        typer.echo("\n".join(unfit.problems), err=True)
        raise typer.Exit(1) from unfit


def _told(found: Rehearsal, since: datetime) -> list[str]:
    lines = [f"{found.messages:,} messages that staff wrote since {since:%Y-%m-%d %H:%M} UTC were looked at."]
    if found.unread:
        lines.append(f"{found.unread:,} records are sealed and were left out: there is no key for them here.")
    lines += [
        f"{number:,} would change: {before} -> {after}." for (before, after), number in found.changed.most_common()
    ]
    if not found.changed:
        lines.append("Nothing would have changed.")
    for title, counted in (("By entry", found.entries), ("By author, of those that change", found.authors)):
        if counted:
            lines.append(f"{title}: {', '.join(f'{name} {number:,}' for name, number in counted.most_common(20))}.")
    return lines
