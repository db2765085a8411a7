"""A try within somebody else's unit of work: how it ends, and what is to be written for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from carteiro.errors import (
    CodeMismatch,
    CodeNotFound,
    PhoneMismatch,
    TooManyTries,
    VerificationError,
)
from carteiro.model.phones import parse_phone
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.verification.policy import CodePolicy
from carteiro.verification.redeem import attempt_of, judge
from redeem_parts import ANA, Desk, wrong

Judged = tuple[VerificationError | None, Sequence[Call]]


async def judged(desk: Desk, code: str, *, writes: bool) -> Judged:
    attempt = attempt_of(ANA, code, keys=desk.keys, policy=desk.policy, now=desk.clock.now())

    async def work(tx: Transaction) -> Judged:
        ended, calls = await judge(tx, attempt)
        if writes and calls:
            assert None not in await tx.together(*calls)
        return ended, calls

    return await desk.world.database.write(work)


async def test_a_right_code_is_spent_by_what_is_written(desk: Desk) -> None:
    code = await desk.issue()

    seen, _ = await judged(desk, code, writes=False)
    spent, calls = await judged(desk, code, writes=True)
    again, nothing = await judged(desk, code, writes=True)

    assert (seen, spent) == (None, None)
    assert calls
    assert (type(again), list(nothing)) == (CodeNotFound, [])


async def test_a_wrong_code_is_counted_by_what_is_written(desk: Desk) -> None:
    desk = replace(desk, policy=CodePolicy(max_tries=2))
    code = await desk.issue()

    ends = [(await judged(desk, wrong(code), writes=True))[0] for _ in range(2)]
    right, _ = await judged(desk, code, writes=True)

    assert [type(end) for end in ends] == [CodeMismatch, CodeMismatch]
    assert isinstance(right, TooManyTries)


async def test_a_spent_budget_says_when_it_is_worth_another(desk: Desk) -> None:
    desk = replace(desk, policy=CodePolicy(failures_per_day=2))
    code = await desk.issue()
    for _ in range(2):
        await judged(desk, wrong(code), writes=True)

    ended, _ = await judged(desk, code, writes=True)

    assert isinstance(ended, TooManyTries)
    assert ended.retry_after == 86_400


async def test_a_code_for_somebody_else_is_refused_by_what_they_are(desk: Desk) -> None:
    code = await desk.issue(replace(ANA, session="s1"))
    phone = replace(ANA, session="s1", recipient=parse_phone("351912345678"))
    attempt = attempt_of(phone, code, keys=desk.keys, policy=desk.policy, now=desk.clock.now())

    ended, calls = await desk.world.database.write(lambda tx: judge(tx, attempt))

    assert (type(ended), list(calls)) == (PhoneMismatch, [])
