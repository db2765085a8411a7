"""``carteiro config``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Tenant, counted

if TYPE_CHECKING:
    from carteiro.flows.administer.configuration.plan import Plan
    from carteiro.flows.administer.configuration.snapshot import Snapshot

app = typer.Typer(
    no_args_is_help=True,
    help="Carry a tenant's configuration from one to another: as a folder, or in one step.",
)
Folder = Annotated[Path, typer.Argument(help="The configuration's folder.", file_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]
Prune = Annotated[
    bool, typer.Option("--prune", help="Also delete what the configuration does not have.")
]
Secrets = Annotated[
    Path | None,
    typer.Option(
        "--secrets",
        help="A YAML file with the values of secrets, by their places; mode 600.",
        exists=True,
        dir_okay=False,
    ),
]
FromTenant = Annotated[str, typer.Option("--from", help="The tenant to read.", metavar="ID")]
ToTenant = Annotated[str, typer.Option("--to", help="The tenant to change.", metavar="ID")]


@app.command("export")
def export_(folder: Folder, tenant: Tenant = "default") -> None:
    """Write a tenant's configuration to a folder. Secrets are named, never written."""
    from carteiro.cli.config_folder import write_folder
    from carteiro.flows.administer.configuration.folder import to_files
    from carteiro.flows.administer.configuration.plan import snapshot_of

    async def run() -> Snapshot:
        async with opened_world(tenant) as world:
            return await snapshot_of(world, tenant)

    snapshot = asyncio.run(run())
    files = to_files(snapshot)
    write_folder(folder, files)
    typer.echo(f"Wrote {counted(len(files), 'file')} to {folder}.")
    for place in sorted(snapshot.secrets):
        typer.echo(f"  secret, by reference: {place}")


@app.command("import")
def import_(
    folder: Folder,
    tenant: Tenant = "default",
    secrets: Secrets = None,
    dry_run: DryRun = False,
    prune: Prune = False,
) -> None:
    """Make a tenant what a folder says: everything is checked first, then all of it or nothing."""
    wanted = _read(folder, secrets)
    _show(_run(tenant, wanted, prune=prune, dry_run=dry_run), dry_run=dry_run)


@app.command()
def diff(
    folder: Folder, tenant: Tenant = "default", secrets: Secrets = None, prune: Prune = False
) -> None:
    """Show what importing a folder would change.

    Exit status 1 when there is a difference, 2 when that cannot be told.
    """
    plan = _run(tenant, _read(folder, secrets), prune=prune, dry_run=True)
    _print(plan)
    if not plan.empty:
        sys.exit(1)


@app.command()
def promote(
    source: FromTenant,
    target: ToTenant,
    dry_run: DryRun = False,
    prune: Prune = False,
    with_secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Carry the source's secrets over, too."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Carry the configuration of one tenant, such as development, over to another one.

    The target keeps its own secrets; where it has none, `--with-secrets` takes the source's.
    """
    from dataclasses import replace

    snapshot = _snapshot(source)
    if not with_secrets:
        snapshot = replace(snapshot, secrets={})
    plan = _run(target, snapshot, prune=prune, dry_run=True)
    _print(plan)
    if dry_run or plan.empty:
        return
    if not yes:
        typer.confirm(f"Change the tenant {target}?", abort=True)
    _run(target, snapshot, prune=prune, dry_run=False)
    typer.echo(f"{target} is now configured as {source}.")


def _snapshot(tenant: str) -> Snapshot:
    from carteiro.flows.administer.configuration.plan import snapshot_of

    async def run() -> Snapshot:
        async with opened_world(tenant) as world:
            return await snapshot_of(world, tenant)

    return asyncio.run(run())


def _read(folder: Path, secrets: Path | None) -> Snapshot:
    from dataclasses import replace

    from carteiro.cli.config_folder import read_folder, read_secrets
    from carteiro.flows.administer.configuration.folder import from_files

    snapshot = from_files(read_folder(folder))
    return replace(snapshot, secrets=read_secrets(secrets)) if secrets else snapshot


def _run(tenant: str, wanted: Snapshot, *, prune: bool, dry_run: bool) -> Plan:
    from carteiro.flows.administer.configuration.plan import apply, compare

    async def run() -> Plan:
        async with opened_world(tenant) as world:
            do = compare if dry_run else apply
            return await do(world, tenant, wanted, prune=prune)

    return asyncio.run(run())


def _show(plan: Plan, *, dry_run: bool) -> None:
    _print(plan)
    if not plan.empty:
        typer.echo("Nothing was changed (dry run)." if dry_run else "Done.")


def _print(plan: Plan) -> None:
    for line in plan.lines:
        typer.echo(line)
    for place in plan.secrets:
        typer.echo(f"the secret {place} becomes another one")
    for warning in plan.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if plan.empty:
        typer.echo("No changes.")
