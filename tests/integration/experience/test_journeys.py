"""Whole ways through the door: sign in, register, reset a password, by each kind of proof."""

from __future__ import annotations

import json
from typing import Any

from carteiro.flows.backend.one_time_link import NewToken, create_token
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import interactions
from door_parts import (
    ANA,
    GOOD_PASSWORD,
    ORIGIN,
    TENANT,
    Browser,
    Door,
    code_of,
    method,
    proof_of,
    proven,
)

RESETS = ["EmailVerificationCode"]


async def stored(door: Door, user_id: str) -> UserRow:
    async def work(tx: Transaction) -> UserRow | None:
        return await users.get(tx, TENANT, user_id)

    row = await door.world.database.read(work)
    assert row is not None
    return row


async def signed_in_as(door: Door, browser: Browser) -> str | None:
    async def work(tx: Transaction) -> interactions.Interaction | None:
        return await interactions.get(tx, TENANT, browser.uid, door.clock.now())

    found = await door.world.database.read(work)
    assert found is not None
    return found.account_id


async def kept_record(door: Door, browser: Browser) -> Any:
    async def work(tx: Transaction) -> interactions.Interaction | None:
        return await interactions.get(tx, TENANT, browser.uid, door.clock.now())

    found = await door.world.database.read(work)
    assert found is not None
    return found.record


async def test_a_code_signs_somebody_in(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    browser = await door.browser()

    assert (await browser.begin()).status_code == 204
    proof = await proven(door, browser)
    assert (await browser.identify(proof)).status_code == 204
    answer = await browser.submit()

    assert answer.json() == {"redirectTo": f"{ORIGIN}/oidc/auth/{browser.uid}"}
    assert await signed_in_as(door, browser) == user.id
    assert (await stored(door, user.id)).last_sign_in_at == door.clock.now()


async def test_a_code_registers_somebody(door: Door) -> None:
    browser = await door.browser()

    await browser.begin("Register")
    proof = await proven(door, browser, "Register")
    made = await browser.identify(proof)
    answer = await browser.submit()

    assert (made.status_code, made.text) == (201, "Created")
    assert answer.status_code == 200
    account = await signed_in_as(door, browser)
    assert account is not None
    row = await stored(door, account)
    assert row.primary_email == ANA
    assert json.loads(row.logto_config) == {"mfa": {"enabled": False}}


async def test_a_password_signs_somebody_in(door: Door) -> None:
    await door.settings(signIn={"methods": [method("username", password=True)]})
    await door.settings(signUp={"identifiers": ["username"], "password": True, "verify": False})
    user = await door.person(GOOD_PASSWORD, username="ana")
    browser = await door.browser()

    await browser.begin()
    proof = proof_of(await browser.password(value="ana", kind="username"))
    assert (await browser.identify(proof)).status_code == 204
    answer = await browser.submit()

    assert answer.status_code == 200
    assert await signed_in_as(door, browser) == user.id


async def test_a_user_name_with_a_password_registers(door: Door) -> None:
    await door.settings(signIn={"methods": [method("username", password=True)]})
    await door.settings(signUp={"identifiers": ["username"], "password": True, "verify": False})
    browser = await door.browser()

    await browser.begin("Register")
    body = {"identifier": {"type": "username", "value": "bo"}, "password": GOOD_PASSWORD}
    proof = proof_of(await browser.call("POST", "/verification/new-password-identity", body))
    assert (await browser.identify(proof)).status_code == 201
    assert (await browser.submit()).status_code == 200

    assert "argon2" not in json.dumps(await kept_record(door, browser))
    again = await door.browser()
    await again.begin()
    assert (await again.password(value="bo", kind="username")).status_code == 200


async def test_a_forgotten_password_is_reset(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=RESETS,
    )
    user = await door.person("an-Old9-password", primary_email=ANA)
    browser = await door.browser()

    await browser.begin("ForgotPassword")
    proof = await proven(door, browser, "ForgotPassword")
    assert (await browser.identify(proof)).status_code == 204
    early = await browser.submit()
    chosen = await browser.call("PUT", "/profile/password", {"password": GOOD_PASSWORD})
    answer = await browser.submit()

    assert code_of(early) == (422, "user.new_password_required_in_profile")
    assert chosen.status_code == 204
    assert (answer.status_code, answer.content) == (204, b"")
    assert await signed_in_as(door, browser) is None
    assert (await stored(door, user.id)).password_updated_at == door.clock.now()
    again = await door.browser()
    await again.begin()
    assert (await again.password(GOOD_PASSWORD)).status_code == 200
    assert code_of(await again.password("an-Old9-password")) == (
        422,
        "session.invalid_credentials",
    )


async def test_a_magic_link_registers_where_nobody_else_may(door: Door) -> None:
    await door.settings(signInMode="SignIn")
    token = await create_token(door.world, TENANT, NewToken(email=ANA))
    browser = await door.browser()

    await browser.begin()
    body = {"identifier": {"type": "email", "value": ANA}, "token": token.value}
    proof = proof_of(await browser.call("POST", "/verification/one-time-token/verify", body))
    unknown = await browser.identify(proof)
    turned = await browser.call("PUT", "/interaction-event", {"interactionEvent": "Register"})
    made = await browser.identify(proof)

    assert code_of(unknown) == (404, "user.user_not_exist")
    assert unknown.json()["data"] == {"identifier": ANA}
    assert (turned.status_code, made.status_code) == (204, 201)
    assert (await browser.submit()).status_code == 200


async def test_what_is_missing_is_asked_for_and_given(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        signUp={
            "identifiers": ["email"],
            "password": True,
            "verify": True,
            "secondaryIdentifiers": [{"identifier": "username"}],
        },
    )
    browser = await door.browser()

    await browser.begin("Register")
    proof = await proven(door, browser, "Register")
    early = await browser.identify(proof)
    await browser.call("POST", "/profile", {"type": "username", "value": "ana"})
    await browser.call("POST", "/profile", {"type": "password", "value": GOOD_PASSWORD})
    made = await browser.identify()

    assert code_of(early) == (422, "user.missing_profile")
    assert early.json()["data"] == {"missingProfile": ["username", "password"]}
    assert made.status_code == 201
    assert (await browser.submit()).status_code == 200


async def test_a_second_factor_by_mail_is_asked_for(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("username", password=True)]},
        signUp={"identifiers": ["username"], "password": True, "verify": False},
        mfa={"factors": ["EmailVerificationCode"], "policy": "Mandatory"},
    )
    user = await door.person(GOOD_PASSWORD, username="ana", primary_email="ana.lima@example.com")
    browser = await door.browser()

    await browser.begin()
    proof = proof_of(await browser.password(value="ana", kind="username"))
    await browser.identify(proof)
    refused = await browser.submit()
    sent = await browser.call(
        "POST", "/verification/mfa-verification-code", {"identifierType": "email"}
    )
    second = {
        "identifierType": "email",
        "verificationId": proof_of(sent),
        "code": await door.code("ana.lima@example.com"),
    }
    await browser.call("POST", "/verification/mfa-verification-code/verify", second)
    answer = await browser.submit()

    assert code_of(refused) == (403, "session.mfa.require_mfa_verification")
    assert refused.json()["data"] == {
        "availableFactors": ["EmailVerificationCode"],
        "maskedIdentifiers": {"EmailVerificationCode": "ana.****@example.com"},
    }
    assert answer.status_code == 200
    assert await signed_in_as(door, browser) == user.id
