"""Which access token a request gets: for a resource, for an organization, or for this provider."""

from __future__ import annotations

import json
from dataclasses import dataclass

from carteiro.flows.sign_in.tokens.issue import Access, store_opaque
from carteiro.flows.sign_in.visit import Visit
from carteiro.oidc.authorization import OPENID, ORGANIZATIONS_RESOURCE
from carteiro.oidc.claims import ORGANIZATIONS_SCOPE, SCOPES
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import AccessDenied, InsufficientScope, InvalidTarget
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members, organizations
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import rights
from carteiro.storage.sign_in.grants import Grant

ORGANIZATION_AUDIENCE = "urn:logto:organization:"
_STORED_FACTORS = frozenset({"Totp", "WebAuthn", "BackupCode"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a token request asks for; ``scopes`` is the effective scope, in its order."""

    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    """Those of the authorization request."""
    resource: str | None = None
    organization_id: str | None = None
    session_uid: str | None = None
    """The session with which an opaque token ends."""


async def access_for(
    tx: Transaction, visit: Visit, client: Client, grant: Grant, asked: Asked
) -> Access:
    """Decide. Raises ``InvalidTarget``."""
    if asked.organization_id is not None and asked.resource is None:
        return _for_organization(asked.organization_id)
    resource = asked.resource
    if resource is None and OPENID not in asked.scopes and len(asked.resources) == 1:
        resource = asked.resources[0]
    if resource is not None:
        return await _for_resource(tx, visit, client, grant, asked, resource)
    scope = " ".join(name for name in asked.scopes if name in SCOPES and name in grant.scopes)
    return await store_opaque(tx, visit, grant, scope, session_uid=asked.session_uid)


async def require_organization(
    tx: Transaction,
    visit: Visit,
    client: Client,
    person: UserRow,
    organization_id: str,
    held: tuple[str, ...],
) -> None:
    """Check that somebody's token may be for an organization, in the reference's order.

    ``held`` is the refresh token's scope. Raises ``AccessDenied`` or ``InsufficientScope``.
    """
    organization = await organizations.get(tx, visit.tenant_id, organization_id)
    if organization is None or not await members.has(
        tx, visit.tenant_id, organization_id, person.id
    ):
        raise AccessDenied("user is not a member of the organization")
    if client.is_third_party:
        raise AccessDenied("organization access is not granted to the application")
    if organization.is_mfa_required and not _has_second_factor(person):
        raise AccessDenied("organization requires MFA but user has no MFA configured")
    if ORGANIZATIONS_SCOPE not in held:
        raise InsufficientScope("refresh token missing required scope", scope=ORGANIZATIONS_SCOPE)


async def _for_resource(
    tx: Transaction, visit: Visit, client: Client, grant: Grant, asked: Asked, resource: str
) -> Access:
    if resource not in asked.resources or resource == ORGANIZATIONS_RESOURCE:
        raise InvalidTarget
    given = await rights.of_person(
        tx,
        visit.tenant_id,
        grant.account_id,
        indicator=resource,
        organization_id=asked.organization_id,
    )
    if given is None:
        raise InvalidTarget
    granted = frozenset(grant.resource_scopes.get(resource, ())) & given.scopes
    if client.is_third_party:
        granted = frozenset()
    return Access(
        scope=" ".join(name for name in asked.scopes if name in granted),
        seconds=given.lifetime,
        audience=resource,
        organization_id=asked.organization_id,
    )


def _for_organization(organization_id: str) -> Access:
    return Access(scope="", audience=f"{ORGANIZATION_AUDIENCE}{organization_id}")


def _has_second_factor(person: UserRow) -> bool:
    """Whether one is stored; a code by mail or phone does not count here."""
    return any(
        factor.get("type") in _STORED_FACTORS for factor in json.loads(person.mfa_verifications)
    )
