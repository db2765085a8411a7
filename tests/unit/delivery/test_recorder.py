"""What came of a message is written however long the database is away, without hammering it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from carteiro.delivery.hands import recorder
from carteiro.delivery.hands.recorder import Recorder
from carteiro.delivery.telemetry import Telemetry
from carteiro.errors import StorageUnavailable
from carteiro.storage.drivers.database import Database
from carteiro.testing.clock import FrozenClock


class Away:
    """A database that is back after so many writes."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    async def apply(self, *calls: Any, **given: Any) -> None:
        if self.left:
            self.left -= 1
            raise StorageUnavailable("gone")


async def test_tries_come_at_growing_intervals_up_to_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    # The pauses are real time, which no test should take.
    monkeypatch.setattr(recorder, "asyncio", SimpleNamespace(sleep=sleep))
    writer = Recorder(cast("Database", Away(6)), FrozenClock(), Telemetry())

    await writer.write_plain([])

    assert pauses == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
