"""An address that looks misspelt: asked about once, without script, and never forced."""

from __future__ import annotations

import pytest

from carteiro.flows.administer.tenant.settings import put_captcha_provider
from door_parts import GOOD_PASSWORD, TENANT, Door, method
from page_parts import Reader

TYPED, MEANT = "ana@gmial.com", "ana@gmail.com"
BY_PASSWORD = {
    "signIn": {"methods": [method("email", password=True)]},
    "signUp": {"identifiers": ["email"], "password": True, "verify": True},
}
QUESTION = "[role=dialog] form"


async def mailed_to(door: Door) -> list[str]:
    """Who got a mail."""
    return [str(mail.to) for mail in await door.mails()]


@pytest.mark.parametrize("screen", ["sign_in", "register", "reset_password"])
async def test_a_misspelt_domain_is_a_question_before_any_mail(
    door: Door, browser: Reader, screen: str
) -> None:
    await door.settings(forgotPasswordMethods=["EmailVerificationCode"])
    await browser.begin(first_screen=screen)
    here = browser.path

    await browser.send(identifier=TYPED)

    assert browser.path == here
    assert here.startswith("/" + screen.replace("_", "-"))
    assert browser.text("[role=dialog] h2") == f"Did you mean {MEANT}?"
    assert [one.text(strip=True) for one in browser.page.css(f"{QUESTION} button")] == [
        f"Use {MEANT}",
        f"Keep {TYPED}",
    ]
    assert browser.one("input#identifier").attributes["value"] == TYPED
    assert await door.mails() == []


@pytest.mark.parametrize(
    ("answer", "address"), [("meant", MEANT), ("", TYPED)], ids=["mended", "kept"]
)
async def test_the_code_goes_to_the_address_that_is_chosen(
    door: Door, browser: Reader, answer: str, address: str
) -> None:
    await door.person(primary_email=address)
    await browser.begin()
    await browser.send(identifier=TYPED)

    await browser.send(form=QUESTION, submit=answer)
    sent = await mailed_to(door)
    await browser.send(code=await door.code(address))

    assert sent == [address]
    assert browser.signed_in()["code"]


async def test_who_types_the_same_again_is_not_asked_again(door: Door, browser: Reader) -> None:
    await browser.begin()
    await browser.send(identifier=TYPED)

    await browser.send(form="main form[novalidate]", identifier=TYPED)

    assert browser.path == "/sign-in/verification-code?app_id=demo-app"
    assert await mailed_to(door) == [TYPED]


async def test_another_misspelt_address_is_another_question(door: Door, browser: Reader) -> None:
    await browser.begin()
    await browser.send(identifier=TYPED)

    await browser.send(form="main form[novalidate]", identifier="bob@hotmial.com")

    assert browser.text("[role=dialog] h2") == "Did you mean bob@hotmail.com?"
    assert await door.mails() == []


async def test_the_question_is_the_same_whoever_has_an_account(door: Door, browser: Reader) -> None:
    pages = []
    await door.person(primary_email="bob@gmial.com")
    for name in ("ana", "bob"):
        await browser.begin()
        await browser.send(identifier=f"{name}@gmial.com")
        pages.append(browser.text().replace(name, ""))

    assert pages[0] == pages[1]


async def test_a_password_that_was_typed_beside_is_not_lost_to_a_question(
    door: Door, browser: Reader
) -> None:
    await door.settings(**BY_PASSWORD)
    await door.person(GOOD_PASSWORD, primary_email=TYPED)
    await browser.begin()

    await browser.send(identifier=TYPED, password=GOOD_PASSWORD)

    assert browser.signed_in()["code"]


async def test_terms_that_were_accepted_stay_so_behind_the_question(
    door: Door, browser: Reader
) -> None:
    await door.settings(
        termsOfUseUrl="https://shop.test/terms", agreeToTermsPolicy="ManualRegistrationOnly"
    )
    await browser.begin(first_screen="register")

    await browser.send(identifier=TYPED, terms="yes")
    await browser.send(form=QUESTION, submit="meant")

    assert await mailed_to(door) == [MEANT]


async def test_the_question_has_the_captcha_that_its_answer_needs(
    door: Door, browser: Reader
) -> None:
    config = {"type": "Turnstile", "siteKey": "0x1", "secretKey": "secret"}
    await put_captcha_provider(door.world, TENANT, config)
    await door.settings(captchaPolicy={"enabled": True})
    await browser.begin()

    await browser.send(identifier=TYPED)

    assert "0x1" in (browser.one(QUESTION).html or "")
    assert "data-plain" in browser.one(QUESTION).attributes


async def test_the_question_is_in_the_language_of_the_page(browser: Reader) -> None:
    await browser.begin(ui_locales="de")

    await browser.send(identifier=TYPED)

    assert browser.text("[role=dialog] h2") == f"Meinten Sie {MEANT}?"
