"""A row that a unit has locked is nobody else's until the unit ends, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from carteiro.storage.drivers.database import Database, Transaction
from carteiro.storage.people import users

from .test_put import T, peopled, person

__all__ = ["peopled"]


async def test_a_lock_says_how_many_rows_it_found_and_changes_none(peopled: Database) -> None:
    async def work(tx: Transaction) -> list[int]:
        return [await tx.run("tenants.lock", id=id_) for id_ in (T, "nobody")]

    assert await peopled.write(work) == [1, 0]
    assert await peopled.read(lambda tx: users.get(tx, T, "ann")) == person()


async def test_a_lock_gives_the_row_as_it_is_in_this_unit(peopled: Database) -> None:
    async def work(tx: Transaction) -> object:
        await users.update(tx, replace(person(), name="Ann"))
        assert await users.lock(tx, T, "nobody") is None
        row = await users.lock(tx, T, "ann")
        return row and row.name

    assert await peopled.write(work) == "Ann"


async def test_whoever_locks_second_sees_what_the_first_one_wrote(peopled: Database) -> None:
    async def work(tx: Transaction) -> None:
        row = await users.lock(tx, T, "ann")
        assert row is not None
        await users.update(tx, replace(row, name=f"{row.name or ''}."))

    await asyncio.gather(*(peopled.write(work) for _ in range(8)))

    row = await peopled.read(lambda tx: users.get(tx, T, "ann"))
    assert row is not None
    assert row.name == "." * 8
