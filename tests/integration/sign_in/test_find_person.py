"""Who is meant by what somebody types, and which new identifier is somebody else's already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from carteiro.errors import PhoneInUse
from carteiro.experience.guards.lockouts import Identifier, IdentifierKind
from carteiro.flows.guards.find_person import find_person, has_owner
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from guard_parts import TENANT, person

pytestmark = pytest.mark.anyio
SHORT, LONG = "61412345678", "610412345678"


async def found(
    world: World,
    kind: str,
    value: str,
    policy: Mapping[str, Any] | None = None,
    *,
    tenant_id: str = TENANT,
) -> str | None:
    """Who is found; whoever only asks whether there is somebody is told the same."""
    identifier = Identifier(kind=IdentifierKind(kind), value=value)

    async def work(tx: Transaction) -> UserRow | None:
        row = await find_person(tx, tenant_id, identifier, policy or {})
        if identifier.kind in {IdentifierKind.EMAIL, IdentifierKind.PHONE}:
            assert await has_owner(tx, tenant_id, identifier) is (row is not None)
        return row

    row = await world.database.read(work)
    return row.id if row else None


async def stored(world: World, id: str, **columns: Any) -> None:
    """Put a row into the state that older data is in."""

    async def work(tx: Transaction) -> None:
        row = await users.lock(tx, TENANT, id)
        assert row is not None
        await users.update(tx, replace(row, **columns))

    await world.database.write(work)


@pytest.mark.parametrize("written", [SHORT, LONG])
@pytest.mark.parametrize("typed", [SHORT, LONG])
async def test_a_number_is_found_with_and_without_its_zero(
    world: World, written: str, typed: str
) -> None:
    ana = await person(world, username="ana")
    await stored(world, ana.id, primary_phone=written)

    assert await found(world, "phone", typed) == ana.id


async def test_of_two_who_have_a_number_it_is_who_has_it_as_it_was_typed(world: World) -> None:
    short = await person(world, username="ana")
    long = await person(world, username="bea")
    await stored(world, short.id, primary_phone=SHORT)
    await stored(world, long.id, primary_phone=LONG)

    assert await found(world, "phone", SHORT) == short.id
    assert await found(world, "phone", LONG) == long.id


@pytest.mark.parametrize(("first", "second"), [(SHORT, LONG), (LONG, SHORT)])
async def test_nobody_registers_a_number_that_somebody_has_in_the_other_spelling(
    world: World, first: str, second: str
) -> None:
    await person(world, primary_phone=first)

    with pytest.raises(PhoneInUse):
        await person(world, primary_phone=second)


async def test_of_two_who_register_both_spellings_at_once_one_has_the_number(
    world: World,
) -> None:
    made = [person(world, primary_phone=spelling) for spelling in (SHORT, LONG) * 2]
    ends = await asyncio.gather(*made, return_exceptions=True)

    assert [type(end) for end in ends].count(PhoneInUse) == 3
    assert sum(isinstance(end, UserRow) for end in ends) == 1


async def test_a_number_that_is_none_is_nobody_s(world: World) -> None:
    await person(world, primary_phone=SHORT)

    assert await found(world, "phone", "12") is None
    assert await found(world, "phone", "+" + SHORT) is None


async def test_an_address_is_found_in_any_spelling(world: World) -> None:
    ana = await person(world, primary_email="Ana@Example.com")

    assert await found(world, "email", "aNA@eXAMPLE.COM") == ana.id
    assert await found(world, "email", "bea@example.com") is None


async def test_who_is_somebody_to_one_tenant_is_nobody_to_another(world: World) -> None:
    ana = await person(world, primary_email="ana@example.com", primary_phone=SHORT)

    for kind, value in (("email", "ana@example.com"), ("phone", SHORT)):
        assert await found(world, kind, value) == ana.id
        assert await found(world, kind, value, tenant_id="other") is None


async def test_case_counts_in_a_user_name_unless_the_tenant_says_otherwise(world: World) -> None:
    small = await person(world, username="bob")
    large = await person(world, username="BOB")
    folded = {"caseSensitive": False}

    assert await found(world, "username", "Bob") is None
    assert await found(world, "username", "BOB") == large.id
    assert await found(world, "username", "BOB", folded) == large.id
    assert await found(world, "username", "Bob", folded) in {small.id, large.id}


async def test_somebody_who_is_signed_in_is_found_by_their_id(world: World) -> None:
    ana = await person(world, username="ana")

    assert await found(world, "userId", ana.id) == ana.id
    assert await found(world, "userId", "nobody") is None
