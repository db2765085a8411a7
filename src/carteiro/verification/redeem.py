"""Redeeming a code: once, in constant time, inside the limits.

The code's row never changes its digest, so it is read and compared first; what decides is one
guarded update of that very row, in one statement with all that follows from it. A right code
consumes it, a wrong one spends a try of the code and a try of the identifier. A hundred right
answers at once have one winner, and fifty wrong ones against a limit of five leave a dead code and
five failures. A try that others overtook, so that the code or the identifier has none left or has
to wait, is taken back and judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from carteiro.clock import Clock
from carteiro.errors import (
    CodeExpired,
    CodeMismatch,
    CodeNotFound,
    EmailMismatch,
    PhoneMismatch,
    SealBroken,
    TooManyTries,
    VerificationError,
)
from carteiro.model.actor import Actor
from carteiro.model.phones import PhoneNumber
from carteiro.secrets import Keyring, same
from carteiro.storage.drivers.asked import asked
from carteiro.storage.drivers.database import Call, Database, Question, Transaction, Work
from carteiro.storage.mail import budgets, codes, rates
from carteiro.storage.mail.budgets import Allowance
from carteiro.storage.mail.rates import Rate
from carteiro.storage.tenancy import logs
from carteiro.verification.identity import Identity, normalize_code
from carteiro.verification.policy import FAILURE_WINDOW, FIRST_DELAY, LONGEST_DELAY, CodePolicy

_AGAIN = 10
"""How often a try is judged that others overtook."""


class Overtaken(Exception):
    """Others have spent the identifier's tries since this one read them: judge once more."""


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
    by: Actor,
    budget: str | None = None,
    network: Rate | None = None,
    then: Sequence[Call] = (),
) -> None:
    """Redeem the identity's code, or raise the ``VerificationError`` that says why not.

    The checks stand in the wire's order: not found, another address, expired, too many tries,
    wrong. ``TooManyTries`` carries ``retry_after`` when the identifier's budget is spent, or when
    its next try has to wait. ``budget`` is the hash of somebody who has failures of their own,
    whatever others did to the identifier: a browser in which its owner signed in before.
    ``network`` is what wrong tries of one network have together: without a place left there nothing
    is compared. ``then`` is written together with a right code: where one of these finds nothing,
    nobody has redeemed it.
    """
    attempt = attempt_of(
        identity,
        typed,
        keys=keys,
        policy=policy,
        now=clock.now(),
        budget=budget,
        network=network,
    )

    async def work(unit: Transaction) -> _Verdict:
        tx = unit if network is None else await asked(unit, attempt.asks)
        ruling = await attempt.judged(tx)
        entry = _entry(identity, by, ruling.outcome, attempt.now)
        further = then if ruling.outcome is _Outcome.REDEEMED else ()
        if None in await tx.together(*ruling.writes, *further, entry):
            raise Overtaken
        return ruling.outcome, ruling.retry_after

    outcome, retry_after = await _judged(database, work)
    if outcome is not _Outcome.REDEEMED:
        raise _error_of(outcome, identity)(retry_after=retry_after)


def attempt_of(
    identity: Identity,
    typed: str,
    *,
    keys: Keyring,
    policy: CodePolicy,
    now: int,
    budget: str | None = None,
    network: Rate | None = None,
) -> Attempt:
    """What somebody typed for an identity's code; the last two are as ``redeem`` takes them."""
    return Attempt(
        identity=identity,
        slot=identity.hash(keys),
        recipient=identity.recipient_hash(keys),
        code=normalize_code(typed),
        keys=keys,
        policy=policy,
        now=now,
        budget=budget,
        network=network,
    )


async def judge(
    tx: Transaction, attempt: Attempt
) -> tuple[VerificationError | None, Sequence[Call]]:
    """How it ends within a unit of work: ``None``, or why not; and what is to be written for it.

    The unit counts on each of these writes: one that finds nothing is ``Overtaken``, and the unit
    is to be run again.
    """
    ruling = await attempt.judged(tx)
    if ruling.outcome is _Outcome.REDEEMED:
        return None, ruling.writes
    error = _error_of(ruling.outcome, attempt.identity)(retry_after=ruling.retry_after)
    return error, ruling.writes


async def _judged(database: Database, work: Work[_Verdict]) -> _Verdict:
    for _ in range(_AGAIN):
        try:
            return await database.write(work)
        except Overtaken:
            continue
    return _Outcome.TOO_MANY, 1


