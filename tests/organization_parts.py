"""An organization with scopes and roles, and an API, for tests of what tokens say."""

from __future__ import annotations

from typing import Any

from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import (
    members,
    organization_roles,
    organization_scopes,
    organizations,
    relations,
    roles,
)
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.people.roles import Owner, RoleRow
from carteiro.storage.tenancy import resources
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow

T = "default"
API = "https://api.test"
INSIDE = "urn:logto:resource:organizations"
ORGANIZATIONS = "urn:logto:scope:organizations"
MACHINE = "MachineToMachine"
_VALUES: dict[str, Any] = {"tenant_id": T, "created_at": 0}


async def furnish(world: World, user_id: str = "ann") -> None:
    """What there is, and what the person has of it.

    Organizations ``one`` and ``two``, to which they belong, ``strict``, which wants a second factor
    and to which they belong too, and ``else``. In ``one`` they are a ``clerk`` (``invite`` and
    ``pay``; the API's ``write``), in ``two`` a ``guest`` (``invite``; the API's ``drop``). In the
    tenant they are a ``reader`` (the API's ``read``).
    """

    async def work(tx: Transaction) -> None:
        await _scopes(tx)
        await _roles(tx)
        for id_ in ("one", "two", "strict", "else"):
            row = OrganizationRow(
                id=id_, name=id_.title(), is_mfa_required=id_ == "strict", **_VALUES
            )
            await organizations.create(tx, row)
            if id_ != "else":
                await members.add(tx, T, id_, user_id, now=0)
        await members.give_role(tx, T, "one", user_id, "clerk")
        await members.give_role(tx, T, "two", user_id, "guest")
        await roles.give(tx, T, Owner.USER, user_id, "reader")

    await world.database.write(work)


async def furnish_machine(world: World, application_id: str) -> None:
    """A machine belongs to ``one`` and is a ``robot`` there (``pay``; the API's ``drop``).

    In the tenant it is a ``crawler`` (the API's ``read``); to ``two`` it belongs without a role.
    """

    async def work(tx: Transaction) -> None:
        for id_ in ("one", "two"):
            parent = {"organization_id": id_}
            await relations.add(
                tx, relations.ORGANIZATION_APPLICATIONS, T, parent, [application_id]
            )
        where = {"organization_id": "one", "application_id": application_id}
        await relations.add(tx, relations.APPLICATION_ROLES, T, where, ["robot"])
        await roles.give(tx, T, Owner.APPLICATION, application_id, "crawler")

    await world.database.write(work)


async def allow(world: World, application_id: str, **asked: list[str]) -> None:
    """A third party's application may ask for more: ``user``, ``resource`` or ``inside``."""
    kinds = {
        "user": relations.CONSENT_USER_SCOPES,
        "resource": relations.CONSENT_RESOURCE_SCOPES,
        "resource_inside": relations.CONSENT_ORGANIZATION_RESOURCE_SCOPES,
        "inside": relations.CONSENT_ORGANIZATION_SCOPES,
    }

    async def work(tx: Transaction) -> None:
        for kind, ids in asked.items():
            await relations.add(tx, kinds[kind], T, {"application_id": application_id}, ids)

    await world.database.write(work)


async def _scopes(tx: Transaction) -> None:
    await resources.create(
        tx, ResourceRow(id="api", name="Api", indicator=API, access_token_ttl=60, **_VALUES)
    )
    for name in ("read", "write", "drop"):
        row = ScopeRow(id=name, resource_id="api", name=name, description=f"to {name}", **_VALUES)
        await resources.create_scope(tx, row)
    for name in ("invite", "pay"):
        scope = OrganizationScopeRow(tenant_id=T, id=name, name=name, description=None)
        await organization_scopes.create(tx, scope)


async def _roles(tx: Transaction) -> None:
    for id_, kind, scope in (("reader", "User", "read"), ("crawler", MACHINE, "read")):
        row = RoleRow(id=id_, name=id_, description="d", type=kind, **_VALUES)
        await roles.create(tx, row)
        await roles.add_scope(tx, T, id_, scope)
    for id_, kind, inside, of_api in (
        ("clerk", "User", ["invite", "pay"], ["write"]),
        ("guest", "User", ["invite"], ["drop"]),
        ("robot", MACHINE, ["pay"], ["drop"]),
    ):
        role = OrganizationRoleRow(tenant_id=T, id=id_, name=id_, description=None, type=kind)
        await organization_roles.create(tx, role)
        parent = {"organization_role_id": id_}
        await relations.add(tx, relations.ROLE_SCOPES, T, parent, inside)
        await relations.add(tx, relations.ROLE_RESOURCE_SCOPES, T, parent, of_api)
