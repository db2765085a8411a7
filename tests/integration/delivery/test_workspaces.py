"""What a process keeps of a tenant, and what becomes of it when something changes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from pydantic import Field

from carteiro.connectors.contract import ConnectorConfig, Services
from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.connectors.metadata import ConnectorType
from carteiro.delivery.gates.gate import Limits
from carteiro.delivery.states import Mode
from carteiro.delivery.workspaces import kept
from carteiro.delivery.workspaces import workspace as kept_workspace
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.delivery.workspaces.signing import NOTHING
from carteiro.delivery.workspaces.workspace import Workspace, source_of
from carteiro.errors import ConnectorNotFound, SealBroken, UnknownTenant
from carteiro.flows.administer.mail.connectors import (
    NewConnector,
    create_connector,
    delete_connector,
    update_connector,
)
from carteiro.flows.administer.mail.dkim_keys import KeyName, make_key, use_key
from carteiro.flows.administer.mail.fallbacks import (
    create_fallback,
    delete_fallback,
    order_fallbacks,
    update_fallback,
)
from carteiro.flows.administer.mail.templates import (
    Draft,
    delete_template,
    put_templates,
    update_details,
)
from carteiro.flows.administer.tenant.settings import update_delivery, update_protection
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, TemplateSource
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.templates import TemplateSet
from carteiro.templates.compiled import compile_template
from carteiro.testing.outbox import OutboxConnector
from carteiro.verification.policy import CodePolicy

from .conftest import T, eventually

_BREAK = Statement.of(
    "test.break", "UPDATE connector_revisions SET config_sealed = :sealed RETURNING 1 AS done"
)


class KeptConfig(ConnectorConfig):
    """One member, so that there is something to change."""

    word: str = Field("", description="A word.")


class Kept(OutboxConnector):
    """Counts how often it is closed."""

    metadata = OutboxConnector.metadata.model_copy(update={"id": "kept"})
    config_model = KeptConfig

    def __init__(self, config: Any = None, services: Services | None = None) -> None:
        super().__init__(config, services)
        self.services, self.closed = services, 0

    async def close(self) -> None:
        self.closed += 1


class KeptSms(Kept):
    """The same for SMS."""

    kind = ConnectorType.SMS
    metadata = Kept.metadata.model_copy(update={"id": "kept-sms"})


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings, factories=[Kept, KeptSms]) as opened:
        yield opened


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute is long for a test, and a constant and no setting."""
    monkeypatch.setattr(kept, "_GRACE", 0.0)


async def connect(world: World, word: str = "", connector_id: str = "kept") -> str:
    new = NewConnector(connector_id=connector_id, config={"word": word})
    return (await create_connector(world, T, new)).row.id


async def reword(world: World, id: str, word: str) -> None:
    await update_connector(
        world, T, id, config={"word": word}, overwrites_metadata=False, sync_profile=None
    )


async def further(world: World, word: str = "", **limits: Any) -> str:
    return (await create_fallback(world, T, "kept", {"word": word}, limits=limits)).row.id


async def of(world: World) -> Workspace:
    return await world.workspaces.of(T)


def opened(entry: OpenConnector | None) -> Kept:
    assert entry is not None
    assert isinstance(entry.connector, Kept)
    return entry.connector


async def closed(connector: Kept) -> bool:
    async def look() -> bool:
        return connector.closed > 0

    return bool(await eventually(look, 5))


async def test_a_tenant_is_read_once_until_it_changes(world: World) -> None:
    first = await of(world)

    assert await of(world) is first
    world.workspaces.forget("another")
    assert await of(world) is first
    world.workspaces.forget(T)
    assert await of(world) is not first


async def test_who_must_not_wait_gets_what_has_been_read_since_the_last_change(
    world: World,
) -> None:
    before = world.workspaces.current(T)

    found = await of(world)

    assert before is None
    assert world.workspaces.current(T) is found
    world.workspaces.forget(T)
    assert world.workspaces.current(T) is None


async def test_what_is_kept_is_found_by_its_kind_and_name_until_the_tenant_changes(
    world: World,
) -> None:
    found = await of(world)

    found.keep("a", "text")
    found.keep("a", b"octets")
    found.keep("b", "other")

    assert [found.kept(str, "a"), found.kept(bytes, "a"), found.kept(str, "b")] == [
        "text",
        b"octets",
        "other",
    ]
    assert (found.kept(int, "a"), found.kept(bytes, "b")) == (None, None)
    world.workspaces.forget(T)
    assert (await of(world)).kept(str, "a") is None


