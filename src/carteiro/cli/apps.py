"""``carteiro apps``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, Tenant, console, print_json, table

app = typer.Typer(
    no_args_is_help=True, help="Create and list the applications that may call the API."
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name for people, such as 'Backend'.")],
    tenant: Tenant = "default",
    management: Annotated[
        bool, typer.Option(help="Whether its tokens may carry the management API's scope `all`.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Create a machine-to-machine application and print its id and secret.

    Exchange the two for a token at `POST /oidc/token` (`carteiro apps create --help` shows no
    secret again: keep it).
    """
    from carteiro.flows.administer.access.applications import create_application

    async def run() -> dict[str, str]:
        async with opened_world(tenant) as world:
            made = await create_application(world, tenant, name=name, is_admin=management)
            return {"id": made.id, "secret": made.secret, "resource": made.resource}

    made = asyncio.run(run())
    if as_json:
        print_json({"name": name, "tenant": tenant, **made})
        return
    console().print(
        table(
            ["", name],
            [["id", made["id"]], ["secret", made["secret"]], ["resource", made["resource"]]],
        )
    )


@app.command("list")
def list_(tenant: Tenant = "default", as_json: Json = False) -> None:
    """List a tenant's applications."""
    from carteiro.flows.administer.access.applications import list_applications

    async def run() -> list[dict[str, str]]:
        async with opened_world(tenant) as world:
            rows = await list_applications(world, tenant)
            return [{"id": row.id, "name": row.name, "type": row.type} for row in rows]

    rows = asyncio.run(run())
    if as_json:
        print_json(rows)
        return
    console().print(table(["id", "name", "type"], [list(row.values()) for row in rows]))
