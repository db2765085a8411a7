"""What a code is good for, for how long, and how often somebody may be wrong; on both databases."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from carteiro.errors import (
    CodeExpired,
    CodeMismatch,
    CodeNotFound,
    EmailMismatch,
    PhoneMismatch,
    TooManyTries,
)
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.page import Page, Part
from carteiro.model.phones import parse_phone
from carteiro.secrets import Key, Keyring
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import logs
from carteiro.verification.policy import CodePolicy
from redeem_parts import ANA, Desk, wrong


async def test_a_code_lives_for_its_policys_time_and_no_longer(desk: Desk) -> None:
    code = await desk.issue()
    desk.clock.advance(600, milliseconds=1)
    late = await desk.redeem(code)
    in_time = await desk.issue()
    desk.clock.advance(600)

    assert isinstance(late, CodeExpired)
    assert await desk.redeem(in_time) is None


async def test_of_many_right_answers_at_once_one_wins_and_none_after_it(desk: Desk) -> None:
    code = await desk.issue()

    ends = await asyncio.gather(*(desk.redeem(code) for _ in range(10)))

    assert ends.count(None) == 1
    assert {type(end) for end in ends if end is not None} == {CodeNotFound}
    assert isinstance(await desk.redeem(code), CodeNotFound)


async def test_a_right_code_forgives_the_failures_before_it_and_none_after_it(desk: Desk) -> None:
    for _ in range(3):
        code = await desk.issue()
        for _ in range(9):
            assert isinstance(await desk.redeem(wrong(code)), CodeMismatch)
        assert await desk.redeem(code) is None


async def test_a_code_bears_as_many_wrong_tries_as_the_policy_says(desk: Desk) -> None:
    desk = replace(desk, policy=CodePolicy(max_tries=3))
    code = await desk.issue()

    ends = [await desk.redeem(wrong(code)) for _ in range(4)]
    right = await desk.redeem(code)

    assert [type(end) for end in ends] == [*[CodeMismatch] * 3, TooManyTries]
    assert isinstance(right, TooManyTries)
    assert right.retry_after is None


async def test_a_code_in_an_interaction_is_for_the_address_it_was_sent_to(desk: Desk) -> None:
    interaction = replace(ANA, session="s1")
    bob = replace(interaction, recipient=parse_address("bob@example.com"))
    phone = replace(interaction, recipient=parse_phone("351912345678"))
    code = await desk.issue(interaction)

    ends = [await desk.redeem(code, other) for other in (bob, phone, interaction)]

    assert [type(end) for end in ends] == [EmailMismatch, PhoneMismatch, type(None)]


async def test_a_code_is_checked_with_the_key_it_was_made_with(desk: Desk) -> None:
    new, old = Key("new", b"n" * 32), Key("old", b"o" * 32)
    lost = Keyring([new])
    lost.use(sealing="new", lookup_key=Keyring([old]).first_lookup_key)
    code = await replace(desk, keys=Keyring([old])).issue()

    without_it = await replace(desk, keys=lost).redeem(code)

    assert isinstance(without_it, CodeMismatch)
    assert await replace(desk, keys=Keyring([new, old])).redeem(code) is None


async def test_each_try_is_on_record_without_what_was_typed(desk: Desk) -> None:
    code = await desk.issue()
    await desk.redeem(wrong(code))
    desk.clock.advance(1)
    await desk.redeem(code)

    async def work(tx: Transaction) -> Part[logs.LogRow]:
        wanted = logs.LogFilter(key="VerificationCode.Submit")
        return await logs.find(tx, "default", wanted, Page(), count_at_most=None)

    rows = list((await desk.world.database.read(work)).rows)
    told = [json.loads(row.payload) for row in rows]
    same = {
        "key": "VerificationCode.Submit",
        "actor": "Operator",
        "templateType": "SignIn",
        "recipient": ANA.recipient.masked,
    }
    assert [row.created_at for row in rows] == [desk.clock.now(), desk.clock.now() - 1000]
    assert told == [
        {**same, "result": "Success"},
        {**same, "result": "Error", "error": {"code": CodeMismatch.code}},
    ]
    assert not any(typed in row.payload for row in rows for typed in (code, wrong(code)))


async def test_a_shorter_policy_reaches_codes_that_wait(desk: Desk) -> None:
    code = await desk.issue()
    desk.clock.advance(61)

    assert isinstance(await replace(desk, policy=CodePolicy(lifetime=60)).redeem(code), CodeExpired)


_TYPES = [
    TemplateType.SIGN_IN,
    TemplateType.REGISTER,
    TemplateType.FORGOT_PASSWORD,
    TemplateType.BIND_NEW_IDENTIFIER,
]
_OTHERS: list[dict[str, Any]] = [
    *({"type": kind} for kind in _TYPES[1:]),
    {"tenant_id": "acme"},
    {"recipient": parse_address("bob@example.com")},
    {"session": "s1"},
]


@pytest.mark.parametrize("change", _OTHERS, ids=lambda change: "-".join(map(str, change.items())))
async def test_a_code_is_good_for_its_own_tenant_purpose_recipient_and_interaction_only(
    desk: Desk, change: dict[str, Any]
) -> None:
    other = replace(ANA, **change)
    code = await desk.issue()

    elsewhere = await desk.redeem(code, other)

    assert isinstance(elsewhere, CodeNotFound)
    assert await desk.redeem(code) is None


@pytest.mark.parametrize(("given", "asked"), [(a, b) for a in _TYPES for b in _TYPES if a is not b])
async def test_purposes_do_not_meet_in_one_interaction_either(
    desk: Desk, given: TemplateType, asked: TemplateType
) -> None:
    interaction = replace(ANA, session="s1", type=given)
    code = await desk.issue(interaction)

    assert isinstance(await desk.redeem(code, replace(interaction, type=asked)), CodeNotFound)


async def test_a_new_code_forgives_no_failure(desk: Desk) -> None:
    desk = replace(desk, policy=CodePolicy(max_tries=10))
    for _ in range(2):
        code = await desk.issue()
        for _ in range(10):
            assert isinstance(await desk.redeem(wrong(code)), CodeMismatch)
        desk.clock.advance(60)
    code = await desk.issue()

    refused = await desk.redeem(code)

    assert isinstance(refused, TooManyTries)
    assert refused.retry_after == 86_400 - 120


async def test_the_failures_of_a_day_are_forgotten_after_it(desk: Desk) -> None:
    desk = replace(desk, policy=CodePolicy(max_tries=20))
    code = await desk.issue()
    for _ in range(20):
        await desk.redeem(wrong(code))
    desk.clock.advance(86_400)

    assert await desk.redeem(await desk.issue()) is None


@pytest.mark.parametrize(
    ("max_tries", "budget"), [(1, 20), (10, 20), (11, 22), (49, 98), (51, 100), (100, 100)]
)
def test_a_days_failures_stay_below_the_ceiling_of_nist(max_tries: int, budget: int) -> None:
    # NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failures for one account.
    assert CodePolicy(max_tries=max_tries).failure_budget == budget
