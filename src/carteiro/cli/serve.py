"""``carteiro serve``."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="Listen on this address.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Listen on this port; 0 takes a free one.")
    ] = None,
) -> None:
    """Serve the API.

    One process. On SQLite it needs nothing else; on PostgreSQL start as many as you like behind a
    load balancer. It stops on SIGTERM after the requests under way.
    """
    from carteiro.collector import hold_the_collector, spare_the_collector

    hold_the_collector()
    import uvicorn

    from carteiro.app import create_app
    from carteiro.leaving import LEAVE_SECONDS, leaving
    from carteiro.logs import configure_logs
    from carteiro.settings import read_settings

    given: dict[str, Any] = {"host": host, "port": port}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logs(settings)
    app = create_app(settings)
    spare_the_collector()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=30,
    )
    server = leaving(config, app, LEAVE_SECONDS if settings.trusted_proxies else 0)
    # It ends the process by itself where a start failed.
    with suppress(KeyboardInterrupt, SystemExit):
        server.run()
    if not server.started and not app.state.given_up.is_set():
        raise typer.Exit(3)
