"""The root of the server: opens the world from the settings, serves it, closes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp

from carteiro.api import routing
from carteiro.api.account.cors import AnyOrigin
from carteiro.api.compression import Compression
from carteiro.api.context import Site
from carteiro.api.envelope import Envelope
from carteiro.api.experience import routes as experience
from carteiro.api.experience import verifications
from carteiro.api.hot import HotApplication
from carteiro.api.management.verification_codes import routes as verification_codes
from carteiro.api.oidc import routes as oidc
from carteiro.api.oidc.page_guard import PageGuard
from carteiro.api.request_lines import RequestLines
from carteiro.flows.operate.keys.holding import holding_keys
from carteiro.pages import routing as pages
from carteiro.pages.assets import routes as asset_routes
from carteiro.pages.sign_in.routing import PATHS
from carteiro.pages.sign_in.routing import routes as page_routes
from carteiro.runtime.logs import configure_logs
from carteiro.runtime.opening import open_world
from carteiro.runtime.running import running
from carteiro.settings import Settings, read_settings
from carteiro.storage.drivers.patience import Patience
from carteiro.version import VERSION

_WAIT = 300.0
"""Seconds that a server waits for its database: longer than PostgreSQL takes to recover."""
_log = structlog.get_logger("carteiro")


def create_app(settings: Settings) -> FastAPI:
    """Build the application; nothing is opened before it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        wait = settings.database_wait
        patience = Patience(seconds=_WAIT if wait is None else wait, ended=app.state.given_up)
        async with open_world(settings, patience=patience) as world:
            app.state.world = world
            # On PostgreSQL `carteiro worker` works off the queue.
            works = settings.sqlite_path is not None
            held = holding_keys(world, kind="serve", patience=patience)
            ran = running(world, settings, kind="serve", works=works, patience=patience)
            async with held, ran:
                _log.info("serving", url=settings.public_url, database=_kind(settings))
                yield

    def envelope(app: ASGIApp) -> ASGIApp:
        wrapped = Envelope(Compression(app))
        return RequestLines(wrapped) if settings.request_log else wrapped

    app = HotApplication(
        [
            *verification_codes.routes,
            *experience.routes,
            *verifications.routes,
            *oidc.routes,
            *page_routes,
            *asset_routes,
        ],
        envelope,
        title="Carteiro",
        version=VERSION,
        description="Codes, links and invitations by mail, in the person's language.",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        strict_content_type=False,
        redirect_slashes=False,
        # FastAPI's own would tell a tracer the query and an error's words.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.given_up = asyncio.Event()
    app.state.leaving = False
    app.state.site = Site(
        public_url=settings.public_url,
        tenant_domain=settings.tenant_domain,
        trusted_proxies=settings.trusted_proxies,
        console_url=settings.console_url,
        security_contacts=settings.security_contact,
        security_policy=settings.security_policy,
        status_api_key=(
            settings.status_api_key.get_secret_value() if settings.status_api_key else None
        ),
    )
    routing.install(app)
    pages.install(app, mailbox=settings.mailbox)
    app.add_middleware(PageGuard, looking=PATHS)
    app.add_middleware(AnyOrigin)
    app.add_middleware(Compression)
    app.add_middleware(Envelope)
    if settings.request_log:
        app.add_middleware(RequestLines)
    return app


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.sqlite_path else "postgresql"


def from_environment() -> FastAPI:
    """Build the application from the environment, for a server that imports it by name."""
    settings = read_settings()
    configure_logs(settings)
    return create_app(settings)
