"""The guards of codes and sending are carried from one tenant to another, and checked on the way."""

from __future__ import annotations

import pytest

from carteiro.errors import BrokenConfiguration
from carteiro.flows.administer.configuration.folder import from_files, to_files
from carteiro.flows.administer.configuration.plan import apply, snapshot_of
from carteiro.flows.administer.tenant.settings import get_protection, update_protection
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World

PATH = "settings/protection.yaml"


async def test_protection_is_carried_with_what_was_taken_away(world: World) -> None:
    await create_tenant(world, "acme", name="acme")
    await update_protection(world, "default", {"codeLength": 9, "cooldown": 60})
    await update_protection(world, "default", {"cooldown": None, "delayAfter": 5})

    files = to_files(await snapshot_of(world, "default"))
    await apply(
        world,
        "acme",
        from_files({PATH: files[PATH], "carteiro.yaml": files["carteiro.yaml"]}),
        prune=False,
    )
    workspace = await world.workspaces.of("acme")

    assert await get_protection(world, "acme") == await get_protection(world, "default")
    assert (workspace.code_policy.length, workspace.code_policy.delay_after) == (9, 5)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("cooldown: 60\ncodeLength: 5\n", 2),
        ("codeAlphabet: emoji\n", 1),
        ("codelength: 8\n", 1),
        ("failuresPerDay: 101\n", 1),
    ],
)
async def test_a_file_out_of_range_is_refused_by_line(world: World, text: str, line: int) -> None:
    files = {"carteiro.yaml": "format: 1\n", PATH: text}

    with pytest.raises(BrokenConfiguration) as refused:
        await apply(world, "default", from_files(files), prune=False)

    assert f"{PATH}:{line}" in refused.value.message
