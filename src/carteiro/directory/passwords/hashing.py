"""Passwords: hashed with Argon2id, verified in whatever form they were imported.

Hashing takes tens of milliseconds and megabytes on purpose (RFC 9106), so it runs in a small
pool of threads: many sign-ins at once wait for each other, nothing else waits for them. Where two
want one processor, the threads give way.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import argon2
import bcrypt
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from carteiro.directory.passwords.leaked import is_leaked
from carteiro.directory.passwords.legacy import read_legacy
from carteiro.secrets import same

T = TypeVar("T")
_BCRYPT_READS = 72
"""bcrypt looks at no more bytes than these; what made the digest cut there, so we do."""
_KIBIBYTES_AT_MOST, _PASSES_AT_MOST, _BCRYPT_COST_AT_MOST = 1024 * 1024, 64, 18
"""What verifying an imported digest may cost; a dearer one matches nothing."""
_NICER = 10
"""Steps of priority. Argon2id runs four threads (RFC 9106): together they get a third of a
processor's time while somebody else wants all of it."""


class Algorithm(StrEnum):
    """How a stored digest was made; ``ARGON2ID`` is what we make."""

    ARGON2I = "Argon2i"
    ARGON2ID = "Argon2id"
    ARGON2D = "Argon2d"
    SHA1 = "SHA1"
    SHA256 = "SHA256"
    MD5 = "MD5"
    BCRYPT = "Bcrypt"
    LEGACY = "Legacy"


@dataclass(frozen=True, slots=True)
class Digest:
    """A stored password."""

    algorithm: Algorithm
    text: str = field(repr=False)


def readable(digest: Digest) -> bool:
    """Whether an imported digest is taken: any text, as on the wire, but for ``LEGACY`` ones.

    Those name the way in which they were made, and that has to be one that we know.
    """
    return digest.algorithm is not Algorithm.LEGACY or read_legacy(digest.text) is not None


class Passwords:
    """Hashes and verifies beside the event loop, a few at a time."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher()
        self._threads = ThreadPoolExecutor(
            max(2, (os.cpu_count() or 2) // 2), "carteiro-passwords", initializer=_step_back
        )
        self._nobody = _of_nobody(self._hasher)

    async def hash(self, password: str) -> Digest:
        """A digest to store."""
        text = await self._apart(self._hasher.hash, password)
        return Digest(Algorithm.ARGON2ID, text)

    async def verify(self, digest: Digest | None, password: str) -> bool:
        """Whether the password is right. Without a digest it takes as long, and is not."""
        if digest is None:
            await self._apart(self._argon2, self._nobody, password)
            return False
        match digest.algorithm:
            case Algorithm.SHA1 | Algorithm.SHA256 | Algorithm.MD5:
                made = hashlib.new(
                    digest.algorithm.lower(), password.encode(), usedforsecurity=False
                )
                return same(made.hexdigest().encode(), digest.text.lower().encode())
            case Algorithm.BCRYPT:
                return await self._apart(_bcrypt, digest.text, password)
            case Algorithm.LEGACY:
                return await self._apart(_legacy, digest.text, password)
            case _:
                return await self._apart(self._argon2, digest.text, password)

    async def leaked(self, password: str) -> bool:
        """Whether everybody knows this password."""
        return await self._apart(is_leaked, password)

    def outdated(self, digest: Digest) -> bool:
        """Whether a right password should be hashed anew."""
        if digest.algorithm is not Algorithm.ARGON2ID:
            return True
        return self._hasher.check_needs_rehash(digest.text)

    def close(self) -> None:
        """Let what is under way end."""
        self._threads.shutdown()

    async def _apart(self, work: Callable[..., T], *arguments: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _argon2(self, text: str, password: str) -> bool:
        try:
            costs = argon2.extract_parameters(text)
        except InvalidHashError:
            return self._takes_as_long(password)
        if costs.memory_cost > _KIBIBYTES_AT_MOST or costs.time_cost > _PASSES_AT_MOST:
            return self._takes_as_long(password)
        try:
            return self._hasher.verify(text, password)
        except (VerificationError, InvalidHashError):
            return False

    def _takes_as_long(self, password: str) -> bool:
        """A digest that is not compared tells nobody that there is one."""
        with suppress(VerificationError):
            self._hasher.verify(self._nobody, password)
        return False


def _of_nobody(hasher: argon2.PasswordHasher) -> str:
    """A digest of ours that no password has; comparing with it costs what comparing costs."""
    salt, digest = (
        base64.b64encode(os.urandom(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


def _step_back() -> None:
    """Have this thread, and those that it starts, run after others (Linux, ``sched(7)``).

    Elsewhere priority is the whole process's, and stays as it is.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # A sandbox may forbid it, and passwords are compared all the same.
        with suppress(OSError):
            lowered = min(19, os.getpriority(os.PRIO_PROCESS, thread) + _NICER)
            os.setpriority(os.PRIO_PROCESS, thread, lowered)


def _legacy(text: str, password: str) -> bool:
    digest = read_legacy(text)
    return digest is not None and digest.matches(password)


def _bcrypt(text: str, password: str) -> bool:
    cost = text[4:6]
    if not cost.isdigit() or int(cost) > _BCRYPT_COST_AT_MOST:
        return False
    try:
        return bcrypt.checkpw(password.encode()[:_BCRYPT_READS], text.encode())
    except ValueError:
        return False
