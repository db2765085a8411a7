"""An administrator says what a third party's application may ask people for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from carteiro.directory.management_access import RESOURCE_ID
from carteiro.errors import (
    ConsentManagementScopesNotAllowed,
    EntityNotExistsWithId,
    EntityNotFound,
    ThirdPartyApplicationOnly,
    UserConsentScopesNotFound,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import consents, relations
from carteiro.storage.people.consents import ConsentScopes
from carteiro.storage.tenancy import applications, resources
from carteiro.storage.tenancy.applications import ApplicationRow


class Kind(StrEnum):
    """The kinds of scopes, as the wire's paths name them."""

    ORGANIZATION = "organization-scopes"
    RESOURCE = "resource-scopes"
    ORGANIZATION_RESOURCE = "organization-resource-scopes"
    USER = "user-scopes"


_RELATIONS = {
    Kind.ORGANIZATION: relations.CONSENT_ORGANIZATION_SCOPES,
    Kind.RESOURCE: relations.CONSENT_RESOURCE_SCOPES,
    Kind.ORGANIZATION_RESOURCE: relations.CONSENT_ORGANIZATION_RESOURCE_SCOPES,
    Kind.USER: relations.CONSENT_USER_SCOPES,
}
_TABLES = {
    Kind.ORGANIZATION: "organization_scopes",
    Kind.RESOURCE: "scopes",
    Kind.ORGANIZATION_RESOURCE: "scopes",
}
_INVALID = {
    Kind.ORGANIZATION: "invalidOrganizationScopes",
    Kind.RESOURCE: "invalidResourceScopes",
    Kind.ORGANIZATION_RESOURCE: "invalidOrganizationResourceScopes",
}
_SHOWN = {
    Kind.ORGANIZATION: "organizationScopes",
    Kind.RESOURCE: "resourceScopes",
    Kind.ORGANIZATION_RESOURCE: "organizationResourceScopes",
    Kind.USER: "userScopes",
}


async def list_scopes(world: World, tenant_id: str, application_id: str) -> ConsentScopes:
    """All that it may ask for; an application of one's own asks for nothing.

    Raises ``EntityNotExistsWithId``.
    """

    async def work(tx: Transaction) -> ConsentScopes:
        if await applications.get(tx, tenant_id, application_id) is None:
            raise EntityNotExistsWithId
        return await consents.scopes_of(tx, tenant_id, application_id)

    return await world.database.read(work)


async def add_scopes(
    world: World,
    tenant_id: str,
    application_id: str,
    wanted: Mapping[Kind, Sequence[str]],
    *,
    by: Actor = OPERATOR,
) -> None:
    """Let it ask for these too, all or none.

    Raises ``EntityNotExistsWithId``, ``ThirdPartyApplicationOnly``, ``UserConsentScopesNotFound``
    or ``ConsentManagementScopesNotAllowed``.
    """

    async def work(tx: Transaction) -> None:
        row = await _locked(tx, tenant_id, application_id)
        if not row.is_third_party:
            raise ThirdPartyApplicationOnly
        await _require_known(tx, tenant_id, wanted)
        await _refuse_management(tx, tenant_id, wanted)
        parent = {"application_id": application_id}
        added = {
            _SHOWN[kind]: await relations.add(tx, _RELATIONS[kind], tenant_id, parent, ids)
            for kind, ids in wanted.items()
        }
        before = dict.fromkeys(added, ())
        await _announce(tx, world, tenant_id, application_id, by, before=before, after=added)

    await commit(world, work)


async def remove_scope(
    world: World,
    tenant_id: str,
    application_id: str,
    kind: Kind,
    scope: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """Let it ask for one no more: an id, of the kind ``USER`` a name.

    Raises ``EntityNotExistsWithId`` or ``EntityNotFound``.
    """

    async def work(tx: Transaction) -> None:
        await _locked(tx, tenant_id, application_id)
        parent = {"application_id": application_id}
        if not await relations.remove(tx, _RELATIONS[kind], tenant_id, parent, scope):
            raise EntityNotFound
        gone = {_SHOWN[kind]: [scope]}
        after = dict.fromkeys(gone, ())
        await _announce(tx, world, tenant_id, application_id, by, before=gone, after=after)

    await commit(world, work)


async def _locked(tx: Transaction, tenant_id: str, application_id: str) -> ApplicationRow:
    row = await applications.lock(tx, tenant_id, application_id)
    if row is None:
        raise EntityNotExistsWithId
    return row


async def _require_known(
    tx: Transaction, tenant_id: str, wanted: Mapping[Kind, Sequence[str]]
) -> None:
    missing: dict[str, list[str]] = {}
    for kind, table in _TABLES.items():
        ids = wanted.get(kind, ())
        known = await relations.known(tx, table, tenant_id, ids) if ids else set()
        missing[_INVALID[kind]] = [one for one in dict.fromkeys(ids) if one not in known]
    if any(missing.values()):
        raise UserConsentScopesNotFound(data=missing)


async def _refuse_management(
    tx: Transaction, tenant_id: str, wanted: Mapping[Kind, Sequence[str]]
) -> None:
    asked = {*wanted.get(Kind.RESOURCE, ()), *wanted.get(Kind.ORGANIZATION_RESOURCE, ())}
    managing = await resources.find_scopes(tx, tenant_id, RESOURCE_ID, None) if asked else None
    if managing and any(scope.id in asked for scope in managing.rows):
        raise ConsentManagementScopesNotAllowed


async def _announce(
    tx: Transaction,
    world: World,
    tenant_id: str,
    application_id: str,
    by: Actor,
    *,
    before: Mapping[str, Sequence[str]],
    after: Mapping[str, Sequence[str]],
) -> None:
    await announce(
        tx,
        world,
        tenant_id,
        by,
        "Application.ConsentScopes.Updated",
        target={"targetApplicationId": application_id},
        before={name: list(scopes) for name, scopes in before.items()},
        after={name: list(scopes) for name, scopes in after.items()},
    )
