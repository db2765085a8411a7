"""In which words somebody is met who is on no way through the pages yet."""

from __future__ import annotations

from starlette.requests import Request

from carteiro.api.context import context_of
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.flows.sign_in.screens.shown import spoken_in
from carteiro.languages.negotiate import negotiate
from carteiro.languages.spoken import Spoken


async def spoken_to(request: Request, workspace: Workspace) -> Spoken:
    """The pages' words in the language of the request, as far as the tenant lets it decide."""
    decision = negotiate(
        query_locales=tuple(request.query_params.getlist("locale")),
        accept_language=request.headers.get("accept-language"),
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )
    return await spoken_in(context_of(request).world, workspace, decision.tag)
