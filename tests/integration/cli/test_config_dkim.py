"""A configuration tells which domains are signed; keys stay where they were made."""

from __future__ import annotations

import pytest

from carteiro.errors import BrokenConfiguration
from carteiro.flows.administer.configuration.folder import from_files, to_files
from carteiro.flows.administer.configuration.plan import apply, compare, snapshot_of
from carteiro.flows.administer.mail.dkim_keys import list_keys
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import dkim_keys
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow, KeyState

T, OTHER = "default", "other"
SEALED = b"sealed-private-half"


async def sign(world: World, tenant: str, domain: str, state: KeyState, selector: str) -> None:
    row = DkimKeyRow(
        tenant_id=tenant,
        domain=domain,
        selector=selector,
        algorithm="ed25519",
        state=state,
        private_sealed=SEALED,
        record=f"v=DKIM1; p={selector}",
        created_at=1,
        changed_at=1,
    )

    async def work(tx: Transaction) -> None:
        await dkim_keys.create(tx, row)

    await world.database.write(work)


async def test_a_folder_tells_what_is_signed_and_holds_no_key(world: World) -> None:
    await sign(world, T, "a.test", KeyState.SIGNING, "one")
    await sign(world, T, "a.test", KeyState.RESTING, "old")
    await sign(world, T, "b.test", KeyState.WAITING, "new")

    files = to_files(await snapshot_of(world, T))

    assert files["dkim.yaml"] == "a.test:\n  one: v=DKIM1; p=one\n"
    assert SEALED.decode() not in "".join(files.values())
    assert from_files(files).dkim == {"a.test": {"one": "v=DKIM1; p=one"}}


async def test_an_import_touches_no_key_and_names_what_is_not_signed(world: World) -> None:
    await create_tenant(world, OTHER, name="Other")
    await sign(world, T, "a.test", KeyState.SIGNING, "one")
    await sign(world, T, "b.test", KeyState.SIGNING, "two")
    await sign(world, OTHER, "b.test", KeyState.SIGNING, "mine")
    await sign(world, OTHER, "c.test", KeyState.SIGNING, "mine")
    wanted = from_files(to_files(await snapshot_of(world, T)))
    before = await list_keys(world, OTHER)

    seen = await compare(world, OTHER, wanted, prune=True)
    done = await apply(world, OTHER, wanted, prune=True)

    named = [line for line in done.warnings if "carteiro dkim new" in line]
    assert [line.rpartition(" ")[2] for line in named] == ["a.test"]
    assert named[0] in seen.warnings
    assert not [line for line in seen.lines if "dkim" in line]
    assert await list_keys(world, OTHER) == before
    assert (await compare(world, OTHER, wanted, prune=True)).empty


async def test_of_many_domains_some_are_named_and_the_rest_counted(world: World) -> None:
    many = {f"d{n:02}.test": {"s": "v=DKIM1"} for n in range(25)}
    files = {**to_files(await snapshot_of(world, T)), "dkim.yaml": ""}
    files["dkim.yaml"] = "".join(f"{domain}: {{s: v=DKIM1}}\n" for domain in many)

    plan = await compare(world, T, from_files(files), prune=False)

    told = [line for line in plan.warnings if "signed" in line or "more domains" in line]
    assert len(told) == 21
    assert told[-1] == "So it is with 5 more domains."


@pytest.mark.parametrize("text", ["a.test: x\n", "a.test: {s: 1}\n", '"a\\x1b[2J": {s: x}\n'])
def test_what_is_no_list_of_records_is_refused(text: str) -> None:
    with pytest.raises(BrokenConfiguration, match="dkim"):
        from_files({"carteiro.yaml": "format: 1\n", "dkim.yaml": text})
