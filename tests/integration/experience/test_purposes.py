"""A code is good for what it was asked for: the matrix of all purposes over HTTP."""

from __future__ import annotations

from door_parts import ANA, GOOD_PASSWORD, Browser, Door, by_code, code_of, method, proof_of

BO = "bo@example.com"
PURPOSES = ("SignIn", "Register", "ForgotPassword", "BindMfa")
FAILED = (400, "session.verification_failed")


async def proven_for(door: Door, browser: Browser, purpose: str, to: str) -> str:
    """A proof by a code of this type, in whatever interaction it is asked for."""
    event = "SignIn" if purpose == "BindMfa" else purpose
    proof = proof_of(await browser.send(event, to))
    mail = (await door.mails())[-1]
    assert (mail.type, str(mail.to)) == (purpose, to)
    assert (await browser.verify(proof, mail.payload["code"], to)).status_code == 200
    return proof


async def test_a_code_identifies_only_for_what_it_was_asked_for(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    found: dict[tuple[str, str], tuple[int, str | None]] = {}

    for event in PURPOSES[:3]:
        for purpose in PURPOSES[:3]:
            browser = await door.browser()
            await browser.begin(event)
            to = f"{event}-{purpose}@example.com".lower() if event == "Register" else ANA
            proof = await proven_for(door, browser, purpose, ANA if purpose != event else to)
            found[event, purpose] = code_of(await browser.identify(proof))

    taken = (422, "user.email_already_in_use")
    assert found == {
        ("SignIn", "SignIn"): (204, None),
        ("SignIn", "Register"): (204, None),
        ("SignIn", "ForgotPassword"): FAILED,
        ("Register", "SignIn"): taken,
        ("Register", "Register"): (201, None),
        ("Register", "ForgotPassword"): FAILED,
        ("ForgotPassword", "SignIn"): FAILED,
        ("ForgotPassword", "Register"): FAILED,
        ("ForgotPassword", "ForgotPassword"): (204, None),
    }


async def test_a_code_that_binds_an_address_identifies_nobody(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("email", code=True)]},
        signUp={"identifiers": ["username"], "password": False, "verify": False},
    )
    await door.person(primary_email=ANA, username="ana")
    browser = await by_code(door)

    proof = await proven_for(door, browser, "BindMfa", ANA)

    assert code_of(await browser.identify(proof)) == FAILED


async def test_a_code_that_resets_a_password_adds_no_address(door: Door) -> None:
    await door.settings(forgotPasswordMethods=["EmailVerificationCode"])
    await door.person(primary_email=BO)
    browser = await door.browser()
    await browser.begin("Register")
    proof = await proven_for(door, browser, "ForgotPassword", BO)
    body = {"type": "email", "verificationId": proof}

    assert code_of(await browser.call("POST", "/profile", body)) == FAILED
