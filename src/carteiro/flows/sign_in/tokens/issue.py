"""Tokens for a grant: what is stored of them inside the unit of work, and what is signed after it.

Signing costs more than the rest of a unit, and needs nothing of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro import secrets
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import RelationNotFound
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.authorization import OPENID
from carteiro.oidc.claims import (
    EXTENDED_BY_DEFAULT,
    Person,
    claims_of,
    extended_of,
    needs_organizations,
)
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidGrant
from carteiro.oidc.id_tokens import sign_id_token
from carteiro.oidc.tokens import LIFETIME
from carteiro.storage.drivers.asked import Asks, asked
from carteiro.storage.drivers.database import Call, Question, Transaction, Work
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import ahead, rights, tokens
from carteiro.storage.sign_in.grants import Grant
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An access token: an opaque value, or what is still to be signed."""

    scope: str
    seconds: int = LIFETIME
    value: str | None = field(default=None, repr=False)
    audience: str | None = None
    organization_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdClaims:
    """What an id token says of a sign-in, beside the person."""

    nonce: str | None = None
    auth_time: int | None = None
    sid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What a unit of work has decided; ``person`` is there where an id token is."""

    client: Client
    account_id: str
    access: Access
    refresh: str | None = field(default=None, repr=False)
    person: Person | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    """Those that the id token speaks of."""
    id_claims: IdClaims = field(default_factory=IdClaims)

    @property
    def types(self) -> list[str]:
        """What is given, as the audit log has it."""
        given = {"AccessToken": self.access, "RefreshToken": self.refresh, "IdToken": self.person}
        return [name for name, token in given.items() if token is not None]


Note = Callable[[Issued], Sequence[Call]]
"""What is written with the tokens: that they were given."""


async def issue(visit: Visit, asks: Asks, work: Work[Issued | None], note: Note) -> Issued:
    """Run a unit of work that gives tokens, with its answers and its entry of the log.

    Raises ``InvalidGrant`` where it gives none, and what it raises.
    """

    async def unit(tx: Transaction) -> Issued | None:
        issued = await work(await asked(tx, asks))
        if issued is not None:
            await tx.put(*note(issued))
        return issued

    try:
        issued = await visit.world.database.write(unit)
    except RelationNotFound as error:
        # The grant has ended in this very moment.
        raise InvalidGrant from error
    if issued is None:
        raise InvalidGrant
    return issued


def behind(visit: Visit, kind: TokenKind, value_hash: bytes) -> list[Question]:
    """The person and the grant that a token comes from, to be asked with it."""
    return [
        ahead.grant_of_token(visit.tenant_id, kind, value_hash, visit.now),
        ahead.person_of_token(visit.tenant_id, kind, value_hash),
    ]


async def answer(visit: Visit, issued: Issued) -> dict[str, Any]:
    """Sign what is to be signed: the token endpoint's answer."""
    access = issued.access
    value = access.value or await _signed_access(visit, issued)
    body: dict[str, Any] = {
        "access_token": value,
        "expires_in": access.seconds,
        "token_type": "Bearer",
        "scope": access.scope,
    }
    if issued.person is not None:
        body["id_token"] = await _id_token(visit, issued, issued.person)
    if issued.refresh is not None:
        body["refresh_token"] = issued.refresh
    return body


async def store_opaque(
    tx: Transaction, visit: Visit, grant: Grant, scope: str, *, session_uid: str | None
) -> Access:
    """An access token that only this provider can read."""
    value = secrets.opaque_value()
    await tokens.create(
        tx,
        StoredToken(
            tenant_id=visit.tenant_id,
            value_hash=secrets.fingerprint(value),
            kind=TokenKind.ACCESS,
            client_id=grant.client_id,
            grant_id=grant.id,
            account_id=grant.account_id,
            session_uid=session_uid,
            content={"scope": scope},
            created_at=visit.now,
            expires_at=visit.now + 1000 * LIFETIME,
        ),
    )
    return Access(scope=scope, value=value)


async def person_for(
    tx: Transaction,
    visit: Visit,
    row: UserRow,
    scopes: tuple[str, ...],
    enabled: frozenset[str] | None = None,
) -> Person:
    """Somebody with what these scopes say of them; of extended claims only ``enabled`` ones."""
    names = extended_of(scopes)
    if enabled is not None:
        names &= enabled
    organizations = needs_organizations(scopes) and any(
        name.startswith("organization") for name in names
    )
    return Person(
        row=row,
        roles=await rights.role_names(tx, visit.tenant_id, row.id) if "roles" in names else (),
        organizations=(
            await rights.belongings(tx, visit.tenant_id, row.id) if organizations else ()
        ),
    )


async def enabled_claims(visit: Visit) -> frozenset[str]:
    """The extended claims that the tenant's id tokens have."""
    workspace = await visit.world.workspaces.of(visit.tenant_id)
    stored: Mapping[str, Any] = workspace.settings.get(SettingName.ID_TOKEN, {})
    return frozenset(stored.get("enabledExtendedClaims", EXTENDED_BY_DEFAULT))


async def _signed_access(visit: Visit, issued: Issued) -> str:
    access = issued.access
    assert access.audience is not None
    return await visit.world.tokens.issue(
        tenant_id=visit.tenant_id,
        issuer=visit.issuer,
        client_id=issued.client.id,
        audience=access.audience,
        scope=access.scope,
        lifetime=access.seconds,
        subject=issued.account_id,
        organization_id=access.organization_id,
    )


async def _id_token(visit: Visit, issued: Issued, person: Person) -> str:
    assert OPENID in issued.scopes
    now, said = visit.now // 1000, issued.id_claims
    known = {"nonce": said.nonce, "auth_time": said.auth_time, "sid": said.sid}
    claims = {
        "sub": issued.account_id,
        **claims_of(person, issued.scopes, await enabled_claims(visit)),
        **{name: value for name, value in known.items() if value is not None},
        "iss": visit.issuer,
        "aud": issued.client.id,
        "iat": now,
        "exp": now + issued.client.id_token_seconds,
    }
    keys = await visit.world.signing_keys.of(visit.tenant_id)
    return sign_id_token(keys, claims)
