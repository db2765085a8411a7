"""The token endpoint: who asks, with what, and the entry of the audit log that it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.provider.visit import Visit, recorded
from carteiro.flows.sign_in.tokens.authenticate import Authenticated
from carteiro.flows.sign_in.tokens.by_code import exchange_code
from carteiro.flows.sign_in.tokens.by_refresh import refresh
from carteiro.flows.sign_in.tokens.by_secret import machine_token
from carteiro.flows.sign_in.tokens.issue import Issued, answer
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.oidc.errors import (
    InvalidOAuthRequest,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from carteiro.storage.drivers.database import Call
from carteiro.storage.people import active_users

_NAMES = {
    "authorization_code": "AuthorizationCode",
    "refresh_token": "RefreshToken",
    "client_credentials": "ClientCredentials",
}
GRANT_TYPES = tuple(_NAMES)
_log = structlog.get_logger("carteiro.audit")


async def exchange(
    visit: Visit, who: Authenticated, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Answer a token request of an authenticated client. Raises an ``OAuthError``."""
    kind = parameters.get("grant_type")
    if not kind:
        raise InvalidOAuthRequest("missing required parameter 'grant_type'")
    if kind not in _NAMES:
        raise UnsupportedGrantType
    is_machine = who.client.type == MACHINE_TO_MACHINE
    if is_machine != (kind == "client_credentials"):
        raise UnauthorizedClient("requested grant type is not allowed for this client")
    try:
        if is_machine:
            return await _machine(visit, who, parameters)
        grant = exchange_code if kind == "authorization_code" else refresh
        issued = await grant(visit, who.client, parameters, partial(_given, visit, who, kind))
    except OAuthError as error:
        await _put(visit, _entry(visit, who, kind, None, error=error))
        raise
    return await answer(visit, issued)


async def _machine(
    visit: Visit, who: Authenticated, parameters: Mapping[str, str]
) -> dict[str, Any]:
    token = await machine_token(visit, who.client, parameters)
    scope = {} if token.scope is None else {"scope": token.scope}
    said: dict[str, Any] = {"tokenTypes": ["AccessToken"], **scope}
    await _put(visit, _entry(visit, who, "client_credentials", None, **said))
    return {
        "access_token": token.access_token,
        "expires_in": token.seconds,
        "token_type": "Bearer",
        **scope,
    }


def _given(visit: Visit, who: Authenticated, kind: str, issued: Issued) -> list[Call]:
    """That tokens were given, and that whoever has got one is active."""
    user_id = issued.account_id
    said: dict[str, Any] = {"tokenTypes": issued.types, "scope": issued.access.scope}
    return [
        _entry(visit, who, kind, user_id, **said),
        active_users.noted(visit.tenant_id, user_id, now=visit.now),
    ]


def _entry(
    visit: Visit,
    who: Authenticated,
    kind: str,
    user_id: str | None,
    *,
    error: OAuthError | None = None,
    **members: Any,
) -> Call:
    return recorded(
        visit,
        f"ExchangeTokenBy.{_NAMES[kind]}",
        client_id=who.client.id,
        user_id=user_id,
        error=error,
        applicationSecret=who.secret,
        **members,
    )


async def _put(visit: Visit, entry: Call) -> None:
    """Put on record what is answered all the same if this fails."""
    try:
        await visit.world.database.apply(entry)
    except CarteiroError as problem:
        _log.warning("an exchange could not be recorded", code=problem.code)
