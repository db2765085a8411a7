"""``carteiro migrate``."""

from __future__ import annotations

from typing import Annotated

import typer


def migrate(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing when all is well.")] = False,
) -> None:
    """Bring the database schema up to date.

    Safe to run again, and while older processes still serve. On SQLite `serve` does it by itself.
    """
    from carteiro.settings import read_settings
    from carteiro.storage.migrations import HEAD
    from carteiro.storage.migrations.run import migrate as upgrade

    settings = read_settings()
    upgrade(settings.database_url)
    if not quiet:
        typer.echo(f"The schema is at revision {HEAD}.")
