"""A route of the Account API: whose token it is comes before what is wrong with the request."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.bodies import JsonRequest, as_json
from carteiro.api.context import context_of
from carteiro.api.cookies import logto_hints
from carteiro.api.problems import MalformedBody
from carteiro.api.route import DescribedRoute, invalid, tagged
from carteiro.errors import AuthorizationHeaderMissing, AuthorizationTypeNotSupported
from carteiro.flows.account.inside import Bearer
from carteiro.flows.account.steps import admitted
from carteiro.flows.guards.known_browsers import COOKIE

_PROOF = "logto-verification-id"
_LONGEST_ID = 64
_LONGEST_LOCALES = 4096
_SCHEME = "Bearer"


def _bearer(request: Request) -> Bearer:
    bearer: Bearer = request.state.bearer
    return bearer


Person = Annotated[Bearer, Depends(_bearer)]
"""Whoever calls, for an endpoint's signature; their token is not looked at yet."""


class AccountRoute(DescribedRoute):
    """Reads who calls before anything else; a request that is wrong is told to nobody else."""

    token = "AccountToken"  # noqa: S105 - a name

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            bearer = bearer_of(request, self.call(request))
            request.state.bearer = bearer
            given = JsonRequest(as_json(request.scope), request.receive)
            try:
                if self.body_field is not None:
                    await given.json()
                response = await handle(given)
            except MalformedBody:
                await admitted(bearer)
                raise
            except RequestValidationError as error:
                await admitted(bearer)
                raise invalid(error, self.given_model()) from None
            return tagged(request, response) if request.method == "GET" else response

        return handler


def bearer_of(request: Request, call: Mapping[str, Any]) -> Bearer:
    """Who calls. Raises ``AuthorizationHeaderMissing``, ``AuthorizationTypeNotSupported``.

    ``call`` is what webhooks and the audit log tell of it.
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise AuthorizationHeaderMissing
    if not authorization.startswith(_SCHEME):
        raise AuthorizationTypeNotSupported
    context = context_of(request)
    proof_id = request.headers.get(_PROOF)
    ui_locales = logto_hints(request).get("uiLocales")
    return Bearer(
        world=context.world,
        tenant_id=context.tenant_id,
        origin=context.origin,
        by=replace(context.by, request=call),
        token=authorization.removeprefix(_SCHEME).strip(),
        proof_id=proof_id if proof_id and len(proof_id) <= _LONGEST_ID else None,
        locales=request.query_params.getlist("locale"),
        accept_language=request.headers.get("accept-language"),
        ui_locales=ui_locales if ui_locales and len(ui_locales) <= _LONGEST_LOCALES else None,
        browser=request.cookies.get(COOKIE),
    )
