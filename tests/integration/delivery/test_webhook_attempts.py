"""One attempt at a webhook: what is sent, what is on record of it, and when there is another."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import structlog

from carteiro.connectors.http.client import HttpReply
from carteiro.delivery import webhooks
from carteiro.delivery.webhooks import (
    OpenHook,
    hook_context,
    open_hook,
    seal_config,
    seal_key,
    shown_body,
)
from carteiro.errors import DeliveryFailed, Disposition, SealBroken, StorageUnavailable
from carteiro.flows.administer.tenant.hooks import (
    NewHook,
    create_hook,
    delete_hook,
    get_hook,
    update_hook,
)
from carteiro.flows.world import World
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.queues.queue import LEASE
from carteiro.storage.tenancy import hooks, logs
from carteiro.storage.tenancy.hooks import DeliveryRow
from carteiro.storage.tenancy.logs import LogFilter
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import DROPPED, Answer, HttpSink, refused, throttled

from .conftest import START, Post, T

BODY = '{"event":"User.Created","name":"Zoë"}'
WELL = Answer(200, b'{"taken":true}')
MINUTE, HOUR = 60_000, 3_600_000
_LEFT = Statement.of("test.left", "SELECT id, attempts, due_at FROM hook_deliveries")


class Caller:
    """A world with one hook and one webhook for it, taken in hand."""

    def __init__(self, world: World, clock: FrozenClock) -> None:
        self.world, self.clock = world, clock

    async def hook(self, sink: HttpSink, **config: Any) -> OpenHook:
        new = NewHook(events=["User.Created"], config={"url": sink.url, **config})
        self.made = await create_hook(self.world, T, new)
        return self.made

    async def claimed(self, body: str = BODY, *, attempts: int | None = None) -> DeliveryRow:
        values = {"tenant_id": T, "hook_id": self.made.row.id, "event": "User.Created"}
        now = self.clock.now()

        async def work(tx: Any) -> DeliveryRow:
            await hooks.enqueue(tx, **values, id="one", body=body, created_at=now, priority=0)
            (row,) = await hooks.claim_due(tx, now=now, until=now + LEASE, most=9)
            return row

        row = await self.world.database.write(work)
        return row if attempts is None else replace(row, attempts=attempts)

    async def work(self, body: str = BODY, *, attempts: int | None = None) -> int | None:
        return await self.world.webhooks.work(await self.claimed(body, attempts=attempts))

    async def left(self) -> list[tuple[int, int]]:
        """Attempts and due time of what is to be delivered."""
        rows = await self.world.database.read(lambda tx: tx.all(_LEFT))
        return [(row["attempts"], row["due_at"]) for row in rows]

    async def logged(self) -> list[dict[str, Any]]:
        """What is on record of the hook."""
        wanted = LogFilter(hook_id=self.made.row.id)
        found = await self.world.database.read(
            lambda tx: logs.find(tx, T, wanted, Page(1, 9), count_at_most=None)
        )
        return [json.loads(row.payload) for row in found.rows]


@pytest.fixture
async def caller(settings: Settings) -> AsyncIterator[Caller]:
    clock = FrozenClock(START)
    async with open_world(settings, clock) as world:
        yield Caller(world, clock)


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance decides for the shortest; there is no other way to hold it still."""
    monkeypatch.setattr(webhooks.random, "uniform", lambda low, _: low)


