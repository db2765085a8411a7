"""``carteiro doctor``."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.output import Json, Tenant, console, print_json

if TYPE_CHECKING:
    from carteiro.runtime.checkup import Finding

_MARKS = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "error": "[red]✗[/red]"}


def doctor(
    tenant: Tenant = "default",
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Print a fresh key for CARTEIRO_SECRET_KEYS.")
    ] = False,
    sender: Annotated[
        bool,
        typer.Option(
            "--sender", help="Ask the DNS how receivers see the domains that mail comes from."
        ),
    ] = False,
    selector: Annotated[
        list[str] | None,
        typer.Option(help="With --sender: a DKIM selector to look at, too. May be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check keys, database, connectors, sender and clock.

    Reaches the tenant's provider without sending. Exit status 1 when something must be mended.
    """
    from carteiro.model.verdict import Verdict
    from carteiro.runtime.checkup import examine, examine_sending
    from carteiro.runtime.key_file import new_key as fresh_key
    from carteiro.settings import read_settings

    if new_key:
        typer.echo(fresh_key())
        return
    if sender:
        examined = examine_sending(read_settings(), tenant, selectors=selector or ())
    else:
        examined = examine(read_settings(), tenant)
    findings = asyncio.run(examined)
    if as_json:
        print_json([_shown(finding) for finding in findings])
    else:
        screen = console()
        for finding in findings:
            mark = _MARKS[finding.verdict]
            screen.print(f"{mark} [bold]{finding.check}[/bold]  ", end="")
            screen.print(finding.message, markup=False)
            if finding.record is not None:
                screen.print(f"    {finding.record}", markup=False)
    if any(finding.verdict is Verdict.ERROR for finding in findings):
        sys.exit(1)


def _shown(finding: Finding) -> dict[str, str]:
    shown = {"check": finding.check, "verdict": finding.verdict, "message": finding.message}
    return {**shown, "record": finding.record} if finding.record is not None else shown
