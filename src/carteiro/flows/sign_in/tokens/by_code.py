"""A code for tokens, once (OAuth 2.1 §4.1.3): whoever shows it again ends what it gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro import secrets
from carteiro.flows.sign_in.provider.visit import Visit, find_person
from carteiro.flows.sign_in.tokens import refresh_tokens
from carteiro.flows.sign_in.tokens.access import Asked, access_for
from carteiro.flows.sign_in.tokens.issue import (
    IdClaims,
    Issued,
    Note,
    behind,
    enabled_claims,
    issue,
    person_for,
)
from carteiro.oidc.authorization import OFFLINE_ACCESS, OPENID
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidGrant, InvalidOAuthRequest
from carteiro.oidc.pkce import proves
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.sign_in import grants, tokens
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind


async def exchange_code(
    visit: Visit, client: Client, parameters: Mapping[str, str], note: Note
) -> Issued:
    """Give tokens for a code. Raises ``InvalidGrant`` or another ``OAuthError``."""
    for name in ("code", "redirect_uri"):
        if not parameters.get(name):
            raise InvalidOAuthRequest(f"missing required parameter '{name}'")

    enabled = await enabled_claims(visit)

    shown = secrets.fingerprint(parameters["code"])

    def asks() -> list[Question]:
        lock = tokens.asked_lock(visit.tenant_id, TokenKind.CODE, shown)
        return [lock, *behind(visit, TokenKind.CODE, shown)]

    async def work(tx: Transaction) -> Issued | None:
        code = await _usable(tx, visit, client, parameters)
        grant = await grants.get(tx, visit.tenant_id, code.grant_id or "", visit.now)
        if grant is None:
            raise InvalidGrant
        if code.consumed_at is not None:
            # Somebody has it who should not: nothing that came of it is good any more.
            await grants.end(tx, visit.tenant_id, grant.id)
            return None
        await tokens.consume(tx, code, visit.now)
        person = await find_person(tx, visit, grant.account_id)
        if person is None:
            raise InvalidGrant
        said = code.content
        scopes = tuple(said["scope"].split())
        wanted = Asked(
            scopes=scopes,
            resources=tuple(said["resources"]),
            resource=parameters.get("resource") or None,
            session_uid=code.session_uid,
        )
        access = await access_for(tx, visit, client, grant, wanted)
        refresh = None
        if _gets_refresh_token(client, scopes):
            refresh = await refresh_tokens.begin(tx, visit, client, code)
        return Issued(
            client=client,
            account_id=grant.account_id,
            access=access,
            refresh=refresh,
            person=(
                await person_for(tx, visit, person, scopes, enabled) if OPENID in scopes else None
            ),
            scopes=scopes,
            id_claims=id_claims(client, said),
        )

    return await issue(visit, asks, work, note)


def id_claims(client: Client, said: Mapping[str, Any]) -> IdClaims:
    """What an id token says of the sign-in that a code or a refresh token comes from."""
    return IdClaims(
        nonce=said["nonce"],
        auth_time=said["authTime"] if said["saysAuthTime"] else None,
        sid=said["sid"] if client.names_session else None,
    )


async def _usable(
    tx: Transaction, visit: Visit, client: Client, parameters: Mapping[str, str]
) -> StoredToken:
    """The code, if it is this client's and this request's. Raises ``InvalidGrant``."""
    value_hash = secrets.fingerprint(parameters["code"])
    code = await tokens.lock(tx, visit.tenant_id, TokenKind.CODE, value_hash)
    if code is None or code.client_id != client.id or code.expires_at <= visit.now:
        raise InvalidGrant
    said = code.content
    if not proves(parameters.get("code_verifier"), said["challenge"]):
        raise InvalidGrant
    if said["redirectUri"] != parameters["redirect_uri"]:
        raise InvalidGrant
    return code


def _gets_refresh_token(client: Client, scopes: tuple[str, ...]) -> bool:
    return OFFLINE_ACCESS in scopes or (client.is_web and client.always_refreshes)
