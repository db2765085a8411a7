"""What a magic link opens, and for whom: its own address, in a tenant where nobody registers."""

from __future__ import annotations

from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import members
from door_parts import (
    ANA,
    BY_CODE,
    GOOD_PASSWORD,
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


async def linked(door: Door, event: str, **context: object) -> tuple[Browser, str]:
    """A browser that has used a link to Ana's address, and the proof."""
    browser = await door.browser()
    await browser.begin(event)
    body = {"identifier": email(), "token": await door.link(**context)}
    answer = await browser.call("POST", "/verification/one-time-token/verify", body)
    return browser, proof_of(answer)


async def test_a_link_registers_nobody_but_whom_it_was_sent_to(door: Door) -> None:
    browser, link = await linked(door, "Register")
    other = await proven(door, browser, "Register", BO)
    await door.settings(signInMode="SignIn")

    refused, made = await browser.identify(other), await browser.identify(link)

    assert code_of(refused) == (403, "auth.forbidden")
    assert code_of(made) == (201, None)


async def test_another_address_does_not_join_what_the_link_says(door: Door) -> None:
    await door.settings(
        signUp={
            "identifiers": ["email"],
            "password": False,
            "verify": True,
            "secondaryIdentifiers": [{"identifier": "username"}],
        }
    )
    made = await create_organization(door.world, TENANT, {"name": "Org"})
    browser, link = await linked(door, "Register", jitOrganizationIds=[made.id])
    missing = await browser.identify(link)
    other = await proven(door, browser, "Register", BO)
    await browser.call("POST", "/profile", {"type": "username", "value": "bo"})

    answer = await browser.identify(other)
    account = (await browser.record())["userId"]

    async def work(tx: Transaction) -> bool:
        return await members.has(tx, TENANT, made.id, account)

    assert code_of(missing) == (422, "user.missing_profile")
    assert code_of(answer) == (201, None)
    assert not await door.world.database.read(work)


async def test_a_link_spares_nobody_else_a_captcha(door: Door) -> None:
    await door.settings(
        captchaPolicy={"enabled": True},
        signIn={"methods": [method("email", password=True, code=True)]},
    )
    await door.person(GOOD_PASSWORD, primary_email=BO)
    await door.person(primary_email=ANA)
    browser, _ = await linked(door, "SignIn")
    owner, own = await linked(door, "SignIn")

    sent = await browser.send(to=BO)
    await browser.identify(proof_of(await browser.password(value=BO)))
    submitted = await browser.submit()
    await owner.identify(own)

    assert code_of(sent) == code_of(submitted) == (422, "session.captcha_required")
    assert code_of(await owner.send()) == code_of(await owner.submit()) == (200, None)


async def test_where_nobody_registers_strangers_get_no_mail(door: Door) -> None:
    await door.settings(**BY_CODE, signInMode="SignIn")
    await door.person(primary_email=ANA)
    browser = await door.browser()
    await browser.begin("Register")
    answers = {}

    for to in (ANA, BO):
        sent = await browser.send("Register", to)
        tried = await browser.verify(proof_of(sent), wrong(await door.code()), to)
        answers[to] = (sent.status_code, sorted(sent.headers), code_of(tried))

    assert answers[ANA] == answers[BO]
    assert {str(mail.to) for mail in await door.mails()} == {ANA}


async def test_where_nobody_registers_whoever_has_a_link_gets_a_code(door: Door) -> None:
    await door.settings(signInMode="SignIn")
    browser, _ = await linked(door, "Register")

    await browser.send("Register", BO)
    await browser.send("Register", ANA)

    assert [str(mail.to) for mail in await door.mails()] == [ANA]
