"""The second factor over HTTP: refusals in order, binding, skipping, suggestions, organizations."""

from __future__ import annotations

import json
from typing import Any

from carteiro.flows.administer.organizations.members import add_members
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from door_parts import GOOD_PASSWORD, TENANT, Browser, Door, code_of, method, proof_of, proven

BO = "bo.silva@example.com"
BY_NAME = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
}
MAIL = ["EmailVerificationCode"]


async def by_name(door: Door, **columns: Any) -> Browser:
    """A browser in which ana is identified by her password."""
    await door.person(GOOD_PASSWORD, username="ana", **columns)
    browser = await door.browser()
    await browser.begin()
    proof = proof_of(await browser.password(value="ana", kind="username"))
    assert (await browser.identify(proof)).status_code == 204
    return browser


def send(browser: Browser, kind: str = "email") -> Any:
    return browser.call("POST", "/verification/mfa-verification-code", {"identifierType": kind})


def verify(browser: Browser, proof: str, code: str) -> Any:
    body = {"identifierType": "email", "verificationId": proof, "code": code}
    return browser.call("POST", "/verification/mfa-verification-code/verify", body)


def mfa(browser: Browser, decision: str) -> Any:
    return browser.call("POST", f"/profile/mfa/{decision}")


def bind(browser: Browser, proof: str, kind: str = "EmailVerificationCode") -> Any:
    return browser.call("POST", "/profile/mfa", {"type": kind, "verificationId": proof})


async def config_of(door: Door, user_id: str) -> Any:
    async def work(tx: Transaction) -> Any:
        return await users.get(tx, TENANT, user_id)

    return json.loads((await door.world.database.read(work)).logto_config)


async def test_refusals_of_the_second_factor_stand_in_the_wires_order(door: Door) -> None:
    await door.settings(**BY_NAME)
    unknown, reset = await door.browser(), await door.browser()
    await unknown.begin()
    await reset.begin("ForgotPassword")
    browser = await by_name(door, primary_email=BO)
    gone = (404, "session.verification_session_not_found")
    unsupported = (400, "session.not_supported_for_forgot_password")

    assert code_of(await browser.call("POST", "/verification/mfa-verification-code", {})) == (
        400,
        "guard.invalid_input",
    )
    assert code_of(await send(unknown)) == (400, "session.identifier_not_found")
    assert code_of(await send(browser)) == (400, "session.mfa.mfa_factor_not_enabled")
    await door.settings(mfa={"factors": MAIL, "policy": "Mandatory"})
    assert code_of(await send(browser, "phone")) == (400, "session.mfa.mfa_factor_not_enabled")
    proof = proof_of(await send(browser))
    code = await door.code(BO)
    assert (await door.mails())[-1].type == "MfaVerification"
    assert code_of(await verify(browser, "nothing", code)) == gone
    assert code_of(await browser.verify(proof, code, BO)) == gone
    for decision in ("mfa-enabled", "mfa-skipped", "mfa-suggestion-skipped", "passkey-skipped"):
        assert code_of(await mfa(reset, decision)) == unsupported
        assert code_of(await mfa(unknown, decision)) == (404, "session.identifier_not_found")
        assert code_of(await mfa(browser, decision)) == (
            403,
            "session.mfa.require_mfa_verification",
        )
    refused = await browser.call("POST", "/profile", {"type": "username", "value": "x"})
    assert code_of(refused) == (403, "session.mfa.require_mfa_verification")
    assert (await verify(browser, proof, code)).status_code == 200
    assert code_of(await mfa(browser, "mfa-skipped")) == (
        422,
        "session.mfa.mfa_policy_not_user_controlled",
    )
    assert code_of(await bind(browser, proof, "Totp")) == (
        400,
        "session.mfa.mfa_factor_not_enabled",
    )
    assert (await browser.submit()).status_code == 200


async def test_an_address_is_bound_as_a_second_factor(door: Door) -> None:
    await door.settings(**BY_NAME, mfa={"factors": MAIL, "policy": "Mandatory"})
    await door.listen("User.Data.Updated", "PostSignIn")
    browser = await by_name(door)

    missing = await browser.submit()
    proof = proof_of(await browser.send("Register", BO))
    bound_early = await bind(browser, proof)
    mail = (await door.mails())[-1]
    await browser.verify(proof, await door.code(BO), BO)
    bound = await bind(browser, proof)
    answer = await browser.submit()

    assert code_of(missing) == (422, "user.missing_mfa")
    assert missing.json()["data"] == {"availableFactors": MAIL}
    assert code_of(bound_early) == (400, "session.verification_failed")
    assert mail.type == "BindMfa"
    assert mail.payload["user"]["username"] == "ana"
    assert (bound.status_code, answer.status_code) == (204, 200)
    told = {one["event"]: one for one in await door.told()}
    assert told["User.Data.Updated"]["data"]["primaryEmail"] == BO
    user_id = told["PostSignIn"]["userId"]
    assert (await config_of(door, user_id))["mfa"] == {"enabled": True}


async def test_who_skips_is_not_asked_again(door: Door) -> None:
    await door.settings(**BY_NAME, mfa={"factors": MAIL, "policy": "PromptAtSignInAndSignUp"})
    browser = await by_name(door)

    asked = await browser.submit()
    await mfa(browser, "mfa-skipped")
    answer = await browser.submit()

    assert code_of(asked) == (422, "user.suggest_mfa")
    assert "data" not in asked.json()
    assert answer.status_code == 200
    again = await door.browser()
    await again.begin()
    proof = proof_of(await again.password(value="ana", kind="username"))
    await again.identify(proof)
    assert (await again.submit()).status_code == 200


async def test_an_organization_may_want_a_second_factor(door: Door) -> None:
    await door.settings(
        **BY_NAME,
        mfa={"factors": MAIL, "policy": "NoPrompt", "organizationRequiredMfaPolicy": "Mandatory"},
    )
    browser = await by_name(door)
    account = (await browser.record())["userId"]
    made = await create_organization(door.world, TENANT, {"name": "Org", "is_mfa_required": True})
    await add_members(door.world, TENANT, made.id, [account])

    refused, skipped = await browser.submit(), await mfa(browser, "mfa-skipped")

    assert code_of(refused) == (422, "user.missing_mfa")
    assert refused.json()["data"] == {"availableFactors": MAIL}
    assert code_of(skipped) == (422, "session.mfa.mfa_policy_not_user_controlled")


async def test_turning_to_registering_leads_around_no_second_factor(door: Door) -> None:
    await door.settings(**BY_NAME, mfa={"factors": MAIL, "policy": "Mandatory"})
    browser = await by_name(door, primary_email=BO)

    await browser.call("PUT", "/interaction-event", {"interactionEvent": "Register"})
    answer = await browser.submit()
    made = await browser.identify()

    assert code_of(answer) == (403, "session.mfa.require_mfa_verification")
    assert code_of(made) == (409, "session.identity_conflict")


async def test_a_code_for_another_purpose_is_no_second_factor(door: Door) -> None:
    await door.settings(**BY_NAME, mfa={"factors": MAIL, "policy": "Mandatory"})
    browser = await by_name(door, primary_email=BO)

    await proven(door, browser, "SignIn", BO)

    assert code_of(await browser.submit()) == (403, "session.mfa.require_mfa_verification")
