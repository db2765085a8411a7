"""Which access token a request gets: for a resource, for an organization, or for this provider."""

from __future__ import annotations

import json
from dataclasses import dataclass

from carteiro.flows.sign_in.provider.entitlements import given_on
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.tokens.issue import Access, store_opaque
from carteiro.oidc.authorization import OPENID, ORGANIZATIONS_RESOURCE, organization_audience
from carteiro.oidc.claims import ORGANIZATIONS_SCOPE, SCOPES
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import AccessDenied, InsufficientScope, InvalidTarget
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.people import token_scopes
from carteiro.storage.people.roles import Owner
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.grants import Grant

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
        return await _for_organization(tx, visit, client, grant, asked, asked.organization_id)
    resource = asked.resource
    apis = [indicator for indicator in asked.resources if indicator != ORGANIZATIONS_RESOURCE]
    if resource is None and OPENID not in asked.scopes and len(apis) == 1:
        resource = apis[0]
    if resource is not None:
        return await _for_resource(tx, visit, client, grant, asked, resource)
    scope = " ".join(name for name in asked.scopes if name in SCOPES and name in grant.scopes)
    return await store_opaque(tx, visit, grant, scope, session_uid=asked.session_uid)


def asked_inside(
    visit: Visit, client: Client, account_id: str, asked: Asked, organization_id: str
) -> list[Question]:
    """What ``require_organization`` and ``access_for`` ask about an organization."""
    tenant_id, resource = visit.tenant_id, asked.resource
    standing = token_scopes.asked_standing(
        tenant_id, organization_id, user_id=account_id, application_id=client.id
    )
    if resource is None:
        given = token_scopes.asked_in_organization(
            tenant_id, Owner.USER, account_id, organization_id
        )
    elif resource in asked.resources:
        given = token_scopes.asked_of_person(
            tenant_id, account_id, indicator=resource, organization_id=organization_id
        )
    else:
        return [standing]
    return [standing, given]


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
    standing = await token_scopes.standing(
        tx, visit.tenant_id, organization_id, user_id=person.id, application_id=client.id
    )
    if standing is None or not standing.is_member:
        raise AccessDenied("user is not a member of the organization")
    if standing.needs_consent:
        raise AccessDenied("organization access is not granted to the application")
    if standing.is_mfa_required and not _has_second_factor(person):
        raise AccessDenied("organization requires MFA but user has no MFA configured")
    if ORGANIZATIONS_SCOPE not in held:
        raise InsufficientScope("refresh token missing required scope", scope=ORGANIZATIONS_SCOPE)


async def _for_resource(
    tx: Transaction, visit: Visit, client: Client, grant: Grant, asked: Asked, resource: str
) -> Access:
    if resource not in asked.resources or resource == ORGANIZATIONS_RESOURCE:
        raise InvalidTarget
    given = await given_on(
        tx, visit, client, grant.account_id, resource, organization_id=asked.organization_id
    )
    granted = frozenset(grant.resource_scopes.get(resource, ())) & given.scopes
    return Access(
        scope=" ".join(name for name in asked.scopes if name in granted),
        seconds=given.lifetime,
        audience=resource,
        organization_id=asked.organization_id,
    )


async def _for_organization(
    tx: Transaction,
    visit: Visit,
    client: Client,
    grant: Grant,
    asked: Asked,
    organization_id: str,
) -> Access:
    """What roles give there now, of what is asked; what was granted does not count (rbac §11).

    But a third party's application has no more than the person has let it have: a scope of some
    resource may be called the same.
    """
    given = await token_scopes.in_organization(
        tx, visit.tenant_id, Owner.USER, grant.account_id, organization_id
    )
    if client.is_third_party:
        given &= frozenset(grant.resource_scopes.get(ORGANIZATIONS_RESOURCE, ()))
    return Access(
        scope=" ".join(name for name in asked.scopes if name in given),
        audience=organization_audience(organization_id),
    )


def _has_second_factor(person: UserRow) -> bool:
    """Whether one is stored; a code by mail or phone does not count here."""
    return any(
        factor.get("type") in _STORED_FACTORS for factor in json.loads(person.mfa_verifications)
    )
