"""`/consent`: the tenant's own applications pass, others' are let in or refused by the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carteiro.api import cookies
from carteiro.api.context import context_of
from carteiro.api.guests import guest_of
from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.provider.consent import (
    asks_person,
    consent_at_once,
    consent_page,
    give_consent,
    refuse_consent,
)
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.screens import links, paths
from carteiro.flows.sign_in.screens.once import Went
from carteiro.flows.sign_in.screens.shown import Shown, seen, show
from carteiro.flows.sign_in.screens.words import words_for
from carteiro.oidc.errors import OAuthError, SessionNotFound
from carteiro.pages.forms import Form
from carteiro.pages.notices import not_found, notice
from carteiro.pages.sign_in.calls import Call, nowhere, take_form

_ORGANIZATION = "organization."
_FIND = "find"
_MOST = 500
"""Organizations that a page lists: of those that are left out one is found by its name."""
_LONGEST = 256
_NO_STORE = {"Cache-Control": "no-store"}


async def get_consent(request: Request) -> Response:
    """Let the application in without a question, or ask one."""
    if request.method == "HEAD":
        # What a GET does can be done once only: whoever just looks does nothing.
        return await not_found(request)
    try:
        guest = guest_of(request)
        found = await _asked(request, guest)
    except SessionNotFound:
        return await nowhere(request)
    except OAuthError:
        return await notice(request, "own.session_over", "own.session_over_help", status=400)
    if isinstance(found, str):
        return RedirectResponse(found, 302, _NO_STORE)
    shown, asked = found
    return _question(Call(request=request, guest=guest, shown=shown), asked)


async def _asked(request: Request, guest: Guest) -> tuple[Shown, Mapping[str, Any]] | str:
    """What the page shows; where to go on where nobody is asked."""
    visit, secret = _visit(request), cookies.session_secret(request)
    client_id = request.query_params.get("app_id", "")
    if await asks_person(visit, client_id):
        workspace = await visit.world.workspaces.of(visit.tenant_id)
        page = await consent_page(visit, guest.uid, secret, client_id)
        if isinstance(page, str):
            return page
        if page is not None:
            row, question = page
            return await seen(guest, row, workspace, visit.now), question
    asked = await consent_at_once(visit, guest.uid, secret)
    return asked if isinstance(asked, str) else (await show(guest), asked)


async def post_consent(request: Request) -> Response:
    """The person has answered."""
    visit, secret = _visit(request), cookies.session_secret(request)

    async def post(guest: Guest, shown: Shown, form: Form) -> Went:
        state = shown.state.quiet()
        match form.get("answer"):
            case "other":
                return await links.leave(guest, shown)
            case "refuse":
                return Went(to=await refuse_consent(visit, guest.uid, secret), state=state)
        chosen = [
            name.removeprefix(_ORGANIZATION) for name in form if name.startswith(_ORGANIZATION)
        ]
        try:
            return Went(to=await give_consent(visit, guest.uid, secret, chosen), state=state)
        except SessionNotFound:
            raise
        except CarteiroError as error:
            here = paths.CONSENT
            return Went(to=here, state=state.saying(here, toast=words_for(error)))

    return await take_form(request, paths.CONSENT, post)


def _question(call: Call, asked: Mapping[str, Any]) -> Response:
    application, person = asked["application"], asked["user"]
    sought = call.request.query_params.get(_FIND, "").strip()[:_LONGEST]
    known = asked["organizations"]
    found = [one for one in known if sought.casefold() in one["name"].casefold()]
    names = (person[one] for one in ("name", "primaryEmail", "username", "primaryPhone", "id"))
    logo = str(application.get("branding", {}).get("logoUrl") or "")
    return call.page(
        "sign_in/consent.html",
        name=application.get("displayName") or application["name"],
        logo=logo if logo.startswith("https://") else None,
        account=next(one for one in names if one),
        scopes=[_described(call, one) for one in asked["missingOIDCScope"]],
        resources=asked["missingResourceScopes"],
        organizations=found[:_MOST],
        sought=sought,
        finds=_FIND if len(known) > _MOST else None,
        prefix=_ORGANIZATION,
        host=urlsplit(asked["redirectUri"]).netloc or asked["redirectUri"],
        terms={
            "termsOfUseUrl": application.get("termsOfUseUrl"),
            "privacyPolicyUrl": application.get("privacyPolicyUrl"),
        },
    )


def _described(call: Call, scope: str) -> str:
    key = f"user_scopes.descriptions.{scope}"
    return call.shown.spoken.say(key) if call.shown.spoken.has(key) else scope


def _visit(request: Request) -> Visit:
    context = context_of(request)
    return Visit(
        world=context.world, tenant_id=context.tenant_id, origin=context.origin, by=context.by
    )


routes = [
    Route(paths.CONSENT, get_consent, methods=["GET"]),
    Route(paths.CONSENT, post_consent, methods=["POST"]),
]