async def test_of_much_that_is_kept_what_was_used_last_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_workspace, "_KEPT_AT_MOST", 2)
    found = await of(world)
    found.keep("a", "1")
    found.keep("b", "2")

    assert found.kept(str, "a") == "1"
    found.keep("c", "3")

    assert [found.kept(str, name) for name in "abc"] == ["1", None, "3"]


async def test_many_at_once_wait_for_one_reading(world: World) -> None:
    await connect(world)

    found = await asyncio.gather(*(of(world) for _ in range(5)))

    assert all(workspace is found[0] for workspace in found)


async def test_of_a_tenant_that_there_is_not_nothing_is_kept(world: World) -> None:
    with pytest.raises(UnknownTenant):
        await world.workspaces.of("nobody")

    await create_tenant(world, "nobody", name="N")
    assert (await world.workspaces.of("nobody")).tenant_id == "nobody"


async def test_a_workspace_has_what_the_tenant_has_set(world: World) -> None:
    await connect(world, "mail")
    await connect(world, "phone", "kept-sms")
    ids = [await further(world, word) for word in ("one", "two")]
    await order_fallbacks(world, T, ids[::-1])
    await update_delivery(world, T, {"mode": "queued", "rateLimit": {"perSecond": 7}})
    await update_protection(world, T, {"cooldown": 30, "codeLength": 8})
    await update_experience(world, T, {"verificationCodePolicy": {"maxRetryAttempts": 5}})

    found = await of(world)

    assert (found.tenant_id, found.tag) == (T, "development")
    assert opened(found.email).config.word == "mail"
    assert opened(found.sms).config.word == "phone"
    assert [opened(entry).config.word for entry in found.fallbacks] == ["two", "one"]
    assert (found.delivery.mode, found.delivery.limits) == (Mode.QUEUED, Limits(per_second=7))
    assert found.settings["protection"] == {"cooldown": 30, "codeLength": 8}
    assert found.code_policy == CodePolicy(max_tries=5, length=8)
    assert found.sending.cooldown == 30
    assert (found.fallback_language, found.auto_detect) == ("en", True)


async def test_without_a_connector_there_is_no_way(world: World) -> None:
    found = await of(world)

    assert (found.email, found.sms, list(found.fallbacks)) == (None, None, [])
    assert (found.route(), found.route(sms=True)) == ([], [])
    for sms, kind in ((False, "Email"), (True, "Sms")):
        with pytest.raises(ConnectorNotFound) as missing:
            found.connector(sms=sms)
        assert missing.value.data == {"type": kind}


async def test_mail_has_further_ways_and_sms_has_one(world: World) -> None:
    await further(world, "more")
    assert (await of(world)).route() == [], "further ones are for when the first one fails"
    await connect(world, "mail")
    await connect(world, "phone", "kept-sms")

    found = await of(world)

    assert [opened(entry).config.word for entry in found.route()] == ["mail", "more"]
    assert [opened(entry).config.word for entry in found.route(sms=True)] == ["phone"]
    mail, phone = found.connector(), found.connector(sms=True)
    assert [way.config.word for _, way in (mail, phone)] == ["mail", "phone"]
    assert [row.connector_id for row, _ in (mail, phone)] == ["kept", "kept-sms"]


async def test_each_way_has_limits_of_its_own(world: World) -> None:
    await connect(world)
    await connect(world, connector_id="kept-sms")
    await further(world, perSecond=3, concurrent=2)
    await update_delivery(world, T, {"rateLimit": {"perSecond": 7}})

    found = await of(world)

    limits = [entry and entry.gate.pacer.limits for entry in (found.email, found.sms)]
    assert limits == [Limits(per_second=7), Limits()]
    (more,) = found.fallbacks
    assert more.gate.pacer.limits == Limits(per_second=3, concurrent=2)


async def test_what_did_not_change_stays_open_with_all_that_was_learnt(world: World) -> None:
    await connect(world)
    await connect(world, connector_id="kept-sms")
    await further(world)
    before = await of(world)

    await update_protection(world, T, {"cooldown": 30})
    after = await of(world)

    assert after is not before
    assert after.email is before.email
    assert after.sms is before.sms
    assert list(after.fallbacks) == list(before.fallbacks)
    assert [entry.gate for entry in after.fallbacks] == [entry.gate for entry in before.fallbacks]


async def signing_key(world: World, domain: str) -> None:
    row = await make_key(world, T, domain=domain, algorithm=KeyAlgorithm.ED25519)
    await use_key(world, T, KeyName(domain=domain, selector=row.selector), unseen=True)


