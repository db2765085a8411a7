"""What strangers do not learn: who gets no mail, what a code was, which password somebody had."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.flows.administer.mail.suppressions import suppress
from carteiro.model.kinds import TemplateType
from door_parts import (
    ANA,
    GOOD_PASSWORD,
    TENANT,
    Browser,
    Door,
    by_code,
    code_of,
    method,
    proof_of,
    proven,
    wrong,
)

BO = "bo@example.com"
MISSING = (400, "verification_code.not_found")


async def test_a_recipient_who_gets_no_mail_is_answered_as_anybody_at_the_door(door: Door) -> None:
    await suppress(door.world, TENANT, BO, note=None, expires_at=None)
    answers = {}

    for to in (ANA, BO):
        browser = await door.browser()
        await browser.begin()
        sent = [await browser.send(to=to) for _ in range(11)]
        tried = await browser.verify(proof_of(sent[9]), wrong(await door.code()), to)
        answers[to] = ([code_of(one) for one in sent], sorted(sent[0].headers), code_of(tried))

    assert answers[ANA] == answers[BO]
    assert answers[ANA][2] == (400, "verification_code.code_mismatch")
    assert {str(mail.to) for mail in await door.mails()} == {ANA}


async def test_a_mail_to_whoever_gets_none_takes_as_long_as_another_lately_did(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await suppress(door.world, TENANT, BO, note=None, expires_at=None)
    connector = (await door.world.workspaces.of(TENANT)).email
    assert connector is not None
    connector.gate.lately.took(0.25, TemplateType.SIGN_IN)
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(door.world.courier, "_wait", wait)
    browser = await door.browser()
    await browser.begin()

    answer = await browser.send(to=BO)

    assert answer.status_code == 200
    assert waits == [0.25]


async def test_whoever_is_identified_is_told_that_they_get_no_mail(door: Door) -> None:
    await door.person(primary_email=ANA)
    browser = await by_code(door)
    await suppress(door.world, TENANT, BO, note=None, expires_at=None)

    assert (await browser.send(to=BO)).json()["code"] == "message.recipient_suppressed"


async def test_no_code_is_no_try_of_it(door: Door) -> None:
    browser = await door.browser()
    await browser.begin("Register")
    await door.settings(verificationCodePolicy={"maxRetryAttempts": 1})
    proof = proof_of(await browser.send("Register"))
    absent = {"identifier": {"type": "email", "value": ANA}, "verificationId": proof}
    path = "/verification/verification-code/verify"

    answers = [await browser.verify(proof, ""), await browser.call("POST", path, absent)]

    assert [code_of(one) for one in answers] == [MISSING] * 2
    assert (await browser.verify(proof, await door.code())).status_code == 200


async def test_a_second_factor_without_a_code_is_not_found(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("username", password=True)]},
        signUp={"identifiers": ["username"], "password": True, "verify": False},
        mfa={"factors": ["EmailVerificationCode"], "policy": "Mandatory"},
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA, username="ana")
    browser = await door.browser()
    await browser.begin()
    await browser.identify(proof_of(await browser.password(value="ana", kind="username")))
    path = "/verification/mfa-verification-code"
    proof = proof_of(await browser.call("POST", path, {"identifierType": "email"}))
    body = {"identifierType": "email", "verificationId": proof}

    assert code_of(await browser.call("POST", f"{path}/verify", body)) == MISSING


def choose(browser: Browser, password: str) -> Any:
    return browser.call("PUT", "/profile/password", {"password": password})


async def test_nobody_compares_passwords_who_may_not_choose_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.settings(
        signIn={"methods": [method("email", code=True)]},
        signUp={"identifiers": ["username"], "password": True, "verify": False},
        mfa={"factors": ["PhoneVerificationCode"], "policy": "Mandatory"},
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA, primary_phone="351912345678")
    browser = await by_code(door)
    asked: list[object] = []

    async def watched(*given: object) -> bool:
        asked.append(given)
        return True

    monkeypatch.setattr(door.world.passwords, "verify", watched)
    body = {"type": "password", "value": GOOD_PASSWORD}
    answers = [
        await browser.call("POST", "/profile", body),
        await choose(browser, GOOD_PASSWORD),
    ]

    assert [code_of(one) for one in answers] == [
        (403, "session.mfa.require_mfa_verification"),
        (400, "session.invalid_interaction_type"),
    ]
    assert asked == []
    entries = await door.logged("Interaction.SignIn.Profile.Update")
    refused = {entry["error"]["code"] for entry in entries}
    assert refused == {code for _, code in map(code_of, answers)}


async def test_nobody_finds_out_a_password_by_choosing_it(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    await browser.begin("ForgotPassword")
    await browser.identify(await proven(door, browser, "ForgotPassword"))

    tried = [code_of(await choose(browser, f"{GOOD_PASSWORD}-{place}")) for place in range(9)]
    tried += [code_of(await choose(browser, GOOD_PASSWORD)) for _ in range(2)]

    assert tried == [
        *[(204, None)] * 9,
        (422, "user.same_password"),
        (400, "session.verification_blocked_too_many_attempts"),
    ]
    assert (await browser.submit()).status_code == 204


async def test_an_address_that_no_account_keeps_does_not_register(door: Door) -> None:
    long = f"{'a' * 60}@{'b' * 60}.{'c' * 20}.example"
    browser = await door.browser()
    await browser.begin("Register")

    refused = await browser.send("Register", long)
    proof = await proven(door, browser, "SignIn", long)
    made = await browser.identify(proof)
    added = await browser.call("POST", "/profile", {"type": "email", "verificationId": proof})

    assert {code_of(one) for one in (refused, made, added)} == {(400, "guard.invalid_input")}
