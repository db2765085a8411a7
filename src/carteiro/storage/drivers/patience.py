"""Waiting for a database that is away when something starts that is to live long."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from carteiro.clock import rest
from carteiro.errors import StorageUnavailable, StorageUnusable

T = TypeVar("T")
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_log = structlog.get_logger("carteiro.storage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how many seconds a start waits (``inf``: without end), unless ``ended`` is set before."""

    seconds: float = 0.0
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)


NO_PATIENCE = Patience()
"""For what does not wait: a command, a test."""


async def patiently(work: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """Try until the database is there, at growing intervals; waiting is said once, in the log.

    Raises ``StorageUnavailable`` when patience is over, and at once what waiting does not mend:
    ``StorageUnusable``, ``SchemaOutdated``.
    """
    began, pause, waits = time.monotonic(), _FIRST_PAUSE, False
    while True:
        try:
            result = await work()
        except StorageUnusable:
            raise
        except StorageUnavailable as error:
            left = patience.seconds - (time.monotonic() - began)
            if left <= 0 or patience.ended.is_set():
                raise
            if not waits:
                _log.warning("waiting for the database", reason=error.message)
            waits = True
        else:
            if waits:
                _log.info("the database is there", waited=round(time.monotonic() - began, 1))
            return result
        # Many that were waiting do not come back at one moment.
        jittered = pause * random.uniform(0.5, 1.5)  # noqa: S311 - nothing to guess
        await rest(patience.ended, min(jittered, left))
        pause = min(pause * 2, _LONGEST_PAUSE)
