"""The second step by mail, without script: taken, set up, put off."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.errors import DeliveryFailed
from carteiro.flows.administer.tenant.settings import update_protection
from door_parts import GOOD_PASSWORD, TENANT, Door, method, wrong
from page_parts import Reader

BO = "bo.silva@example.com"
NAMED = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
}
CODE_PAGE = "/mfa-verification/EmailVerificationCode?app_id=demo-app"


def factors(policy: str, *more: str) -> dict[str, Any]:
    return {"mfa": {"policy": policy, "factors": ["EmailVerificationCode", *more]}}


async def come(door: Door, browser: Reader, policy: str, *more: str, **person: Any) -> None:
    """Sign in by password where there is a second step."""
    await door.settings(**NAMED, **factors(policy, *more))
    await door.person(GOOD_PASSWORD, username="ana", **person)
    await browser.begin()
    await browser.send(identifier="ana", password=GOOD_PASSWORD)


@pytest.mark.parametrize(
    "protection",
    [{"codeLength": 8}, {"codeLength": 12}, {"codeAlphabet": "letters"}],
    ids=["eight digits", "twelve digits", "letters"],
)
async def test_the_second_step_takes_codes_as_the_tenant_makes_them(
    door: Door, browser: Reader, protection: dict[str, Any]
) -> None:
    await update_protection(door.world, TENANT, protection)
    await come(door, browser, "Mandatory", primary_email=BO)
    await browser.send()

    await browser.send(code=(await door.code(BO)).lower())

    assert browser.signed_in()["code"]


async def test_a_code_to_the_accounts_address_is_the_second_step(
    door: Door, browser: Reader
) -> None:
    await come(door, browser, "Mandatory", primary_email=BO)
    where, unsent = browser.path, len(await door.mails())
    offer = browser.text("main .lead")
    await browser.send()
    lead = browser.text("main .lead")
    await browser.send(code=wrong(await door.code(BO)))
    mistyped = browser.alerts
    await browser.send(code=await door.code(BO))

    assert (where, unsent) == (CODE_PAGE, 0)
    assert offer == "Send a code to bo.s****@example.com"
    assert "bo.s****@example.com" in lead
    assert mistyped == ["This code is not right"]
    assert browser.signed_in()["code"]


async def test_boxes_have_the_names_that_tools_know(door: Door, browser: Reader) -> None:
    await come(door, browser, "Mandatory", primary_email=BO)
    await browser.send()
    template = browser.one("template").html or ""

    code = await door.code(BO)
    boxes = {f"mfaCode_{place}": digit for place, digit in enumerate(code)}
    await browser.send(**boxes)

    assert all(f'name="mfaCode_{place}"' in template for place in range(6))
    assert browser.signed_in()["code"]


async def test_another_code_is_sent_once_it_may_be(door: Door, browser: Reader) -> None:
    await come(door, browser, "Mandatory", primary_email=BO)
    await browser.send()
    await browser.send(form="form.resend")
    early = len(await door.mails())
    door.clock.advance(60)
    await browser.send(form="form.resend")

    assert (early, len(await door.mails())) == (1, 2)
    assert browser.toast == "A new code is on its way."


async def test_a_mail_that_cannot_be_sent_is_said_and_may_be_tried_again(
    door: Door, browser: Reader
) -> None:
    await come(door, browser, "Mandatory", primary_email=BO)
    (await door.outbox()).failures.append(DeliveryFailed())
    await browser.send()
    said, toast = browser.alerts, browser.toast
    await browser.send()
    await browser.send(code=await door.code(BO))

    assert (said, toast) == (["We could not send the mail"], "")
    assert browser.signed_in()["code"]


async def test_whoever_has_no_second_step_sets_one_up_where_one_is_asked_for(
    door: Door, browser: Reader
) -> None:
    await come(door, browser, "Mandatory")
    where, words = browser.path, browser.text()
    await browser.send(identifier=BO)
    typed_on = browser.path
    await browser.send(code=await door.code(BO))
    signed_in = browser.signed_in()
    await browser.begin()
    await browser.send(identifier="ana", password=GOOD_PASSWORD)

    assert where == "/mfa-binding/EmailVerificationCode?app_id=demo-app"
    assert "weak second step" in words
    assert typed_on == "/continue/verification-code?app_id=demo-app"
    assert signed_in["code"]
    assert browser.path == CODE_PAGE


@pytest.mark.parametrize(
    ("answer", "leads"),
    [("enable", "/mfa-binding/EmailVerificationCode?app_id=demo-app"), ("skip", None)],
    ids=["enable", "skip"],
)
async def test_somebody_may_turn_it_on_or_put_it_off(
    door: Door, browser: Reader, answer: str, leads: str | None
) -> None:
    await door.settings(**NAMED, **factors("PromptAtSignInAndSignUp"))
    await browser.begin(first_screen="register")
    await browser.send(identifier="ana")
    await browser.send(newPassword=GOOD_PASSWORD, confirmPassword=GOOD_PASSWORD)
    where, words = browser.path, browser.text()

    await browser.send(answer=answer)

    assert where == "/mfa-onboarding?app_id=demo-app"
    assert "weak second step" in words
    assert browser.path == leads if leads else browser.signed_in()["code"]


async def test_where_nobody_may_do_without_no_button_skips(door: Door, browser: Reader) -> None:
    await come(door, browser, "Mandatory")

    assert len(browser.page.css("main form")) == 1


async def test_a_step_that_is_none_of_ours_is_said_and_no_dead_end(
    door: Door, browser: Reader
) -> None:
    await door.settings(**NAMED, mfa={"policy": "Mandatory", "factors": ["Totp"]})
    await door.person(GOOD_PASSWORD, username="ana")
    await browser.begin()
    await browser.send(identifier="ana", password=GOOD_PASSWORD)

    assert browser.path == "/mfa-binding?app_id=demo-app"
    assert "cannot be taken on this page" in browser.text()


async def test_of_several_steps_one_is_chosen(door: Door, browser: Reader) -> None:
    phone = {"primary_phone": "61412345678"}
    await come(door, browser, "Mandatory", "PhoneVerificationCode", primary_email=BO, **phone)
    where = browser.path

    await browser.get(browser.one(".choices a").attributes["href"] or "")
    await browser.send()
    await browser.send(code=await door.code(BO))

    assert where == "/mfa-verification?app_id=demo-app"
    assert browser.signed_in()["code"]


@pytest.mark.parametrize(
    "page",
    [
        "/mfa-verification",
        "/mfa-verification/EmailVerificationCode",
        "/mfa-binding",
        "/mfa-binding/EmailVerificationCode",
        "/mfa-onboarding",
    ],
)
async def test_there_is_no_second_step_before_the_first(browser: Reader, page: str) -> None:
    await browser.begin()
    await browser.get(f"{page}?app_id=demo-app")

    assert browser.path == "/sign-in?app_id=demo-app"
