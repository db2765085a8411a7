"""`/api/interaction/consent`: a page asks what somebody is asked, and brings their answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carteiro.api import cookies
from carteiro.api.bodies import read_model
from carteiro.api.oidc.endpoint import route, visit_of
from carteiro.api.same_site import require_own_page
from carteiro.flows.sign_in.provider.consent import give_consent, show_consent
from carteiro.model.limits import MAX_ENTRIES
from carteiro.model.wire import Wire

_PATH = "/api/interaction/consent"
Id = Annotated[str, Field(min_length=1, max_length=128)]


class ConsentGiven(Wire):
    """What the person agrees to beside what the application asks for."""

    organization_ids: Annotated[list[Id], Field(max_length=MAX_ENTRIES)] | None = None


async def get_consent_data(request: Request) -> Response:
    """What somebody is asked."""
    visit, uid = visit_of(request), cookies.interaction_uid(request)
    return JSONResponse(await show_consent(visit, uid, cookies.session_secret(request)))


async def post_consent(request: Request) -> Response:
    """Let the application in."""
    require_own_page(request)
    visit, uid = visit_of(request), cookies.interaction_uid(request)
    given = await read_model(request, ConsentGiven)
    location = await give_consent(
        visit, uid, cookies.session_secret(request), given.organization_ids or ()
    )
    return JSONResponse({"redirectTo": location})


routes = [route(_PATH, get_consent_data), route(_PATH, post_consent, ["POST"])]
