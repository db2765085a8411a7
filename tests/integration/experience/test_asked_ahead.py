"""What a step asks with its lock is a guess that is looked at: a wrong one costs a trip, no more."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from carteiro.flows.sign_in.provider.interactions import step
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.sign_in import interactions
from carteiro.storage.sign_in.interactions import Interaction
from door_parts import ANA, GOOD_PASSWORD, TENANT, Browser, Door, code_of, method, proven, wrong


async def rewritten(door: Door, browser: Browser, old: str, new: str) -> None:
    """The stored record reads otherwise."""

    async def work(tx: Transaction, found: Interaction) -> None:
        text = json.dumps(found.record, separators=(",", ":")).replace(old, new)
        call = interactions.saving(TENANT, browser.uid, json.loads(text))
        await tx.together(call)

    await step(door.world, TENANT, browser.uid, work)


@pytest.mark.parametrize("odd", ["a\\u0000b", "\\\\u0000"], ids=["nul", "no nul"])
async def test_a_record_that_the_database_cannot_read_signs_in_all_the_same(
    door: Door, odd: str
) -> None:
    person = await door.person(primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    proof = await proven(door, browser)
    template = '"templateType":"SignIn"'
    await rewritten(door, browser, template, f'{template},"odd":"{odd}"')

    identified = await browser.identify(proof)
    await rewritten(door, browser, template, f'{template},"odd":"{odd}"')
    done = await browser.submit()

    assert identified.status_code == 204, identified.text
    assert done.status_code == 200, done.text
    assert person.id


async def test_an_address_that_changed_hands_names_its_new_owner(door: Door) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    old = await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    proof = (await browser.password()).json()["verificationId"]

    async def work(tx: Transaction) -> None:
        row = await users.lock(tx, TENANT, old.id)
        assert row is not None
        await users.update(tx, replace(row, primary_email="old@example.com"))

    await door.world.database.write(work)
    await door.person(GOOD_PASSWORD, primary_email=ANA)

    answer = await browser.identify(proof)

    assert code_of(answer)[0] >= 400
    assert "userId" not in await browser.record()


async def test_tries_at_once_never_get_past_a_lock(door: Door) -> None:
    await door.settings(sentinelPolicy={"maxAttempts": 3, "lockoutDuration": 60})
    await door.person(primary_email=ANA)
    browsers = [await door.browser() for _ in range(6)]
    proofs = []
    for browser in browsers:
        await browser.begin()
        proofs.append(await _sent(browser))
    code = await door.code()

    answers = await asyncio.gather(
        *(
            browser.verify(proof, wrong(code))
            for browser, proof in zip(browsers, proofs, strict=True)
        )
    )
    right = await browsers[-1].verify(proofs[-1], code)

    locked = (400, "session.verification_blocked_too_many_attempts")
    assert [code_of(answer) for answer in answers].count(locked) == 4
    assert code_of(right) == locked


async def _sent(browser: Browser) -> str:
    answer = await browser.send()
    assert answer.status_code == 200, answer.text
    proof: str = answer.json()["verificationId"]
    return proof
