"""What is told and recorded of what goes wrong at the door, and in which order it is asked."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.connectors.captcha.contract import Verdict
from carteiro.flows.administer.access.applications import create_application
from carteiro.flows.administer.organizations.organizations import create_organization, set_domains
from carteiro.flows.administer.people.users import suspend_user
from carteiro.flows.administer.tenant.settings import put_captcha_provider
from carteiro.flows.sign_in.door import joining
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members
from carteiro.storage.sign_in import interactions
from door_parts import (
    ANA,
    GOOD_PASSWORD,
    HOUR,
    TENANT,
    Door,
    by_code,
    code_of,
    email,
    method,
    proof_of,
    wrong,
)

BY_NAME = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
    "mfa": {"factors": ["EmailVerificationCode"], "policy": "Mandatory"},
}
SECOND = "/verification/mfa-verification-code"


async def test_hooks_of_a_lock_and_of_too_many_mails_name_the_application(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        sentinelPolicy={"maxAttempts": 1},
    )
    await door.listen("Identifier.Lockout", "Message.RateLimited")
    app = await create_application(door.world, TENANT, name="Shop", is_admin=False)
    browser = await door.browser(client_id=app.id)
    await browser.begin()
    woken: list[str] = []
    monkeypatch.setattr(door.world.queue, "wake", lambda: woken.append("woken"))

    await browser.password("wrong")
    after_the_lock = len(woken)
    for _ in range(11):
        answer = await browser.send()

    assert after_the_lock == 1
    assert answer.status_code == 429
    found = {body["event"]: body for body in await door.told()}
    assert set(found) == {"Identifier.Lockout", "Message.RateLimited"}
    for body in found.values():
        assert body["application"].items() >= {"id": app.id, "name": "Shop"}.items()
        assert body["sessionId"] == browser.uid
    assert found["Message.RateLimited"]["recipient"] == ANA


async def test_the_service_s_own_applications_are_not_shown_to_hooks(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True)]},
        signUp={"identifiers": ["email"], "password": True, "verify": True},
        sentinelPolicy={"maxAttempts": 1},
    )
    await door.listen("Identifier.Lockout")
    browser = await door.browser()
    await browser.begin()

    await browser.password("wrong")

    (body,) = await door.told()
    assert "application" not in body


async def test_a_captcha_is_asked_for_nobody_who_is_not_at_the_door(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(_http: Any, _config: Any, token: str, _ip: Any) -> Verdict:
        asked.append(token)
        return Verdict(passed=token == "good", reason=None if token == "good" else "no")

    monkeypatch.setattr("carteiro.flows.guards.captcha.ask", ask)
    keys = {"type": "Turnstile", "siteKey": "site", "secretKey": "s3cret"}
    await put_captcha_provider(door.world, TENANT, keys)
    browser = await door.browser()

    failed = await browser.begin(captchaToken="bad")
    passed = await browser.begin(captchaToken="good")
    door.clock.advance(HOUR // 1000 + 1)
    late = await browser.begin(captchaToken="late")

    assert code_of(failed) == (422, "session.captcha_failed")
    assert code_of(passed) == (204, None)
    assert code_of(late) == (400, "session.not_found")
    assert asked == ["bad", "good"]
    entries = await door.logged("Interaction.Create.Captcha")
    assert sorted(entry["success"] for entry in entries) == [False, True]
    for entry in entries:
        named = (entry["interactionId"], entry["sessionId"], entry["applicationId"])
        assert named == (browser.uid, browser.uid, "demo-app")


async def test_a_second_factor_is_on_record_with_its_address_and_locks_it(door: Door) -> None:
    await door.settings(**BY_NAME, sentinelPolicy={"maxAttempts": 2})
    await door.listen("Identifier.Lockout")
    await door.person(GOOD_PASSWORD, primary_email=ANA, username="ana")
    browser = await door.browser()
    await browser.begin()
    await browser.identify(proof_of(await browser.password(value="ana", kind="username")))
    sent = await browser.call("POST", SECOND, {"identifierType": "email"})
    code = await door.code()
    proof = proof_of(sent)
    body = {"identifierType": "email", "verificationId": proof, "code": wrong(code)}

    answers = [await browser.call("POST", f"{SECOND}/verify", body) for _ in range(2)]
    bound = await browser.call(
        "POST", "/profile/mfa", {"type": "Totp", "verificationId": "some-proof"}
    )

    assert [code_of(one)[1] for one in answers] == [
        "verification_code.code_mismatch",
        "session.verification_blocked_too_many_attempts",
    ]
    assert [(told["type"], told["value"]) for told in await door.told()] == [("email", ANA)]
    entries = await door.logged("Interaction.SignIn.Verification.EmailVerificationCode.Submit")
    assert [entry["payload"] for entry in entries] == [
        {"identifier": email(), "verificationId": proof}
    ] * 2
    assert code_of(bound) == (403, "session.mfa.require_mfa_verification")
    (entry,) = await door.logged("Interaction.SignIn.BindMfa.Totp.Submit")
    assert entry["verificationId"] == "some-proof"


async def test_links_that_are_wrong_lock_an_address(door: Door) -> None:
    await door.settings(sentinelPolicy={"maxAttempts": 2})
    await door.listen("Identifier.Lockout")
    browser = await door.browser()
    await browser.begin()
    body = {"identifier": email(), "token": "nothing"}
    path = "/verification/one-time-token/verify"

    answers = [code_of(await browser.call("POST", path, body)) for _ in range(2)]

    assert answers == [
        (404, "one_time_token.token_not_found"),
        (400, "session.verification_blocked_too_many_attempts"),
    ]
    assert [(told["type"], told["value"]) for told in await door.told()] == [("email", ANA)]


@pytest.mark.parametrize("to", ["a@b..co", "a@nas.local", "a@-b.co"])
async def test_an_address_that_no_mail_goes_to_is_invalid_input(door: Door, to: str) -> None:
    browser = await door.browser()
    await browser.begin()

    answer = await browser.send(to=to)

    assert code_of(answer) == (400, "guard.invalid_input")
    assert answer.json()["data"]["issues"][0]["path"] == ["identifier", "value"]


async def test_whoever_is_suspended_on_the_way_does_not_submit(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    browser = await by_code(door)
    await suspend_user(door.world, TENANT, user.id, suspended=True)

    assert code_of(await browser.submit()) == (401, "user.suspended")

    async def work(tx: Transaction) -> interactions.Interaction | None:
        return await interactions.get(tx, TENANT, browser.uid, door.clock.now())

    found = await door.world.database.read(work)
    assert found is not None
    assert found.account_id is None


async def test_of_too_many_organizations_those_of_the_link_are_joined(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "_AT_MOST", 2)
    made = [await create_organization(door.world, TENANT, {"name": name}) for name in "abc"]
    by_domain = [made[0].id, made[1].id]
    for id_ in by_domain:
        await set_domains(door.world, TENANT, id_, ["example.com"], replacing=False)
    link = await door.link(jitOrganizationIds=[made[2].id])
    browser = await door.browser()
    await browser.begin("Register")
    body = {"identifier": email(), "token": link}
    proof = proof_of(await browser.call("POST", "/verification/one-time-token/verify", body))
    await browser.identify(proof)
    account = (await browser.record())["userId"]

    async def joined(tx: Transaction) -> list[bool]:
        return [await members.has(tx, TENANT, one.id, account) for one in made]

    found = await door.world.database.read(joined)
    assert (found[2], sum(found)) == (True, 2)
