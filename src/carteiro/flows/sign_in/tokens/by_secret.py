"""A machine's own tokens: the client-credentials grant (RFC 6749 §4.4, RFC 8707)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.model.granted import Granted
from carteiro.oidc.authorization import organization_audience
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import AccessDenied, InvalidTarget
from carteiro.oidc.tokens import LIFETIME
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_applications, token_scopes
from carteiro.storage.people.roles import Owner
from carteiro.storage.tenancy import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineToken:
    """The answer: a bearer token and what it is good for; a ``scope`` of ``None`` is not said."""

    access_token: str
    scope: str | None
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """What a token is for, and what it may say at most."""

    audience: str
    granted: Granted
    organization_id: str | None = None
    always_says_scope: bool = False
    """Also where there is none: then it is empty."""


async def machine_token(
    visit: Visit, client: Client, parameters: Mapping[str, str], indicators: Sequence[str]
) -> MachineToken:
    """Give a token to an application that speaks for itself. Raises an ``OAuthError``.

    It is for one resource; that there are more is found after what else is wrong (rbac §11).
    """
    organization_id = parameters.get("organization_id") or None
    resource = indicators[0] if indicators else None

    async def work(tx: Transaction) -> _Access:
        access = await _access(tx, visit, client, resource, organization_id)
        if len(indicators) > 1:
            raise InvalidTarget("only a single resource indicator is supported for this grant")
        return access

    access = await visit.world.database.read(work)
    wanted = parameters.get("scope", "").split()
    given = [word for word in dict.fromkeys(wanted) if word in access.granted.scopes]
    scope = " ".join(given) or ("" if access.always_says_scope else None)
    token = await visit.world.tokens.issue(
        tenant_id=visit.tenant_id,
        issuer=visit.issuer,
        client_id=client.id,
        audience=access.audience,
        scope=scope,
        lifetime=access.granted.lifetime,
        organization_id=access.organization_id,
    )
    return MachineToken(access_token=token, scope=scope, seconds=access.granted.lifetime)


async def _access(
    tx: Transaction,
    visit: Visit,
    client: Client,
    resource: str | None,
    organization_id: str | None,
) -> _Access:
    if organization_id is None:
        return await _to_resource(tx, visit, client, resource)
    if not await organization_applications.has(tx, visit.tenant_id, organization_id, client.id):
        raise AccessDenied("app has not associated with the organization")
    if resource is None:
        return await _to_organization(tx, visit, client, organization_id)
    return await _to_resource_inside(tx, visit, client, resource, organization_id)


async def _to_resource(
    tx: Transaction, visit: Visit, client: Client, resource: str | None
) -> _Access:
    if resource is None:
        default = await resources.get_default(tx, visit.tenant_id)
        if default is None:
            raise InvalidTarget("both `resource` and `organization_id` are not provided")
        resource = default.indicator
    granted = await resources.granted(tx, visit.tenant_id, resource, client.id)
    if granted is None:
        raise InvalidTarget
    return _Access(audience=resource, granted=granted)


async def _to_resource_inside(
    tx: Transaction, visit: Visit, client: Client, resource: str, organization_id: str
) -> _Access:
    """Roles of the tenant do not count here."""
    granted = await token_scopes.by_organization_roles(
        tx,
        visit.tenant_id,
        Owner.APPLICATION,
        client.id,
        indicator=resource,
        organization_id=organization_id,
    )
    if granted is None:
        raise InvalidTarget
    return _Access(audience=resource, granted=granted, organization_id=organization_id)


async def _to_organization(
    tx: Transaction, visit: Visit, client: Client, organization_id: str
) -> _Access:
    names = await token_scopes.in_organization(
        tx, visit.tenant_id, Owner.APPLICATION, client.id, organization_id
    )
    return _Access(
        audience=organization_audience(organization_id),
        granted=Granted(names, LIFETIME),
        always_says_scope=True,
    )
