"""``carteiro tenants``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, console, print_json, table

app = typer.Typer(no_args_is_help=True, help="Create and list tenants.")


@app.command()
def create(
    id: Annotated[str, typer.Argument(help="1 to 21 of `0-9a-z-`; also its host name.")],  # noqa: A002 - the wire's name
    name: Annotated[str, typer.Option(help="A name for people.")] = "My Project",
    tag: Annotated[str, typer.Option(help="`development` or `production`.")] = "development",
) -> None:
    """Create a tenant. Its API is at `<id>.<CARTEIRO_TENANT_DOMAIN>`."""
    from carteiro.flows.administer.tenant.tenants import TenantTag, create_tenant

    if tag not in set(TenantTag):
        raise typer.BadParameter("A tag is `development` or `production`.")

    async def run() -> None:
        async with opened_world() as world:
            await create_tenant(world, id, name=name, tag=TenantTag(tag))

    asyncio.run(run())
    typer.echo(f"Created the tenant {id}.")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the tenants."""
    from carteiro.flows.administer.tenant.tenants import list_tenants

    async def run() -> list[dict[str, str]]:
        async with opened_world() as world:
            return [
                {"id": row.id, "name": row.name, "tag": row.tag}
                for row in await list_tenants(world)
            ]

    rows = asyncio.run(run())
    if as_json:
        print_json(rows)
        return
    console().print(table(["id", "name", "tag"], [list(row.values()) for row in rows]))
