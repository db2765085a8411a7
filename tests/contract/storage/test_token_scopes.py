"""What a token may say, asked on both databases: every answer is one statement's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from carteiro.flows.world import World
from carteiro.model.granted import Granted
from carteiro.storage.drivers.database import Transaction, Work
from carteiro.storage.people import (
    members,
    organization_applications,
    organization_roles,
    organization_scopes,
    organizations,
    relations,
    roles,
    token_scopes,
    users,
)
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.people.roles import Owner, RoleRow
from carteiro.storage.people.token_scopes import Standing
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import applications, resources, tenants
from carteiro.storage.tenancy.applications import ApplicationRow
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow

API = "https://api.example.com"
OTHER = "https://other.example.com"
MACHINE = "MachineToMachine"


@dataclass
class Counting:
    """A unit of work that counts what it asks."""

    tx: Transaction
    asked: list[str] = field(default_factory=list)

    async def one(self, name: Any, /, **arguments: Any) -> Any:
        self.asked.append(str(name))
        return await self.tx.one(name, **arguments)

    async def all(self, name: Any, /, **arguments: Any) -> Any:
        self.asked.append(str(name))
        return await self.tx.all(name, **arguments)


async def ask(world: World, question: Any) -> Any:
    """The answer to a question, which has to be one statement."""

    async def work(tx: Transaction) -> Any:
        counting = Counting(tx)
        answer = await question(counting)
        assert len(counting.asked) == 1
        return answer

    return await world.database.read(work)


async def fill(tx: Transaction, tenant: str) -> None:
    """Two resources, two organizations, a person and a machine in both, a third party's app."""
    await tenants.create(tx, id=tenant, name=tenant, created_at=0)
    for id_, indicator in (("api", API), ("other", OTHER)):
        await resources.create(
            tx,
            ResourceRow(
                tenant_id=tenant,
                id=id_,
                name=id_,
                indicator=indicator,
                access_token_ttl=60,
                created_at=0,
            ),
        )
        for name in ("read", "write", "drop"):
            await resources.create_scope(
                tx,
                ScopeRow(
                    tenant_id=tenant,
                    id=f"{id_}-{name}",
                    resource_id=id_,
                    name=name,
                    description=None,
                    created_at=0,
                ),
            )
    await users.create(tx, UserRow(tenant_id=tenant, id="ana", created_at=0, updated_at=0))
    for id_, kind, third in (
        ("app", "SPA", False),
        ("stranger", "SPA", True),
        ("m", MACHINE, False),
    ):
        await applications.create(
            tx,
            ApplicationRow(
                tenant_id=tenant, id=id_, name=id_, type=kind, is_third_party=third, created_at=0
            ),
        )
    for name in ("invite", "pay"):
        await organization_scopes.create(
            tx, OrganizationScopeRow(tenant_id=tenant, id=name, name=name, description=None)
        )
    for id_, strict in (("one", False), ("two", True)):
        await organizations.create(
            tx,
            OrganizationRow(
                tenant_id=tenant, id=id_, name=id_, is_mfa_required=strict, created_at=0
            ),
        )
    for id_, kind in (("member", "User"), ("payer", "User"), ("robot", MACHINE)):
        await organization_roles.create(
            tx,
            OrganizationRoleRow(tenant_id=tenant, id=id_, name=id_, description=None, type=kind),
        )


async def give(tx: Transaction, tenant: str) -> None:
    """What everybody has."""
    await roles.create(
        tx,
        RoleRow(
            tenant_id=tenant, id="reader", name="r", description="d", type="User", created_at=0
        ),
    )
    for scope in ("api-read", "other-write"):
        await roles.add_scope(tx, tenant, "reader", scope)
    await roles.give(tx, tenant, Owner.USER, "ana", "reader")
    gives = {
        "member": (["invite"], ["api-write", "other-read"]),
        "payer": (["invite", "pay"], ["api-drop"]),
        "robot": (["pay"], ["api-drop", "api-read"]),
    }
    for role, (inside, outside) in gives.items():
        parent = {"organization_role_id": role}
        await relations.add(tx, relations.ROLE_SCOPES, tenant, parent, inside)
        await relations.add(tx, relations.ROLE_RESOURCE_SCOPES, tenant, parent, outside)
    for organization, role in (("one", "member"), ("two", "payer")):
        await members.add(tx, tenant, organization, "ana", now=0)
        await members.give_role(tx, tenant, organization, "ana", role)
    for organization in ("one", "two"):
        parent = {"organization_id": organization}
        await relations.add(tx, relations.ORGANIZATION_APPLICATIONS, tenant, parent, ["m"])
    where = {"organization_id": "one", "application_id": "m"}
    await relations.add(tx, relations.APPLICATION_ROLES, tenant, where, ["robot"])


