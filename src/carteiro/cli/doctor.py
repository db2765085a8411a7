"""``carteiro doctor``."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from carteiro.cli.output import Json, Tenant, console, print_json

_MARKS = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "error": "[red]✗[/red]"}


def doctor(
    tenant: Tenant = "default",
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Print a fresh key for CARTEIRO_SECRET_KEYS.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check keys, database, connectors, sender and clock.

    Reaches the tenant's provider without sending. Exit status 1 when something must be mended.
    """
    from carteiro.runtime.checkup import Verdict, examine
    from carteiro.runtime.key_file import new_key as fresh_key
    from carteiro.settings import read_settings

    if new_key:
        typer.echo(fresh_key())
        return
    findings = asyncio.run(examine(read_settings(), tenant))
    if as_json:
        print_json(
            [
                {"check": finding.check, "verdict": finding.verdict, "message": finding.message}
                for finding in findings
            ]
        )
    else:
        screen = console()
        for finding in findings:
            mark = _MARKS[finding.verdict]
            screen.print(f"{mark} [bold]{finding.check}[/bold]  ", end="")
            screen.print(finding.message, markup=False)
    if any(finding.verdict is Verdict.ERROR for finding in findings):
        sys.exit(1)
