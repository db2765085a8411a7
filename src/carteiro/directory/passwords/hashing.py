"""Passwords: hashed with Argon2id, verified in whatever form they were imported.

Hashing takes tens of milliseconds and megabytes on purpose (RFC 9106), so it is done on a few
lanes: many sign-ins at once wait for each other, nothing else waits for them.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from enum import StrEnum

from carteiro.directory.passwords.lanes import Lanes
from carteiro.directory.passwords.legacy import read_legacy
from carteiro.directory.passwords.worker import Work, hasher, processors
from carteiro.secrets import same


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
        # Argon2id as we make it keeps four processors busy by itself.
        self._lanes = Lanes(max(2, (os.cpu_count() or 2) // 4), at_once=len(processors()))

    async def hash(self, password: str) -> Digest:
        """A digest to store."""
        text = await self._lanes.run(Work.HASH, password)
        return Digest(Algorithm.ARGON2ID, str(text))

    async def verify(self, digest: Digest | None, password: str) -> bool:
        """Whether the password is right. Without a digest it takes as long, and is not."""
        if digest is None:
            return bool(await self._lanes.run(Work.NOBODY, password))
        match digest.algorithm:
            case Algorithm.SHA1 | Algorithm.SHA256 | Algorithm.MD5:
                made = hashlib.new(
                    digest.algorithm.lower(), password.encode(), usedforsecurity=False
                )
                return same(made.hexdigest().encode(), digest.text.lower().encode())
            case Algorithm.BCRYPT:
                return bool(await self._lanes.run(Work.BCRYPT, digest.text, password))
            case Algorithm.LEGACY:
                return bool(await self._lanes.run(Work.LEGACY, digest.text, password))
            case _:
                return bool(await self._lanes.run(Work.ARGON2, digest.text, password))

    async def leaked(self, password: str) -> bool:
        """Whether everybody knows this password."""
        return bool(await self._lanes.run(Work.LEAKED, password))

    def outdated(self, digest: Digest) -> bool:
        """Whether a right password should be hashed anew."""
        if digest.algorithm is not Algorithm.ARGON2ID:
            return True
        return hasher().check_needs_rehash(digest.text)

    def close(self) -> None:
        """Let what is under way end."""
        self._lanes.close()