async def test_every_way_of_mail_signs_with_the_tenants_keys_and_the_relays(world: World) -> None:
    await connect(world)
    await connect(world, connector_id="kept-sms")
    await further(world)
    await signing_key(world, "carteiro.test")

    found = await of(world)

    assert [row.domain for row in found.signing.rows] == ["carteiro.test"]
    assert found.email is not None
    for entry in (found.email, *found.fallbacks):
        services = opened(entry).services
        assert services is not None
        assert entry.signing is found.signing
        assert services.signer is found.signing.own
        assert services.relay_signer is found.signing.relay
    assert found.signing.own is not None
    assert found.signing.relay is not None
    assert found.sms is not None
    assert found.sms.signing is NOTHING


async def test_keys_stay_open_over_changes_that_are_not_theirs(world: World) -> None:
    await connect(world)
    await further(world)
    await signing_key(world, "e.com")
    before = await of(world)

    await update_protection(world, T, {"cooldown": 30})
    same = await of(world)
    await signing_key(world, "e.net")
    other = await of(world)

    assert same.signing is before.signing
    assert (same.email, *same.fallbacks) == (before.email, *before.fallbacks)
    assert len(other.signing.rows) == 2
    assert other.email is not before.email
    assert other.fallbacks[0] is not before.fallbacks[0]


async def test_one_that_cannot_be_opened_is_not_tried_again_at_each_change(world: World) -> None:
    await connect(world)
    await signing_key(world, "e.com")
    await world.database.write(lambda tx: tx.one(_BREAK, sealed=b"\x01broken"))
    world.workspaces.forget(T)
    before = await of(world)

    with structlog.testing.capture_logs() as lines:
        await update_protection(world, T, {"cooldown": 30})
        after = await of(world)

    assert after.email is before.email
    assert lines == []


@pytest.mark.parametrize(
    ("address", "domain"),
    [("no-reply@relay.test", "relay.test"), ('"a@b"@relay.test', "relay.test"), (None, "")],
)
def test_the_relay_sends_from_one_domain(address: str | None, domain: str) -> None:
    relay: Any = None if address is None else SimpleNamespace(from_address=address)
    http: Any = None
    clock: Any = None

    assert kept.relay_domain(Services(http=http, clock=clock, relay=relay)) == domain


async def test_a_limit_that_changes_holds_for_what_is_open(world: World) -> None:
    await connect(world)
    id_ = await further(world)
    before = await of(world)

    await update_delivery(world, T, {"rateLimit": {"perSecond": 7}})
    await update_fallback(world, T, id_, config=None, limits={"perSecond": 3})
    after = await of(world)

    assert after.email is before.email
    assert after.email is not None
    assert after.email.gate.pacer.limits == Limits(per_second=7)
    assert after.fallbacks[0].gate.pacer.limits == Limits(per_second=3)


async def test_what_is_replaced_lives_on_for_those_who_still_send_with_it(world: World) -> None:
    id_ = await connect(world, "old")
    old = opened((await of(world)).email)

    await reword(world, id_, "new")
    new = opened((await of(world)).email)
    await asyncio.sleep(0.05)

    assert (old.config.word, new.config.word) == ("old", "new")
    assert (old.closed, new.closed) == (0, 0)


@pytest.mark.usefixtures("no_grace")
async def test_what_is_replaced_or_deleted_is_closed_once(world: World) -> None:
    mail, phone = await connect(world, "old"), await connect(world, "old", "kept-sms")
    changed, deleted = await further(world, "old"), await further(world, "gone")
    before = await of(world)
    gone = [opened(entry) for entry in (before.email, before.sms, *before.fallbacks)]

    await reword(world, mail, "new")
    await delete_connector(world, T, phone)
    await update_fallback(world, T, changed, config={"word": "new"}, limits=None)
    await delete_fallback(world, T, deleted)
    after = await of(world)

    for connector in gone:
        assert await closed(connector)
    await world.workspaces.close()
    assert [connector.closed for connector in gone] == [1, 1, 1, 1]
    assert after.sms is None
    assert [opened(entry).config.word for entry in (after.email, *after.fallbacks)] == [
        "new",
        "new",
    ]


