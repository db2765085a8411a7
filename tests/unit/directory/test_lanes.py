"""Comparing passwords beside everything else: slow on purpose, and in nobody's way."""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import argon2
import bcrypt
import pytest

from carteiro.directory.passwords import hashing, lanes
from carteiro.directory.passwords.hashing import Algorithm, Digest, Passwords
from carteiro.directory.passwords.lanes import Lanes, _Helper
from carteiro.directory.passwords.worker import _SCHED_SETATTR, Work

pytestmark = pytest.mark.anyio
_HAS_TURNS = (
    sys.platform == "linux"
    and os.uname().machine in _SCHED_SETATTR
    and tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 12)
)


@pytest.fixture(autouse=True)
def helped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a lane has its process, as in a server."""
    monkeypatch.setattr(lanes, "_Helper", _Helper)


@pytest.fixture
async def lane() -> AsyncIterator[Lanes]:
    lane = Lanes(1, at_once=1)
    yield lane
    lane.close()


def process_of(lane: Lanes) -> subprocess.Popen[bytes]:
    (helper,) = lane._helpers.values()
    return helper._process


async def test_the_process_of_a_lane_gives_way_to_everything_else_and_its_thread_to_nothing(
    lane: Lanes,
) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    await lane.run(Work.HASH, "kestrel")

    lower = os.getpriority(os.PRIO_PROCESS, process_of(lane).pid)

    assert lower == min(19, own + 10)
    threads = [one for one in threading.enumerate() if one.name.startswith("carteiro-passwords")]
    priorities = {os.getpriority(os.PRIO_PROCESS, one.native_id or 0) for one in threads}
    assert sys.platform != "linux" or priorities == {own}


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="sessions have no priority of their own"
)
async def test_where_processors_go_to_sessions_first_a_lane_has_one_that_gives_way(
    lane: Lanes,
) -> None:
    await lane.run(Work.LEAKED, "kestrel")
    pid = process_of(lane).pid

    assert os.getsid(pid) == pid
    assert Path(f"/proc/{pid}/autogroup").read_text().split()[-1] == "10"


@pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2,
    reason="Linux binds processes, to one of at least two",
)
async def test_one_processor_is_left_to_everybody_else(lane: Lanes) -> None:
    ours = os.sched_getaffinity(0)
    await lane.run(Work.LEAKED, "kestrel")

    # The same one by every lane and every server on the machine.
    assert os.sched_getaffinity(process_of(lane).pid) == ours - {min(ours)}
    assert os.sched_getaffinity(0) == ours


async def test_a_password_costs_what_the_standard_recommends(lane: Lanes) -> None:
    costs = argon2.extract_parameters(str(await lane.run(Work.HASH, "kestrel")))

    # RFC 9106, section 4: the second recommended option, where memory is scarce.
    made = (costs.type, costs.time_cost, costs.memory_cost, costs.parallelism)
    assert made == (argon2.Type.ID, 3, 64 * 1024, 4)
    assert (costs.salt_len, costs.hash_len) == (16, 32)


@pytest.mark.skipif(not _HAS_TURNS, reason="the kernel has turns of its own length only")
async def test_whoever_wakes_up_waits_no_longer_than_a_short_turn_of_a_lane(lane: Lanes) -> None:
    await lane.run(Work.LEAKED, "kestrel")
    told = ctypes.create_string_buffer(48)

    # What sched_getattr(2) says, the call after sched_setattr(2).
    number = _SCHED_SETATTR[os.uname().machine] + 1
    failed = ctypes.CDLL(None).syscall(number, process_of(lane).pid, told, 48, 0)

    _size, _policy, _flags, _nice, _priority, turn, *_ = struct.unpack("=IIQiIQQQ", told.raw)
    assert not failed
    assert turn == 100_000


async def test_every_kind_of_password_is_compared_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "do", lambda *_: pytest.fail("a process was there"))
    legacy = json.dumps(["sha256", ["salt", "@"], hashlib.sha256(b"saltkestrel").hexdigest()])
    imported = bcrypt.hashpw(b"kestrel", bcrypt.gensalt(4)).decode()
    passwords = Passwords()
    made = await passwords.hash("kestrel")

    right = [
        await passwords.verify(digest, "kestrel")
        for digest in (
            made,
            Digest(Algorithm.BCRYPT, imported),
            Digest(Algorithm.LEGACY, legacy),
        )
    ]
    wrong = [
        await passwords.verify(digest, "Kestrel")
        for digest in (
            made,
            Digest(Algorithm.BCRYPT, imported),
            Digest(Algorithm.LEGACY, legacy),
            None,
        )
    ]
    leaked = [await passwords.leaked(one) for one in ("password", "kestrel-battery-9")]
    passwords.close()

    assert right == [True] * 3
    assert wrong == [False] * 4
    assert leaked == [True, False]


class _Busy:
    """A helper that tells how many are at work, until each is told to end."""

    at_work = 0
    most = 0
    ends = threading.Event()
    begun = threading.Semaphore(0)

    def ask(self, _request: list[str]) -> bool:
        kind = type(self)
        kind.at_work += 1
        kind.most = max(kind.most, kind.at_work)
        kind.begun.release()
        self.ends.wait(90)
        kind.at_work -= 1
        return True

    def end(self) -> None:
        self.ends.set()


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> type[_Busy]:
    kind = type("Busy", (_Busy,), {"ends": threading.Event(), "begun": threading.Semaphore(0)})
    monkeypatch.setattr(lanes, "_Helper", kind)
    return kind


@pytest.mark.parametrize("at_once", [1, 2])
async def test_as_many_lanes_work_at_once_as_there_are_processors_for_them(
    busy: type[_Busy], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(lanes, "_PATIENCE", 60)
    monkeypatch.setattr(hashing, "processors", lambda: set(range(at_once)))
    passwords = Passwords()
    works = [asyncio.ensure_future(passwords.hash("kestrel")) for _ in range(4)]
    for _ in range(at_once):
        assert await asyncio.to_thread(busy.begun.acquire, timeout=30)

    busy.ends.set()
    await asyncio.gather(*works)
    passwords.close()

    assert busy.most == at_once


async def test_no_lane_waits_for_ever_for_one_whose_work_is_dear(
    busy: type[_Busy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_PATIENCE", 0.01)
    both = Lanes(2, at_once=1)
    works = [asyncio.ensure_future(both.run(Work.HASH, "kestrel")) for _ in range(2)]

    begun = [await asyncio.to_thread(busy.begun.acquire, timeout=30) for _ in range(2)]
    busy.ends.set()
    await asyncio.gather(*works)
    both.close()

    assert begun == [True, True]


def _faults_and_memory(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """How many pages it was given since it began, and how many bytes it has now."""
    told = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(told[7]), int(told[21]) * os.sysconf("SC_PAGE_SIZE")


_TAKEN = 64 * 1024 * 1024
"""Bytes that a password takes."""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="it is glibc that is told so")
async def test_memory_is_kept_from_one_password_to_the_next(lane: Lanes) -> None:
    digest = str(await lane.run(Work.HASH, "kestrel"))
    given, held = _faults_and_memory(process_of(lane))

    await lane.run(Work.ARGON2, digest, "kestrel")

    anew, _ = _faults_and_memory(process_of(lane))
    assert held > _TAKEN
    assert anew - given < _TAKEN // os.sysconf("SC_PAGE_SIZE") // 4


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="it is glibc that is told so")
async def test_memory_is_given_back_where_no_password_comes(
    lane: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = "from carteiro.directory.passwords import worker as w; w._RESTS_AFTER = 0.2; w.serve()"
    monkeypatch.setattr(lanes, "_COMMAND", ("-P", "-c", early))
    await lane.run(Work.HASH, "kestrel")

    async with asyncio.timeout(30):
        while _faults_and_memory(process_of(lane))[1] > _TAKEN:
            await asyncio.sleep(0.05)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="it is glibc that is told so")
async def test_what_a_dearer_digest_took_goes_back_at_once(lane: Lanes) -> None:
    dear = argon2.PasswordHasher(memory_cost=512 * 1024, time_cost=1).hash("kestrel")

    assert await lane.run(Work.ARGON2, dear, "kestrel") is True

    assert _faults_and_memory(process_of(lane))[1] < 256 * 1024 * 1024


async def test_a_lane_whose_process_was_killed_goes_on_and_gets_another(lane: Lanes) -> None:
    digest = str(await lane.run(Work.HASH, "kestrel"))
    first = process_of(lane)
    first.kill()
    first.wait()

    answers = [await lane.run(Work.ARGON2, digest, "kestrel") for _ in range(2)]

    assert answers == [True, True]
    assert process_of(lane).pid != first.pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_is_meant_for_the_server_ends_no_lane(
    lane: Lanes, number: signal.Signals
) -> None:
    digest = str(await lane.run(Work.HASH, "kestrel"))
    first = process_of(lane)
    first.send_signal(number)

    answer = await lane.run(Work.ARGON2, digest, "kestrel")

    assert answer is True
    assert process_of(lane) is first


async def test_a_process_is_over_when_there_is_nobody_to_work_for(lane: Lanes) -> None:
    await lane.run(Work.LEAKED, "kestrel")
    process = process_of(lane)
    assert process.stdin is not None

    # As the kernel does for a server that is killed.
    process.stdin.close()

    assert process.wait(60) == 0


@pytest.mark.parametrize("program", ["", "/nowhere/python", "/bin/true"])
async def test_where_no_process_can_be_had_passwords_are_compared_all_the_same(
    lane: Lanes, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    tried: list[object] = []

    class Counted(_Helper):
        def __init__(self) -> None:
            tried.append(self)
            super().__init__()

    monkeypatch.setattr(sys, "executable", program)
    monkeypatch.setattr(lanes, "_Helper", Counted)
    digest = str(await lane.run(Work.HASH, "kestrel"))

    answers = [await lane.run(Work.ARGON2, digest, typed) for typed in ("kestrel", "wrong")]

    assert answers == [True, False]
    assert len(tried) == 1


async def test_what_cannot_be_worked_on_is_the_callers_error_and_ends_no_lane(lane: Lanes) -> None:
    await lane.run(Work.LEAKED, "kestrel")
    first = process_of(lane)

    with pytest.raises(UnicodeEncodeError):
        await lane.run(Work.HASH, "\ud800")

    assert await lane.run(Work.LEAKED, "password") is True
    assert process_of(lane) is first
