"""``carteiro connectors history|draft|diff|publish|rollback``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from carteiro.cli.history import (
    From,
    Note,
    Number,
    To,
    before_last,
    noted,
    print_changes,
    print_revisions,
    side,
)
from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, Tenant, read_object

if TYPE_CHECKING:
    from carteiro.flows.administer.mail.config_revisions import ConfigHistory, ConfigRevision
    from carteiro.flows.administer.mail.publishing import Line
    from carteiro.flows.world import World
    from carteiro.model.config_diff import Changes

T = TypeVar("T")
Connector = Annotated[
    str | None,
    typer.Option("--id", help="The connector; without it, the tenant's email connector."),
]


def history(id: Connector = None, tenant: Tenant = "default", as_json: Json = False) -> None:  # noqa: A002 - the wire's name
    """List what was published of a connector's config: by whom, when and why."""
    from carteiro.flows.administer.mail.config_revisions import get_config_history

    async def work(world: World, line: Line, id: str) -> ConfigHistory:  # noqa: A002 - as above
        return await get_config_history(world, line, tenant, id, None)

    found = _run(tenant, id, work)
    print_revisions(found.revisions.rows, found.live, as_json=as_json)


def draft(
    config: Annotated[
        Path,
        typer.Argument(
            help="The config: a JSON file; `******` stands for the secret that is there.",
            exists=True,
            dir_okay=False,
        ),
    ],
    id: Connector = None,  # noqa: A002 - the wire's name
    note: Note = None,
    tenant: Tenant = "default",
) -> None:
    """Save a config without sending through it."""
    from carteiro.flows.administer.mail.config_revisions import save_config_draft

    given, why = read_object(config), noted(note)

    async def work(world: World, line: Line, id: str) -> str:  # noqa: A002 - as above
        await save_config_draft(world, line, tenant, id, given, note=why)
        return id

    typer.echo(f"Saved the draft of {_run(tenant, id, work)}.")


def diff(
    old: From = "live",
    new: To = "draft",
    id: Connector = None,  # noqa: A002 - the wire's name
    tenant: Tenant = "default",
    as_json: Json = False,
) -> None:
    """Show what differs between two configs; of a secret only that it is another one."""
    from carteiro.flows.administer.mail.comparing import Side
    from carteiro.flows.administer.mail.config_revisions import compare_configs

    sides = [Side(side(given)) for given in (old, new)]

    async def work(world: World, line: Line, id: str) -> Changes:  # noqa: A002 - as above
        return await compare_configs(world, line, tenant, id, *sides)

    print_changes(_run(tenant, id, work), as_json=as_json)


def publish(id: Connector = None, note: Note = None, tenant: Tenant = "default") -> None:  # noqa: A002 - the wire's name
    """Send through the draft from now on."""
    from carteiro.flows.administer.mail.config_revisions import publish_config_draft

    why = noted(note)

    async def work(world: World, line: Line, id: str) -> ConfigRevision:  # noqa: A002 - as above
        return await publish_config_draft(world, line, tenant, id, note=why)

    typer.echo(f"Revision {_run(tenant, id, work).live} is live.")


def rollback(
    number: Number = None,
    id: Connector = None,  # noqa: A002 - the wire's name
    note: Note = None,
    tenant: Tenant = "default",
) -> None:
    """Send through an older config again, with the secrets that it had."""
    from carteiro.flows.administer.mail.config_revisions import get_config_history, restore_config

    why = noted(note)

    async def work(world: World, line: Line, id: str) -> ConfigRevision:  # noqa: A002 - as above
        wanted = number
        if wanted is None:
            found = await get_config_history(world, line, tenant, id, None)
            wanted = before_last(found.revisions.rows)
        return await restore_config(world, line, tenant, id, wanted, note=why)

    typer.echo(f"Revision {_run(tenant, id, work).live} is live.")


def add_to(app: typer.Typer) -> None:
    """Add these commands to another command's."""
    for command in (history, draft, diff, publish, rollback):
        app.command()(command)


def _run(tenant: str, id: str | None, work: Callable[[World, Line, str], Awaitable[T]]) -> T:  # noqa: A002 - the wire's name
    """Do something with a connector of either kind. Raises ``EntityNotFound``."""
    from carteiro.flows.administer.mail.config_revisions import line_of

    async def run() -> T:
        async with opened_world(tenant) as world:
            line, found = await line_of(world, tenant, id)
            return await work(world, line, found)

    return asyncio.run(run())
