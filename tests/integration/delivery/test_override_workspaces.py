"""What a process keeps of overrides, when it reads them, and what becomes of it after a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import Field

from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.delivery.gates.gate import Limits
from carteiro.delivery.workspaces import kept, overriding
from carteiro.delivery.workspaces.letterhead import Letterhead
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.fallbacks import (
    create_fallback,
    delete_fallback,
    update_fallback,
)
from carteiro.flows.administer.mail.overrides import Sender, delete_override, put_sender
from carteiro.flows.administer.organizations.organizations import delete_organization
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.model.addresses import Mailbox, parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import NOWHERE, Origin
from carteiro.model.owners import Owner
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Work
from carteiro.testing.outbox import OutboxConnector
from override_parts import T, application, draft, mail, organization, override

from .conftest import eventually


class WaitingConfig(ConnectorConfig):
    """One member, so that there is something to change."""

    word: str = Field("", description="A word.")


class Waiting(OutboxConnector):
    """Counts how often one is made and closed."""

    metadata = OutboxConnector.metadata.model_copy(update={"id": "waiting"})
    config_model = WaitingConfig
    made = 0

    def __init__(self, config: Any = None, services: Services | None = None) -> None:
        super().__init__(config, services)
        type(self).made += 1
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


class Counting:
    """A database that counts what is read of it."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.reads = inner, 0

    async def read(self, work: Work[Any]) -> Any:
        self.reads += 1
        return await self.inner.read(work)