@pytest.fixture
async def filled(world: World) -> World:
    """Two tenants with the same things in them; in ``acme`` somebody has roles."""

    async def work(tx: Transaction) -> None:
        await fill(tx, "acme")
        await fill(tx, "empty")
        await give(tx, "acme")

    await world.database.write(work)
    return world


async def change(world: World, work: Work[Any]) -> Any:
    return await world.database.write(work)


def granted(*names: str) -> Granted:
    return Granted(frozenset(names), 60)


async def test_a_persons_own_roles_give_scopes_of_the_resource_that_is_asked_for(
    filled: World,
) -> None:
    async def of(tenant: str, indicator: str) -> Granted | None:
        return await ask(
            filled, lambda tx: token_scopes.by_roles(tx, tenant, "ana", indicator=indicator)
        )

    assert await of("acme", API) == granted("read")
    assert await of("acme", OTHER) == granted("write")
    assert await of("acme", "https://nobody.example.com") is None
    assert await of("empty", API) == granted()


@pytest.mark.parametrize(
    ("owner", "id_", "organization", "expected"),
    [
        (Owner.USER, "ana", "one", ["write"]),
        (Owner.USER, "ana", "two", ["drop"]),
        (Owner.USER, "ana", None, ["drop", "write"]),
        (Owner.USER, "ana", "nowhere", []),
        (Owner.USER, "nobody", None, []),
        (Owner.APPLICATION, "m", "one", ["drop", "read"]),
        (Owner.APPLICATION, "m", "two", []),
        (Owner.APPLICATION, "m", None, ["drop", "read"]),
        (Owner.APPLICATION, "ana", "one", []),
    ],
)
async def test_roles_in_an_organization_give_scopes_of_resources_there(
    filled: World, owner: Owner, id_: str, organization: str | None, expected: list[str]
) -> None:
    async def of(tenant: str) -> Granted | None:
        return await ask(
            filled,
            lambda tx: token_scopes.by_organization_roles(
                tx, tenant, owner, id_, indicator=API, organization_id=organization
            ),
        )

    assert await of("acme") == granted(*expected)
    assert await of("empty") == granted()


@pytest.mark.parametrize(
    ("organization", "expected"),
    [("one", ["read", "write"]), ("two", ["drop", "read"]), (None, ["drop", "read", "write"])],
)
async def test_a_persons_token_says_what_both_kinds_of_roles_give(
    filled: World, organization: str | None, expected: list[str]
) -> None:
    async def of(indicator: str) -> Granted | None:
        return await ask(
            filled,
            lambda tx: token_scopes.of_person(
                tx, "acme", "ana", indicator=indicator, organization_id=organization
            ),
        )

    assert await of(API) == granted(*expected)
    assert await of("https://nobody.example.com") is None


@pytest.mark.parametrize(
    ("tenant", "user", "indicator", "expected"),
    [
        ("acme", "ana", API, {"one": {"write"}, "two": {"drop"}}),
        ("acme", "ana", OTHER, {"one": {"read"}}),
        ("acme", "ana", "https://nobody.example.com", {}),
        ("acme", "nobody", API, {}),
        ("empty", "ana", API, {}),
    ],
)
async def test_what_roles_give_is_told_for_each_organization(
    filled: World, tenant: str, user: str, indicator: str, expected: dict[str, set[str]]
) -> None:
    found = await ask(
        filled,
        lambda tx: token_scopes.in_each_organization(tx, tenant, user, indicator=indicator),
    )

    assert found == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["pay", "invite", "pay", "Invite"], ["invite", "pay"]),
        (["%", "", "read"], []),
        ([], []),
        (["x'); DROP TABLE users; --", "pay"], ["pay"]),
    ],
    ids=str,
)
async def test_scopes_of_organizations_are_found_by_their_very_names(
    filled: World, names: list[str], expected: list[str]
) -> None:
    found = await ask(filled, lambda tx: organization_scopes.named(tx, "acme", names))

    assert [scope.name for scope in found] == expected
    assert {scope.tenant_id for scope in found} <= {"acme"}


@pytest.mark.parametrize(
    ("owner", "id_", "organization", "expected"),
    [
        (Owner.USER, "ana", "one", {"invite"}),
        (Owner.USER, "ana", "two", {"invite", "pay"}),
        (Owner.USER, "nobody", "one", set()),
        (Owner.APPLICATION, "m", "one", {"pay"}),
        (Owner.APPLICATION, "m", "two", set()),
    ],
)
async def test_an_organization_token_says_what_roles_give_there(
    filled: World, owner: Owner, id_: str, organization: str, expected: set[str]
) -> None:
    def of(tenant: str) -> Any:
        return lambda tx: token_scopes.in_organization(tx, tenant, owner, id_, organization)

    assert await ask(filled, of("acme")) == expected
    assert await ask(filled, of("empty")) == set()


