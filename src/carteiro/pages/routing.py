"""The pages of this process: those of signing in, the API's documentation, the mailbox."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from carteiro.errors import CarteiroError
from carteiro.pages import api_docs, assets, front, invitations, notices
from carteiro.pages.account import routing as account
from carteiro.pages.dress import dress_of
from carteiro.pages.mailbox import routes as mailbox_routes
from carteiro.pages.preview import demo_app
from carteiro.pages.rendering import compile_pages
from carteiro.pages.sign_in import routing as sign_in

_MACHINES = ("/api", "/oidc", "/assets", "/.well-known", "/mailbox")


def install(app: FastAPI, *, mailbox: Path | None) -> None:
    """Put the pages into an application; there is a mailbox only where one is configured."""
    compile_pages()
    app.state.shows_mailbox = mailbox is not None
    app.router.routes.extend(
        [*sign_in.routes, *invitations.routes, *notices.routes, *assets.routes]
    )
    app.router.routes.extend([*account.routes, *demo_app.routes])
    app.router.routes.extend(front.routes(has_mailbox=mailbox is not None))
    app.router.routes.extend(api_docs.routes(development=mailbox is not None))
    if mailbox is not None:
        app.router.routes.extend(mailbox_routes.routes)
    no_route = app.exception_handlers[HTTPException]

    async def no_page(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and _is_read(request):
            return await notices.not_found(request)
        answer: Response = await no_route(request, error)  # type: ignore[misc]
        return answer

    app.add_exception_handler(HTTPException, no_page)
    app.state.failed_page = failed_page
    app.state.dress_of = dress_of


async def failed_page(request: Request) -> Response | None:
    """What a person is shown after a defect; ``None`` for whoever is no person."""
    if not _is_read(request):
        return None
    try:
        return await notices.failed(request)
    except CarteiroError:
        return None


def _is_read(request: Request) -> bool:
    """Whether it is a browser that wants to show something."""
    path = request.scope["path"]
    machine = any(path == root or path.startswith(f"{root}/") for root in _MACHINES)
    return not machine and "text/html" in request.headers.get("accept", "")
