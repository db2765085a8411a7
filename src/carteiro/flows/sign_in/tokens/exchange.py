"""The token endpoint: who asks, with what, and the entry of the audit log that it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.provider.visit import Visit, recorded
from carteiro.flows.sign_in.tokens.authenticate import Authenticated
from carteiro.flows.sign_in.tokens.by_code import exchange_code
from carteiro.flows.sign_in.tokens.by_refresh import refresh
from carteiro.flows.sign_in.tokens.by_secret import machine_token
from carteiro.flows.sign_in.tokens.issue import Issued, Note, answer
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.oidc.errors import (
    InvalidOAuthRequest,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from carteiro.storage.drivers.database import Call
from carteiro.storage.people import active_users
from carteiro.storage.sign_in.tokens import StoredToken

_NAMES = {
    "authorization_code": "AuthorizationCode",
    "refresh_token": "RefreshToken",
    "client_credentials": "ClientCredentials",
}
GRANT_TYPES = tuple(_NAMES)
_TOLD = (
    *("grant_type", "client_id", "redirect_uri", "scope", "resource", "organization_id"),
    "client_assertion_type",
)
"""What is told of a request: nothing that opens anything."""
_LONGEST = 2048
"""Characters of each that are."""
_log = structlog.get_logger("carteiro.audit")


async def exchange(
    visit: Visit,
    who: Authenticated,
    parameters: Mapping[str, str],
    resources: Sequence[str] = (),
) -> dict[str, Any]:
    """Answer a token request of an authenticated client. Raises an ``OAuthError``.

    ``resources`` are those that the request names; a token is for one of them.
    """
    kind = parameters.get("grant_type")
    if not kind:
        raise InvalidOAuthRequest("missing required parameter 'grant_type'")
    if kind not in _NAMES:
        raise UnsupportedGrantType
    is_machine = who.client.type == MACHINE_TO_MACHINE
    if is_machine != (kind == "client_credentials"):
        raise UnauthorizedClient("requested grant type is not allowed for this client")
    named = [indicator for indicator in resources if indicator]
    params = {**parameters, **({"resource": named[0]} if named else {})}
    asking = _Asking(visit=visit, who=who, kind=kind, params=params)
    try:
        if is_machine:
            return await _machine(asking, named)
        if len(named) > 1:
            raise InvalidTarget("only a single resource indicator is supported for this grant")
        grant = exchange_code if kind == "authorization_code" else refresh
        issued = await grant(visit, who.client, params, Note(asking.given, asking.saw))
    except OAuthError as error:
        await _put(visit, asking.entry(error=error))
        raise
    return await answer(visit, issued)


async def _machine(asking: _Asking, resources: Sequence[str]) -> dict[str, Any]:
    visit = asking.visit
    token = await machine_token(visit, asking.who.client, asking.params, resources)
    scope = {} if token.scope is None else {"scope": token.scope}
    await _put(visit, asking.entry(tokenTypes=["AccessToken"], scope=token.scope))
    return {
        "access_token": token.access_token,
        "expires_in": token.seconds,
        "token_type": "Bearer",
        **scope,
    }


@dataclass(slots=True, kw_only=True)
class _Asking:
    """A request as its entry of the audit log has it (sign-in details §6)."""

    visit: Visit
    who: Authenticated
    kind: str
    params: Mapping[str, str] = field(repr=False)
    token: StoredToken | None = None
    """What was shown, once it is found to be the client's own."""

    def saw(self, token: StoredToken) -> None:
        self.token = token

    def given(self, issued: Issued) -> list[Call]:
        """That tokens were given, and that whoever has got one is active."""
        visit = self.visit
        return [
            self.entry(tokenTypes=issued.types, scope=issued.access.scope),
            active_users.noted(visit.tenant_id, issued.account_id, now=visit.now),
        ]

    def entry(self, *, error: OAuthError | None = None, **members: Any) -> Call:
        token = self.token
        return recorded(
            self.visit,
            f"ExchangeTokenBy.{_NAMES[self.kind]}",
            client_id=self.who.client.id,
            user_id=token.account_id if token else None,
            error=error,
            applicationSecret=self.who.secret,
            sessionId=token.content.get("sessionUid") if token else None,
            params={name: self.params[name][:_LONGEST] for name in _TOLD if self.params.get(name)},
            **members,
        )


async def _put(visit: Visit, entry: Call) -> None:
    """Put on record what is answered all the same if this fails."""
    try:
        await visit.world.database.apply(entry)
    except CarteiroError as problem:
        _log.warning("an exchange could not be recorded", code=problem.code)
