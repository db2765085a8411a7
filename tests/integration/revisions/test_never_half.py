"""Nobody ever sees half a revision: not while others publish, and not after a crash."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from carteiro.delivery.workspaces.connections import open_row
from carteiro.flows.administer.mail import revisions
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import NOWHERE, Origin
from carteiro.model.owners import Owner
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy import connectors, templates
from carteiro.storage.tenancy.templates import TemplateSet
from integration.revisions import publishing_process
from integration.revisions.publishing_process import T, config, mark_of, put
from override_parts import organization

_ENOUGH = 12
"""Changes that are told while others look."""
_BROKEN = Statement.of(
    "test.broken",
    "SELECT id FROM email_templates WHERE latest <> (SELECT MAX(number) FROM template_revisions "
    "WHERE template_id = email_templates.id AND tenant_id = email_templates.tenant_id) "
    "OR (revision IS NOT NULL AND revision <> latest)",
)
_LOST = Statement.of(
    "test.lost",
    "SELECT id FROM connectors WHERE NOT EXISTS (SELECT 1 FROM connector_revisions "
    "WHERE connector_id = connectors.id AND number = connectors.revision)",
)
_STRAY = Statement.of(
    "test.stray",
    "SELECT id FROM email_templates WHERE organization_id IS NOT NULL AND revision IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM mail_overrides "
    "WHERE mail_overrides.organization_id = email_templates.organization_id)",
)


@asynccontextmanager
async def process(
    settings: Settings, owner: Owner, job: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process on the same database; at the end it is killed if it lives still."""
    assert settings.secret_keys is not None
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        publishing_process.__file__,
        settings.database_url,
        settings.secret_keys.get_secret_value(),
        owner.id,
        job,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def read(world: World, owner: Owner | None) -> str | None:
    """The mark of a template, if one is live; it is a whole one."""
    rows = await world.database.read(lambda tx: templates.list_all(tx, TemplateSet(T, owner)))
    return mark_of(rows[0].details) if rows else None


async def configured(world: World) -> str:
    """The mark of the config that is live; it is a whole one."""
    (connector,) = await world.database.read(lambda tx: connectors.list_all(tx, T))
    live = open_row(world.keyring, connector).config
    mark: str = live["endpoint"].rpartition("/")[2]
    assert live == config(mark)
    return mark


async def require_whole(world: World) -> None:
    """Every pointer leads to a revision, and to the newest one; who has words, has an override."""

    async def work(tx: Transaction) -> list[Any]:
        return [*await tx.all(_BROKEN), *await tx.all(_LOST), *await tx.all(_STRAY)]

    assert await world.database.read(work) == []


async def furnish(world: World) -> Owner:
    """A connector, words of the tenant's, and an organization that has none yet."""
    new = NewConnector(connector_id="http-email", config=config("m0"))
    await create_connector(world, T, new)
    await put(world, "m0")
    return await organization(world)


async def eventually(check: Callable[[], Any], seconds: float = 300) -> None:
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.02)


async def test_while_others_publish_and_die_all_that_is_seen_is_whole_and_nothing_is_lost(
    settings: Settings,
) -> None:
    said: list[tuple[str, str, int | None, str | None]] = []
    async with open_world(settings) as world:
        owner = await furnish(world)
        async with (
            process(settings, owner, "always1") as one,
            process(settings, owner, "always2") as two,
            asyncio.timeout(300),
        ):
            while len(said) < _ENOUGH:
                for child in (one, two):
                    assert child.stdout is not None
                    said.append(json.loads(await child.stdout.readline()))
                await asyncio.gather(read(world, None), read(world, owner), configured(world))
        for child in (one, two):
            assert child.stdout is not None
            said += map(json.loads, (await child.stdout.read()).splitlines())

        await require_whole(world)
        await require_all(world, None, [it[1:] for it in said if it[0] == "tenant"], before=1)
        await require_all(world, owner, [it[1:] for it in said if it[0] == "owner"], before=0)
        await put(world, "afterwards", owner=owner)
        assert await read(world, owner) == "afterwards"


async def require_all(
    world: World,
    owner: Owner | None,
    said: Sequence[tuple[str, int | None, str | None]],
    *,
    before: int,
) -> None:
    """Every change that was told is one revision; but for what nobody lived to tell of."""
    (template,) = (await revisions.list_histories(world, T, None, owner=owner)).rows
    history = await revisions.get_history(world, T, template.id, None, owner=owner)
    numbers = [row.number for row in history.revisions.rows]
    assert numbers == list(range(template.latest, 0, -1)), "there is no gap, and none twice"
    assert len(said) <= template.latest - before <= len(said) + 2
    told = [number for _, number, _ in said if number is not None]
    assert len(told) == len(set(told))
    for _, number, mark in said:
        if number is not None:
            _, row = await revisions.get_revision(world, T, template.id, number, owner=owner)
            assert mark_of(row.details) == mark
    gone = [row.number for row in history.revisions.rows if row.deleted]
    assert sum(what == "delete" for what, _, _ in said) <= len(gone)


@pytest.mark.parametrize("step", publishing_process.STEPS)
async def test_killed_at_a_step_nothing_of_the_change_is_there(
    settings: Settings, step: str
) -> None:
    async with open_world(settings) as world:
        owner = await furnish(world)
        async with process(settings, owner, step) as child, asyncio.timeout(300):
            assert await child.wait() == -signal.SIGKILL
        words, own, mark = (
            await read(world, None),
            await read(world, owner),
            await configured(world),
        )

        await require_whole(world)
        assert (words, mark) == ("m0", "m0"), "the config is changed last"
        assert own == ("lost" if "config" in step or "connector" in step else None)
        for whose in (None, owner):
            row = await put(world, "next", owner=whose)
            assert await read(world, whose) == "next"
            history = await revisions.get_history(world, T, row.id, None, owner=whose)
            numbers = [one.number for one in history.revisions.rows]
            assert numbers == list(range(len(numbers), 0, -1))


@pytest.mark.parametrize("whose", ["tenant", "owner"])
async def test_what_another_process_publishes_is_sent_from_then_on(
    settings: Settings, whose: str
) -> None:
    async with open_world(settings) as world, open_world(settings) as other:
        organization = await furnish(world)
        owner = organization if whose == "owner" else None
        origin = Origin(organization_id=organization.id) if owner else NOWHERE
        id_ = (await put(other, "m1", owner=owner)).id
        following = asyncio.create_task(world.workspaces.follow_changes())

        async def sent() -> tuple[int | None, str]:
            workspace = await world.workspaces.of(T)
            head = await workspace.letterhead(origin)
            (first, *_) = head.choices(TemplateType.SIGN_IN, "en", "en")
            compiled = await workspace.template(first.found.id)
            assert compiled is not None
            return workspace.revision_of(first.found.id), compiled.render({"code": "1"}).subject

        async def followed(subject: str) -> None:
            await eventually(lambda: _is(sent, subject))

        await followed("m1 1")
        first, _ = await sent()
        await put(other, "m2", owner=owner)
        await followed("m2 1")
        second, _ = await sent()
        await revisions.restore_revision(other, T, id_, first or 0, owner=owner)
        await followed("m1 1")
        third, _ = await sent()

        assert first is not None
        assert (second, third) == (first + 1, first + 2)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _is(sent: Callable[[], Awaitable[tuple[int | None, str]]], subject: str) -> bool:
    return (await sent())[1] == subject
