"""Times on a busy machine: measured without what others held this process up, and kept to exactly.

A wait that is to look like work takes as long as that work by itself. What a busy machine adds, it
adds to the wait as well; were it in the measured time, it would be there twice.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

_LAST = 0.003
"""Seconds at the end of a wait that no event loop's timer is trusted with."""
STEP = 0.01
"""Seconds: what is to look alike differs by a hundredth of it."""
_SLEEPERS = ThreadPoolExecutor(4, "carteiro-sleeper")
_SCHEDULED = "/proc/thread-self/schedstat"
"""Nanoseconds on a processor, nanoseconds of waiting for one, turns (Linux, ``proc(5)``)."""


def unhindered() -> float:
    """Seconds on a clock that stands still while this thread has work and no processor.

    Elsewhere than on Linux it is the ordinary clock.
    """
    return time.perf_counter() - _held_up(threading.get_native_id())


async def punctually(seconds: float) -> None:
    """Wait, and be back neither early nor late unless the process is held up just then.

    An event loop's timer goes by milliseconds. So the last of a wait is slept in a thread, whose
    timer is the kernel's; it wakes the loop as an answer of a provider does. Spent awake, it would
    slow down whatever else the machine does, for somebody and for nobody alike.
    """
    end = time.perf_counter() + seconds
    if seconds > _LAST:
        await asyncio.sleep(seconds - _LAST)
    if (left := end - time.perf_counter()) > 0:
        await asyncio.get_running_loop().run_in_executor(_SLEEPERS, time.sleep, left)


async def in_step(began: float) -> None:
    """Wait until a whole number of steps have passed since ``began`` (``time.perf_counter()``).

    Two ways that take about as long end at the same step. And it is at least one step's rest: what
    follows takes longer after a rest than after work, which can be measured.
    """
    await punctually(STEP + (began - time.perf_counter()) % STEP)


def _held_up(thread: int) -> float:
    if (file := _scheduled(thread)) is not None:
        # The file of a thread that has ended, whose number this one has, says nothing.
        with suppress(OSError):
            return int(os.pread(file, 64, 0).split()[1]) / 1e9
    return 0.0


@cache
def _scheduled(_thread: int) -> int | None:
    """A file that is kept open: opening it takes longer than what is measured differs by."""
    with suppress(OSError):
        return os.open(_SCHEDULED, os.O_RDONLY | os.O_CLOEXEC)
    return None
