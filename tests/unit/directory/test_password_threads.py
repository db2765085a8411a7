"""Comparing passwords beside everything else: slow on purpose, and in nobody's way."""

from __future__ import annotations

import os
import sys
import threading
from typing import NoReturn

import argon2
import pytest

from carteiro.directory.passwords.hashing import Passwords

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("dear_passwords")]


async def priorities() -> list[int]:
    """Those of the threads in which a password is compared, less the event loop's own."""
    passwords = Passwords()
    before = set(threading.enumerate())
    assert await passwords.verify(await passwords.hash("kestrel"), "kestrel")
    threads = [found for found in threading.enumerate() if found not in before]
    assert threads
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    found = [os.getpriority(os.PRIO_PROCESS, thread.native_id or 0) for thread in threads]
    passwords.close()
    return [priority - own for priority in found]


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
async def test_comparing_a_password_gives_way_to_everything_else() -> None:
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    lower = await priorities()

    assert all(step > 0 for step in lower) or own == 19
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


async def test_where_priority_may_not_be_changed_passwords_are_compared_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*given: int) -> NoReturn:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden)

    assert set(await priorities()) == {0}


async def test_a_password_costs_what_the_standard_recommends_at_least() -> None:
    passwords = Passwords()

    costs = argon2.extract_parameters((await passwords.hash("kestrel")).text)

    passwords.close()
    # RFC 9106, section 4: the second recommended option, where memory is scarce.
    assert (costs.type, costs.time_cost, costs.memory_cost, costs.parallelism) == (
        argon2.Type.ID,
        3,
        64 * 1024,
        4,
    )
    assert (costs.salt_len, costs.hash_len) == (16, 32)
