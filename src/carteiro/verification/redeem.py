"""Redeeming a code: once, in constant time, inside the limits.

The code's row never changes its digest, so it is read and compared first; what decides is one
guarded update of that very row. A right code consumes it, a wrong one spends a try of the code and
a try of the identifier. A hundred right answers at once have one winner, and fifty wrong ones
against a limit of five leave a dead code and five failures.
"""

from __future__ import annotations

from enum import Enum

from carteiro.clock import Clock
from carteiro.errors import (
    CodeExpired,
    CodeMismatch,
    CodeNotFound,
    EmailMismatch,
    SealBroken,
    TooManyTries,
    VerificationError,
)
from carteiro.secrets import Keyring, same
from carteiro.storage import budgets, codes
from carteiro.storage.database import Database, Transaction
from carteiro.verification.identity import Identity, normalize_code
from carteiro.verification.policy import FAILURE_WINDOW, CodePolicy


class _Outcome(Enum):
    REDEEMED = None
    NOT_FOUND = CodeNotFound
    OTHER_ADDRESS = EmailMismatch
    EXPIRED = CodeExpired
    TOO_MANY = TooManyTries
    WRONG = CodeMismatch


_Verdict = tuple[_Outcome, float | None]
"""How it ended, and after how many seconds another try makes sense."""


async def redeem(
    identity: Identity,
    typed: str,
    *,
    database: Database,
    keys: Keyring,
    clock: Clock,
    policy: CodePolicy,
) -> None:
    """Redeem the identity's code, or raise the ``VerificationError`` that says why not.

    The checks stand in the wire's order: not found, another address, expired, too many tries,
    wrong. ``TooManyTries`` carries ``retry_after`` when the identifier's budget is spent.
    """
    now = clock.now()
    slot, recipient = identity.hash(keys), identity.recipient_hash(keys)
    tenant = identity.tenant_id
    code = normalize_code(typed)

    async def work(tx: Transaction) -> _Verdict:
        row = await codes.find(tx, tenant, slot)
        if row is None or row.consumed_at is not None:
            return _Outcome.NOT_FOUND, None
        if (refusal := _refusal(row, recipient, policy, now)) is not None:
            return refusal
        if _matches(keys, row, slot, code):
            return (await consume(tx, row)), None
        return (await fail(tx, row)), None

    async def consume(tx: Transaction, row: codes.CodeRow) -> _Outcome:
        won = await codes.consume(
            tx,
            tenant_id=tenant,
            identity_hash=slot,
            id=row.id,
            now=now,
            max_tries=policy.max_tries,
            budget=policy.failure_budget,
            budget_since=now - FAILURE_WINDOW,
        )
        if won and row.failures:
            await budgets.clear(tx, tenant_id=tenant, recipient_hash=recipient)
        return _Outcome.REDEEMED if won else _Outcome.NOT_FOUND

    async def fail(tx: Transaction, row: codes.CodeRow) -> _Outcome:
        counted = await codes.count_failure(
            tx, tenant_id=tenant, identity_hash=slot, id=row.id, max_tries=policy.max_tries
        )
        if not counted:
            return _Outcome.TOO_MANY
        await budgets.charge(
            tx, tenant_id=tenant, recipient_hash=recipient, now=now, window=FAILURE_WINDOW
        )
        return _Outcome.WRONG

    outcome, retry_after = await database.write(work)
    if outcome is not _Outcome.REDEEMED:
        error: type[VerificationError] = outcome.value
        raise error(retry_after=retry_after)


def _refusal(row: codes.CodeRow, recipient: str, policy: CodePolicy, now: int) -> _Verdict | None:
    """Why a code is refused whatever was typed; ``None`` when it is the typing that decides."""
    if row.recipient_hash != recipient:
        return _Outcome.OTHER_ADDRESS, None
    if policy.expires_at(row.created_at) < now:
        return _Outcome.EXPIRED, None
    if row.tries >= policy.max_tries:
        return _Outcome.TOO_MANY, None
    window_ends = row.since + FAILURE_WINDOW
    if row.failures >= policy.failure_budget and window_ends > now:
        return _Outcome.TOO_MANY, (window_ends - now) / 1000
    return None


def _matches(keys: Keyring, row: codes.CodeRow, slot: str, code: str) -> bool:
    try:
        expected = keys.code_digest(slot, row.salt, code, key_id=row.key_id)
    except SealBroken:
        return False
    return same(expected, row.digest)
