"""Every refusal of the Experience API, route by route, in the order in which the wire has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from carteiro import secrets
from carteiro.flows.administer.people.users import suspend_user
from carteiro.flows.administer.tenant.settings import put_captcha_provider
from carteiro.flows.backend.one_time_link import NewToken, create_token, set_token_status
from carteiro.storage.mail.one_time_tokens import TokenStatus
from door_parts import (
    ANA,
    GOOD_PASSWORD,
    HOUR,
    TENANT,
    Browser,
    Door,
    code_of,
    email,
    method,
    proof_of,
    proven,
    wrong,
)

BO = "bo@example.com"
NOBODY = secrets.standard_id()
INVALID = (400, "guard.invalid_input")
NO_PROOF = (404, "session.verification_session_not_found")
PASSWORDS = {"signIn": {"methods": [method("email", password=True, code=True)]}}


async def knock(door: Door, event: str = "SignIn") -> Browser:
    browser = await door.browser()
    assert (await browser.begin(event)).status_code == 204
    return browser


async def identified(door: Door, to: str = ANA) -> Browser:
    browser = await knock(door)
    await browser.identify(await proven(door, browser, to=to))
    return browser


def profile(browser: Browser, kind: str, **more: Any) -> Any:
    return browser.call("POST", "/profile", {"type": kind, **more})


def event(browser: Browser, name: str) -> Any:
    return browser.call("PUT", "/interaction-event", {"interactionEvent": name})


def token(browser: Browser, value: str, to: str = ANA) -> Any:
    body = {"identifier": email(to), "token": value}
    return browser.call("POST", "/verification/one-time-token/verify", body)


async def refusals(calls: list[tuple[Any, tuple[int, str | None]]]) -> list[Any]:
    """The calls whose answer is another than expected: their place, answer and expectation."""
    off = []
    for place, (call, expected) in enumerate(calls):
        answer: httpx.Response = await call
        if code_of(answer) != expected:
            off.append((place, code_of(answer), expected, answer.text[:300]))
    return off


STEPS: list[tuple[str, str, Any]] = [
    ("PUT", "/interaction-event", {"interactionEvent": "Register"}),
    ("GET", "/interaction", None),
    ("POST", "/identification", {}),
    ("POST", "/profile", {"type": "username", "value": "ana"}),
    ("PUT", "/profile/password", {"password": "x"}),
    ("POST", "/profile/mfa", {"type": "EmailVerificationCode", "verificationId": "x"}),
    ("POST", "/profile/mfa/mfa-enabled", None),
    ("POST", "/profile/mfa/mfa-skipped", None),
    ("POST", "/profile/mfa/mfa-suggestion-skipped", None),
    ("POST", "/profile/mfa/passkey-skipped", None),
    ("POST", "/submit", None),
    ("GET", "/sso-connectors?email=a@b.co", None),
    (
        "POST",
        "/verification/verification-code",
        {"identifier": email(), "interactionEvent": "SignIn"},
    ),
    (
        "POST",
        "/verification/verification-code/verify",
        {"identifier": email(), "verificationId": "x", "code": "000000"},
    ),
    ("POST", "/verification/password", {"identifier": email(), "password": "x"}),
    (
        "POST",
        "/verification/new-password-identity",
        {"identifier": {"type": "username", "value": "ana"}, "password": "x"},
    ),
    ("POST", "/verification/one-time-token/verify", {"identifier": email(), "token": "x"}),
    ("POST", "/verification/mfa-verification-code", {"identifierType": "email"}),
    (
        "POST",
        "/verification/mfa-verification-code/verify",
        {"identifierType": "email", "verificationId": "x", "code": "000000"},
    ),
    ("POST", "/verification/totp/secret", None),
    ("POST", "/verification/social/x/authorization-uri", {}),
    ("POST", "/user-assets/avatar", None),
]


async def test_no_step_without_an_interaction_that_lives(door: Door) -> None:
    stranger = replace(
        await door.browser(),
        client=httpx.AsyncClient(
            transport=httpx.ASGITransport(app=door.app), base_url="http://carteiro.test"
        ),
    )
    late, gone = await knock(door), (400, "session.not_found")
    unbegun, unfound = await door.browser(), (404, "session.interaction_not_found")
    first = ("PUT", "", {"interactionEvent": "SignIn"})
    without = [(stranger.call(*step), gone) for step in [first, *STEPS]]
    before = [(unbegun.call(*step), unfound) for step in STEPS]
    shapeless = [
        (unbegun.call(verb, path, {"x": 1}), unfound) for verb, path, body in STEPS if body
    ]

    off = [*await refusals(without), *await refusals(before), *await refusals(shapeless)]
    door.clock.advance(milliseconds=HOUR + 1)
    off += await refusals([(late.call(*step), gone) for step in [first, *STEPS]])

    assert off == []


async def test_beginning_and_turning(door: Door) -> None:
    await put_captcha_provider(
        door.world, TENANT, {"type": "Turnstile", "siteKey": "k", "secretKey": "s"}
    )
    browser, reset = await knock(door), await knock(door, "ForgotPassword")
    mixed = (400, "session.not_supported_for_forgot_password")

    off = await refusals(
        [
            (browser.call("PUT", "", {}), INVALID),
            (browser.begin("Other"), INVALID),
            (browser.begin("SignIn", captchaToken=""), (422, "session.captcha_failed")),
            (event(browser, "Other"), INVALID),
            (event(browser, "ForgotPassword"), mixed),
            (event(reset, "SignIn"), mixed),
            (event(browser, "Register"), (204, None)),
        ]
    )
    await door.settings(signInMode="SignIn")
    off += await refusals([(event(browser, "Register"), (403, "auth.forbidden"))])
    await door.settings(signInMode="Register")
    off += await refusals([(event(browser, "SignIn"), (403, "auth.forbidden"))])

    assert off == []


async def test_sending_a_code(door: Door) -> None:
    browser = await knock(door)
    sent = ("POST", "/verification/verification-code")
    long = f"{'a' * 250}@example.com"

    off = await refusals(
        [
            (browser.call(*sent, {}), INVALID),
            (browser.send("SignIn", "no address"), INVALID),
            (browser.send("SignIn", long), INVALID),
            (browser.send("Other"), INVALID),
            (
                browser.call(
                    *sent,
                    {
                        "identifier": {"type": "username", "value": "a"},
                        "interactionEvent": "SignIn",
                    },
                ),
                INVALID,
            ),
            (
                browser.call(
                    *sent,
                    {
                        "identifier": {"type": "phone", "value": "351912345678"},
                        "interactionEvent": "SignIn",
                    },
                ),
                (501, "connector.not_found"),
            ),
        ]
    )
    await door.settings(emailBlocklistPolicy={"customBlocklist": ["@example.com"]})
    blocked = (422, "session.email_blocklist.email_not_allowed")
    off += await refusals(
        [(browser.send("Register"), blocked), (browser.send("SignIn"), (200, None))]
    )
    await door.settings(captchaPolicy={"enabled": True})
    off += await refusals([(browser.send("Register"), (422, "session.captcha_required"))])

    assert off == []


async def test_the_eleventh_code_in_ten_minutes_waits(door: Door) -> None:
    await door.listen("Message.RateLimited")
    browser = await knock(door)
    answers = [(await browser.send("ForgotPassword")).status_code for _ in range(10)]

    last = await browser.send("ForgotPassword")

    assert answers == [200] * 10
    assert code_of(last) == (429, "request.message_rate_limited")
    assert int(last.headers["retry-after"]) == 600
    assert await door.mails() == []
    (told,) = await door.told()
    assert (told["action"], told["recipient"]) == ("VerificationCodeSend", ANA)


async def test_verifying_a_code(door: Door) -> None:
    await door.person(primary_email=ANA)
    browser = await knock(door)
    older = proof_of(await browser.send())
    proof = proof_of(await browser.send())
    code = await door.code()
    unknown = (400, "verification_code.not_found")
    mismatch = (400, "verification_code.code_mismatch")

    off = await refusals(
        [
            (browser.call("POST", "/verification/verification-code/verify", {}), INVALID),
            (browser.verify(NOBODY, code), NO_PROOF),
            (browser.verify(older, code), NO_PROOF),
            (browser.verify(proof, code, BO), (400, "verification_code.email_mismatch")),
            (browser.verify(proof, code, ANA.upper()), (400, "verification_code.email_mismatch")),
            (browser.verify(proof, wrong(code)), mismatch),
            (browser.verify(proof, "letters"), mismatch),
            (browser.verify(proof, code), (200, None)),
            (browser.verify(proof, code), unknown),
        ]
    )
    late = proof_of(await browser.send())
    door.clock.advance(601)
    off += await refusals(
        [(browser.verify(late, await door.code()), (400, "verification_code.expired"))]
    )
    await door.settings(verificationCodePolicy={"maxRetryAttempts": 1})
    worn = proof_of(await browser.send())
    code = await door.code()
    off += await refusals(
        [
            (browser.verify(worn, wrong(code)), mismatch),
            (browser.verify(worn, code), (400, "verification_code.exceed_max_try")),
        ]
    )

    assert off == []


async def test_verifying_a_password(door: Door) -> None:
    await door.settings(**PASSWORDS)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    gone = await door.person(GOOD_PASSWORD, primary_email=BO)
    await suspend_user(door.world, TENANT, gone.id, suspended=True)
    browser = await knock(door)
    no = (422, "session.invalid_credentials")
    path = ("POST", "/verification/password")

    off = await refusals(
        [
            (browser.call(*path, {"identifier": email(), "password": ""}), INVALID),
            (browser.password(kind="userId"), INVALID),
            (browser.password("wrong"), no),
            (browser.password(value="nobody@example.com"), no),
            (browser.password("wrong", BO), no),
            (browser.password(value=BO), (401, "user.suspended")),
            (browser.password(), (200, None)),
        ]
    )
    await door.settings(
        passwordExpiration={"enabled": True, "validPeriodDays": 1},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    door.clock.advance(86_401)
    late = await knock(door)
    off += await refusals([(late.password(), (422, "password.expired"))])

    assert off == []
    assert (await late.record())["verificationRecords"] == []


async def test_a_lock_overrides_the_right_answer(door: Door) -> None:
    await door.settings(**PASSWORDS, sentinelPolicy={"maxAttempts": 2, "lockoutDuration": 10})
    await door.listen("Identifier.Lockout")
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await knock(door)
    proof = proof_of(await browser.send())
    locked = (400, "session.verification_blocked_too_many_attempts")

    off = await refusals(
        [
            (browser.password("wrong"), (422, "session.invalid_credentials")),
            (browser.password("wrong"), locked),
            (browser.password(), locked),
            (browser.verify(proof, await door.code()), locked),
        ]
    )
    door.clock.advance(601)
    off += await refusals([(browser.password(), (200, None))])

    assert off == []
    told = await door.told()
    assert [(one["type"], one["value"]) for one in told] == [("email", ANA)] * 3
    assert {one["interactionEvent"] for one in told} == {"SignIn"}


async def test_bringing_a_user_name(door: Door) -> None:
    await door.person(username="ana")
    browser = await knock(door, "Register")
    path = ("POST", "/verification/new-password-identity")

    def bring(name: str, password: str, kind: str = "username") -> Any:
        body = {"identifier": {"type": kind, "value": name}, "password": password}
        return browser.call(*path, body)

    off = await refusals(
        [
            (bring("a@b.co", "x", "email"), INVALID),
            (bring("ana", "x"), (422, "user.username_already_in_use")),
            (bring("bo", "x"), (422, "password.rejected")),
            (bring("1bo", GOOD_PASSWORD), (200, None)),
        ]
    )
    refused = await bring("bo", "x")

    assert off == []
    assert refused.json()["data"][0]["code"] == "password_rejected.too_short"


async def test_using_a_magic_link(door: Door) -> None:
    browser = await knock(door)
    tokens = [await create_token(door.world, TENANT, NewToken(email=ANA)) for _ in range(3)]
    other = NewToken(email=ANA, context={"interactionEvent": "Register"})
    for_others = await create_token(door.world, TENANT, other)
    await set_token_status(door.world, TENANT, tokens[1].row.id, TokenStatus.REVOKED)
    away = "one_time_token."

    off = await refusals(
        [
            (browser.call("POST", "/verification/one-time-token/verify", {}), INVALID),
            (token(browser, "nothing"), (404, f"{away}token_not_found")),
            (token(browser, tokens[0].value, ANA.upper()), (400, f"{away}email_mismatch")),
            (token(browser, tokens[1].value), (400, f"{away}token_revoked")),
            (token(browser, for_others.value), (400, f"{away}interaction_event_mismatch")),
            (token(browser, tokens[0].value), (200, None)),
            (token(browser, tokens[0].value), (400, f"{away}token_consumed")),
        ]
    )
    door.clock.advance(601)
    off += await refusals([(token(browser, tokens[2].value), (400, f"{away}token_expired"))])

    assert off == []
    record = await browser.record()
    assert record["captcha"] == {"verified": False, "skipped": True}
    assert [one["type"] for one in record["verificationRecords"]] == ["OneTimeToken"]


async def test_identifying_somebody(door: Door) -> None:
    await door.settings(**PASSWORDS)
    user = await door.person(GOOD_PASSWORD, primary_email=ANA)
    await door.person(primary_email="cy@example.com")
    browser = await knock(door)
    unproven = proof_of(await browser.send())
    by_password = proof_of(await browser.password())

    off = await refusals(
        [
            (browser.identify(), INVALID),
            (browser.identify(NOBODY), NO_PROOF),
            (browser.identify(unproven), (400, "session.verification_failed")),
        ]
    )
    await door.settings(signInMode="Register")
    off += await refusals([(browser.identify(unproven), (403, "auth.forbidden"))])
    await door.settings(signInMode="SignInAndRegister", signIn={"methods": []})
    not_so = (422, "user.sign_in_method_not_enabled")
    off += await refusals(
        [(browser.identify(unproven), not_so), (browser.identify(by_password), not_so)]
    )
    await door.settings(**PASSWORDS)
    nobody = await proven(door, browser, to=BO)
    off += await refusals([(browser.identify(nobody), (404, "user.user_not_exist"))])
    off += await refusals(
        [(browser.identify(by_password), (204, None)), (browser.identify(by_password), (204, None))]
    )
    third = await proven(door, browser, to="cy@example.com")
    off += await refusals([(browser.identify(third), (409, "session.identity_conflict"))])
    await suspend_user(door.world, TENANT, user.id, suspended=True)
    off += await refusals([(browser.identify(by_password), (401, "user.suspended"))])

    assert off == []


async def test_identifying_who_has_forgotten_a_password(door: Door) -> None:
    await door.settings(**PASSWORDS)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await knock(door, "ForgotPassword")
    by_password = proof_of(await browser.password())
    by_code = await proven(door, browser, "ForgotPassword")
    no_way = (422, "session.not_supported_for_forgot_password")

    off = await refusals(
        [(browser.identify(by_password), no_way), (browser.identify(by_code), no_way)]
    )
    await door.settings(forgotPasswordMethods=["EmailVerificationCode"])
    off += await refusals(
        [(browser.identify(by_password), no_way), (browser.identify(by_code), (204, None))]
    )

    assert off == []


async def test_registering(door: Door) -> None:
    await door.settings(**PASSWORDS)
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await knock(door, "Register")
    by_password = proof_of(await browser.password())
    unproven = proof_of(await browser.send("Register", BO))
    failed = (400, "session.verification_failed")

    off = await refusals(
        [
            (browser.identify(NOBODY), NO_PROOF),
            (browser.identify(by_password), failed),
            (browser.identify(unproven), failed),
        ]
    )
    await door.settings(emailBlocklistPolicy={"customBlocklist": ["@example.com"]})
    blocked = (422, "session.email_blocklist.email_not_allowed")
    off += await refusals([(browser.identify(unproven), blocked)])
    await door.settings(emailBlocklistPolicy={})
    taken = await proven(door, browser, "Register", ANA)
    off += await refusals([(browser.identify(taken), (422, "user.email_already_in_use"))])
    free = await proven(door, browser, "Register", BO)
    await door.settings(signInMode="SignIn", captchaPolicy={"enabled": True})
    off += await refusals([(browser.identify(free), (403, "auth.forbidden"))])
    await door.settings(signInMode="SignInAndRegister")
    off += await refusals([(browser.identify(free), (422, "session.captcha_required"))])
    await door.settings(
        captchaPolicy={},
        signUp={"identifiers": ["email"], "password": True, "verify": True},
    )
    off += await refusals([(browser.identify(free), (422, "user.missing_profile"))])
    await door.settings(signUp={"identifiers": ["email"], "password": False, "verify": True})
    off += await refusals(
        [
            (browser.identify(), (201, None)),
            (browser.identify(), (201, None)),
            (browser.identify(free), (201, None)),
        ]
    )

    assert off == []


async def test_whoever_is_taken_may_sign_in_with_the_same_proof(door: Door) -> None:
    user = await door.person(primary_email=ANA)
    browser = await knock(door, "Register")
    proof = await proven(door, browser, "Register")

    taken = await browser.identify(proof)
    turned = await event(browser, "SignIn")
    found = await browser.identify(proof)

    assert code_of(taken) == (422, "user.email_already_in_use")
    assert (turned.status_code, found.status_code) == (204, 204)
    assert (await browser.record())["userId"] == user.id


async def test_adding_to_the_profile(door: Door) -> None:
    await door.settings(**PASSWORDS)
    await door.settings(signUpProfileFields=[{"name": "name"}, {"name": "team"}])
    await door.person(GOOD_PASSWORD, primary_email=ANA, username="ana")
    await door.person(primary_email=BO)
    reset, unknown = await knock(door, "ForgotPassword"), await knock(door)
    browser = await identified(door)
    other = proof_of(await browser.password())
    unproven = proof_of(await browser.send("SignIn", BO))
    conflict = "custom_profile_fields.name_conflict_"

    off = await refusals(
        [
            (profile(reset, "nonsense"), INVALID),
            (profile(reset, "username"), INVALID),
            (profile(reset, "extraProfile", values={"a b": 1}), INVALID),
            (profile(reset, "extraProfile", values={"name": 1}), INVALID),
            (profile(reset, "extraProfile", values={"team": "x" * 20_000}), INVALID),
            (
                profile(reset, "username", value="cy"),
                (400, "session.not_supported_for_forgot_password"),
            ),
            (profile(unknown, "username", value="cy"), (404, "session.identifier_not_found")),
            (profile(browser, "email", verificationId=NOBODY), NO_PROOF),
            (profile(browser, "email", verificationId=other), NO_PROOF),
            (profile(browser, "phone", verificationId=unproven), NO_PROOF),
            (profile(browser, "social", verificationId=unproven), NO_PROOF),
            (
                profile(browser, "email", verificationId=unproven),
                (400, "session.verification_failed"),
            ),
            (
                profile(browser, "username", value="1"),
                (422, "user.username_exists_in_profile"),
            ),
            (profile(browser, "password", value="x"), (422, "password.rejected")),
            (profile(browser, "password", value=GOOD_PASSWORD), (422, "user.same_password")),
            (
                profile(browser, "password", value=f"{GOOD_PASSWORD}-2"),
                (422, "user.password_exists_in_profile"),
            ),
            (
                profile(
                    browser, "extraProfile", values={"preferredUsername": "a", "username": "b"}
                ),
                (400, f"{conflict}built_in_prop"),
            ),
            (
                profile(browser, "extraProfile", values={"username": "b"}),
                (400, f"{conflict}sign_in_identifier"),
            ),
            (
                profile(browser, "extraProfile", values={"name": "Ana", "plan": "paid"}),
                INVALID,
            ),
            (
                profile(browser, "extraProfile", values={"name": "Ana", "team": "red"}),
                (204, None),
            ),
        ]
    )
    proof = await proven(door, browser, "SignIn", BO)
    off += await refusals(
        [(profile(browser, "email", verificationId=proof), (422, "user.email_exists_in_profile"))]
    )
    await door.settings(emailBlocklistPolicy={"customBlocklist": ["@example.com"]})
    blocked = (422, "session.email_blocklist.email_not_allowed")
    off += await refusals([(profile(browser, "email", verificationId=proof), blocked)])

    assert off == []


async def test_what_others_have_is_refused_before_and_after_registering(door: Door) -> None:
    await door.person(primary_email=ANA, username="ana", primary_phone="351912345678")
    browser = await knock(door, "Register")
    taken = await proven(door, browser, "Register", ANA)

    off = await refusals(
        [
            (profile(browser, "username", value="ana"), (422, "user.username_already_in_use")),
            (
                profile(browser, "username", value="a" * 129),
                (422, "user.username_too_long"),
            ),
            (
                profile(browser, "username", value="1a"),
                (422, "user.username_starts_with_number"),
            ),
            (
                profile(browser, "email", verificationId=taken),
                (422, "user.email_already_in_use"),
            ),
            (profile(browser, "username", value="Ana"), (204, None)),
        ]
    )

    assert off == []


async def test_resetting_a_password(door: Door) -> None:
    await door.settings(**PASSWORDS, forgotPasswordMethods=["EmailVerificationCode"])
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser, signing_in = await knock(door, "ForgotPassword"), await knock(door)

    def choose(who: Browser, password: str = GOOD_PASSWORD) -> Any:
        return who.call("PUT", "/profile/password", {"password": password})

    off = await refusals(
        [
            (choose(browser, ""), INVALID),
            (choose(signing_in), (400, "session.invalid_interaction_type")),
            (choose(browser), (404, "session.identifier_not_found")),
        ]
    )
    await browser.identify(await proven(door, browser, "ForgotPassword"))
    off += await refusals(
        [
            (browser.submit(), (422, "user.new_password_required_in_profile")),
            (choose(browser, "x"), (422, "password.rejected")),
            (choose(browser), (422, "user.same_password")),
            (choose(browser, f"{GOOD_PASSWORD}-2"), (204, None)),
            (browser.submit(), (204, None)),
            (browser.submit(), (404, "session.interaction_not_found")),
        ]
    )

    assert off == []


async def test_submitting(door: Door) -> None:
    await door.person(primary_email=ANA)
    browser = await knock(door)

    off = await refusals([(browser.submit(), (404, "session.identifier_not_found"))])
    await door.settings(captchaPolicy={"enabled": True})
    off += await refusals([(browser.submit(), (422, "session.captcha_required"))])
    await door.settings(captchaPolicy={})
    await browser.identify(await proven(door, browser))
    await door.settings(
        signUp={
            "identifiers": ["email"],
            "password": True,
            "verify": True,
            "secondaryIdentifiers": [{"identifier": "username"}],
        }
    )
    missing = await browser.submit()

    assert off == []
    assert code_of(missing) == (422, "user.missing_profile")
    assert missing.json()["data"] == {"missingProfile": ["username", "password"]}


async def test_what_is_no_part_of_the_service(door: Door) -> None:
    await door.person(primary_email=ANA)
    browser, known = await knock(door), await identified(door)
    newcomer, reset = await knock(door, "Register"), await knock(door, "ForgotPassword")
    nobody, off_here = (
        (404, "session.identifier_not_found"),
        (400, "session.mfa.mfa_factor_not_enabled"),
    )
    picture = ("POST", "/user-assets/avatar")

    off = await refusals(
        [
            (browser.call("POST", "/verification/totp/secret"), nobody),
            (known.call("POST", "/verification/totp/verify", {"code": "1"}), off_here),
            (known.call("POST", "/verification/backup-code/generate"), off_here),
            (known.call("POST", "/verification/web-authn/registration"), off_here),
            (
                browser.call("POST", "/verification/social/abc/authorization-uri", {}),
                (404, "entity.not_found"),
            ),
            (
                browser.call("POST", "/verification/sso/abc/verify", {}),
                (404, "entity.not_found"),
            ),
            (reset.call(*picture), (400, "session.not_supported_for_forgot_password")),
            (browser.call(*picture), (400, "session.invalid_interaction_type")),
            (newcomer.call(*picture), (400, "guard.mime_type_not_allowed")),
            (browser.call("GET", "/sso-connectors?email=nothing"), INVALID),
        ]
    )
    found = await browser.call("GET", "/sso-connectors?email=a@b.co")
    legacy = await browser.client.put("/api/interaction", json={"event": "SignIn"})

    assert off == []
    assert legacy.status_code == 404
    assert found.json() == {"connectorIds": []}