async def test_at_the_end_everything_is_closed_once(world: World) -> None:
    mail = await connect(world, "old")
    await connect(world, connector_id="kept-sms")
    await further(world)
    retiring = opened((await of(world)).email)
    await reword(world, mail, "new")
    found = await of(world)
    world.workspaces.forget(None)
    await create_tenant(world, "acme", name="A")
    new = NewConnector(connector_id="kept")
    await create_connector(world, "acme", new)
    other = opened((await world.workspaces.of("acme")).email)
    current = [opened(entry) for entry in (found.email, found.sms, *found.fallbacks)]

    await world.workspaces.close()

    assert [one.closed for one in (retiring, other, *current)] == [1, 1, 1, 1, 1]
    anew = await of(world), await world.workspaces.of("acme")
    assert [opened(workspace.email).closed for workspace in anew] == [0, 0]


async def test_what_was_to_be_closed_later_is_not_closed_again_after_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_GRACE", 0.05)
    id_ = await connect(world, "old")
    old = opened((await of(world)).email)
    await reword(world, id_, "new")
    await of(world)

    await world.workspaces.close()
    await asyncio.sleep(0.2)

    assert old.closed == 1


async def test_a_change_of_another_process_is_followed(world: World, settings: Settings) -> None:
    listens = asyncio.Event()
    following = asyncio.create_task(world.workspaces.follow_changes(lambda _: listens.set()))
    await asyncio.wait_for(listens.wait(), 20)
    before = await of(world)
    async with open_world(settings, factories=[Kept, KeptSms]) as second:
        await update_protection(second, T, {"cooldown": 30})

        async def followed() -> bool:
            return await of(world) is not before

        assert await eventually(followed)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_what_was_read_before_a_process_listened_is_read_again(
    world: World, settings: Settings
) -> None:
    before = await of(world)
    async with open_world(settings, factories=[Kept, KeptSms]) as second:
        await update_protection(second, T, {"cooldown": 30})
    following = asyncio.create_task(world.workspaces.follow_changes())

    async def followed() -> bool:
        return await of(world) is not before

    assert await eventually(followed)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_a_change_of_one_tenant_is_none_of_another(world: World) -> None:
    await create_tenant(world, "acme", name="A")
    mine, theirs = await of(world), await world.workspaces.of("acme")

    async def changes() -> AsyncIterator[str]:
        yield T

    told = _Reading(world.database, world.database.read)
    told.changes = changes
    object.__setattr__(world.workspaces, "_database", told)
    others: list[str | None] = []
    await world.workspaces.follow_changes(others.append)

    assert await of(world) is not mine
    assert await world.workspaces.of("acme") is theirs
    assert others == [T]


async def test_a_change_while_the_rows_are_read_is_not_lost(world: World) -> None:
    await connect(world)
    real = world.database.read
    changed: list[bool] = []

    async def read(work: Any) -> Any:
        answer = await real(work)
        if not changed:
            changed.append(True)
            world.workspaces.forget(T)
        return answer

    object.__setattr__(world.workspaces, "_database", _Reading(world.database, read))
    first, second = await of(world), await of(world)

    assert first is not second, "the first is as of its start, and was told that it is old"
    assert first.email is second.email
    assert await of(world) is second
    await world.workspaces.close()
    assert opened(second.email).closed == 1


class _Reading:
    """A database with another way to read."""

    def __init__(self, database: Any, read: Any) -> None:
        self._database, self.read = database, read
        self.changes = database.changes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


async def test_forgetting_everybody_forgets_who_is_being_read(world: World) -> None:
    real, read = world.database.read, []

    async def reading(work: Any) -> Any:
        answer = await real(work)
        read.append(True)
        if len(read) == 1:
            world.workspaces.forget(None)
        return answer

    object.__setattr__(world.workspaces, "_database", _Reading(world.database, reading))

    assert await of(world) is not await of(world)
    assert len(read) == 2


async def test_a_connector_that_cannot_be_opened_says_why_when_it_is_asked_for(
    world: World,
) -> None:
    await connect(world, "secret-word")
    await world.database.write(lambda tx: tx.one(_BREAK, sealed=b"\x01broken"))
    world.workspaces.forget(T)

    with structlog.testing.capture_logs() as lines:
        found = await of(world)

    (line,) = lines
    assert line == {
        "event": "connector cannot be used",
        "log_level": "warning",
        "tenant": T,
        "connector": "kept",
        "code": SealBroken.code,
    }
    with pytest.raises(SealBroken):
        found.connector()
    (entry,) = found.route()
    assert (entry.connector, type(entry.problem)) == (None, SealBroken)
    await world.workspaces.close()


@pytest.mark.usefixtures("no_grace")
async def test_one_that_could_not_be_opened_gives_way_to_one_that_can(world: World) -> None:
    id_ = await connect(world)
    await world.database.write(lambda tx: tx.one(_BREAK, sealed=b"\x01broken"))
    world.workspaces.forget(T)
    await of(world)

    await delete_connector(world, T, id_)
    await connect(world, "new")

    assert opened((await of(world)).email).config.word == "new"


