"""A thread beside the event loop, and what comes back from it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from carteiro.storage.drivers.sqlite_threads import Beside

pytestmark = pytest.mark.anyio


@pytest.fixture
async def beside() -> AsyncIterator[Beside]:
    made = Beside("test-beside")
    yield made
    await made.close()


async def test_it_is_done_in_the_thread_and_answered(beside: Beside) -> None:
    names = [await beside.do(lambda _: threading.current_thread().name, None) for _ in range(2)]

    assert names == ["test-beside"] * 2
    assert await beside.do(len, "three") == 5


async def test_what_is_raised_there_is_raised_here_and_the_thread_goes_on(beside: Beside) -> None:
    with pytest.raises(ZeroDivisionError):
        await beside.do(lambda value: 1 / value, 0)

    assert await beside.do(lambda value: 1 / value, 1) == 1


async def test_it_takes_one_after_the_other(beside: Beside) -> None:
    done: list[int] = []

    await asyncio.gather(*(beside.do(done.append, number) for number in range(50)))

    assert done == list(range(50))


async def test_who_stops_waiting_takes_nobody_along(beside: Beside) -> None:
    may_end = threading.Event()
    waiting = asyncio.ensure_future(beside.do(may_end.wait, 30))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    may_end.set()

    assert await beside.do(len, "three") == 5


async def test_closing_waits_for_what_was_asked_for_and_then_nothing_is_taken() -> None:
    beside, done = Beside("test-beside"), []
    may_end = threading.Event()
    asked = asyncio.ensure_future(
        beside.do(lambda value: done.append(may_end.wait(30) and value), 1)
    )
    await asyncio.sleep(0)

    asyncio.get_running_loop().call_later(0.1, may_end.set)
    await beside.close()

    assert done == [1]
    await asked
    assert "test-beside" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(RuntimeError, match="closed"):
        await beside.do(done.append, 2)


def test_a_loop_that_is_gone_is_told_nothing() -> None:
    may_end, ended = threading.Event(), threading.Event()

    async def leave() -> Beside:
        beside = Beside("test-left")
        task = asyncio.ensure_future(beside.do(may_end.wait, 30))
        await asyncio.sleep(0)
        task.cancel()
        return beside

    beside = asyncio.run(leave())
    may_end.set()
    # The thread has not died of it: it takes what comes.
    beside._tasks.put((asyncio.Future(loop=beside._loop), lambda _: ended.set(), None))

    assert ended.wait(30)
    beside._tasks.put(None)
