"""What people are told of what happens at the door."""

from __future__ import annotations

from typing import Any

import httpx

from carteiro.errors import StorageUnavailable
from carteiro.flows.administer.people.users import get_user
from carteiro.flows.administer.tenant.settings import update_notices
from door_parts import ANA, GOOD_PASSWORD, TENANT, Browser, Door, method, proof_of, proven
from notice_parts import notices_sent, on_record, told

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW_PASSWORD = "another-Horse8-battery"


async def sign_in(door: Door, browser: Browser, to: str = ANA) -> httpx.Response:
    await browser.begin("SignIn")
    proof = await proven(door, browser, "SignIn", to)
    await browser.identify(proof)
    return await browser.submit()


async def choose_password(door: Door, browser: Browser, password: str = NEW_PASSWORD) -> None:
    """All of a reset but the submit."""
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        forgotPasswordMethods=["EmailVerificationCode"],
    )
    await browser.begin("ForgotPassword")
    await browser.identify(await proven(door, browser, "ForgotPassword"))
    body = {"password": password}
    assert (await browser.call("PUT", "/profile/password", body)).status_code == 204


async def reset_password(door: Door, browser: Browser) -> None:
    await choose_password(door, browser)
    assert (await browser.submit()).status_code == 204


async def test_who_gets_a_new_password_is_told_with_the_application_and_the_device(
    door: Door,
) -> None:
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser(params={"ui_locales": "de"})
    browser.headers = {"User-Agent": FIREFOX}

    await reset_password(door, browser)

    (mail,) = await notices_sent(door)
    assert (mail.type.value, str(mail.to)) == ("PasswordChanged", ANA)
    assert mail.content is not None
    assert mail.content.subject == "Ihr Passwort wurde geändert"
    assert "2027-01-15 08:00 UTC" in mail.content.text
    assert "Firefox, Windows" in mail.content.text
    assert mail.payload["application"]["name"] in mail.content.text
    assert mail.content.language == "de"


async def test_whoever_breaks_in_does_not_choose_the_language(door: Door) -> None:
    await door.person(GOOD_PASSWORD, primary_email=ANA, profile={"locale": "pt-PT"})
    browser = await door.browser(params={"ui_locales": "ja"})

    await reset_password(door, browser)

    (mail,) = await notices_sent(door)
    assert mail.content is not None
    assert mail.content.language == "pt-PT"


async def test_the_first_browser_of_a_person_is_no_news_and_the_second_is(door: Door) -> None:
    await door.person(primary_email=ANA)
    first, second = await door.browser(), await door.browser()

    await sign_in(door, first)
    before = await told(door)
    await sign_in(door, second)

    assert before == []
    assert await told(door) == [("NewDevice", ANA)]


async def test_a_browser_that_is_known_is_no_news(door: Door) -> None:
    await door.person(primary_email=ANA)
    first, again = await door.browser(), await door.browser()
    answer = await sign_in(door, first)

    again.client.cookies.update(answer.cookies)
    await sign_in(door, again)

    assert await told(door) == []


async def test_who_registers_is_told_of_nothing(door: Door) -> None:
    browser = await door.browser()
    await browser.begin("Register")
    await browser.identify(await proven(door, browser, "Register"))

    assert (await browser.submit()).status_code == 200
    assert await told(door) == []


async def test_an_address_that_an_account_still_needed_is_told_of_there(door: Door) -> None:
    await door.settings(
        signIn={"methods": [method("username", password=True), method("email", code=True)]},
        signUp={"identifiers": ["email"], "password": False, "verify": True},
    )
    await door.person(GOOD_PASSWORD, username="ana")
    browser = await door.browser()
    await browser.begin("SignIn")
    await browser.identify(proof_of(await browser.password(value="ana", kind="username")))
    proof = await proven(door, browser, "SignIn")
    body = {"type": "email", "verificationId": proof}
    assert (await browser.call("POST", "/profile", body)).status_code == 204

    assert (await browser.submit()).status_code == 200
    assert await told(door) == [("EmailChanged", ANA)]


async def test_what_is_switched_off_is_not_even_queued(door: Door) -> None:
    await update_notices(door.world, TENANT, {"passwordChanged": False})
    await door.person(GOOD_PASSWORD, primary_email=ANA)

    await reset_password(door, await door.browser())

    assert {row.type for row in await on_record(door.world)} == {"ForgotPassword"}


async def test_a_change_that_is_rolled_back_is_not_told(door: Door, monkeypatch: Any) -> None:
    user = await door.person(GOOD_PASSWORD, primary_email=ANA)
    browser = await door.browser()
    await choose_password(door, browser)
    seen = len(await on_record(door.world))

    # The last thing that the unit does before it commits.
    async def lost(*_: Any, **__: Any) -> None:
        raise StorageUnavailable(retry_after=1)

    kind = (
        "postgres.PostgresTransaction" if _is_postgres(door) else "sqlite_units.SqliteTransaction"
    )
    module, name = kind.split(".")
    monkeypatch.setattr(f"carteiro.storage.drivers.{module}.{name}.enqueue", lost)
    answer = await browser.submit()
    monkeypatch.undo()

    assert answer.status_code == 503
    assert len(await on_record(door.world)) == seen
    unchanged = await get_user(door.world, TENANT, user.id)
    assert unchanged.password_encrypted == user.password_encrypted


async def test_a_notice_waits_in_the_queue_and_the_answer_does_not_wait_for_it(door: Door) -> None:
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    outbox = await door.outbox()
    browser = await door.browser()

    await reset_password(door, browser)

    assert [mail.type.value for mail in outbox.messages] == ["ForgotPassword"]
    (waiting,) = [row for row in await on_record(door.world) if row.type == "PasswordChanged"]
    assert (waiting.state, waiting.mode) == ("queued", "queued")
    assert await told(door) == [("PasswordChanged", ANA)]


def _is_postgres(door: Door) -> bool:
    return type(door.world.database).__name__ == "PostgresDatabase"
