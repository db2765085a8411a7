"""A key is replaced while everything goes on, and the old one can be thrown away."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from carteiro.errors import CodeMismatch, KeyRefused, KeysDoNotFit, TooManyTries
from carteiro.flows.administer.mail.config_revisions import (
    get_config_revision,
    line_of,
    save_config_draft,
)
from carteiro.flows.administer.mail.connectors import list_connectors, update_connector
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.flows.operate.keys import holding, places, rotate
from carteiro.flows.operate.keys.holding import follow_keys, holding_keys
from carteiro.flows.operate.keys.rotate import list_keys, reseal, retire_key
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.secrets import sealed_by
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy import sealed
from carteiro.testing.clock import FrozenClock
from integration.keys import kill_rotation
from key_parts import T, fill, key, read_all, with_keys

OLD, NEW = key("old"), key("new")
MOVED = "http://127.0.0.1:8/"
_AGE_CODES = Statement.of(
    "test.age_codes", "UPDATE codes SET created_at = created_at - 3600001 RETURNING id"
)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows a page that everything needs several."""
    monkeypatch.setattr(places, "PAGE", 2)


async def states(world: World) -> dict[str, str]:
    return {use.id: use.state for use in await list_keys(world)}


async def move_endpoint(world: World, id_: str) -> None:
    """What an administrator does meanwhile."""
    await update_connector(
        world, T, id_, config={"endpoint": MOVED}, overwrites_metadata=False, sync_profile=None
    )


async def forget_codes(world: World) -> None:
    """An hour later no code lives that was hashed with the old key."""
    await world.database.write(lambda tx: tx.all(_AGE_CODES))


async def test_everything_outlives_the_old_key(settings: Settings) -> None:
    async with open_world(with_keys(settings, OLD)) as world:
        await fill(world, messages=5)
        before = await read_all(world)
        for _ in range(3):
            with pytest.raises(CodeMismatch):
                await redeem_code(world, T, "000000x", email="person0@example.com")

    async with open_world(with_keys(settings, NEW, OLD)) as world:
        done = await reseal(world)
        await forget_codes(world)
        await retire_key(world, "old")
        assert sum(done.moved.values()) > 12
        assert await states(world) == {"old": "retired", "new": "seals"}

    async with open_world(with_keys(settings, NEW)) as world:
        assert await read_all(world) == before
        # The failures on record count still: the budget of an address is found by its hash.
        for _ in range(6):
            await send_code(world, T, Asked(email="person0@example.com"))
            with pytest.raises((CodeMismatch, TooManyTries)):
                await redeem_code(world, T, "000000x", email="person0@example.com")
    with pytest.raises(KeysDoNotFit, match="key new, which is not configured"):
        async with open_world(with_keys(settings, OLD)):
            pass


async def test_a_budget_is_found_by_the_same_hash_under_the_new_key(settings: Settings) -> None:
    async with open_world(with_keys(settings, OLD)) as world:
        hashed = world.keyring.index_digest("recipient", T, "ana@example.com")
    async with open_world(with_keys(settings, NEW, OLD)) as world:
        await reseal(world)
        await retire_key(world, "old")
    async with open_world(with_keys(settings, NEW)) as world:
        assert world.keyring.index_digest("recipient", T, "ana@example.com") == hashed


async def test_a_code_that_was_asked_for_before_is_redeemed_after(settings: Settings) -> None:
    async with open_world(with_keys(settings, OLD)) as world:
        await fill(world)
        code = (await read_all(world))["messages"][0][1]
    async with open_world(with_keys(settings, NEW, OLD)) as world:
        await reseal(world)
        await redeem_code(world, T, code, email="person0@example.com")


async def test_a_key_that_is_needed_is_not_retired(settings: Settings) -> None:
    async with open_world(with_keys(settings, OLD)) as world:
        await fill(world)
    async with open_world(with_keys(settings, NEW, OLD)) as world:
        with pytest.raises(KeyRefused, match="'old' seals"):
            await retire_key(world, "old")
        with pytest.raises(KeyRefused, match="knows no key 'nobody'"):
            await retire_key(world, "nobody")
        world.keyring.use(sealing="old")
        await reseal(world)
        [connector] = await list_connectors(world, T)
        world.keyring.use(sealing="old")
        await move_endpoint(world, connector.row.id)
        with pytest.raises(KeyRefused, match="'old' is still needed: 1 connectors"):
            await retire_key(world, "old")

        assert await states(world) == {"old": "sealed", "new": "seals"}
        await reseal(world)
        await forget_codes(world)
        await retire_key(world, "old")
        await retire_key(world, "old")


async def test_a_key_is_needed_as_long_as_a_code_of_it_lives(settings: Settings) -> None:
    async with open_world(with_keys(settings, OLD)) as world:
        await fill(world)
    async with open_world(with_keys(settings, NEW, OLD)) as world:
        await reseal(world)
        with pytest.raises(
            KeyRefused, match=r"still needed: 1 codes, the last of them until \d\d:"
        ):
            await retire_key(world, "old")

        await forget_codes(world)
        await retire_key(world, "old")


