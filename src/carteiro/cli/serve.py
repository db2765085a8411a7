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
    load balancer. It stops on SIGTERM after the requests under way. Exit status 1 says that it
    could not start, in one sentence.
    """
    from carteiro.runtime.collector import hold_the_collector, spare_the_collector

    hold_the_collector()
    import structlog
    import uvicorn

    from carteiro.app import create_app
    from carteiro.errors import PortTaken
    from carteiro.runtime.leaving import LEAVE_SECONDS, leaving
    from carteiro.runtime.listening import ClientLimits, listener
    from carteiro.runtime.logs import configure_logs
    from carteiro.runtime.starting import Starting, bind
    from carteiro.settings import read_settings

    given: dict[str, Any] = {"host": host, "port": port}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logs(settings)
    sockets = bind(settings.host, settings.port)
    addresses = [":".join(map(str, server.getsockname()[:2])) for server in sockets]
    structlog.get_logger("carteiro").info("has the port", addresses=addresses)
    app = create_app(settings)
    starting = Starting(app)
    spare_the_collector()
    counted = settings.connections_per_address if not settings.trusted_proxies else 0
    limits = ClientLimits(
        head=settings.head_timeout, body=settings.body_timeout, per_address=counted or None
    )
    config = uvicorn.Config(
        starting,
        interface="asgi3",
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=listener(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=30,
    )
    server = leaving(config, app, LEAVE_SECONDS if settings.trusted_proxies else 0)
    try:
        # It ends the process by itself where a start failed.
        with suppress(KeyboardInterrupt, SystemExit):
            server.run(sockets)
    except OSError as error:
        raise PortTaken(f"Cannot listen on port {settings.port}: {error.strerror}.") from error
    if server.started or app.state.given_up.is_set():
        return
    if starting.failure is not None:
        raise starting.failure
    raise typer.Exit(1)