@pytest.fixture
async def world(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    # A minute is long for a test, and a constant and no setting.
    monkeypatch.setattr(kept, "_GRACE", 0.0)
    monkeypatch.setattr(Waiting, "made", 0)
    async with open_world(settings, factories=[OutboxConnector, Waiting]) as opened:
        await create_connector(opened, T, NewConnector(connector_id="outbox"))
        yield opened


async def reserve(world: World, word: str = "one", **limits: Any) -> str:
    made = await create_fallback(world, T, "waiting", {"word": word}, limits=limits, reserved=True)
    return made.row.id


def of(owner: Owner) -> Origin:
    return Origin(organization_id=owner.id)


async def letterhead(world: World, origin: Origin) -> Letterhead:
    return await (await world.workspaces.of(T)).letterhead(origin)


def waiting(head: Letterhead) -> Waiting:
    connector = head.route[0].connector
    assert isinstance(connector, Waiting)
    return connector


async def test_whoever_has_no_override_costs_no_look_at_the_database(world: World) -> None:
    owner, other = await organization(world), await organization(world, "Other")
    without = await world.workspaces.of(T)
    without.database = database = Counting(world.database)  # type: ignore[assignment]
    await without.letterhead(of(owner))
    await override(world, owner, draft("Globex's"))
    workspace = await world.workspaces.of(T)
    workspace.database = database  # type: ignore[assignment]

    heads = [await workspace.letterhead(origin) for origin in (NOWHERE, of(other))]

    assert database.reads == 0
    assert [len(head.levels) for head in heads] == [1, 1]


async def test_text_messages_have_no_overrides(world: World) -> None:
    owner = await organization(world)
    await override(world, owner, draft("Globex's"), from_name="Globex")
    workspace = await world.workspaces.of(T)

    head = await workspace.letterhead(of(owner), sms=True)

    assert (len(head.levels), list(head.route)) == (1, [])


async def test_the_letterhead_that_costs_no_look_is_the_tenants_until_there_is_another(
    world: World,
) -> None:
    owner, other = await organization(world), await organization(world, "Other")
    await override(world, owner, from_name="Globex")
    workspace = await world.workspaces.of(T)

    before = workspace.known_letterhead(of(owner))
    made = await workspace.letterhead(of(owner))

    assert len(before.levels) == 1
    assert workspace.known_letterhead(of(owner)) is made
    assert len(workspace.known_letterhead(of(other)).levels) == 1
    assert len(workspace.known_letterhead(NOWHERE).levels) == 1


async def test_an_override_is_read_once_for_all_its_mails(world: World) -> None:
    owner, app = await organization(world), await application(world)
    await override(world, owner, draft("Globex's"), draft("Olá", tag="pt-BR"))
    await override(world, app, draft("Shop's"), from_name="Shop")
    workspace = await world.workspaces.of(T)
    workspace.database = database = Counting(world.database)  # type: ignore[assignment]
    origin = Origin(organization_id=owner.id, application_id=app.id)

    heads = [await workspace.letterhead(origin) for _ in range(5)]

    assert database.reads == 1
    assert all(head is heads[0] for head in heads)


async def test_a_letterhead_says_of_each_level_what_its_override_does(world: World) -> None:
    owner, app = await organization(world), await application(world)
    await override(world, owner, from_name="Globex", reply_to="Help <help@globex.test>")
    await override(world, app, connector_id=await reserve(world))

    head = await letterhead(world, Origin(organization_id=owner.id, application_id=app.id))

    assert [(one.from_name, one.reply_to) for one in head.levels] == [
        ("Globex", Mailbox(parse_address("help@globex.test"), "Help")),
        (None, None),
        (None, None),
    ]
    assert [entry.row.connector_id for entry in head.route] == ["waiting", "outbox"]
    assert head.own == 1


async def test_of_many_letterheads_those_that_were_used_last_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bound is a constant: a test of thousands of organizations would only be slow.
    monkeypatch.setattr(overriding, "_KEPT_AT_MOST", 2)
    owners = [await organization(world, str(place)) for place in range(3)]
    for owner in owners:
        await override(world, owner, from_name="Its own")
    first, second = [await letterhead(world, of(owner)) for owner in owners[:2]]

    assert await letterhead(world, of(owners[0])) is first
    await letterhead(world, of(owners[2]))
    assert await letterhead(world, of(owners[0])) is first
    assert await letterhead(world, of(owners[1])) is not second


async def test_words_are_read_and_compiled_when_they_are_first_used(world: World) -> None:
    owner = await organization(world)
    await override(world, owner, *(draft(tag, tag=tag) for tag in ("en", "fr", "it")))
    workspace = await world.workspaces.of(T)
    head = await workspace.letterhead(of(owner))
    workspace.database = database = Counting(world.database)  # type: ignore[assignment]
    [placed] = head.choices(TemplateType.SIGN_IN, "fr", "de")

    found = [await workspace.template(placed.found.id) for _ in range(3)]

    assert database.reads == 1
    assert found[0] is found[2]
    assert found[0] is not None
    assert found[0].language == "fr"


async def test_a_reserved_connector_is_opened_when_it_is_first_used_and_once(
    world: World,
) -> None:
    owners = [await organization(world, str(place)) for place in range(3)]
    for owner in owners:
        await override(world, owner, connector_id=await reserve(world))
    await world.workspaces.of(T)
    before = Waiting.made

    heads = await asyncio.gather(*(letterhead(world, of(owners[1])) for _ in range(20)))

    assert (before, Waiting.made) == (0, 1)
    assert len({id(waiting(head)) for head in heads}) == 1


async def test_one_that_waits_is_opened_for_whoever_asks_for_it_by_name(world: World) -> None:
    further = (await create_fallback(world, T, "waiting", {}, limits={})).row.id
    waits, other = await reserve(world, "one", perSecond=3), await reserve(world, "two")
    owner = await organization(world)
    await override(world, owner, connector_id=other)
    workspace = await world.workspaces.of(T)

    opened = await workspace.reserved(waits)

    assert opened is not None
    assert isinstance(opened.connector, Waiting)
    assert (opened.row.id, opened.connector.config.word) == (waits, "one")
    assert opened.gate.pacer.limits == Limits(per_second=3)
    named = await workspace.reserved(other)
    assert named is (await letterhead(world, of(owner))).route[0]
    assert await workspace.reserved(further) is None, "it is in the tenant's route"
    assert await workspace.reserved("nowhere") is None


async def test_one_of_another_tenant_is_not_there(world: World) -> None:
    await create_tenant(world, "acme", name="A")
    theirs = await create_fallback(world, "acme", "waiting", {}, limits={}, reserved=True)

    assert await (await world.workspaces.of(T)).reserved(theirs.row.id) is None


async def test_it_stays_open_over_changes_that_are_not_its_own(world: World) -> None:
    owner = await organization(world)
    id_ = await reserve(world)
    await override(world, owner, connector_id=id_)
    first = await letterhead(world, of(owner))
    first.route[0].gate.breaker.failed(0)
    await override(world, await organization(world, "Other"), draft("Other's"))

    same = await letterhead(world, of(owner))
    await update_fallback(world, T, id_, config={"word": "two"}, limits=None, reserved=True)
    other = await letterhead(world, of(owner))

    assert same is not first
    assert same.route[0] is first.route[0]
    assert waiting(other) is not waiting(same)
    assert await eventually(lambda: _closed(waiting(first)), 5)


async def _closed(connector: Waiting) -> bool:
    return connector.closed == 1


async def test_it_is_closed_when_nobody_names_it_any_more(world: World) -> None:
    owner = await organization(world)
    id_ = await reserve(world)
    await override(world, owner, connector_id=id_)
    connector = waiting(await letterhead(world, of(owner)))

    await put_sender(world, T, owner, Sender())
    head = await letterhead(world, of(owner))
    await delete_fallback(world, T, id_, reserved=True)

    assert isinstance(head.route[0].connector, OutboxConnector)
    assert not isinstance(head.route[0].connector, Waiting)
    assert await eventually(lambda: _closed(connector), 5)


async def test_at_the_end_it_is_closed_once(settings: Settings) -> None:
    async with open_world(settings, factories=[OutboxConnector, Waiting]) as opened:
        await create_connector(opened, T, NewConnector(connector_id="outbox"))
        owner = await organization(opened)
        await override(opened, owner, connector_id=await reserve(opened))
        connector = waiting(await letterhead(opened, of(owner)))

    assert connector.closed == 1


async def test_a_mail_goes_out_although_its_own_connector_is_not_installed(
    world: World, settings: Settings
) -> None:
    owner = await organization(world)
    await override(world, owner, draft("Globex's"), connector_id=await reserve(world))
    async with open_world(settings, factories=[OutboxConnector]) as without:
        await mail(without, owner)

        head = await letterhead(without, of(owner))
        assert [entry.connector is None for entry in head.route] == [True, False]
        tenants = head.route[1].connector
        assert isinstance(tenants, OutboxConnector)
        [sent] = tenants.outbox.messages
        assert sent.content is not None
        assert sent.content.subject == "Globex's"


async def test_a_connector_of_the_tenant_may_stand_in_front(world: World) -> None:
    further = (await create_fallback(world, T, "waiting", {"word": "x"}, limits={})).row.id
    owner, other = await organization(world), await organization(world, "Other")
    app = await application(world)
    [first, second] = (await world.workspaces.of(T)).route()
    await override(world, owner, connector_id=further)
    await override(world, app, connector_id=further)
    await override(world, other, connector_id=first.row.id)

    moved = await letterhead(world, of(owner))
    back = await letterhead(world, Origin(organization_id=other.id, application_id=app.id))

    assert [entry.row.id for entry in moved.route] == [second.row.id, first.row.id]
    assert [entry.row.id for entry in back.route] == [first.row.id, second.row.id]
    assert (moved.own, back.own) == (None, None)


async def test_every_process_soon_sees_a_change(world: World, settings: Settings) -> None:
    owner = await organization(world)
    await override(world, owner, from_name="Old")
    async with open_world(settings, factories=[OutboxConnector, Waiting]) as other:
        hears = asyncio.Event()
        following = asyncio.create_task(other.workspaces.follow_changes(lambda _: hears.set()))
        await asyncio.wait_for(hears.wait(), 20)

        async def name() -> str | None:
            return (await letterhead(other, of(owner))).levels[0].from_name

        async def says(expected: str | None) -> bool:
            return await name() == expected

        assert await eventually(lambda: says("Old"))
        await put_sender(world, T, owner, Sender(from_name="New"))
        assert await eventually(lambda: says("New"))
        await delete_override(world, T, owner)
        assert await eventually(lambda: says(None))
        await put_sender(world, T, owner, Sender(from_name="Again"))
        assert await eventually(lambda: says("Again"))
        assert len((await letterhead(world, of(owner))).levels) == 2
        await delete_organization(world, T, owner.id)
        assert len((await letterhead(world, of(owner))).levels) == 1
        assert await eventually(lambda: says(None))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_who_came_first_and_who_second_is_all_the_same(world: World) -> None:
    owner = await organization(world)
    names = [f"Name {place}" for place in range(8)]

    await asyncio.gather(*(put_sender(world, T, owner, Sender(from_name=one)) for one in names))

    assert (await letterhead(world, of(owner))).levels[0].from_name in names


async def test_a_connector_is_named_or_deleted_and_never_both(world: World) -> None:
    owner = await organization(world)
    for _ in range(5):
        id_ = await reserve(world)

        named, deleted = await asyncio.gather(
            put_sender(world, T, owner, Sender(connector_id=id_)),
            delete_fallback(world, T, id_, reserved=True),
            return_exceptions=True,
        )

        assert [isinstance(one, Exception) for one in (named, deleted)].count(True) == 1
        await put_sender(world, T, owner, Sender())
