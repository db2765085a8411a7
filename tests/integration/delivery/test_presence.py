"""Who lives: told beside the event loop, believed within seconds, forgotten at the end."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carteiro.delivery import presence
from carteiro.errors import StorageUnavailable
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Database, Sideline, Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import messages
from carteiro.storage.queues import processes
from carteiro.storage.queues.processes import ProcessRow
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink

from .conftest import Post, eventually, working

_SCRIPT = Path(__file__).with_name("blocked_process.py")
_SEEN = Statement.of("test.seen", "SELECT MAX(seen_at) AS at FROM processes")
WELL = Answer(200, b"{}")


def named() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "carteiro-presence"]


def blocked_until(database: Database, true: Callable[[Any], bool]) -> Any:
    """Block this thread's loop until what the database knows of processes is so."""
    seen: list[Any] = []

    def watch() -> None:
        line: Sideline = database.sideline()

        async def look(tx: Transaction) -> Any:
            row = await tx.one(_SEEN)
            return row["at"] if row else None

        try:
            for _ in range(1_000):
                seen.append(line.write(look))
                if true(seen[-1]):
                    return
                time.sleep(0.02)
        finally:
            line.close()

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()
    return seen[-1]


async def test_a_process_with_a_blocked_loop_says_that_it_lives(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "INTERVAL", 0.05)
    async with open_world(settings) as world:
        await world.presence.ensure()
        told = world.presence._told_at
        assert told is not None

        assert blocked_until(world.database, lambda at: at > told + 200) > told + 200


async def test_a_defect_while_it_is_told_is_not_the_last_word(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "INTERVAL", 0.05)
    async with open_world(settings) as world:
        told, failed = world.presence._tell, threading.Event()

        async def broken_once(tx: Transaction) -> Any:
            if threading.current_thread() in named() and not failed.is_set():
                failed.set()
                raise RuntimeError
            return await told(tx)

        monkeypatch.setattr(world.presence, "_tell", broken_once)
        await world.presence.ensure()
        await asyncio.to_thread(failed.wait, 30)
        before = world.presence._told_at
        assert before is not None

        assert blocked_until(world.database, lambda at: at > before + 200) > before + 200


async def test_it_is_told_for_as_long_as_the_world_is_open(settings: Settings) -> None:
    async with open_world(settings) as world:
        await asyncio.gather(*(world.presence.ensure() for _ in range(5)))
        assert len(named()) == 1
    assert named() == []
    async with open_world(settings) as world:
        await world.presence.look()
        assert (world.presence.others, named()) == ([], [])


async def test_after_a_sleep_of_the_machine_the_others_are_given_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "INTERVAL", 3_600)  # the thread keeps out of it
    clock = FrozenClock(1_800_000_000_000)
    async with open_world(settings, clock) as world:
        await world.presence.ensure()
        assert not world.presence.lasts()
        for _ in range(6):
            clock.advance(2)
            await world.presence.renew()
        assert world.presence.lasts()

        clock.advance(60)
        asleep = world.presence.lasts()
        await world.presence.renew()
        awake = world.presence.lasts()
        for _ in range(5):
            clock.advance(2)
            await world.presence.renew()

        assert (asleep, awake, world.presence.lasts()) == (False, False, True)


class _Once:
    """An event that is waited for once in vain."""

    def __init__(self) -> None:
        self._waits = iter((False, True))

    def wait(self, seconds: float) -> bool:
        return next(self._waits)


@pytest.mark.parametrize("problem", [StorageUnavailable("gone"), RuntimeError("a defect")])
async def test_after_a_heartbeat_that_was_lost_the_others_are_given_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    monkeypatch.setattr(presence, "INTERVAL", 3_600)  # the thread keeps out of it
    clock = FrozenClock(1_800_000_000_000)
    async with open_world(settings, clock) as world:
        await world.presence.ensure()
        for _ in range(6):
            clock.advance(2)
            await world.presence.renew()
        assert world.presence.lasts()

        async def broken(tx: Transaction) -> Any:
            raise problem

        with monkeypatch.context() as patch:
            patch.setattr(world.presence, "_tell", broken)
            patch.setattr(world.presence, "_ended", _Once())
            await asyncio.to_thread(world.presence._keep_told)
        lost = world.presence.lasts()
        await world.presence.renew()
        again = world.presence.lasts()
        for _ in range(5):
            clock.advance(2)
            await world.presence.renew()

        assert (lost, again, world.presence.lasts()) == (False, False, True)


