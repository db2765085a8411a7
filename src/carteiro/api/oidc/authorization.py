"""`/oidc/auth`: somebody is sent here, and goes back with an answer."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carteiro.api import cookies
from carteiro.api.oidc.asking import ask_to_sign_out
from carteiro.api.oidc.endpoint import route, visit_of
from carteiro.api.oidc.forms import answer_form
from carteiro.api.oidc.parameters import read_asked
from carteiro.flows.sign_in.provider import authorize as flow
from carteiro.flows.sign_in.provider.authorize import INTERACTION_SECONDS, Outcome, ToClient, ToPage
from carteiro.flows.sign_in.provider.resume import resume
from carteiro.flows.sign_in.provider.sign_out import resume_after
from carteiro.flows.sign_in.provider.visit import Visit

_NO_STORE = {"Cache-Control": "no-store"}


async def get_authorization(request: Request) -> Response:
    """Begin: sign in, let the application in, or answer it at once."""
    visit = visit_of(request)
    asked = await read_asked(request)
    outcome = await flow.authorize(
        visit,
        asked.parameters,
        asked.resources,
        cookies.session_secret(request),
    )
    return await respond(request, visit, outcome)


async def resume_authorization(request: Request) -> Response:
    """Go on after a page has been answered."""
    visit, uid = visit_of(request), request.path_params["uid"]
    outcome = await resume(
        visit,
        uid,
        cookies.resume_secret(request, uid),
        cookies.session_secret(request),
    )
    return await respond(request, visit, outcome)


async def respond(request: Request, visit: Visit, outcome: Outcome) -> Response:
    """An outcome as an answer, with the cookies that go with it."""
    match outcome:
        case ToPage():
            return _to_page(request, outcome)
        case ToClient():
            return _to_client(request, outcome)
        case _:
            note = resume_after(visit, cookies.session_secret(request), outcome.resume_uid)
            return await ask_to_sign_out(request, visit, note, switches=True)


def _to_page(request: Request, outcome: ToPage) -> Response:
    response = RedirectResponse(outcome.location, 303, _NO_STORE)
    _put_session(request, response, outcome)
    if outcome.resume is not None:
        cookies.put_interaction(
            request,
            response,
            client_id=outcome.client_id,
            uid=outcome.uid,
            resume=outcome.resume,
            hints=outcome.hints,
            seconds=INTERACTION_SECONDS,
        )
    return response


def _to_client(request: Request, outcome: ToClient) -> Response:
    target = outcome.target
    if target.response_mode == "form_post":
        response = answer_form(target.redirect_uri, outcome.values)
    else:
        response = RedirectResponse(address_of(target.redirect_uri, outcome), 303, dict(_NO_STORE))
    _put_session(request, response, outcome)
    return response


def address_of(redirect_uri: str, outcome: ToClient) -> str:
    """The application's address with the answer in its query or fragment."""
    query = urlencode(outcome.values)
    if outcome.target.response_mode == "fragment":
        return f"{redirect_uri}#{query}"
    return f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{query}"


def _put_session(request: Request, response: Response, outcome: ToPage | ToClient) -> None:
    # The old proof goes first: who reads the cookies by name alone keeps the new one.
    if outcome.ended is not None:
        cookies.clear_resume(request, response, outcome.ended)
    if outcome.session is not None:
        session = outcome.session
        cookies.put_session(request, response, session.secret, session.seconds)


routes = [
    route("/oidc/auth", get_authorization, ["GET", "POST"], once=True),
    route("/oidc/auth/{uid}", resume_authorization, once=True),
]
