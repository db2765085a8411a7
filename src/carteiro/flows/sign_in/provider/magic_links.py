"""Somebody who is signed in already opens a magic link (experience §2.11).

The link's token is looked at and not used: the page that they are sent to does that, or asks first
whether they mean to be somebody else.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from carteiro.errors import (
    CarteiroError,
    SealBroken,
    TokenConsumed,
    TokenEmailMismatch,
    TokenExpired,
    TokenNotFound,
    TokenRevoked,
)
from carteiro.flows.sign_in.provider.interactions import step
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.model.addresses import address_key
from carteiro.oidc.authorization import AuthorizationRequest
from carteiro.secrets import fingerprint
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import one_time_tokens
from carteiro.storage.mail.one_time_tokens import TokenStatus
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import interactions
from carteiro.storage.sign_in.interactions import Interaction

_SWITCH, _USE = "/switch-account", "/one-time-token"
_TOKEN, _SEALED = "one_time_token", "sealed:"


def put_away(visit: Visit, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request as it is stored: a link's token is a key to an account, and is sealed.

    Its hash would not do: a page is given the token by a redirect, an hour later at most.
    """
    token = parameters.get(_TOKEN)
    if token is None:
        return parameters
    sealed = visit.world.keyring.seal(str(token).encode(), _context(visit))
    return {**parameters, _TOKEN: _SEALED + base64.b64encode(sealed).decode()}


def taken_out(visit: Visit, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request as it came. Where no key opens a token any more, the link is opened again."""
    token = stored.get(_TOKEN)
    if token is None or not token.startswith(_SEALED):
        return stored
    others = {name: value for name, value in stored.items() if name != _TOKEN}
    try:
        sealed = base64.b64decode(token.removeprefix(_SEALED))
        opened = visit.world.keyring.open(sealed, _context(visit)).decode()
    except (SealBroken, ValueError):
        return others
    return {**others, _TOKEN: opened}


async def turn_down(visit: Visit, uid: str) -> None:
    """Go on without the link: it is used up, or is none, or the person wants something else.

    Raises ``SessionNotFound``.
    """

    async def unit(tx: Transaction, interaction: Interaction) -> None:
        if _TOKEN in interaction.params:
            others = {name: one for name, one in interaction.params.items() if name != _TOKEN}
            await interactions.restate(tx, visit.tenant_id, uid, others)

    await step(visit.world, visit.tenant_id, uid, unit)


def _context(visit: Visit) -> str:
    return f"authorization/{visit.tenant_id}/{_TOKEN}"


async def detour(
    tx: Transaction, visit: Visit, request: AuthorizationRequest, person: UserRow
) -> str | None:
    """Where they go before anything is granted; ``None`` where the link has done its work."""
    given = request.extras.given
    token, email = given.get(_TOKEN), given.get("login_hint")
    if not token or not email:
        return None
    query = urlencode({"login_hint": email, _TOKEN: token})
    theirs = address_key(person.primary_email or "") == address_key(email)
    if not theirs and "login" not in request.prompts:
        return f"{_SWITCH}?{query}"
    problem = await _problem(tx, visit, token, email)
    if problem is None:
        return f"{_USE}?{query}"
    if isinstance(problem, TokenConsumed) and theirs:
        return None
    return f"{_USE}?{urlencode({'errorMessage': problem.message})}"


async def _problem(tx: Transaction, visit: Visit, token: str, email: str) -> CarteiroError | None:
    """What stands in the way of using a token now."""
    row = await one_time_tokens.find_by_hash(tx, visit.tenant_id, fingerprint(token))
    if row is None:
        return TokenNotFound()
    if address_key(row.email) != address_key(email):
        return TokenEmailMismatch()
    match row.status_at(visit.now):
        case TokenStatus.EXPIRED:
            return TokenExpired()
        case TokenStatus.CONSUMED:
            return TokenConsumed()
        case TokenStatus.REVOKED:
            return TokenRevoked()
        case _:
            return None
