"""Somebody turns to another event, or begins anew: what was asked of them is asked of them still."""

from __future__ import annotations

import pytest

from carteiro.experience.settings import MfaPolicy
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members
from carteiro.storage.sign_in import interactions
from carteiro.storage.sign_in.interactions import Interaction
from door_parts import ANA, TENANT, Browser, Door, by_code, code_of, email, proof_of, proven

BO = "bo@example.com"


async def stored(door: Door, browser: Browser) -> Interaction:
    async def work(tx: Transaction) -> Interaction | None:
        return await interactions.get(tx, TENANT, browser.uid, door.clock.now())

    found = await door.world.database.read(work)
    assert found is not None
    return found


async def turn(browser: Browser, event: str) -> None:
    answer = await browser.call("PUT", "/interaction-event", {"interactionEvent": event})
    assert answer.status_code == 204, answer.text


async def test_whoever_turns_to_registering_is_asked_what_whoever_signs_in_is(door: Door) -> None:
    found: dict[str, tuple[object, object]] = {}

    for number, policy in enumerate(MfaPolicy):
        to = f"person{number}@example.com"
        await door.person(primary_email=to)
        adaptive = policy.startswith("Prompt") and policy.endswith("Mandatory")
        await door.settings(
            mfa={"factors": ["Totp"], "policy": policy.value}, adaptiveMfa={"enabled": adaptive}
        )
        straight, turned = await by_code(door, to), await by_code(door, to)
        await turn(turned, "Register")
        found[policy] = code_of(await straight.submit()), code_of(await turned.submit())

    assert {turned for _, turned in found.values()} >= {(422, "user.missing_mfa"), (200, None)}
    assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}


async def test_hooks_hear_of_a_registration_from_whoever_registered(door: Door) -> None:
    await door.listen("PostRegister", "PostSignIn")
    await door.person(primary_email=ANA)
    known = await by_code(door)
    await turn(known, "Register")
    newcomer = await door.browser()
    await newcomer.begin("Register")
    await newcomer.identify(await proven(door, newcomer, "Register", BO))
    await turn(newcomer, "SignIn")

    answers = [(await one.submit()).status_code for one in (known, newcomer)]

    assert answers == [200, 200]
    told = {body["event"]: body["user"]["primaryEmail"] for body in await door.told()}
    assert told == {"PostSignIn": ANA, "PostRegister": BO}


async def test_whoever_signs_in_as_registering_is_not_asked_for_what_newcomers_are(
    door: Door,
) -> None:
    await door.settings(signUpProfileFields=[{"name": "team"}])
    await door.person(primary_email=ANA)
    browser = await by_code(door)
    await turn(browser, "Register")

    assert (await browser.submit()).status_code == 200


async def test_whoever_begins_anew_is_signed_in_no_more(door: Door) -> None:
    await door.person(primary_email=ANA)
    browser = await by_code(door)
    await browser.submit()
    before = await stored(door, browser)

    await browser.begin()
    after = await stored(door, browser)

    assert (before.account_id, before.submitted_at) != (None, None)
    assert (after.account_id, after.submitted_at) == (None, None)


async def test_a_submit_after_beginning_anew_asks_for_all_of_it_again(door: Door) -> None:
    await door.person(primary_email=ANA)
    browser = await by_code(door)
    await browser.submit()
    await door.settings(mfa={"factors": ["Totp"], "policy": "Mandatory"})

    await browser.begin()
    await browser.identify(await proven(door, browser))

    refused = await browser.submit()
    assert code_of(refused) == (422, "user.missing_mfa")


@pytest.mark.parametrize("anew", [True, False], ids=["begun anew", "gone on"])
async def test_what_a_link_brings_after_a_submit_counts_from_the_next_one_on(
    door: Door, *, anew: bool
) -> None:
    user = await door.person(primary_email=ANA)
    made = await create_organization(door.world, TENANT, {"name": "Org"})
    browser = await by_code(door)
    await browser.submit()
    if anew:
        await browser.begin()
    body = {"identifier": email(), "token": await door.link(jitOrganizationIds=[made.id])}
    proof = proof_of(await browser.call("POST", "/verification/one-time-token/verify", body))
    await browser.identify(proof)

    assert (await browser.submit()).status_code == 200
    joined = await door.world.database.read(lambda tx: members.has(tx, TENANT, made.id, user.id))
    assert joined
