"""``carteiro people``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Tenant
from carteiro.private_files import make_file

app = typer.Typer(no_args_is_help=True, help="Export and erase what is held of a person.")
Person = Annotated[str, typer.Argument(help="The person's id.")]


@app.command()
def export(
    id: Person,  # noqa: A002 - the wire's name
    out: Annotated[
        Path | None, typer.Option("--out", help="A new file, readable by its owner only.")
    ] = None,
    tenant: Tenant = "default",
) -> None:
    """Write everything that is held of a person as JSON; what is secret is only named."""
    from carteiro.flows.administer.people.export_person import export_person

    async def run() -> None:
        async with opened_world(tenant) as world:
            pieces = await export_person(world, tenant, id)
            if out is None:
                async for piece in pieces:
                    sys.stdout.write(piece)
                return
            make_file(out)
            with out.open("a", encoding="utf-8") as file:
                async for piece in pieces:
                    file.write(piece)

    asyncio.run(run())


@app.command()
def erase(
    id: Person,  # noqa: A002 - the wire's name
    tenant: Tenant = "default",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person for good; the audit log keeps what happened and names nobody."""
    from carteiro.flows.administer.people.erase_person import erase_person

    if not yes:
        typer.confirm(f"Erase everything of {id}? This cannot be undone.", abort=True)

    async def run() -> None:
        async with opened_world(tenant) as world:
            await erase_person(world, tenant, id)

    asyncio.run(run())
    typer.echo(f"Erased {id}.")
