"""Codes for an application that uses Carteiro as a library: issued, kept as hashes, redeemed once.

The rules are the server's: what is stored is a keyed hash (HMAC-SHA256 with a salt), a newer code
replaces the older one, misses count per code and, over all codes, per identifier.
"""

from __future__ import annotations

from carteiro import secrets
from carteiro.clock import Clock, SystemClock
from carteiro.errors import CodeExpired, CodeMismatch, CodeNotFound, TooManyTries
from carteiro.model.addresses import EmailAddress, parse_address
from carteiro.model.kept_code import KeptCode
from carteiro.secrets import Key, Keyring, same
from carteiro.verification.identity import normalize_code
from carteiro.verification.policy import (
    FAILURE_WINDOW,
    LONGEST_CODE,
    SHORTEST_CODE,
    CodePolicy,
    draw,
)
from carteiro.verification.stores import CodeStore


class Codes:
    """Issues and redeems codes that a ``store`` keeps.

    ``key`` is at least 32 random bytes from outside the store, the same in every process; whoever
    has the store alone cannot find a code out. Raises ``ValueError`` for a policy that makes tries
    wait, or whose codes are shorter than 6 characters (NIST SP 800-63B-4 §3.1.3) or longer than 12.

    >>> import asyncio, secrets
    >>> from carteiro import Codes, MemoryCodeStore
    >>> async def proves(codes: Codes) -> None:
    ...     code = await codes.issue("sign-in", "ana@example.com")
    ...     await codes.redeem("sign-in", "Ana@example.com", f" {code[:3]}-{code[3:]}")
    ...     await codes.redeem("sign-in", "ana@example.com", code)
    >>> asyncio.run(proves(Codes(MemoryCodeStore(), secrets.token_bytes(32))))
    Traceback (most recent call last):
    carteiro.errors.verification.CodeNotFound: ...
    """

    def __init__(
        self,
        store: CodeStore,
        key: bytes,
        *,
        policy: CodePolicy | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._policy = policy or CodePolicy()
        if self._policy.delay_after is not None:
            raise ValueError("delay_after is the server's: a store keeps no time of the last try.")
        if not SHORTEST_CODE <= self._policy.length <= LONGEST_CODE:
            text = f"A code has {SHORTEST_CODE} to {LONGEST_CODE} characters"
            raise ValueError(f"{text}, not {self._policy.length}.")
        self._store = store
        self._keys = Keyring([Key("codes", key)])
        self._clock = clock or SystemClock()

    async def issue(self, purpose: str, to: str | EmailAddress, *, session: str = "") -> str:
        """A fresh code for this address and purpose; an older one is dead from now on.

        ``purpose`` is a word of yours, such as ``"sign-in"``. With a ``session`` the code is good
        in that session only. Raises ``InvalidAddress``.
        """
        slot, _ = self._names(purpose, to, session)
        code, salt = draw(self._policy), secrets.salt()
        digest = self._digest(slot, salt, code)
        await self._store.put(slot, salt=salt, digest=digest, created_at=self._clock.now())
        return code

    async def redeem(
        self, purpose: str, to: str | EmailAddress, typed: str, *, session: str = ""
    ) -> None:
        """Redeem the code, once. Blanks, dashes and digits of any script are understood.

        Raises ``CodeNotFound``, ``CodeExpired``, ``TooManyTries`` (with ``retry_after`` in seconds
        when the address has missed too often today) or ``CodeMismatch``: all ``VerificationError``.
        """
        slot, identifier = self._names(purpose, to, session)
        now = self._clock.now()
        kept = await self._store.get(slot, identifier)
        if kept is None:
            raise CodeNotFound
        self._refuse(kept, now)
        most = self._policy.max_tries
        given = self._digest(slot, kept.salt, normalize_code(typed))
        if same(given.encode(), kept.digest.encode()):
            if not await self._store.take(slot, kept.digest, identifier=identifier, max_tries=most):
                raise CodeNotFound
            return
        counted = await self._store.miss(
            slot,
            kept.digest,
            identifier=identifier,
            max_tries=most,
            now=now,
            window=FAILURE_WINDOW,
        )
        raise CodeMismatch if counted else TooManyTries

    async def discard_expired(self) -> int:
        """Delete what is too old to be of use; how many codes went. Call it now and then."""
        oldest = max(self._policy.lifetime * 1000, FAILURE_WINDOW)
        return await self._store.discard(before=self._clock.now() - oldest)

    def _refuse(self, kept: KeptCode, now: int) -> None:
        if self._policy.expires_at(kept.created_at) < now:
            raise CodeExpired
        if kept.tries >= self._policy.max_tries:
            raise TooManyTries
        ends = kept.since + FAILURE_WINDOW
        if kept.failures >= self._policy.failure_budget and ends > now:
            raise TooManyTries(retry_after=(ends - now) / 1000)

    def _names(self, purpose: str, to: str | EmailAddress, session: str) -> tuple[str, str]:
        address = parse_address(to) if isinstance(to, str) else to
        slot = self._keys.index_digest("code", purpose, address.key, session)
        return slot, self._keys.index_digest("identifier", address.key)

    def _digest(self, slot: str, salt: str, code: str) -> str:
        return self._keys.code_digest(slot, salt, code).hex()
