"""Who joins an organization by themselves has the roles that it gives to such people."""

from __future__ import annotations

import asyncio

import pytest

import organization_parts
from carteiro.flows.administer.organizations.organizations import set_domains
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people import members, organization_roles, relations
from door_parts import ANA, TENANT, Browser, Door, by_link, proven


@pytest.fixture
async def owner(door: Door) -> str:
    """Somebody who was there before: organizations, of which ``one`` is joined by domain.

    Who joins ``one`` is a clerk, who joins ``two`` is a clerk and a guest; a robot's role is among
    those of both.
    """
    other = await door.person(primary_email="owner@else.example")
    await organization_parts.furnish(door.world, other.id)
    await set_domains(door.world, TENANT, "one", ["example.com"], replacing=False)

    async def work(tx: Transaction) -> None:
        for id_, names in (
            ("one", ["clerk", "robot"]),
            ("two", ["clerk", "guest", "robot"]),
        ):
            parent = {"organization_id": id_}
            await relations.add(tx, relations.JIT_ROLES, TENANT, parent, names)

    await door.world.database.write(work)
    return other.id


async def roles_of(door: Door, user_id: str) -> dict[str, list[str]]:
    async def work(tx: Transaction) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for id_ in ("one", "two", "strict", "else"):
            if await members.has(tx, TENANT, id_, user_id):
                rows = await members.roles(tx, TENANT, id_, user_id)
                found[id_] = [role.id for role in rows]
        return found

    return await door.world.database.read(work)


async def registered(door: Door, to: str = ANA) -> tuple[Browser, str]:
    browser = await door.browser()
    await browser.begin("Register")
    answer = await browser.identify(await proven(door, browser, "Register", to))
    assert answer.status_code == 201, answer.text
    return browser, str((await browser.record())["userId"])


async def test_who_registers_has_the_roles_of_an_organization_of_their_domain(
    door: Door, owner: str
) -> None:
    _, user_id = await registered(door)
    _, stranger = await registered(door, "ana@elsewhere.example")

    assert await roles_of(door, user_id) == {"one": ["clerk"]}
    assert await roles_of(door, stranger) == {}
    assert await roles_of(door, owner) == {"one": ["clerk"], "two": ["guest"], "strict": []}


async def test_who_comes_by_a_link_has_the_roles_of_its_organizations(
    door: Door, owner: str
) -> None:
    user = await door.person(primary_email=ANA)
    browser = await by_link(door, jitOrganizationIds=["two", "nowhere"])
    before = await roles_of(door, user.id)
    assert (await browser.submit()).status_code == 200

    assert (before, await roles_of(door, user.id)) == ({}, {"two": ["clerk", "guest"]})


async def test_who_belongs_already_gets_nothing_more(door: Door, owner: str) -> None:
    user = await door.person(primary_email=ANA)
    await door.world.database.write(
        lambda tx: members.add(tx, TENANT, "two", user.id, now=0),
    )
    browser = await by_link(door, jitOrganizationIds=["two"])
    assert (await browser.submit()).status_code == 200

    assert await roles_of(door, user.id) == {"two": []}


_WAITING = Statement.of(
    "test.waiting",
    "SELECT COUNT(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
)


async def waiting(door: Door) -> None:
    """Until somebody waits for somebody else's unit."""
    for _ in range(500):
        row = await door.world.database.read(lambda tx: tx.one(_WAITING))
        assert row is not None
        if row["waiting"]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_joins_while_a_role_goes_joins_without_it(door: Door, owner: str) -> None:
    browser = await door.browser()
    await browser.begin("Register")
    proof = await proven(door, browser, "Register")
    went, committing = asyncio.Event(), asyncio.Event()

    async def go(tx: Transaction) -> None:
        await organization_roles.delete(tx, TENANT, "clerk")
        went.set()
        await committing.wait()

    gone = asyncio.create_task(door.world.database.write(go))
    await went.wait()
    joining = asyncio.create_task(browser.identify(proof))
    await waiting(door)
    committing.set()
    await gone
    answer = await joining

    assert answer.status_code == 201, answer.text
    user_id = str((await browser.record())["userId"])
    assert await roles_of(door, user_id) == {"one": []}
