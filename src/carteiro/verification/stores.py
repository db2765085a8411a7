"""Where an application that uses Carteiro as a library keeps its codes.

``Codes`` decides; a store only keeps, and does two things that must happen once: take a code, and
count a miss. ``SqlCodeStore`` keeps them in the application's own database.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Protocol

from carteiro.model.kept_code import KeptCode


class CodeStore(Protocol):
    """Keeps codes by ``slot`` and wrong tries by ``identifier``: both are keyed hashes."""

    async def put(self, slot: str, *, salt: str, digest: str, created_at: int) -> None:
        """Keep the slot's code, instead of an older one."""
        ...

    async def get(self, slot: str, identifier: str) -> KeptCode | None:
        """The slot's code with its identifier's failures."""
        ...

    async def take(self, slot: str, digest: str, *, identifier: str, max_tries: int) -> bool:
        """Remove exactly this code and forget the failures: true once, for one caller.

        A code with ``max_tries`` misses is not given.
        """
        ...

    async def miss(
        self, slot: str, digest: str, *, identifier: str, max_tries: int, now: int, window: int
    ) -> bool:
        """Count a wrong try of exactly this code, and of the identifier in its window.

        False, and nothing is counted, when the code is gone or had no try left.
        """
        ...

    async def discard(self, *, before: int) -> int:
        """Delete codes made, and failures begun, before a time; how many codes there were."""
        ...


class MemoryCodeStore:
    """Codes of one process, for tests and for services that run one. A restart forgets them.

    ``most`` is how many are kept; the oldest go first.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._codes: OrderedDict[str, KeptCode] = OrderedDict()
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def put(self, slot: str, *, salt: str, digest: str, created_at: int) -> None:
        self._codes.pop(slot, None)
        self._codes[slot] = KeptCode(salt=salt, digest=digest, created_at=created_at)
        if len(self._codes) > self._most:
            self._codes.popitem(last=False)

    async def get(self, slot: str, identifier: str) -> KeptCode | None:
        code = self._codes.get(slot)
        failures, since = self._failures.get(identifier, (0, 0))
        return None if code is None else replace(code, failures=failures, since=since)

    async def take(self, slot: str, digest: str, *, identifier: str, max_tries: int) -> bool:
        if self._waiting(slot, digest, max_tries) is None:
            return False
        del self._codes[slot]
        self._failures.pop(identifier, None)
        return True

    async def miss(
        self, slot: str, digest: str, *, identifier: str, max_tries: int, now: int, window: int
    ) -> bool:
        code = self._waiting(slot, digest, max_tries)
        if code is None:
            return False
        self._codes[slot] = replace(code, tries=code.tries + 1)
        failures, since = self._failures.pop(identifier, (0, now))
        over = since <= now - window
        self._failures[identifier] = (1, now) if over else (failures + 1, since)
        if len(self._failures) > self._most:
            self._failures.popitem(last=False)
        return True

    async def discard(self, *, before: int) -> int:
        old = [slot for slot, code in self._codes.items() if code.created_at < before]
        for slot in old:
            del self._codes[slot]
        for name in [name for name, (_, since) in self._failures.items() if since < before]:
            del self._failures[name]
        return len(old)

    def _waiting(self, slot: str, digest: str, max_tries: int) -> KeptCode | None:
        code = self._codes.get(slot)
        return code if code and code.digest == digest and code.tries < max_tries else None
