"""``carteiro dkim``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, Tenant, console, print_json, table

if TYPE_CHECKING:
    from carteiro.storage.tenancy.dkim_keys import DkimKeyRow

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Keys that sign what leaves by SMTP. Those of the relay's domain are kept by the tenant "
        "`default`."
    ),
)
Domain = Annotated[str, typer.Argument(help="The domain in From, or one above it.")]
Selector = Annotated[str, typer.Argument(help="The key's selector, as `dkim list` shows it.")]


@app.command("list")
def list_(tenant: Tenant = "default", as_json: Json = False) -> None:
    """List the keys, and the records that publish them."""
    from carteiro.flows.administer.mail.dkim_keys import list_keys

    async def run() -> list[DkimKeyRow]:
        async with opened_world(tenant) as world:
            return await list_keys(world, tenant)

    rows = asyncio.run(run())
    if as_json:
        print_json([_shown(row) for row in rows])
        return
    lines = [[row.domain, row.selector, row.algorithm, row.state] for row in rows]
    console().print(table(["domain", "selector", "algorithm", "state"], lines))


@app.command()
def new(
    domain: Domain,
    tenant: Tenant = "default",
    selector: Annotated[
        str | None, typer.Option(help="Its selector; without it one is made up.")
    ] = None,
    ed25519: Annotated[
        bool, typer.Option(help="A key of Ed25519, to stand beside one of RSA.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a key and print the record to publish. It signs nothing before `dkim use`."""
    from carteiro.connectors.dkim.keys import KeyAlgorithm, zone_text
    from carteiro.flows.administer.mail.dkim_keys import make_key

    async def run() -> DkimKeyRow:
        async with opened_world(tenant) as world:
            algorithm = KeyAlgorithm.ED25519 if ed25519 else KeyAlgorithm.RSA
            return await make_key(
                world, tenant, domain=domain, algorithm=algorithm, selector=selector
            )

    row = asyncio.run(run())
    if as_json:
        print_json(_shown(row))
        return
    typer.echo("Publish this record:", err=True)
    typer.echo(f"{_host(row)}. IN TXT {zone_text(row.record)}")
    typer.echo(f"Then: carteiro dkim use {row.domain} {row.selector}", err=True)


@app.command()
def use(
    domain: Domain,
    selector: Selector,
    tenant: Tenant = "default",
    unseen: Annotated[
        bool, typer.Option(help="Do not ask the DNS whether it publishes the key.")
    ] = False,
) -> None:
    """Sign with a key from now on; refused while the DNS does not publish it.

    The one before it rests: delete it once its mail has arrived, some days later.
    """
    from carteiro.flows.administer.mail.dkim_keys import KeyName, use_key

    async def run() -> DkimKeyRow:
        async with opened_world(tenant) as world:
            name = KeyName(domain=domain, selector=selector)
            return await use_key(world, tenant, name, unseen=unseen)

    row = asyncio.run(run())
    typer.echo(f"{row.selector} signs for {row.domain}.")


@app.command()
def delete(domain: Domain, selector: Selector, tenant: Tenant = "default") -> None:
    """Delete a key for good. Once the one that signs is gone, mail goes unsigned."""
    from carteiro.flows.administer.mail.dkim_keys import KeyName, delete_key

    async def run() -> DkimKeyRow:
        async with opened_world(tenant) as world:
            return await delete_key(world, tenant, KeyName(domain=domain, selector=selector))

    row = asyncio.run(run())
    typer.echo(f"Deleted. Take the record {_host(row)} away, too.")


def _host(row: DkimKeyRow) -> str:
    return f"{row.selector}._domainkey.{row.domain}"


def _shown(row: DkimKeyRow) -> dict[str, object]:
    return {
        "domain": row.domain,
        "selector": row.selector,
        "algorithm": row.algorithm,
        "state": row.state,
        "record": {"type": "TXT", "name": _host(row), "value": row.record},
    }
