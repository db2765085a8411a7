"""A refresh token for new tokens (OAuth 2.1 §4.3), with rotation and the detection of reuse.

The order of the checks is the reference's; whatever is refused leaves the token as it was. One that
has been replaced and comes again after the grace of parallel requests has been stolen, or the new
one has: everything of its grant ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from carteiro import secrets
from carteiro.flows.sign_in.provider.visit import Visit, find_person
from carteiro.flows.sign_in.tokens import refresh_tokens
from carteiro.flows.sign_in.tokens.access import (
    Asked,
    access_for,
    asked_inside,
    require_organization,
)
from carteiro.flows.sign_in.tokens.by_code import id_claims
from carteiro.flows.sign_in.tokens.issue import (
    Issued,
    Note,
    behind,
    enabled_claims,
    issue,
    person_for,
)
from carteiro.oidc.authorization import OPENID
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidGrant, InvalidOAuthRequest, InvalidScope
from carteiro.oidc.rotation import GRACE, rotates
from carteiro.storage.drivers.asked import asked
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import grants, tokens
from carteiro.storage.sign_in.grants import Grant
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind


async def refresh(
    visit: Visit, client: Client, parameters: Mapping[str, str], note: Note
) -> Issued:
    """Give tokens for a refresh token. Raises ``InvalidGrant`` or another ``OAuthError``."""
    value = parameters.get("refresh_token")
    if not value:
        raise InvalidOAuthRequest("missing required parameter 'refresh_token'")

    enabled = await enabled_claims(visit)

    async def work(tx: Transaction) -> Issued | None:
        token, grant = await _usable(tx, visit, client, value, note)
        scopes = _effective(token, parameters.get("scope"))
        person = await find_person(tx, visit, grant.account_id)
        if person is None:
            raise InvalidGrant
        if token.consumed_at is not None and visit.now - token.consumed_at > GRACE:
            await grants.end(tx, visit.tenant_id, grant.id)
            return None
        return await _renewed(tx, visit, client, token, grant, person, scopes, parameters, enabled)

    shown = secrets.fingerprint(value)

    def asks() -> list[Question]:
        found = tokens.asked(visit.tenant_id, TokenKind.REFRESH, shown)
        return [found, *behind(visit, TokenKind.REFRESH, shown)]

    return await issue(visit, asks, work, note)


async def _usable(
    tx: Transaction, visit: Visit, client: Client, value: str, note: Note
) -> tuple[StoredToken, Grant]:
    token = await tokens.find(tx, visit.tenant_id, TokenKind.REFRESH, secrets.fingerprint(value))
    if token is None or token.client_id != client.id or not token.lives(visit.now):
        raise InvalidGrant
    note.saw(token)
    grant = await grants.get(tx, visit.tenant_id, token.grant_id or "", visit.now)
    if grant is None:
        raise InvalidGrant
    return token, grant


def _effective(token: StoredToken, asked: str | None) -> tuple[str, ...]:
    """The scope of the new tokens. Raises ``InvalidScope`` for more than there is."""
    held = tuple(token.content["scope"].split())
    if not asked:
        return held
    wanted = tuple(dict.fromkeys(asked.split()))
    if missing := [name for name in wanted if name not in held]:
        raise InvalidScope(
            "refresh token missing requested scope" + ("s" if len(missing) > 1 else ""),
            scope=" ".join(missing),
        )
    return wanted


async def _renewed(  # noqa: PLR0917 - the unit, the visit, and what has been found
    tx: Transaction,
    visit: Visit,
    client: Client,
    token: StoredToken,
    grant: Grant,
    person: UserRow,
    scopes: tuple[str, ...],
    parameters: Mapping[str, str],
    enabled: frozenset[str],
) -> Issued:
    organization_id = parameters.get("organization_id") or None
    wanted = Asked(
        scopes=scopes,
        resources=tuple(token.content["resources"]),
        resource=parameters.get("resource") or None,
        organization_id=organization_id,
        session_uid=token.session_uid,
    )
    if organization_id is not None:
        held = tuple(token.content["scope"].split())
        inside = partial(asked_inside, visit, client, person.id, wanted, organization_id)
        tx = await asked(tx, inside)
        await require_organization(tx, visit, client, person, organization_id, held)
    access = await access_for(tx, visit, client, grant, wanted)
    value = parameters["refresh_token"]
    if rotates(
        client,
        chain_began=token.content["chainBegan"],
        created_at=token.created_at,
        expires_at=token.expires_at,
        now=visit.now,
    ):
        await tokens.consume(tx, token, visit.now)
        value = await refresh_tokens.replace_by(tx, visit, client, token)
    return Issued(
        client=client,
        account_id=grant.account_id,
        access=access,
        refresh=value,
        person=(await person_for(tx, visit, person, scopes, enabled) if OPENID in scopes else None),
        scopes=scopes,
        id_claims=id_claims(client, token.content),
    )