async def test_what_a_blocked_process_has_in_hand_is_mailed_once(
    post: Post, settings: Settings
) -> None:
    """Its provider has the mail; the answer is read when the loop runs again."""
    world = post.world
    async with HttpSink(WELL) as sink:
        await post.connect(sink, mode="queued")
        await post.ask()
        child = await asyncio.create_subprocess_exec(
            sys.executable, str(_SCRIPT), settings.database_url
        )
        await asyncio.wait_for(sink.arrived.wait(), 60)
        recovering = asyncio.create_task(world.recovery.run())
        async with working(world):
            assert await asyncio.wait_for(child.wait(), 120) == 0
            (row,) = await post.ended()
        recovering.cancel()
        timeline = await post.only()

    assert (row.state, row.attempts, len(sink.requests)) == ("sent", 1, 1)
    assert [attempt.outcome for attempt in timeline.attempts] == ["accepted"]


@pytest.mark.parametrize(("adopted", "mails"), [(True, 0), (False, 1)])
async def test_who_was_silent_for_long_asks_whether_a_message_is_its_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, adopted: bool, mails: int
) -> None:
    """What holds the interpreter's lock silences the thread, too."""
    monkeypatch.setattr(presence, "INTERVAL", 3_600)
    clock = FrozenClock(1_800_000_000_000)
    async with HttpSink(WELL) as sink, open_world(settings, clock) as world:
        post, me = Post(world), world.presence.id
        await post.connect(sink, mode="queued")
        await world.presence.ensure()
        await post.ask()
        (row,) = await world.database.write(
            lambda tx: messages.claim(tx, owner=me, now=clock.now(), most=1)
        )
        clock.advance(9)
        if adopted:
            await world.database.write(
                lambda tx: messages.adopt(tx, row, owner="another", now=clock.now())
            )
        await world.courier.work(row)
        (after,) = await post.rows()

    assert len(sink.requests) == mails
    assert (after.state, after.owner) == (("sending", "another") if adopted else ("sent", None))


async def test_a_job_whose_message_is_in_hand_comes_back_for_it(
    post: Post, settings: Settings
) -> None:
    if settings.sqlite_path is not None:
        pytest.skip("on SQLite the messages are the queue")
    from carteiro.storage.queues.postgres_claims import Claims

    world = post.world
    async with HttpSink(WELL) as sink:
        await post.connect(sink, mode="queued")
        await post.ask()
        (row,) = await post.rows()
        mine, theirs = (Claims(world.database, world.clock, owner) for owner in ("me", "they"))

        taken, _ = await mine.claim(row.tenant_id, row.id)
        refused = await theirs.claim(row.tenant_id, row.id)
        unknown = await theirs.claim(row.tenant_id, "x" * 21)

    assert taken is not None
    assert refused == (None, 5_000)
    assert unknown == (None, None)


async def test_nothing_is_left_to_do_for_one_that_has_ended(post: Post) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, mode="queued")
        await post.ask()
        async with working(post.world):
            await post.ended()
            (row,) = await post.rows()
            assert await eventually(lambda: _jobless(post))
    assert (row.state, len(sink.requests)) == ("sent", 1)


async def _jobless(post: Post) -> bool:
    jobs = Statement.of(
        "test.jobs", "SELECT COUNT(*) AS total FROM pgqueuer", sqlite="SELECT 0 AS total"
    )
    row = await post.world.database.read(lambda tx: tx.one(jobs))
    return row is not None and row["total"] == 0


async def test_a_rate_is_divided_among_processes_of_one_kind_that_live(post: Post) -> None:
    presence, now = post.world.presence, post.world.clock.now()
    presence.kind, presence.drove_at = "worker", 5
    assert not presence.missed(), "who never said that it lives has nothing in hand"
    for id_, kind, at in (("a", "worker", now), ("b", "serve", now), ("c", "worker", 1)):
        row = ProcessRow(id=id_, kind=kind, host="h", pid=1, started_at=1, drove_at=None)
        await post.world.database.apply(processes.seen(row, now=at))
    await presence.renew()

    (own,) = [seen for seen in presence.others if seen.drove_at is not None]
    assert (own.kind, own.drove_at) == ("worker", 5)
    assert sorted(seen.kind for seen in presence.others) == ["serve", "worker", "worker"]
    assert presence.senders == 2
