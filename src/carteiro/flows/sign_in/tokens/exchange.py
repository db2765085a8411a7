"""The token endpoint: who asks, with what, and the entry of the audit log that it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.provider.visit import Visit, recorded
from carteiro.flows.sign_in.tokens.authenticate import Authenticated
from carteiro.flows.sign_in.tokens.by_code import exchange_code
from carteiro.flows.sign_in.tokens.by_refresh import refresh
from carteiro.flows.sign_in.tokens.by_secret import machine_token
from carteiro.flows.sign_in.tokens.issue import answer
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.oidc.errors import (
    InvalidOAuthRequest,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
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
        body, user_id = await _body(visit, who, kind, parameters)
    except OAuthError as error:
        await _put(visit, who, kind, None, error=error)
        raise
    types = [name for name in _TYPES if _TYPES[name] in body]
    await _put(visit, who, kind, user_id, tokenTypes=types, scope=body.get("scope"))
    return body


_TYPES = {"AccessToken": "access_token", "RefreshToken": "refresh_token", "IdToken": "id_token"}


async def _body(
    visit: Visit, who: Authenticated, kind: str, parameters: Mapping[str, str]
) -> tuple[dict[str, Any], str | None]:
    if kind == "client_credentials":
        token = await machine_token(visit, who.client, parameters)
        scope = {} if token.scope is None else {"scope": token.scope}
        body = {
            "access_token": token.access_token,
            "expires_in": token.seconds,
            "token_type": "Bearer",
            **scope,
        }
        return body, None
    grant = exchange_code if kind == "authorization_code" else refresh
    issued = await grant(visit, who.client, parameters)
    return await answer(visit, issued), issued.account_id


async def _put(
    visit: Visit,
    who: Authenticated,
    kind: str,
    user_id: str | None,
    *,
    error: OAuthError | None = None,
    **members: Any,
) -> None:
    """Put it on record, and that somebody who has got a token is active.

    A token that is signed is not taken back because this fails.
    """
    call = recorded(
        visit,
        f"ExchangeTokenBy.{_NAMES[kind]}",
        client_id=who.client.id,
        user_id=user_id,
        error=error,
        applicationSecret=who.secret,
        **members,
    )
    calls = [call]
    if user_id is not None:
        calls.append(active_users.noted(visit.tenant_id, user_id, now=visit.now))
    try:
        await visit.world.database.apply(*calls)
    except CarteiroError as problem:
        _log.warning("an exchange could not be recorded", code=problem.code)
