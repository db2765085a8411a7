"""``carteiro queue``."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, Tenant, console, print_json, table

app = typer.Typer(no_args_is_help=True, help="What waits to be delivered.")
MessageId = Annotated[str, typer.Argument(help="The message's id.")]


@app.command()
def stats(*, as_json: Json = False) -> None:
    """Show what waits and what is in hand, by tenant, and who delivers."""
    from carteiro.flows.operate.messages import queue_depth

    async def run() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with opened_world() as world:
            await world.presence.look()
            now = world.clock.now()
            waiting = [
                {
                    "tenant": depth.tenant_id,
                    "state": depth.state,
                    "messages": depth.total,
                    "oldestSeconds": max(0, now - depth.oldest) // 1000,
                }
                for depth in await queue_depth(world)
            ]
            alive = [
                {"process": entry.kind, "host": entry.host, "pid": entry.pid}
                for entry in world.presence.others
            ]
            return waiting, alive

    waiting, alive = asyncio.run(run())
    if as_json:
        print_json({"waiting": waiting, "processes": alive})
        return
    _print(waiting, "Nothing waits.")
    _print(alive, "No process delivers.")


def _print(rows: list[dict[str, Any]], none: str) -> None:
    if not rows:
        typer.echo(none)
        return
    console().print(table(list(rows[0]), [[str(value) for value in row.values()] for row in rows]))


@app.command()
def retry(message_id: MessageId, tenant: Tenant = "default") -> None:
    """Have a waiting message tried at once. One that has ended has no contents any more."""
    from carteiro.flows.operate.messages import hasten_message

    _run(hasten_message, tenant, message_id)
    typer.echo(f"Message {message_id} is due now.")


@app.command()
def cancel(message_id: MessageId, tenant: Tenant = "default") -> None:
    """Do not send a waiting message."""
    from carteiro.flows.operate.messages import cancel_message

    _run(cancel_message, tenant, message_id)
    typer.echo(f"Message {message_id} is cancelled.")


def _run(flow: Any, tenant: str, message_id: str) -> None:

    async def run() -> None:
        async with opened_world(tenant) as world:
            await flow(world, tenant, message_id)

    asyncio.run(run())
