"""``carteiro keys``."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, console, print_json, table

if TYPE_CHECKING:
    from carteiro.flows.operate.keys.rotate import KeyUse, Resealed

app = typer.Typer(
    no_args_is_help=True,
    help="The keys that seal secrets and hash codes, and those that sign tokens.",
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the keys that the database knows, and how much still needs each."""
    from carteiro.flows.operate.keys.rotate import list_keys

    async def run() -> list[KeyUse]:
        async with opened_world() as world:
            return await list_keys(world)

    uses = asyncio.run(run())
    if as_json:
        print_json(
            [
                {
                    "id": use.id,
                    "state": use.state,
                    "configured": use.is_configured,
                    "sealed": dict(use.sealed),
                    "codes": use.codes.total if use.codes else 0,
                }
                for use in uses
            ]
        )
        return
    rows = [
        [use.id, use.state, "yes" if use.is_configured else "no", str(use.total)] for use in uses
    ]
    console().print(table(["id", "state", "configured", "needed by"], rows))


@app.command()
def add() -> None:
    """Make a new key: it opens from the next start of each process on, and seals after `reseal`.

    It is put first into the key file, or printed where the keys are in CARTEIRO_SECRET_KEYS.
    """
    from carteiro.errors import KeyRefused
    from carteiro.runtime import key_file
    from carteiro.settings import read_settings

    settings = read_settings()

    async def waiting() -> str | None:
        async with opened_world() as world:
            newest = world.keyring.key_ids[0]
            return newest if newest != world.keyring.primary else None

    if (newest := asyncio.run(waiting())) is not None:
        raise KeyRefused(f"The key {newest!r} is new already. Go on with: carteiro keys reseal")
    entry = key_file.new_key()
    path = key_file.path_of(settings)
    if path is None:
        typer.echo("Put this in front of CARTEIRO_SECRET_KEYS, with a comma behind it:", err=True)
        typer.echo(entry)
    else:
        key_file.put_first(path, entry)
        typer.echo(f"Put the key {entry.partition(':')[0]} first into {path}.")
    typer.echo("Start every process again, then run: carteiro keys reseal", err=True)


@app.command()
def reseal() -> None:
    """Seal with the newest key from now on, and move everything that is sealed to it.

    Runs beside processes that serve. Cut off, it goes on when it is run again.
    """
    from carteiro.flows.operate.keys.rotate import reseal as move

    async def run() -> Resealed:
        async with opened_world() as world:
            return await move(world)

    done = asyncio.run(run())
    for noun, count in done.moved.items():
        typer.echo(f"{count} {noun}")
    if not done.unreadable:
        typer.echo(f"Everything is sealed with {done.key_id}.")
    for noun, count in done.unreadable.items():
        typer.echo(f"{count} {noun} open with none of the configured keys.", err=True)
    if done.unreadable:
        raise typer.Exit(1)


@app.command()
def retire(
    id: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],  # noqa: A002 - the setting's name
) -> None:
    """Need a key no more; refused, with the reason, while something is sealed or hashed with it.

    It is taken out of the key file, or you take it out of CARTEIRO_SECRET_KEYS.
    """
    from carteiro.flows.operate.keys.rotate import retire_key
    from carteiro.runtime import key_file
    from carteiro.settings import read_settings

    async def run() -> None:
        async with opened_world() as world:
            await retire_key(world, id)

    asyncio.run(run())
    path = key_file.path_of(read_settings())
    if path is None:
        typer.echo(f"The key {id} is retired: take it out of CARTEIRO_SECRET_KEYS.")
        return
    key_file.drop(path, id)
    typer.echo(f"The key {id} is retired, and no longer in {path}.")


@app.command("rotate-signing")
def rotate_signing(
    tenant: Annotated[str, typer.Option(help="Whose tokens it signs.")] = "default",
    compromised: Annotated[
        bool,
        typer.Option(help="End the old keys at once: whatever they have signed is refused."),
    ] = False,
) -> None:
    """Sign a tenant's tokens with a new key, an hour after it is published.

    Old keys verify until what they have signed is over: nobody is signed out.
    """
    from carteiro.flows.operate.keys.signing import rotate_signing_key

    async def run() -> int:
        async with opened_world() as world:
            return await rotate_signing_key(world, tenant, compromised=compromised)

    begins = datetime.fromtimestamp(asyncio.run(run()) / 1000, UTC)
    typer.echo(f"The new key of {tenant} signs from {begins:%Y-%m-%d %H:%M:%S} UTC on.")
