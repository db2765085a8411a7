"""``carteiro templates languages``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, Tenant, console, print_json, table

if TYPE_CHECKING:
    from carteiro.flows.administer.mail.completeness import Looked
    from carteiro.model.page import Part

_SIZE = 100
"""Languages of a page."""
_MOST = 10_000


def languages(
    page: Annotated[
        int, typer.Option(help=f"The page of {_SIZE} languages.", min=1, max=_MOST)
    ] = 1,
    tenant: Tenant = "default",
    as_json: Json = False,
) -> None:
    """List the languages of the tenant, and which mails each one lacks."""
    from carteiro.flows.administer.mail.completeness import completeness_of_all
    from carteiro.model.page import Page

    async def run() -> Part[Looked]:
        async with opened_world(tenant) as world:
            return await completeness_of_all(world, tenant, Page(page, _SIZE))

    found = asyncio.run(run())
    if as_json:
        print_json([_as_json(row) for row in found.rows])
        return
    shown = [[row.language, _said(row)] for row in found.rows]
    console().print(table(["language", "lacks"], shown))
    left = found.total - page * _SIZE
    if left > 0:
        typer.echo(f"… and {left} more: --page {page + 1}")


def _said(row: Looked) -> str:
    if row.coverage is None:
        return "(not looked at: it would take too long)"
    return ", ".join(f"{one.type} ({one.lack})" for one in row.coverage.lacking) or "-"


def _as_json(row: Looked) -> dict[str, object]:
    lacking = row.coverage.lacking if row.coverage else []
    return {
        "languageTag": row.language,
        "isComplete": None if row.coverage is None else not lacking,
        "lacking": [{"templateType": one.type, "lack": one.lack} for one in lacking],
    }