@dataclass(frozen=True, slots=True)
class _Ruling:
    """How a try ends, if each of the ``writes`` finds what it was decided by."""

    outcome: _Outcome
    retry_after: float | None = None
    writes: Sequence[Call] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was typed, and everything that decides over it."""

    identity: Identity
    slot: str
    recipient: str
    code: str = field(repr=False)
    keys: Keyring = field(repr=False)
    policy: CodePolicy
    now: int
    budget: str | None = None
    """Of whom the failures count, where it is not the recipient."""
    network: Rate | None = None
    """What wrong tries take out of, beside."""

    @property
    def payer(self) -> str:
        """Of whom the failures count."""
        return self.budget or self.recipient

    def asks(self) -> list[Question]:
        """What ``judged`` asks."""
        found = codes.finding(self.identity.tenant_id, self.slot, self.payer)
        return [found] if self.network is None else [found, rates.reading(self.network)]

    async def judged(self, tx: Transaction) -> _Ruling:
        """How it ends, with everything that follows for the code and the identifier."""
        row = await codes.find(tx, self.identity.tenant_id, self.slot, self.payer)
        if row is None or row.consumed_at is not None:
            return _Ruling(_Outcome.NOT_FOUND)
        if (refusal := _refusal(row, self.recipient, self.policy, self.now)) is not None:
            return _Ruling(*refusal)
        if self.network is not None and (left := await rates.wait(tx, self.network, self.now)):
            return _Ruling(_Outcome.TOO_MANY, left / 1000)
        if _matches(self.keys, row, self.slot, self.code):
            return _Ruling(_Outcome.REDEEMED, writes=self._consuming(row))
        return _Ruling(_Outcome.WRONG, writes=self._failing(row))

    def _consuming(self, row: codes.CodeRow) -> list[Call]:
        tenant = self.identity.tenant_id
        consumed = codes.consuming(
            tenant_id=tenant,
            identity_hash=self.slot,
            id=row.id,
            now=self.now,
            max_tries=self.policy.max_tries,
            budget_hash=self.payer,
            budget=self.policy.failure_budget,
            budget_since=self.now - FAILURE_WINDOW,
        )
        if not row.failures:
            return [consumed]
        settled = budgets.settling(tenant_id=tenant, recipient_hash=self.payer, seen=row.failures)
        return [consumed, settled]

    def _failing(self, row: codes.CodeRow) -> list[Call]:
        tenant = self.identity.tenant_id
        counted = codes.counting_failure(
            tenant_id=tenant,
            identity_hash=self.slot,
            id=row.id,
            max_tries=self.policy.max_tries,
        )
        charged = budgets.charging(
            tenant_id=tenant,
            recipient_hash=self.payer,
            now=self.now,
            allowed=_allowance(self.policy),
        )
        if self.network is None:
            return [counted, charged]
        # Whoever is overtaken here stays counted by the code and the address: a rollback would make
        # guesses at once free.
        return [counted, charged, rates.filling(self.network, self.now)]


def _allowance(policy: CodePolicy) -> Allowance:
    return Allowance(
        budget=policy.failure_budget,
        window=FAILURE_WINDOW,
        delays_from=policy.delays_from,
        first_delay=FIRST_DELAY,
        longest_delay=LONGEST_DELAY,
    )


def _entry(identity: Identity, by: Actor, outcome: _Outcome, now: int) -> Call:
    """The try on record: for whom, for what, how it ended; never what was typed."""
    redeemed = outcome is _Outcome.REDEEMED
    return logs.entry(
        identity.tenant_id,
        by,
        "VerificationCode.Submit",
        at=now,
        payload={"templateType": identity.type, "recipient": identity.recipient.masked},
        error=None if redeemed else _error_of(outcome, identity)(),
    )


def _error_of(outcome: _Outcome, identity: Identity) -> type[VerificationError]:
    if outcome is _Outcome.OTHER_ADDRESS and isinstance(identity.recipient, PhoneNumber):
        return PhoneMismatch
    kind: type[VerificationError] | None = outcome.value
    assert kind is not None
    return kind


def _refusal(row: codes.CodeRow, recipient: str, policy: CodePolicy, now: int) -> _Verdict | None:
    """Why a code is refused whatever was typed; ``None`` when it is the typing that decides."""
    if row.recipient_hash != recipient:
        return _Outcome.OTHER_ADDRESS, None
    if policy.expires_at(row.created_at) < now:
        return _Outcome.EXPIRED, None
    if row.tries >= policy.max_tries:
        return _Outcome.TOO_MANY, None
    window_ends = row.since + FAILURE_WINDOW
    if window_ends <= now:
        return None
    if row.failures >= policy.failure_budget:
        return _Outcome.TOO_MANY, (window_ends - now) / 1000
    next_at = min(row.last_failure_at + policy.delay(row.failures), window_ends)
    return (_Outcome.TOO_MANY, (next_at - now) / 1000) if next_at > now else None


def _matches(keys: Keyring, row: codes.CodeRow, slot: str, code: str) -> bool:
    try:
        expected = keys.code_digest(slot, row.salt, code, key_id=row.key_id)
    except SealBroken:
        return False
    return same(expected, row.digest)
