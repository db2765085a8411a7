"""How long a start waits for its database, and what it says meanwhile."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator

import pytest
import structlog
from structlog.typing import EventDict

from carteiro.errors import StorageUnavailable, StorageUnusable
from carteiro.storage.drivers import patience as module
from carteiro.storage.drivers.patience import Patience, patiently

WAITING = "waiting for the database"


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


async def away() -> str:
    raise StorageUnavailable("gone")


async def test_tries_come_at_growing_intervals_and_waiting_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def rest(event: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)

    async def work() -> str:
        if len(pauses) < 30:
            raise StorageUnavailable("gone")
        return "there"

    monkeypatch.setattr(module, "rest", rest)
    with structlog.testing.capture_logs() as lines:
        found = await patiently(work, Patience(seconds=math.inf))

    assert found == "there"
    assert pauses[0] <= 0.3
    assert max(pauses) <= 7.5
    assert sum(pauses[10:]) > 20 * 2.5, "it does not hammer a server that is coming up"
    assert len({round(pause, 6) for pause in pauses}) > 20, "and many do not come at one moment"
    assert [line["event"] for line in lines] == [WAITING, "the database is there"]


async def test_who_waits_for_nothing_says_nothing(lines: list[EventDict]) -> None:
    async def there() -> str:
        return "there"

    assert await patiently(there, Patience(seconds=math.inf)) == "there"
    assert lines == []


async def test_what_waiting_does_not_mend_is_not_waited_for(lines: list[EventDict]) -> None:
    async def broken() -> str:
        raise StorageUnusable("wrong password")

    with pytest.raises(StorageUnusable):
        await patiently(broken, Patience(seconds=1))
    assert lines == []


async def test_who_was_told_to_end_and_who_has_no_patience_do_not_wait(
    lines: list[EventDict],
) -> None:
    ended = asyncio.Event()
    ended.set()

    for patience in (Patience(seconds=1, ended=ended), Patience()):
        with pytest.raises(StorageUnavailable):
            await patiently(away, patience)
    assert lines == []


async def test_nobody_waits_longer_than_the_patience_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def rest(event: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(seconds)

    monkeypatch.setattr(module, "rest", rest)
    with pytest.raises(StorageUnavailable):
        await patiently(away, Patience(seconds=0.05))

    assert pauses
    assert max(pauses) <= 0.05