async def test_a_retired_key_does_not_seal_again(settings: Settings) -> None:
    async with open_world(with_keys(settings, OLD)):
        pass
    async with open_world(with_keys(settings, NEW, OLD)) as world:
        await reseal(world)
        await retire_key(world, "old")
    async with open_world(with_keys(settings, OLD, NEW)) as world:
        assert world.keyring.primary == "new"
        with pytest.raises(KeyRefused, match="'old' is retired"):
            await reseal(world)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[World]:
    """What a process that serves does with its keys."""
    async with open_world(settings) as world, holding_keys(world, kind="serve"):
        yield world


async def test_a_process_without_the_new_key_is_named_before_anything_changes(
    settings: Settings,
) -> None:
    async with serving(with_keys(settings, OLD)) as server:
        await fill(server)
        before = await read_all(server)
        async with open_world(with_keys(settings, NEW, OLD)) as world:
            with pytest.raises(KeyRefused, match=r"without the key 'new': serve \d+ on "):
                await reseal(world)
            assert await states(world) == {"old": "seals", "new": "opens"}
        assert await read_all(server) == before

    async with open_world(with_keys(settings, NEW, OLD)) as world:
        await reseal(world)


async def test_processes_with_both_keys_go_on_and_follow(settings: Settings) -> None:
    async with open_world(with_keys(settings, NEW, OLD)):
        pass
    both = with_keys(settings, OLD, NEW)
    async with serving(both) as server:
        await fill(server)
        before = await read_all(server)
        assert server.keyring.primary == "new"
        # The settings' order is what `reseal` goes by.
        async with open_world(both) as world:
            done = await reseal(world)

        assert server.keyring.primary == "old" == done.key_id
        assert await read_all(server) == before
        async with open_world(both) as world:
            with pytest.raises(KeyRefused, match="'old' seals"):
                await retire_key(world, "old")


async def test_a_key_is_not_retired_while_a_process_seals_with_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that does not look again, and is not waited for.
    monkeypatch.setattr(holding, "INTERVAL", 1000)
    monkeypatch.setattr(rotate, "_LOOKS", 0)
    clock, both = FrozenClock(), with_keys(settings, NEW, OLD)
    async with open_world(with_keys(settings, OLD)):
        pass
    async with (
        open_world(both, clock) as late,
        holding_keys(late, kind="serve"),
        open_world(both, clock) as world,
    ):
        await reseal(world)
        with pytest.raises(KeyRefused, match=r"Still seal with 'old': serve \d+ on "):
            await retire_key(world, "old")

        await follow_keys(late, "again", "serve")
        assert late.keyring.primary == "new"


async def test_what_somebody_wrote_meanwhile_is_not_overwritten(settings: Settings) -> None:
    [place] = [place for place in places.PLACES if place.noun == "connectors"]
    async with open_world(with_keys(settings, OLD)) as world:
        await fill(world)
        [read, _] = await world.database.read(lambda tx: sealed.page(tx, place.column, None, 2))
        line, id_ = await line_of(world, T, read["connector_id"])
        await save_config_draft(world, line, T, id_, {"endpoint": MOVED})

        swapped = await world.database.write(
            lambda tx: sealed.swap(tx, place.column, read, b"stale")
        )

        assert read["number"] == 0, "a draft is the one config that is overwritten"
        assert swapped is False
        assert (await get_config_revision(world, line, T, id_)).config["endpoint"] == MOVED


async def test_what_opens_with_no_key_is_left_and_counted(settings: Settings) -> None:
    async with open_world(with_keys(settings, OLD)) as world:
        await fill(world)
        damage = Statement.of("test.damage", "UPDATE hooks SET config_sealed = :v RETURNING id")
        value = world.keyring.seal(b"{}", "elsewhere")
        await world.database.write(lambda tx: tx.all(damage, v=value))
    async with open_world(with_keys(settings, NEW, OLD)) as world:
        done = await reseal(world)

        assert done.unreadable == {"webhook settings": 1}
        with pytest.raises(KeyRefused, match="1 webhook settings"):
            await retire_key(world, "old")
    assert sealed_by(value) == "old"


@pytest.mark.parametrize("point", kill_rotation.STEPS)
async def test_killed_at_a_step_it_goes_on(settings: Settings, point: str) -> None:
    async with open_world(with_keys(settings, OLD)) as world:
        await fill(world, messages=3)
        before = await read_all(world)
        await forget_codes(world)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        kill_rotation.__file__,
        settings.database_url,
        point,
        f"{NEW},{OLD}",
    )
    assert await asyncio.wait_for(child.wait(), 60) == -signal.SIGKILL

    async with open_world(with_keys(settings, NEW, OLD)) as world:
        assert await read_all(world) == before
        # Looking has asked for a code, too: it is kept though no mail goes to that address.
        await forget_codes(world)
        await reseal(world)
        await retire_key(world, "old")
    async with open_world(with_keys(settings, NEW)) as world:
        assert await read_all(world) == before