def lengthen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance decides for the longest."""
    monkeypatch.setattr(webhooks.random, "uniform", lambda _, high: high)


async def test_what_was_taken_is_off_the_list_and_on_record(caller: Caller) -> None:
    async with HttpSink(WELL) as sink:
        hook = await caller.hook(sink, headers={"X-Mine": "1"})

        again = await caller.work()

    (request,) = sink.requests
    assert (again, await caller.left()) == (None, [])
    assert request.body == BODY.encode()
    assert request.headers["webhook-id"] == "one"
    assert request.headers["webhook-timestamp"] == str(START // 1000)
    assert request.headers["x-mine"] == "1"
    expected = hmac.new(hook.signing_key.encode(), BODY.encode(), hashlib.sha256).hexdigest()
    assert request.headers["logto-signature-sha-256"] == expected
    assert await caller.logged() == [
        {
            "key": "TriggerHook.User.Created",
            "result": "Success",
            "hookId": hook.row.id,
            "hookRequest": {"body": json.loads(BODY)},
            "response": {"statusCode": 200, "body": {"taken": True}},
        }
    ]


async def test_a_refusal_is_on_record_and_comes_later(caller: Caller) -> None:
    async with HttpSink(throttled("7")) as sink:
        hook = await caller.hook(sink)

        again = await caller.work()

    assert (again, await caller.left()) == (7_000, [(1, START + 7_000)])
    assert await caller.logged() == [
        {
            "key": "TriggerHook.User.Created",
            "result": "Error",
            "error": "The endpoint answered HTTP 429.",
            "hookId": hook.row.id,
            "hookRequest": {"body": json.loads(BODY)},
            "response": {"statusCode": 429, "body": "slow down"},
        }
    ]


async def test_no_answer_at_all_is_on_record_without_one(caller: Caller) -> None:
    async with HttpSink(DROPPED) as sink:
        await caller.hook(sink)

        again = await caller.work()

    (entry,) = await caller.logged()
    assert again is not None
    assert (entry["result"], "response" in entry) == ("Error", False)
    assert "broke" in entry["error"]


@pytest.mark.parametrize(
    ("attempts", "shortest", "longest"),
    [
        # Five seconds, six times as long each time, a fifth more or less.
        (0, 4_000, 6_000),
        (1, 24_000, 36_000),
        (2, 144_000, 216_000),
        (3, 864_000, 1_296_000),
        (4, HOUR * 4 // 5, HOUR * 6 // 5),
        (9, HOUR * 4 // 5, HOUR * 6 // 5),
    ],
)
async def test_pauses_grow_to_an_hour_and_are_never_alike(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, attempts: int, shortest: int, longest: int
) -> None:
    async with HttpSink(refused(503)) as sink:
        hook = await caller.hook(sink, retries=10)
        row = await caller.claimed(attempts=attempts)
        shorten(monkeypatch)
        short = await caller.world.webhooks.work(row)
        lengthen(monkeypatch)
        long = await caller.world.webhooks.work(row)

    assert hook.config["retries"] == 10
    assert (short, long) == (shortest, longest)


@pytest.mark.parametrize(
    ("asked", "pause"), [("0", 0), ("1", 1_000), ("3600", HOUR), ("9999", HOUR)]
)
async def test_a_receiver_says_when_for_up_to_an_hour(
    caller: Caller, asked: str, pause: int
) -> None:
    async with HttpSink(Answer(503, b"", {"Retry-After": asked})) as sink:
        await caller.hook(sink)

        assert await caller.work() == pause


async def test_a_receiver_may_say_when_by_a_date(caller: Caller) -> None:
    # A minute after START.
    async with HttpSink(throttled("Fri, 15 Jan 2027 08:01:00 GMT")) as sink:
        await caller.hook(sink)

        assert await caller.work() == MINUTE


@pytest.mark.parametrize(
    ("config", "attempts", "another"),
    [
        ({}, 3, True),
        ({}, 4, False),
        ({"retries": 0}, 1, False),
        ({"retries": 1}, 1, True),
        ({"retries": 1}, 2, False),
    ],
    ids=str,
)
async def test_after_so_many_attempts_there_is_none(
    caller: Caller, config: dict[str, int], attempts: int, another: bool
) -> None:
    async with HttpSink(refused(500)) as sink:
        await caller.hook(sink, **config)

        # The attempts before this one: the first is attempt 0.
        again = await caller.work(attempts=attempts - 1)

    assert (again is not None) is another
    assert bool(await caller.left()) is another
    assert len(await caller.logged()) == 1


@pytest.mark.parametrize(
    ("status", "another"),
    [
        (400, False),
        (404, False),
        (408, True),
        (413, True),
        (429, True),
        (431, False),
        (500, True),
        (501, True),
        (307, False),
    ],
)
async def test_a_status_says_whether_another_is_worth_it(
    caller: Caller, status: int, another: bool
) -> None:
    async with HttpSink(refused(status)) as sink:
        await caller.hook(sink)

        assert (await caller.work() is not None) is another


@pytest.mark.parametrize(
    ("disposition", "another"),
    [
        (Disposition.PERMANENT, False),
        (Disposition.TRANSIENT, True),
        (Disposition.UNKNOWN, True),
    ],
)
async def test_a_way_that_never_works_is_not_tried_again(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, disposition: Disposition, another: bool
) -> None:
    async def post(*_: Any, **__: Any) -> HttpReply:
        raise DeliveryFailed("told", disposition=disposition)

    async with HttpSink(WELL) as sink:
        await caller.hook(sink)
        monkeypatch.setattr(caller.world.services.http, "post", post)
        again = await caller.work()

    (entry,) = await caller.logged()
    assert (again is not None, entry["error"]) == (another, "told")


async def test_an_attempt_ends_before_its_lease(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float] = []
    real = caller.world.services.http.post

    async def post(url: str, **given: Any) -> HttpReply:
        limits.append(given["timeout"])
        return await real(url, **given)

    async with HttpSink(WELL) as sink:
        await caller.hook(sink)
        monkeypatch.setattr(caller.world.services.http, "post", post)
        await caller.work()

    assert limits == [10.0]
    assert limits[0] * 1000 < LEASE


@pytest.mark.parametrize("gone", [True, False])
async def test_a_hook_that_is_off_or_gone_is_not_called_and_nothing_is_left(
    caller: Caller, gone: bool
) -> None:
    async with HttpSink(WELL) as sink:
        hook = await caller.hook(sink)
        row = await caller.claimed()
        if gone:
            await delete_hook(caller.world, T, hook.row.id)
        else:
            await update_hook(caller.world, T, hook.row.id, {"enabled": False})

        again = await caller.world.webhooks.work(row)

    assert (again, await caller.left(), sink.requests) == (None, [], [])
    assert await caller.logged() == []


async def test_a_receiver_that_wants_no_more_is_told_of_once(caller: Caller) -> None:
    async with HttpSink(refused(410, "gone")) as sink:
        hook = await caller.hook(sink)
        row = await caller.claimed()
        with structlog.testing.capture_logs() as lines:
            again = [await caller.world.webhooks.work(row)]
        told = await Post(caller.world).logged("Management.Hook.Disabled")
        # As a second process that had another webhook for it in hand.
        reply = HttpReply(status=410, headers={}, body=b"gone")
        with structlog.testing.capture_logs() as second:
            again.append(await caller.world.webhooks._record(row, hook, reply, None))

    assert (again, await caller.left()) == ([None, None], [])
    assert (await get_hook(caller.world, T, hook.row.id)).row.enabled is False
    assert [entry["result"] for entry in await caller.logged()] == ["Error", "Error"]
    assert await Post(caller.world).logged("Management.Hook.Disabled") == told
    assert [json.loads(row.payload) for row in told] == [
        {
            "key": "Management.Hook.Disabled",
            "result": "Success",
            "target": {"hookId": hook.row.id},
            "reason": "The endpoint answered HTTP 410.",
        }
    ]
    assert lines == [
        {
            "event": "a webhook was disabled",
            "log_level": "warning",
            "tenant": T,
            "hook": hook.row.id,
            "status": 410,
        }
    ]
    assert second == []


@pytest.mark.parametrize(("attempts", "another"), [(0, True), (2, True), (3, False)])
async def test_a_defect_counts_as_an_attempt_and_says_nothing_of_the_webhook(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, attempts: int, another: bool
) -> None:
    shorten(monkeypatch)
    async with HttpSink(WELL) as sink:
        hook = await caller.hook(sink)
        with structlog.testing.capture_logs() as lines:
            again = await caller.work("no json", attempts=attempts)

    pause = 4_000 * 6**attempts
    assert again == (pause if another else None)
    assert [due for _, due in await caller.left()] == ([START + pause] if another else [])
    assert await caller.logged() == [
        {
            "key": "TriggerHook.User.Created",
            "result": "Error",
            "error": "The webhook could not be made.",
            "hookId": hook.row.id,
        }
    ]
    assert lines == [
        {
            "event": "a webhook could not be made",
            "log_level": "error",
            "id": "one",
            "error": "JSONDecodeError",
        }
    ]


async def test_without_a_database_it_waits_for_the_end_of_its_lease(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> Any:
        raise StorageUnavailable("gone")

    async with HttpSink(WELL) as sink:
        await caller.hook(sink)
        row = await caller.claimed()
        monkeypatch.setattr(caller.world.database, "read", gone)
        with structlog.testing.capture_logs() as lines:
            again = await caller.world.webhooks.work(row)

    assert (again, sink.requests) == (LEASE, [])
    assert lines == [
        {"event": "a webhook waits", "log_level": "warning", "code": StorageUnavailable.code}
    ]


async def test_what_is_sealed_opens_for_its_own_hook_only(caller: Caller) -> None:
    keys = caller.world.keyring
    async with HttpSink(WELL) as sink:
        row = (await caller.hook(sink)).row
    config = {"url": "https://a.test", "headers": {"X": "Zoë"}}
    sealed = replace(
        row,
        config_sealed=seal_config(keys, T, row.id, config),
        signing_key_sealed=seal_key(keys, T, row.id, "key"),
    )

    opened = open_hook(keys, sealed)

    assert (opened.config, opened.signing_key) == (config, "key")
    assert "a.test" not in repr(opened)
    assert hook_context(T, "h") == "hooks/default/h"
    for other in (
        replace(sealed, id="another"),
        replace(sealed, tenant_id="another"),
        replace(sealed, config_sealed=sealed.signing_key_sealed),
        replace(sealed, signing_key_sealed=sealed.config_sealed),
    ):
        with pytest.raises(SealBroken):
            open_hook(keys, other)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a": [1]}', {"a": [1]}),
        (b"plain", "plain"),
        (b"", ""),
        (b"a\0b", "ab"),
        (b"[" * 9_000, "[" * 8192),
        (b"x" * 8193, "x" * 8192),
        (b'"' + b"x" * 8190 + b'"', "x" * 8190),
    ],
    ids=["json", "text", "nothing", "nul", "deep", "long", "just so long"],
)
def test_an_answer_is_shown_as_it_is_up_to_a_length(body: bytes, shown: Any) -> None:
    assert shown_body(HttpReply(status=200, headers={}, body=body)) == shown
