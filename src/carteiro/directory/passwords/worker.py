"""What takes long on purpose, and a process that does it for a lane and gives way to everybody.

A line of JSON comes in, ``["argon2", digest, password]``, and one goes out. It is over when nothing
can come in any more: whoever started it may be killed.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import select
import signal
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import cache
from pathlib import Path

import argon2
import bcrypt
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from carteiro.directory.passwords.leaked import is_leaked

_NICER = 10
"""Steps of priority. Argon2id runs four threads (RFC 9106): together they get a third of a
processor's time while somebody else wants all of it."""
_AUTOGROUP = Path("/proc/self/autogroup")
"""Where Linux shares processors out to sessions first, priority counts within a session only, and
that of a session is written here (``sched(7)``). Few systems do so; elsewhere there is no file."""
_TURN = 100_000
"""Nanoseconds after which whoever wakes up takes the processor (Linux 6.12 on, ``sched(7)``). By
itself the kernel lets even whoever gives way finish some milliseconds first, at each step of an
answer."""
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
"""The system call, which no library has, by machine (``sched_setattr(2)``)."""
_KEPT = 2 * argon2.DEFAULT_MEMORY_COST * 1024
"""Bytes that are kept from one password to the next. By itself glibc gives them back each time, and
the kernel clears them anew: sixteen thousand pages, through the memory that everybody else is
waiting for. What a dearer digest takes beyond goes back at once."""
_RESTS_AFTER = 10.0
"""Seconds without a password after which they are given back, too."""
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""As ``mallopt(3)`` calls them."""
_BCRYPT_READS = 72
"""bcrypt looks at no more bytes than these; what made the digest cut there, so we do."""
_KIBIBYTES_AT_MOST, _PASSES_AT_MOST, _BCRYPT_COST_AT_MOST = 1024 * 1024, 64, 18
"""What verifying an imported digest may cost; a dearer one matches nothing."""


class Work(StrEnum):
    """What is done: a digest made, one compared in the way it was made, a list looked at."""

    HASH = "hash"
    NOBODY = "nobody"
    ARGON2 = "argon2"
    BCRYPT = "bcrypt"
    LEGACY = "legacy"
    LEAKED = "leaked"


def do(work: Work, *arguments: str) -> str | bool:
    """Do it here, however long that takes."""
    return _WORKS[work](*arguments)


@cache
def hasher() -> argon2.PasswordHasher:
    """How digests of ours are made."""
    return argon2.PasswordHasher()


def _hash(password: str) -> str:
    return hasher().hash(password)


def _as_long(password: str) -> bool:
    """Nobody's digest is compared: it takes as long, and tells nobody that there is none."""
    with suppress(VerificationError):
        hasher().verify(_of_nobody(), password)
    return False


def _argon2(text: str, password: str) -> bool:
    try:
        costs = argon2.extract_parameters(text)
    except InvalidHashError:
        return _as_long(password)
    if costs.memory_cost > _KIBIBYTES_AT_MOST or costs.time_cost > _PASSES_AT_MOST:
        return _as_long(password)
    try:
        return hasher().verify(text, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _of_nobody() -> str:
    """A digest of ours that no password has; comparing with it costs what comparing costs."""
    ours = hasher()
    salt, digest = (
        base64.b64encode(os.urandom(size)).rstrip(b"=").decode()
        for size in (ours.salt_len, ours.hash_len)
    )
    costs = f"m={ours.memory_cost},t={ours.time_cost},p={ours.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


def _bcrypt(text: str, password: str) -> bool:
    cost = text[4:6]
    if not cost.isdigit() or int(cost) > _BCRYPT_COST_AT_MOST:
        return False
    try:
        return bcrypt.checkpw(password.encode()[:_BCRYPT_READS], text.encode())
    except ValueError:
        return False


def _legacy(text: str, password: str) -> bool:
    from carteiro.directory.passwords.legacy import read_legacy  # noqa: PLC0415 - half the memory

    digest = read_legacy(text)
    return digest is not None and digest.matches(password)


_WORKS: Mapping[Work, Callable[..., str | bool]] = {
    Work.HASH: _hash,
    Work.NOBODY: _as_long,
    Work.ARGON2: _argon2,
    Work.BCRYPT: _bcrypt,
    Work.LEGACY: _legacy,
    Work.LEAKED: is_leaked,
}


def processors() -> set[int]:
    """Those that passwords are compared on. Every process on a machine leaves the same one free."""
    if sys.platform != "linux":
        return set(range(os.cpu_count() or 1))
    all_of_them = os.sched_getaffinity(0)
    return all_of_them - {min(all_of_them)} or all_of_them


def _step_back() -> None:
    """Have this process, and the threads that it starts, run after others and never everywhere.

    Whoever gives way still fills what processors share (caches, memory), and whoever wakes up
    has to take its place first: one processor is left to others.
    """
    # A sandbox may forbid it, and passwords are compared all the same.
    with suppress(OSError):
        os.nice(_NICER)
    if _AUTOGROUP.exists():
        with suppress(OSError):
            os.setsid()
            _AUTOGROUP.write_text(str(_NICER))
    if sys.platform != "linux":
        return
    with suppress(OSError):
        os.sched_setaffinity(0, processors())
    number = _SCHED_SETATTR.get(os.uname().machine)
    if number is not None:
        fields = (48, os.SCHED_OTHER, 0, os.getpriority(os.PRIO_PROCESS, 0), 0, _TURN, 0, 0)
        # An older kernel takes no notice.
        ctypes.CDLL(None).syscall(number, 0, struct.pack("=IIQiIQQQ", *fields), 0)


def _keep_memory() -> Callable[[], object]:
    """Have what a password has taken stay for the next; what gives it back is returned."""
    library = ctypes.CDLL(None)
    # Other C libraries have neither.
    with suppress(AttributeError):
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)
        return lambda: library.malloc_trim(0)
    return lambda: None


def serve() -> None:
    """Work until there is nobody to work for. What fails is answered with ``null``."""
    # They are meant for the server, which ends once everybody has been answered.
    for sent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent, signal.SIG_IGN)
    _step_back()
    rest = _keep_memory()
    # Whoever asks waits for the answer before the next line: none is in the buffer.
    while True:
        if not select.select([sys.stdin], (), (), _RESTS_AFTER)[0]:
            rest()
        line = sys.stdin.buffer.readline()
        if not line:
            return
        answer: str | bool | None = None
        with suppress(Exception):
            work, *arguments = json.loads(line)
            answer = do(Work(work), *arguments)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve()
