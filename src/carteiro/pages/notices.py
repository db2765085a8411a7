"""Pages that say what has happened and what to do next: for whoever is on no way, or at its end."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carteiro.api.context import context_of
from carteiro.api.cookies import logto_hints
from carteiro.api.envelope import REQUEST_NAME
from carteiro.api.speaking import spoken_to
from carteiro.flows.sign_in.screens.home import home_of
from carteiro.flows.sign_in.show_settings import experience_of
from carteiro.languages.farewells import SIGNED_OUT
from carteiro.pages.frame import Frame, render


async def notice(
    request: Request,
    title: str,
    help_: str,
    *,
    status: int = 200,
    names_request: bool = False,
    way_on: tuple[str, str] | None = None,
) -> Response:
    """A page with a heading and a sentence, by their keys; ``way_on`` is an address and its key.

    It is in the tenant's look and in the browser's language. Raises ``UnknownTenant``.
    """
    frame = await frame_of_tenant(request)
    spoken, experience = frame.spoken, frame.experience
    values: dict[str, Any] = {
        "title": spoken.say(title),
        "help": spoken.say(help_),
        "request_name": request.scope.get(REQUEST_NAME) if names_request else None,
        "way_on": None if way_on is None else (way_on[0], spoken.say(way_on[1])),
        "support": experience.get("supportEmail"),
        "support_site": experience.get("supportWebsiteUrl"),
    }
    return render(request, "notice.html", frame, status=status, **values)


async def frame_of_tenant(request: Request, **more: Any) -> Frame:
    """The frame of a page that belongs to no interaction. Raises ``UnknownTenant``.

    ``more`` is what else the frame has. The language is the one that the browser asks for.
    """
    context = context_of(request)
    workspace = await context.world.workspaces.of(context.tenant_id)
    spoken = await spoken_to(request, workspace)
    experience = experience_of(workspace)
    given = {"name": "", **more}
    return Frame(spoken=spoken, workspace=workspace, experience=experience, **given)


async def unknown_session(request: Request) -> Response:
    """Nobody is on the way here: the page says so, and leads back to the application."""
    context = context_of(request)
    came_from = logto_hints(request).get("appId")
    home = await home_of(context.world, context.tenant_id, came_from)
    return await notice(
        request,
        "own.session_over",
        "own.session_over_help",
        names_request=True,
        way_on=None if home is None else (home, "action.back"),
    )


async def account_suspended(request: Request) -> Response:
    """The account is shut; whoever has another one may sign in with that."""
    title, help_ = "error.account_suspended", "error.account_suspended_description"
    client_id = request.query_params.get("app_id")
    back = f"/sign-in?{urlencode({'app_id': client_id})}" if client_id else None
    way_on = (back, "description.back_to_sign_in") if back else None
    return await notice(request, title, help_, way_on=way_on)


async def not_found(request: Request) -> Response:
    """There is no such page."""
    title, help_ = "own.page_not_found", "own.page_not_found_help"
    return await notice(request, title, help_, status=404, names_request=True)


async def failed(request: Request, status: int = 500) -> Response:
    """A defect of ours: nothing of it is told but the request's name, which the log has too."""
    title, help_ = "error.something_went_wrong", "own.failed_help"
    return await notice(request, title, help_, status=status, names_request=True)


async def signed_out(request: Request) -> Response:
    """The last word where no application has one; clients know the page by its title."""
    context = context_of(request)
    workspace = await context.world.workspaces.of(context.tenant_id)
    spoken = await spoken_to(request, workspace)
    experience = experience_of(workspace)
    frame = Frame(spoken=spoken, workspace=workspace, experience=experience, name="")
    words = SIGNED_OUT.get(spoken.tag, SIGNED_OUT["en"])
    return render(request, "signed_out.html", frame, words=words)


routes = [
    Route("/oidc/session/end/success", signed_out, methods=["GET"]),
    Route("/unknown-session", unknown_session),
    Route("/account-suspended", account_suspended),
]