async def test_what_a_role_gives_is_read_as_it_is_now(filled: World) -> None:
    async def drop(tx: Transaction) -> None:
        await members.remove(tx, "acme", "one", "ana")
        await relations.remove(
            tx, relations.ROLE_SCOPES, "acme", {"organization_role_id": "payer"}, "pay"
        )
        await relations.keep_only(
            tx, relations.ORGANIZATION_APPLICATIONS, "acme", {"organization_id": "one"}, []
        )

    await change(filled, drop)

    async def inside(owner: Owner, id_: str, organization: str) -> Any:
        return await ask(
            filled,
            lambda tx: token_scopes.in_organization(tx, "acme", owner, id_, organization),
        )

    assert await inside(Owner.USER, "ana", "one") == set()
    assert await inside(Owner.USER, "ana", "two") == {"invite"}
    assert await inside(Owner.APPLICATION, "m", "one") == set()


async def standing(world: World, organization: str, user: str, application: str) -> Any:
    return await ask(
        world,
        lambda tx: token_scopes.standing(
            tx, "acme", organization, user_id=user, application_id=application
        ),
    )


def stands(*, member: bool = True, consent: bool = False, mfa: bool = False) -> Standing:
    return Standing(is_member=member, needs_consent=consent, is_mfa_required=mfa)


async def test_membership_and_the_second_factor_are_told_with_consent(filled: World) -> None:
    assert await standing(filled, "one", "ana", "app") == stands()
    assert await standing(filled, "two", "ana", "app") == stands(mfa=True)
    assert await standing(filled, "one", "nobody", "app") == stands(member=False)
    assert await standing(filled, "nowhere", "ana", "app") is None


async def test_a_third_partys_application_needs_consent_until_it_is_given(filled: World) -> None:
    whose = {"application_id": "stranger", "user_id": "ana"}

    async def consent(tx: Transaction) -> None:
        await relations.add(tx, relations.CONSENT_ORGANIZATIONS, "acme", whose, ["one"])

    before = await standing(filled, "one", "ana", "stranger")
    await change(filled, consent)

    assert before == stands(consent=True)
    assert await standing(filled, "one", "ana", "stranger") == stands()
    assert await standing(filled, "two", "ana", "stranger") == stands(consent=True, mfa=True)
    assert await standing(filled, "one", "ana", "app") == stands()


async def test_whoever_leaves_an_organization_takes_their_consent_back(filled: World) -> None:
    whose = {"application_id": "stranger", "user_id": "ana"}

    async def leave_and_return(tx: Transaction) -> None:
        await relations.add(tx, relations.CONSENT_ORGANIZATIONS, "acme", whose, ["one"])
        await members.remove(tx, "acme", "one", "ana")
        await members.add(tx, "acme", "one", "ana", now=0)

    await change(filled, leave_and_return)

    assert await standing(filled, "one", "ana", "stranger") == stands(consent=True)


async def test_a_third_partys_application_asks_for_what_it_was_allowed(filled: World) -> None:
    parent = {"application_id": "stranger"}

    async def allow(tx: Transaction) -> None:
        for relation, ids in (
            (relations.CONSENT_RESOURCE_SCOPES, ["api-read", "other-drop"]),
            (relations.CONSENT_ORGANIZATION_RESOURCE_SCOPES, ["api-read", "api-drop"]),
            (relations.CONSENT_ORGANIZATION_SCOPES, ["pay"]),
        ):
            await relations.add(tx, relation, "acme", parent, ids)

    await change(filled, allow)

    async def of_resource(application: str, indicator: str) -> Any:
        return await ask(
            filled,
            lambda tx: token_scopes.asked_of_resource(tx, "acme", application, indicator=indicator),
        )

    inside = await ask(
        filled, lambda tx: token_scopes.asked_in_organizations(tx, "acme", "stranger")
    )
    assert await of_resource("stranger", API) == {"read", "drop"}
    assert await of_resource("stranger", OTHER) == {"drop"}
    assert await of_resource("app", API) == set()
    assert inside == {"pay"}


async def test_a_machine_belongs_where_it_was_taken_in(filled: World) -> None:
    async def belongs(organization: str) -> bool:
        return bool(
            await ask(
                filled,
                lambda tx: organization_applications.has(tx, "acme", organization, "m"),
            )
        )

    assert await belongs("one")
    assert not await belongs("nowhere")


async def test_there_is_one_default_resource_at_most(filled: World) -> None:
    def default() -> Any:
        return ask(filled, lambda tx: resources.get_default(tx, "acme"))

    before = await default()
    for id_ in ("api", "other"):
        await change(
            filled, lambda tx, id_=id_: resources.set_default(tx, "acme", id_, is_default=True)
        )

    assert before is None
    assert (await default()).id == "other"
    await change(filled, lambda tx: resources.set_default(tx, "acme", "other", is_default=False))
    assert await default() is None
