"""``carteiro worker``."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def worker(
    concurrency: Annotated[
        int | None, typer.Option(help="Messages in hand at once, instead of the setting.")
    ] = None,
) -> None:
    """Deliver what is queued, on PostgreSQL.

    Start as many as you like, on any machine. It stops on SIGTERM after the messages in hand. On
    SQLite `carteiro serve` delivers by itself.
    """
    from carteiro.runtime.collector import hold_the_collector, spare_the_collector

    hold_the_collector()
    import uvloop

    from carteiro.runtime.logs import configure_logs
    from carteiro.settings import read_settings
    from carteiro.worker import work

    given: dict[str, Any] = {} if concurrency is None else {"worker_concurrency": concurrency}
    settings = read_settings(**given)
    configure_logs(settings)
    spare_the_collector()
    uvloop.run(work(settings))
