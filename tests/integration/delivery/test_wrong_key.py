"""What this process cannot open waits for one that can: no key makes anything final."""

from __future__ import annotations

import pytest
import structlog

from carteiro.delivery.hands import retries
from carteiro.delivery.states import Waiting
from carteiro.flows.administer.mail.suppressions import suppress
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.operate.messages import cancel_message
from carteiro.flows.world import World
from carteiro.secrets import Key, Keyring
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import attempts
from carteiro.storage.queues.queue import LEASE
from carteiro.storage.tenancy import hooks
from carteiro.testing.http_sink import Answer, HttpSink

from .conftest import Post, T, eventually, working

_SEALED = Statement.of("test.sealed", "SELECT payload_sealed AS sealed FROM messages")
_SWAP = Statement.of("test.swap", "UPDATE messages SET payload_sealed = :sealed RETURNING id")
_CONFIG = Statement.of("test.config", "SELECT config_sealed AS sealed FROM connector_revisions")
_SWAP_CONFIG = Statement.of(
    "test.swap_config", "UPDATE connector_revisions SET config_sealed = :sealed RETURNING 1 AS done"
)
_DATES = Statement.of(
    "test.dates", "UPDATE messages SET due_at = 0, expires_at = :expires RETURNING id"
)
_TAKE = Statement.of(
    "test.take", "UPDATE messages SET state = 'sending', owner = :owner RETURNING id"
)
QUEUED = {"mode": "queued"}
WELL = Answer(200, b"{}")
FOREIGN = Keyring([Key("elsewhere", b"e" * 32)]).seal(b"{}", "messages")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause is a matter of taste, and long for a test."""
    monkeypatch.setattr(retries, "WITHOUT_KEY", 50)


async def swap(world: World, look: Statement, change: Statement, sealed: bytes) -> bytes:
    """Put something else into the one sealed place; the answer is what stood there."""
    before = await world.database.read(lambda tx: tx.one(look))
    await world.database.write(lambda tx: tx.one(change, sealed=sealed))
    assert before is not None
    return bytes(before["sealed"])


async def held(post: Post) -> bool:
    (row,) = await post.rows()
    return row.waiting_for == Waiting.KEY


async def test_a_message_sealed_by_another_key_waits_and_is_sent_once_it_opens(
    post: Post,
) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        sealed = await swap(post.world, _SEALED, _SWAP, FOREIGN)
        async with working(post.world):
            assert await eventually(lambda: held(post))
            (row,) = await post.rows()
            assert (row.finished_at, row.failure, row.attempts) == (None, None, 0)
            assert sink.requests == []

            await swap(post.world, _SEALED, _SWAP, sealed)
            (sent,) = await post.ended()

    assert (sent.state, len(sink.requests)) == ("sent", 1)


async def test_of_many_that_open_with_no_key_one_is_told_of_at_a_time(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "WITHOUT_KEY", 60_000)

    async def all_held() -> bool:
        return all(row.waiting_for == Waiting.KEY for row in await post.rows())

    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        for email in ("ana@example.com", "bob@example.com"):
            await post.ask(email)
        await swap(post.world, _SEALED, _SWAP, FOREIGN)
        with structlog.testing.capture_logs() as lines:
            async with working(post.world):
                assert await eventually(all_held)

    said = [line for line in lines if "wait for a key" in line["event"]]
    assert len(said) == 1
    assert all((row.due_at or 0) - row.created_at >= 60_000 for row in await post.rows())


async def test_a_message_waits_for_a_connector_whose_config_opens_with_no_key(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        sealed = await swap(post.world, _CONFIG, _SWAP_CONFIG, FOREIGN)
        post.world.workspaces.forget(None)
        async with working(post.world):
            assert await eventually(lambda: held(post))
            await swap(post.world, _CONFIG, _SWAP_CONFIG, sealed)
            post.world.workspaces.forget(None)
            (sent,) = await post.ended()

    assert (sent.state, len(sink.requests)) == ("sent", 1)


async def test_one_that_died_meanwhile_is_cancelled_unread(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        await swap(post.world, _SEALED, _SWAP, FOREIGN)
        await post.world.database.write(lambda tx: tx.one(_DATES, expires=1))
        async with working(post.world):
            (ended,) = await post.ended()

    assert (ended.state, ended.failure) == ("cancelled", "expired")


async def test_one_whose_address_is_suppressed_is_on_record_as_suppressed_unread(
    post: Post,
) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask("ana@example.com")
        await swap(post.world, _SEALED, _SWAP, FOREIGN)
        await suppress(post.world, T, "ana@example.com", note=None, expires_at=None)
        async with working(post.world):
            (ended,) = await post.ended()

    assert (ended.state, ended.failure, sink.requests) == ("cancelled", "suppressed", [])
    assert len(await post.logged("Message.Suppressed")) == 1
    assert await post.logged("Message.Cancelled") == []


async def test_an_operator_can_cancel_one_unread(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        await swap(post.world, _SEALED, _SWAP, FOREIGN)
        (row,) = await post.rows()
        await cancel_message(post.world, T, row.id)

        (ended,) = await post.rows()

    assert (ended.state, ended.failure) == ("cancelled", "cancelled")


async def test_one_out_of_a_dead_hand_is_put_back_unread(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, **QUEUED)
        await post.ask()
        await swap(post.world, _SEALED, _SWAP, FOREIGN)
        mine = post.world.presence.id
        await post.world.database.write(lambda tx: tx.one(_TAKE, owner=mine))
        (row,) = await post.rows()
        lost = attempts.AttemptRow(
            number=1,
            connector_id=row.connector_id,
            factory_id="http-email",
            started_at=1,
            finished_at=2,
            outcome="lost",
            disposition="unknown",
        )
        await post.world.courier.recover(row, lost)

        (kept,) = await post.rows()

    assert (kept.state, kept.failure, kept.attempts) == ("queued", None, 1)


async def test_a_webhook_whose_settings_open_with_no_key_waits(post: Post) -> None:
    world = post.world
    new = NewHook(name="h", events=["User.Created"], config={"url": "http://127.0.0.1:9/"})
    await create_hook(world, T, new)
    await create_user(world, T, NewUser(name="Ana"))
    change = Statement.of("test.hook", "UPDATE hooks SET config_sealed = :sealed RETURNING id")
    await world.database.write(lambda tx: tx.all(change, sealed=FOREIGN))
    now = world.clock.now()
    [row] = await world.database.write(
        lambda tx: hooks.claim_due(tx, now=now, until=now + LEASE, most=9)
    )

    again = await world.webhooks.work(row)

    left = Statement.of("test.left", "SELECT id, attempts FROM hook_deliveries")
    [kept] = await world.database.read(lambda tx: tx.all(left))
    assert again == LEASE
    assert (kept["id"], kept["attempts"]) == (row.id, row.attempts)
