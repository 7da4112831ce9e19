"""`waybill report`: what was unusual, in lines or as a page. Decides nothing.

Heavy packages are imported by the command that needs them.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from .registers.command import run, settings_of

app = typer.Typer(help="What those who supervise should know of.", no_args_is_help=True)


@app.callback()
def reports() -> None:
    """What those who supervise should know of."""


@app.command()
def irregularities(
    since: Annotated[str, typer.Option(help="How far back, in days: 31d.")] = "31d",
    html: Annotated[Path | None, typer.Option(help="Write a page with plots to this file.")] = None,
) -> None:
    """Say what was unusual, with the records behind it: from the archive alone, and no word of any message."""
    from bridge.supervision.daily import numbers

    from .app import utc_now
    from .report_page import page
    from .reporting import reported

    if not since.removesuffix("d").isdecimal() or not 0 < int(since.removesuffix("d")) <= 3660:
        typer.echo("--since is a number of days, like 31d.", err=True)
        raise typer.Exit(2)
    report = run(reported(settings_of(), timedelta(days=int(since.removesuffix("d"))), utc_now))
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
    for finding in report.findings:
        typer.echo(f"{finding.kind:<14} {finding.subject}: {finding.text} [{numbers(finding)}]")
    typer.echo(f"{report.messages:,} messages, {len(report.findings)} things to look at.", err=True)