WORDS = {"subject": "Code", "content": "<p>{{code}}</p>"}


async def store(world: World, tag: str = "en", **details: Any) -> str:
    draft = Draft(
        language_tag=tag, template_type=TemplateType.GENERIC, details={**WORDS, **details}
    )
    (row,) = await put_templates(world, T, [draft])
    return row.id


async def test_a_template_is_compiled_once_and_again_after_a_change(world: World) -> None:
    id_ = await store(world, "pt-BR")
    found = await of(world)

    compiled = await found.template(id_)

    assert compiled is not None
    assert compiled.language == "pt-BR"
    assert await found.template(id_) is compiled
    await update_details(world, T, id_, {**WORDS, "subject": "New"})
    assert await (await of(world)).template(id_) is not compiled


async def test_nobody_waits_while_a_long_template_is_compiled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []

    def watched(*arguments: Any, **named: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return compile_template(*arguments, **named)

    monkeypatch.setattr(kept_workspace, "compile_template", watched)
    short = await store(world, "fr")
    long = await store(world, "it", content="{{code}}".ljust(kept_workspace._LONG, "x"))
    found = await of(world)

    compiled = [await found.template(id_) for id_ in (short, long)]

    assert [one and one.language for one in compiled] == ["fr", "it"]
    assert threads == [True, False]


async def test_a_template_that_was_just_deleted_is_none(world: World) -> None:
    id_ = await store(world)
    found = await of(world)
    await delete_template(world, T, id_)

    assert await found.template(id_) is None


async def test_of_many_templates_those_used_last_stay_compiled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bound is a constant: a test of hundreds of templates would only be slow.
    monkeypatch.setattr(kept_workspace, "_COMPILED_AT_MOST", 2)
    ids = [await store(world, tag) for tag in ("en", "fr", "it")]
    found = await of(world)
    first, second = [await found.template(id_) for id_ in ids[:2]]

    assert await found.template(ids[0]) is first
    await found.template(ids[2])
    assert await found.template(ids[0]) is first
    assert await found.template(ids[1]) is not second


async def test_as_many_stay_compiled_as_have_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bound is a constant: a test of megabytes would only be slow.
    monkeypatch.setattr(kept_workspace, "_CHARACTERS_AT_MOST", 250)
    ids = [await store(world, tag, content="{{code}}" + "x" * 60) for tag in ("en", "fr", "it")]
    found = await of(world)
    both = await asyncio.gather(*(found.template(ids[0]) for _ in range(2)))
    first = await found.template(ids[0])
    second = await found.template(ids[1])

    assert first in both
    assert [await found.template(id_) for id_ in ids[:2]] == [first, second]
    third = await found.template(ids[2])
    assert await found.template(ids[1]) is second
    assert await found.template(ids[0]) is not first
    assert await found.template(ids[2]) is not third


@pytest.mark.parametrize("over", [0, 1])
async def test_the_room_is_full_at_its_last_character_and_not_before(
    world: World, monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    ids = [await store(world, tag) for tag in ("en", "fr")]
    rows = await world.database.read(lambda tx: templates.list_all(tx, TemplateSet(T)))
    room = sum(len(row.details) for row in rows) - over
    monkeypatch.setattr(kept_workspace, "_CHARACTERS_AT_MOST", room)
    found = await of(world)

    first, second = [await found.template(id_) for id_ in ids]

    assert await found.template(ids[1]) is second
    assert (await found.template(ids[0]) is first) is (over == 0)


async def test_one_that_is_larger_than_all_the_room_is_kept_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_workspace, "_CHARACTERS_AT_MOST", 10)
    id_ = await store(world)
    found = await of(world)

    assert await found.template(id_) is await found.template(id_)


def test_a_template_is_read_as_it_is_stored() -> None:
    whole = {
        "subject": "S",
        "content": "C",
        "contentType": "text/plain",
        "replyTo": "r@example.com",
        "sendFrom": "s@example.com",
    }

    assert source_of(whole) == TemplateSource(
        subject="S",
        content="C",
        content_type=ContentType.PLAIN,
        reply_to="r@example.com",
        send_from="s@example.com",
    )
    assert source_of('{"subject": "S", "content": "C"}') == TemplateSource(
        subject="S", content="C", content_type=ContentType.HTML
    )
    assert source_of({**WORDS, "contentType": ""}).content_type is ContentType.HTML
