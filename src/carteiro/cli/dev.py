"""``carteiro dev``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def dev(
    folder: Annotated[
        Path, typer.Option(help="Where the database, its key and the mailbox are kept.")
    ] = Path(".carteiro"),
    port: Annotated[int, typer.Option(help="Listen on this port of 127.0.0.1.")] = 3001,
    reload: Annotated[bool, typer.Option(help="Start again when a Python file changes.")] = True,
) -> None:
    """Run a development server: one SQLite file, a mailbox, everything printed.

    The first start creates an application and sets up the built-in email service, sign-in by its
    codes and the account's pages: try it at `/demo-app` and `/account`. The mails stay in the
    mailbox at `/mailbox`, and so do copies of what other connectors send. Not for production.
    """
    import uvicorn

    from carteiro.cli.banner import prepare, show
    from carteiro.runtime.logs import configure_logs
    from carteiro.runtime.starting import bind
    from carteiro.settings import read_settings

    os.environ |= {
        "CARTEIRO_DATABASE_URL": f"sqlite:///{folder / 'dev.db'}",
        "CARTEIRO_PUBLIC_URL": f"http://localhost:{port}",
        "CARTEIRO_MAILBOX": str(folder / "mailbox"),
        "CARTEIRO_RELAY_FROM": "no-reply@carteiro.test",
        "CARTEIRO_EGRESS_GUARD": "false",
        "CARTEIRO_LOG_FORMAT": "text",
        "CARTEIRO_REQUEST_LOG": "true",
    }
    settings = read_settings()
    configure_logs(settings)
    for taken in bind("127.0.0.1", port):
        taken.close()
    show(prepare(settings), settings)
    uvicorn.run(
        "carteiro.app:from_environment",
        factory=True,
        host="127.0.0.1",
        port=port,
        reload=reload,
        reload_dirs=[str(Path(__file__).parents[1]), *_sources()] if reload else None,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _sources() -> list[str]:
    """The working directory's own code, so that a connector under development is reloaded too."""
    return [str(path) for path in (Path("src"), Path("examples")) if path.is_dir()]
