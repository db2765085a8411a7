"""Codes as the tenant wants them: their characters, and what wrong tries cost, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from carteiro.errors import CodeExpired, CodeMismatch, TooManyTries, VerificationError
from carteiro.flows.administer.tenant.settings import update_protection
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox

ANA = "ana@example.com"
WRONG = "wrong-wrong"


async def sent(world: World, outbox: Outbox, kind: TemplateType = TemplateType.GENERIC) -> str:
    await send_code(world, "default", Asked(email=ANA, type=kind))
    code: str = outbox.last_to(ANA).payload["code"]
    return code


async def typed(world: World, code: str, kind: TemplateType = TemplateType.GENERIC) -> Any:
    """``None`` when it was right, else the error."""
    try:
        await redeem_code(world, "default", code, email=ANA, kind=kind)
    except VerificationError as error:
        return error
    return None


async def test_letters_are_taken_however_they_are_typed(world: World, outbox: Outbox) -> None:
    await update_protection(world, "default", {"codeAlphabet": "letters", "codeLength": 8})
    spellings = [
        str.lower,
        lambda code: f" {code[:4]} {code[4:]}\n",
        lambda code: f"{code[:4]}-{code[4:]}",
        lambda code: "".join(chr(ord(letter) + 0xFEE0) for letter in code),
    ]

    for spelling in spellings:
        code = await sent(world, outbox)
        assert len(code) == 8
        assert code.isalpha()
        assert await typed(world, spelling(code)) is None


async def test_a_code_that_waits_survives_a_change_of_the_alphabet(
    world: World, outbox: Outbox
) -> None:
    code = await sent(world, outbox)

    await update_protection(world, "default", {"codeAlphabet": "letters", "codeLength": 12})

    assert len(code) == 6
    assert await typed(world, code) is None


async def test_a_code_dies_after_ten_minutes(
    world: World, outbox: Outbox, clock: FrozenClock
) -> None:
    codes = []
    for seconds in (600, 601):
        codes.append(await sent(world, outbox))
        clock.advance(seconds)
        codes.append(await typed(world, codes.pop()))

    assert codes[0] is None
    assert isinstance(codes[1], CodeExpired)


async def test_the_twenty_first_wrong_try_of_a_day_is_refused_for_the_rest_of_it(
    world: World, outbox: Outbox, clock: FrozenClock
) -> None:
    answers = []
    for _ in range(3):
        code = await sent(world, outbox)
        answers += [await typed(world, WRONG) for _ in range(8)]
    refused = await typed(world, code)
    clock.advance(86_400)
    code = await sent(world, outbox)

    assert [type(one) for one in answers[:20]] == [CodeMismatch] * 20
    assert [type(one) for one in answers[20:]] == [TooManyTries] * 4
    assert refused.retry_after == 86_400
    assert await typed(world, code) is None


@pytest.mark.parametrize("budget", [1, 3])
async def test_the_budget_of_the_settings_is_the_budget(
    world: World, outbox: Outbox, budget: int
) -> None:
    await update_protection(world, "default", {"failuresPerDay": budget})
    code = await sent(world, outbox)

    answers = [await typed(world, WRONG) for _ in range(budget)]

    assert [type(one) for one in answers] == [CodeMismatch] * budget
    assert isinstance(await typed(world, code), TooManyTries)


async def test_the_schedule_of_delays_is_kept_to_the_millisecond(
    world: World, outbox: Outbox, clock: FrozenClock
) -> None:
    await update_protection(world, "default", {"delayAfter": 3, "failuresPerDay": 12})
    await update_experience(
        world, "default", {"verificationCodePolicy": {"expirationDuration": 3600}}
    )
    waits: list[float] = []

    for number in range(1, 13):
        await sent(world, outbox)
        assert isinstance(await typed(world, WRONG), CodeMismatch), number
        if number < 3:
            continue
        refused = await typed(world, WRONG)
        assert isinstance(refused, TooManyTries), number
        waits.append(refused.retry_after)
        clock.advance(milliseconds=round(refused.retry_after * 1000) - 1)
        if number < 12:
            assert isinstance(await typed(world, WRONG), TooManyTries), number
        clock.advance(milliseconds=1)

    assert waits[:9] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert sum(waits) == 86_400, "the last wait is that of the spent budget"


async def test_a_right_code_after_its_wait_forgets_the_failures(
    world: World, outbox: Outbox, clock: FrozenClock
) -> None:
    await update_protection(world, "default", {"delayAfter": 1})
    code = await sent(world, outbox)
    await typed(world, WRONG)

    too_soon = await typed(world, code)
    clock.advance(30)
    right = await typed(world, code)
    code = await sent(world, outbox)
    after = [await typed(world, WRONG), await typed(world, code)]

    assert (too_soon.retry_after, right) == (30, None)
    assert [type(one) for one in after] == [CodeMismatch, TooManyTries]
    assert after[1].retry_after == 30


async def test_guesses_at_once_do_not_outrun_the_delay_nor_the_ceiling(
    world: World, outbox: Outbox
) -> None:
    """Of several codes of one person: their rows do not wait for one another."""
    await update_protection(world, "default", {"delayAfter": 4})
    kinds = [TemplateType.SIGN_IN, TemplateType.REGISTER, TemplateType.FORGOT_PASSWORD]
    for kind in kinds:
        await sent(world, outbox, kind)

    answers = await asyncio.gather(*(typed(world, WRONG, kind) for kind in kinds * 8))

    assert [type(one) for one in answers].count(CodeMismatch) == 4
    assert [type(one) for one in answers].count(TooManyTries) == 20
