"""Every try of a code is counted by how it ended, wherever it was typed, on both databases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from account_parts import id_of, opened_house
from carteiro.delivery.telemetry import Telemetry, TryOutcome
from carteiro.errors import CodeMismatch, VerificationError
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.flows.guards.tries import OUTCOMES
from carteiro.flows.world import World
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox
from confirm_parts import opened_bank
from door_parts import (
    ANA,
    before_second_factor,
    opened_door,
    proof_of,
    send_second,
    verify_second,
    wrong,
)

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "scale-out.md"


def counted(world: World) -> dict[str, float]:
    """How many tries ended how, but for what did not happen."""
    sample = world.telemetry.registry.get_sample_value
    found = {
        one: sample("carteiro_code_tries_total", {"outcome": one}) or 0.0
        for one in map(str, TryOutcome)
    }
    return {outcome: number for outcome, number in found.items() if number}


async def test_of_a_backend_that_asks(world: World, outbox: Outbox, clock: FrozenClock) -> None:
    await send_code(world, "default", Asked(email=ANA))
    code = outbox.last_to(ANA).payload["code"]
    for typed in (wrong(code), wrong(code), code):
        try:
            await redeem_code(world, "default", typed, email=ANA)
        except CodeMismatch:
            continue
    with pytest.raises(VerificationError):
        await redeem_code(world, "default", code, email=ANA)
    await send_code(world, "default", Asked(email=ANA))
    clock.advance(601)
    with pytest.raises(VerificationError):
        await redeem_code(world, "default", code, email=ANA)

    assert counted(world) == {"right": 1, "wrong": 2, "not-found": 1, "expired": 1}


async def test_of_one_that_has_no_try_left(world: World, outbox: Outbox) -> None:
    await send_code(world, "default", Asked(email=ANA))
    code = outbox.last_to(ANA).payload["code"]
    for _ in range(11):
        with pytest.raises(VerificationError):
            await redeem_code(world, "default", wrong(code), email=ANA)

    assert counted(world) == {"wrong": 10, "too-many": 1}


async def test_at_the_door(settings: Settings, clock: FrozenClock) -> None:
    async with opened_door(settings, clock) as door:
        await door.settings(sentinelPolicy={"maxAttempts": 2, "lockoutDuration": 5})
        browser = await door.browser()
        await browser.begin()
        proof = proof_of(await browser.send())
        code = await door.code()
        elsewhere = await browser.verify(proof, code, "bo@example.com")
        for typed in (wrong(code), code):
            await browser.verify(proof, typed)
        found = counted(door.world)

    assert elsewhere.status_code == 400
    # The second failure locks the address, whatever is typed from then on.
    assert found == {"other-address": 1, "locked": 2}


async def test_of_a_second_factor(settings: Settings, clock: FrozenClock) -> None:
    async with opened_door(settings, clock) as door:
        browser = await before_second_factor(door)
        proof = await send_second(browser)
        code = await door.code()
        for typed in (wrong(code), code):
            await verify_second(browser, proof, typed)
        found = counted(door.world)

    assert found == {"wrong": 1, "right": 1}


async def test_of_somebody_inside(settings: Settings, clock: FrozenClock) -> None:
    async with opened_house(settings, clock) as house:
        ana = await house.ana()
        proof = id_of(await ana.send())
        code = await house.door.code()
        for typed in (wrong(code), code):
            await ana.verify(proof, typed)
        await ana.verify("nothing", code)
        found = counted(house.door.world)

    # A proof that there is not is no try.
    assert found == {"wrong": 1, "right": 1}


async def test_of_an_operation_that_is_confirmed(settings: Settings, clock: FrozenClock) -> None:
    async with opened_bank(settings, clock) as bank:
        asked, code = await bank.asked()
        for typed in (wrong(code), code):
            await bank.redeem(asked, typed)
        found = counted(bank.world)

    assert found == {"wrong": 1, "right": 1}


def test_every_way_in_which_a_code_is_refused_has_an_outcome() -> None:
    assert set(VerificationError.__subclasses__()) <= set(OUTCOMES)
    assert set(OUTCOMES.values()) == set(TryOutcome) - {TryOutcome.RIGHT}


def test_the_series_are_there_before_the_first_try_and_name_no_tenant() -> None:
    [tries] = [one for one in Telemetry().registry.collect() if one.name == "carteiro_code_tries"]

    series = [one for one in tries.samples if one.name.endswith("_total")]
    assert [one.labels for one in series] == [{"outcome": str(one)} for one in TryOutcome]
    assert {one.value for one in series} == {0}


def test_the_alarm_asks_for_what_is_measured() -> None:
    [alarm] = re.findall(r"```promql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)

    measured = {
        sample.name for metric in Telemetry().registry.collect() for sample in metric.samples
    }
    assert set(re.findall(r"carteiro_\w+", alarm)) == {"carteiro_code_tries_total"} <= measured
    outcomes = re.findall(r'outcome=~?"([^"]+)"', alarm)
    assert outcomes == ["wrong", "right|wrong", "wrong"]
    assert {one for some in outcomes for one in some.split("|")} <= set(TryOutcome)
