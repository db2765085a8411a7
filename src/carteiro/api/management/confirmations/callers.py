"""Who asks for a confirmation: a backend by a token, or an application by its own credentials."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from carteiro.api.context import Context, context_of
from carteiro.api.route import ManagementRoute
from carteiro.errors import Forbidden, Unauthorized
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.tokens.authenticate import authenticate
from carteiro.oidc.errors import OAuthError


class ConfirmingRoute(ManagementRoute):
    """Takes HTTP Basic beside a token: then the application asks in its own name alone."""

    or_secret = True

    async def caller(self, request: Request) -> Context:
        """Raises the ``auth.*`` errors."""
        header = request.headers.get("authorization", "")
        if header[:6].lower() != "basic ":
            return await super().caller(request)
        context = context_of(request)
        endpoint = context.origin + request.scope["path"]
        client_id = await _by_credentials(context, header, endpoint)
        request.state.in_own_name = client_id
        return replace(context, by=replace(context.by, application_id=client_id))


async def _by_credentials(context: Context, header: str, endpoint: str) -> str:
    """The application whose id and secret these are: one that people sign in to.

    A machine has no people; what it may do is a matter of its roles, so it brings a token.
    """
    visit = Visit(
        world=context.world, tenant_id=context.tenant_id, origin=context.origin, by=context.by
    )
    try:
        who = await authenticate(visit, {}, header, endpoint=endpoint)
    except OAuthError as error:
        raise Unauthorized from error
    if who.client.is_public:
        raise Unauthorized("An application without a secret cannot ask in its own name.")
    if not who.client.is_interactive:
        raise Forbidden("A machine asks with a token that has the scope `codes:write`.")
    return who.client.id


def _in_own_name(request: Request) -> str | None:
    name: str | None = getattr(request.state, "in_own_name", None)
    return name


OwnName = Annotated[str | None, Depends(_in_own_name)]
"""The application that asks by its own credentials; ``None`` for a token."""


def application_for(caller: Context, own: str | None, named: str | None) -> str:
    """For which application it is asked: the named one, else the caller's.

    Raises ``Forbidden`` where an application asks in another's name, or a token says of none.
    """
    if own is not None and named not in (None, own):
        raise Forbidden("An application asks in its own name alone.")
    application_id = named or caller.by.application_id
    if application_id is None:
        raise Forbidden("Name the application.")
    return application_id
