"""The root of the server: opens the world from the settings, serves it, closes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from carteiro.api import routing
from carteiro.api.context import Site
from carteiro.api.envelope import Envelope
from carteiro.api.hot import HotPath
from carteiro.api.management.verification_codes import routes as verification_codes
from carteiro.logs import configure_logs
from carteiro.maintenance import keep_tidy
from carteiro.opening import open_world
from carteiro.pages import routing as pages
from carteiro.settings import Settings, read_settings

_log = structlog.get_logger("carteiro")


def create_app(settings: Settings) -> FastAPI:
    """Build the application; nothing is opened before it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_world(settings) as world:
            app.state.world = world
            tasks = [
                asyncio.create_task(world.workspaces.follow_changes()),
                asyncio.create_task(keep_tidy(world)),
                asyncio.create_task(world.webhooks.run()),
            ]
            for task in tasks:
                task.add_done_callback(_report)
            _log.info("serving", url=settings.public_url, database=_kind(settings))
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPI(
        title="Carteiro",
        version=version("carteiro"),
        description="Codes, links and invitations by mail, in the person's language.",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        strict_content_type=False,
        redirect_slashes=False,
    )
    app.state.site = Site(
        public_url=settings.public_url,
        tenant_domain=settings.tenant_domain,
        trusted_proxies=settings.trusted_proxies,
    )
    routing.install(app)
    pages.install(app, mailbox=settings.mailbox)
    app.add_middleware(HotPath, routes=verification_codes.routes)
    app.add_middleware(Envelope)
    return app


def _report(task: asyncio.Task[None]) -> None:
    """A background task ends when the server does; if it ends before, that is a defect."""
    if not task.cancelled():
        error = task.exception()
        _log.error("a background task stopped", task=task.get_name(), error=type(error).__name__)


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.sqlite_path else "postgresql"


def from_environment() -> FastAPI:
    """Build the application from the environment, for a server that imports it by name."""
    settings = read_settings()
    configure_logs(settings)
    return create_app(settings)
