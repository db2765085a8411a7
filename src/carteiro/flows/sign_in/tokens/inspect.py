"""What an opaque token is good for, told to whom it may be, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro import secrets
from carteiro.flows.sign_in.provider.visit import Visit, find_person
from carteiro.flows.sign_in.tokens.issue import person_for
from carteiro.oidc.authorization import OPENID
from carteiro.oidc.claims import claims_of
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import (
    InsufficientScope,
    InvalidOAuthRequest,
    InvalidToken,
    UnsupportedTokenType,
)
from carteiro.storage.drivers.asked import asked
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.sign_in import ahead, grants, tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind

_INACTIVE = {"active": False}
_KINDS = (TokenKind.ACCESS, TokenKind.REFRESH)


async def userinfo(visit: Visit, value: str) -> dict[str, Any]:
    """What a token's scopes say of its person. Raises ``InvalidToken``, ``InsufficientScope``."""

    async def work(unit: Transaction) -> dict[str, Any]:
        tx = await _asked(unit, visit, value, (TokenKind.ACCESS,))
        token = await _living(tx, visit, value, (TokenKind.ACCESS,))
        if token is None:
            raise InvalidToken
        scopes = tuple(token.content["scope"].split())
        if OPENID not in scopes:
            raise InsufficientScope("access token missing openid scope", scope=OPENID)
        row = await find_person(tx, visit, token.account_id or "")
        if row is None:
            raise InvalidToken
        person = await person_for(tx, visit, row, scopes)
        return {"sub": row.id, **claims_of(person, scopes)}

    return await visit.world.database.read(work)


async def introspect(visit: Visit, client: Client, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What a token is good for (RFC 7662); one of another client's is not good.

    Raises ``InvalidOAuthRequest`` or ``UnsupportedTokenType``.
    """
    value = _token_of(parameters, "introspected via the introspection_endpoint")

    async def work(unit: Transaction) -> dict[str, Any]:
        tx = await _asked(unit, visit, value, _KINDS)
        token = await _living(tx, visit, value, _KINDS)
        if token is None or token.consumed_at is not None:
            return _INACTIVE
        if client.is_public and token.client_id != client.id:
            return _INACTIVE
        if await find_person(tx, visit, token.account_id or "") is None:
            return _INACTIVE
        return {
            "active": True,
            "client_id": token.client_id,
            "exp": token.expires_at // 1000,
            "iat": token.created_at // 1000,
            "iss": visit.issuer,
            "scope": token.content["scope"],
            "sub": token.account_id,
            **({"token_type": "Bearer"} if token.kind is TokenKind.ACCESS else {}),
        }

    return await visit.world.database.read(work)


async def revoke(visit: Visit, client: Client, parameters: Mapping[str, str]) -> None:
    """End a token of the client's with its grant (RFC 7009); another's is left alone.

    Raises ``InvalidOAuthRequest`` or ``UnsupportedTokenType``.
    """
    value = _token_of(parameters, "revoked via the revocation_endpoint")

    async def work(unit: Transaction) -> None:
        tx = await _asked(unit, visit, value, _KINDS, persons=False)
        token = await _living(tx, visit, value, _KINDS)
        if token is not None and token.client_id == client.id and token.grant_id is not None:
            await grants.end(tx, visit.tenant_id, token.grant_id)

    await visit.world.database.write(work)


def _token_of(parameters: Mapping[str, str], verb: str) -> str:
    value = parameters.get("token")
    if not value:
        raise InvalidOAuthRequest("missing required parameter 'token'")
    if value.count(".") == 2:
        raise UnsupportedTokenType(f"Structured JWT Tokens cannot be {verb}")
    return value


async def _asked(
    tx: Transaction,
    visit: Visit,
    value: str,
    kinds: tuple[TokenKind, ...],
    *,
    persons: bool = True,
) -> Transaction:
    """The unit with the token of one of these kinds, and its person."""
    shown, tenant_id = secrets.fingerprint(value), visit.tenant_id

    def asks() -> list[Question]:
        found = [tokens.asked(tenant_id, kind, shown) for kind in kinds]
        if persons:
            found += [ahead.person_of_token(tenant_id, kind, shown) for kind in kinds]
        return found

    return await asked(tx, asks)


async def _living(
    tx: Transaction, visit: Visit, value: str, kinds: tuple[TokenKind, ...]
) -> StoredToken | None:
    for kind in kinds:
        token = await tokens.find(tx, visit.tenant_id, kind, secrets.fingerprint(value))
        if token is not None:
            return token if token.expires_at > visit.now else None
    return None
