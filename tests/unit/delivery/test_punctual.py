"""Times on a busy machine: what others took is not in them, and no wait is over early."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator

import pytest

from carteiro.delivery.gates import punctual
from carteiro.delivery.gates.punctual import punctually, unhindered

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def opened_anew() -> Iterator[None]:
    punctual._scheduled.cache_clear()
    yield
    punctual._scheduled.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody tells how long a thread waited")
def test_the_clock_stands_still_while_a_thread_waits_for_a_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No test can have the kernel let it wait for a quarter of a second.
    monkeypatch.setattr(os, "pread", lambda *_given: b"7000000 250000000 3\n")

    before, found, after = time.perf_counter(), unhindered(), time.perf_counter()

    assert before <= found + 0.25 <= after


@pytest.mark.parametrize("gone", ["open", "pread"])
def test_where_the_kernel_does_not_say_the_clock_is_the_ordinary_one(
    monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    def refused(*_given: object) -> int:
        raise OSError

    monkeypatch.setattr(os, gone, refused)

    before, found, after = time.perf_counter(), unhindered(), time.perf_counter()

    assert before <= found <= after


@pytest.mark.parametrize("seconds", [0.0, 0.0004, 0.02])
async def test_a_timer_that_is_over_early_ends_no_wait(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    asked: list[float] = []
    sleep = asyncio.sleep

    # An event loop's timers are early by a millisecond now and then, and not when they are told to.
    async def hasty(given: float) -> None:
        asked.append(given)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", hasty)
    begin = time.perf_counter()

    await punctually(seconds)

    assert time.perf_counter() - begin >= seconds
    assert max(asked, default=0) == max(0, seconds - 0.003 if seconds > 0.003 else 0)


async def test_others_are_served_while_the_end_of_a_wait_is_slept() -> None:
    served = 0

    async def others() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await punctually(0.002)
    task.cancel()

    assert served > 1


async def test_many_that_wait_at_once_all_wait_as_long_as_they_are_to() -> None:
    begin = time.perf_counter()

    await asyncio.gather(*(punctually(0.002) for _ in range(20)))

    assert time.perf_counter() - begin >= 0.002


@pytest.mark.parametrize("since", [0.0, 0.001, 0.0099, 0.01, 0.025, 3.999])
async def test_a_step_ends_a_whole_number_of_steps_later_after_a_rest_of_one(
    monkeypatch: pytest.MonkeyPatch, since: float
) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(punctual, "punctually", wait)
    monkeypatch.setattr(time, "perf_counter", lambda: 1000.0 + since)

    await punctual.in_step(1000.0)

    (seconds,) = waited
    steps = (since + seconds) / punctual.STEP
    assert abs(steps - round(steps)) < 1e-6
    assert punctual.STEP <= seconds + 1e-9 < 2 * punctual.STEP + 1e-6
