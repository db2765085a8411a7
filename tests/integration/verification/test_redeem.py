"""What a code is good for, for how long, and how often somebody may be wrong; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from carteiro.errors import CodeExpired, CodeMismatch, CodeNotFound, TooManyTries, VerificationError
from carteiro.flows.manage_tenants import create_tenant
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue
from carteiro.verification.policy import CodePolicy
from carteiro.verification.redeem import redeem

ANA = Identity(
    tenant_id="default", type=TemplateType.SIGN_IN, recipient=parse_address("ana@example.com")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Issues and redeems codes by a clock that the test owns."""

    world: World
    clock: FrozenClock
    policy: CodePolicy = field(default_factory=CodePolicy)

    async def issue(self, identity: Identity = ANA) -> str:
        made = issue(
            identity,
            keys=self.world.keyring,
            now=self.clock.now(),
            message_id="0" * 21,
            policy=self.policy,
        )
        await self.world.database.apply(made.store)
        return made.code

    async def redeem(self, code: str, identity: Identity = ANA) -> VerificationError | None:
        try:
            await redeem(
                identity,
                code,
                database=self.world.database,
                keys=self.world.keyring,
                clock=self.clock,
                policy=self.policy,
                by=OPERATOR,
            )
        except VerificationError as error:
            return error
        return None


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    clock = FrozenClock()
    async with open_world(settings, clock) as world:
        await create_tenant(world, "acme", name="acme")
        yield Desk(world=world, clock=clock)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


async def test_a_code_lives_for_its_policys_time_and_no_longer(desk: Desk) -> None:
    code = await desk.issue()
    desk.clock.advance(600, milliseconds=1)
    late = await desk.redeem(code)
    in_time = await desk.issue()
    desk.clock.advance(600)

    assert isinstance(late, CodeExpired)
    assert await desk.redeem(in_time) is None


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
