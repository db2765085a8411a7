"""What each failure looks like (pages §4): said on the page, with a way on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from carteiro.errors import DeliveryFailed, StorageUnavailable
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.flows.administer.people.users import suspend_user
from carteiro.flows.administer.tenant.settings import put_captcha_provider
from door_parts import ANA, BY_CODE, GOOD_PASSWORD, ORIGIN, TENANT, Door, method, wrong
from page_parts import HTML, Reader, asking
from sign_in_parts import make_client

CODE_PAGE = "/sign-in/verification-code?app_id=demo-app"
BOTH = {**method("email", password=True, code=True), "isPasswordPrimary": False}


async def test_a_connector_that_is_down_is_said_with_both_ways_on(
    door: Door, browser: Reader
) -> None:
    await door.settings(signIn={"methods": [BOTH]})
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    (await door.outbox()).failures.append(DeliveryFailed("down"))
    await browser.begin()
    await browser.send(identifier=ANA)
    title, links = browser.text("[role=dialog] h2"), browser.text("[role=dialog]")
    toast = browser.toast

    await browser.send(form="[role=dialog] form")

    assert title == "We could not send the mail"
    assert not toast
    assert "Use your password" in links
    assert browser.path == CODE_PAGE
    assert len(await door.mails()) == 1


async def test_after_a_mail_that_could_not_be_sent_the_password_does(
    door: Door, browser: Reader
) -> None:
    await door.settings(signIn={"methods": [BOTH]})
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    (await door.outbox()).failures.append(DeliveryFailed("down"))
    await browser.begin()
    await browser.send(identifier=ANA)

    await browser.follow("Use your password")
    await browser.send(password=GOOD_PASSWORD)

    assert browser.signed_in()["code"]


async def test_who_has_had_many_mails_is_told_when_the_next_one_can_be_asked_for(
    door: Door, browser: Reader
) -> None:
    for _ in range(11):
        await browser.begin()
        await browser.send(identifier=ANA)

    assert browser.path == "/sign-in?app_id=demo-app"
    assert "The next one can be asked for in 10 min" in browser.toast
    assert browser.one("[data-wait]").attributes["data-wait"] == "600"
    assert "600 seconds" in browser.text("[data-countdown]")


async def test_a_password_is_no_way_on_for_who_makes_an_account(
    door: Door, browser: Reader
) -> None:
    await door.settings(signIn={"methods": [BOTH]})
    (await door.outbox()).failures.append(DeliveryFailed("down"))
    await browser.begin(first_screen="register")

    await browser.send(identifier=ANA)

    assert browser.path == "/register?app_id=demo-app"
    assert browser.text("[role=dialog] h2") == "We could not send the mail"
    assert "Use your password" not in browser.text()


async def test_a_code_page_says_why_it_has_sent_nothing(door: Door, browser: Reader) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    await browser.begin()
    await browser.send(identifier="ana@example..com")
    await browser.follow("Sign in with verification code")

    await browser.send()

    assert browser.path == CODE_PAGE
    assert browser.alerts == ["This is not an email address"]


async def test_a_code_page_whose_first_mail_failed_has_both_ways_on(
    door: Door, browser: Reader
) -> None:
    await door.settings(signIn={"methods": [method("email", password=True, code=True)]})
    (await door.outbox()).failures.append(DeliveryFailed("down"))
    await browser.begin()
    await browser.send(identifier=ANA)
    await browser.follow("Sign in with verification code")

    await browser.send()
    said, toast = browser.alerts, browser.toast
    links = [one.text(strip=True) for one in browser.page.css("main a")]
    await browser.send()

    assert said == ["We could not send the mail"]
    assert not toast
    assert "Sign in with password" in links
    assert len(await door.mails()) == 1


async def test_a_suspended_account_has_a_page(door: Door, browser: Reader) -> None:
    ana = await door.person(primary_email=ANA)
    await suspend_user(door.world, TENANT, ana.id, suspended=True)
    await browser.begin()
    await browser.send(identifier=ANA)

    await browser.send(code=await door.code())

    assert browser.path.startswith("/account-suspended")


async def test_an_address_that_the_tenant_refuses_is_said_in_place(
    door: Door, browser: Reader
) -> None:
    await door.settings(emailBlocklistPolicy={"customBlocklist": ["@example.com"]})
    await browser.begin(first_screen="register")

    await browser.send(identifier=ANA)

    assert browser.path == "/register?app_id=demo-app"
    assert browser.alerts == ["This address cannot be used here."]


async def test_who_may_not_register_learns_nothing_on_the_way_to_a_code(
    door: Door, browser: Reader
) -> None:
    await door.settings(signInMode="SignIn")
    await door.person(primary_email=ANA)
    pages = []
    for address in (ANA, "bob@example.com"):
        await browser.begin()
        await browser.send(identifier=address)
        before = browser.path, browser.text().replace(address, "")
        await browser.send(code="000000" if address != ANA else wrong(await door.code()))
        pages.append((*before, browser.path, browser.text().replace(address, "")))

    assert pages[0] == pages[1]


async def test_the_terms_have_to_be_accepted_by_hand(door: Door, browser: Reader) -> None:
    await door.settings(
        termsOfUseUrl="https://shop.test/terms", agreeToTermsPolicy="ManualRegistrationOnly"
    )
    await browser.begin()
    await browser.send(identifier=ANA)
    await browser.send(code=await door.code())

    await browser.send(form="[role=dialog] form")
    said = browser.alerts
    await browser.send(form="[role=dialog] form", terms="yes")

    assert said == ["Accept the terms to go on."]
    assert browser.signed_in()["code"]


TURNSTILE = {"type": "Turnstile", "siteKey": "0x1", "secretKey": "secret"}


@pytest.mark.parametrize(
    ("config", "script"),
    [
        (TURNSTILE, "https://challenges.cloudflare.com/turnstile/v0/api.js"),
        ({**TURNSTILE, "type": "HCaptcha"}, "https://js.hcaptcha.com/1/api.js"),
        (
            {**TURNSTILE, "type": "RecaptchaV3"},
            "https://www.google.com/recaptcha/api.js?render=0x1",
        ),
        (
            {**TURNSTILE, "type": "RecaptchaEnterprise", "projectId": "p", "mode": "checkbox"},
            "https://www.google.com/recaptcha/enterprise.js",
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, Mapping) else "",
)
async def test_a_captcha_is_the_one_foreign_script_and_only_where_it_is_wanted(
    door: Door, browser: Reader, config: dict[str, Any], script: str
) -> None:
    await put_captcha_provider(door.world, TENANT, config)
    await browser.begin()
    before = browser.answer.headers["content-security-policy"]
    await door.settings(captchaPolicy={"enabled": True})

    await browser.begin()
    scripts = [one.attributes["src"] or "" for one in browser.page.css("script[src]")]

    assert "https://" not in before.replace("img-src 'self' https:", "")
    assert [one for one in scripts if one.startswith("https")] == [script]
    assert "0x1" in browser.one("main form").html
    assert "needs JavaScript" in browser.one("main form").html


async def test_without_the_captcha_no_code_is_sent(door: Door, browser: Reader) -> None:
    await put_captcha_provider(door.world, TENANT, TURNSTILE)
    await door.settings(captchaPolicy={"enabled": True})
    await browser.begin()

    await browser.send(identifier=ANA)

    assert browser.toast == "Please show that you are not a robot."
    assert await door.mails() == []


async def test_the_name_of_an_organization_is_text_wherever_it_stands(
    door: Door, browser: Reader
) -> None:
    hostile = '"><script>alert(1)</script>{{ 7*7 }}'
    made = await create_organization(door.world, TENANT, {"name": hostile})

    await browser.begin(organization_id=made.id)

    assert browser.one(".name").text() == hostile
    assert hostile in browser.one("title").text()
    assert len(browser.page.css("script")) == 2


async def test_the_look_of_an_organization_goes_before_that_of_the_application(
    door: Door, browser: Reader
) -> None:
    await make_client(door.world, "app1", type="SPA", redirect_uris=(f"{ORIGIN}/demo-app",))
    made = await create_organization(
        door.world,
        TENANT,
        {
            "name": "Acme",
            "color": json.dumps({"primaryColor": "#010203"}),
            "branding": json.dumps({"logoUrl": "https://cdn.test/acme.svg"}),
        },
    )

    await browser.open(
        await browser.http.get(
            "/oidc/auth", params=asking(client_id="app1", organization_id=made.id)
        )
    )

    assert browser.one("img.logo").attributes["src"] == "https://cdn.test/acme.svg"
    assert "--brand:#010203" in browser.answer.text


async def test_whose_way_is_over_is_led_back_to_the_application(
    door: Door, browser: Reader
) -> None:
    await make_client(door.world, "app1", type="SPA", redirect_uris=("https://shop.test/cb",))
    asked = asking(client_id="app1", redirect_uri="https://shop.test/cb")
    await browser.open(await browser.http.get("/oidc/auth", params=asked))
    door.clock.advance(3601)

    await browser.get("/sign-in?app_id=app1")

    assert browser.path == "/unknown-session"
    assert browser.one("a.primary").attributes["href"] == "https://shop.test/"


async def test_a_form_of_a_way_that_is_over_leads_to_the_page_that_says_so(
    door: Door, browser: Reader
) -> None:
    await browser.begin()
    door.clock.advance(3601)

    await browser.send(identifier=ANA)

    assert browser.path == "/unknown-session"


async def test_nobody_gets_in_where_nothing_is_open(door: Door, browser: Reader) -> None:
    await door.settings(**BY_CODE | {"signIn": {"methods": []}}, signInMode="SignIn")

    await browser.begin()

    assert (browser.path, browser.text("h1")) == ("/sign-in?app_id=demo-app", "No access")


async def test_a_database_that_is_away_is_said_on_a_page(
    door: Door, browser: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.begin()

    async def away(*_: object, **__: object) -> None:
        raise StorageUnavailable

    # The database of a test cannot be taken away without taking it from other tests, too.
    monkeypatch.setattr(type(door.world.database), "read", away)
    answer = await browser.http.get("/sign-in?app_id=demo-app", headers=HTML)

    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert "It is our fault, not yours." in answer.text


async def test_an_organization_that_is_named_by_no_text_changes_nothing(
    door: Door, browser: Reader
) -> None:
    answer = await browser.http.post("/oidc/auth", json=asking(organization_id="a\x00b"))

    assert answer.status_code in {303, 400}
    if answer.status_code == 303:
        await browser.open(answer)
        assert browser.answer.status_code == 200


async def test_a_code_that_was_right_stays_right_until_the_person_has_decided(
    door: Door, browser: Reader
) -> None:
    await browser.begin()
    await browser.send(identifier=ANA)
    action, values = browser.filled()
    code = await door.code()
    await browser.send(code=code)

    headers = {"origin": ORIGIN, **HTML}
    await browser.open(
        await browser.http.post(action, data=values | {"code": f" {code}"}, headers=headers)
    )

    assert browser.one("[role=dialog] h2").text().startswith(ANA)


async def test_another_code_is_not_sent_before_its_time(door: Door, browser: Reader) -> None:
    await browser.begin()
    await browser.send(identifier=ANA)

    await browser.send(form="form.resend")
    early = len(await door.mails())
    door.clock.advance(59)
    await browser.send(form="form.resend")

    assert (early, len(await door.mails())) == (1, 2)
    assert browser.toast == "A new code is on its way."


async def test_a_request_that_is_wrong_in_one_place_has_no_organizations_look(
    door: Door, browser: Reader
) -> None:
    made = await create_organization(door.world, TENANT, {"name": "Acme"})

    await browser.begin(organization_id=made.id, first_screen="nowhere")

    assert browser.text(".name") == "Live Preview"


async def test_a_choice_of_language_leads_back_to_a_page_of_ours_only(browser: Reader) -> None:
    await browser.begin()

    for back in (
        *("https://evil.test/", "//evil.test/", "/\\evil.test", "\\\\evil.test"),
        *("/\t/evil.test", "/\n/evil.test", "/./\\evil.test", "/sign-in/..//evil.test"),
    ):
        answer = await browser.sent(form=".languages", lng="de", back=back)
        assert answer.headers["location"] == "/sign-in?app_id=demo-app", back


async def test_a_missing_address_whose_mail_failed_says_it_once(
    door: Door, browser: Reader
) -> None:
    asked = {"identifiers": ["username"], "password": True, "verify": False}
    await door.settings(
        signIn={"methods": [method("username", password=True)]},
        signUp={**asked, "secondaryIdentifiers": [{"identifier": "email", "verify": True}]},
    )
    await door.person(GOOD_PASSWORD, username="ana")
    (await door.outbox()).failures.append(DeliveryFailed("down"))
    await browser.begin()
    await browser.send(identifier="ana", password=GOOD_PASSWORD)

    await browser.send(identifier=ANA)

    assert browser.path == "/continue/email?app_id=demo-app"
    assert browser.alerts == ["We could not send the mail"]
    assert not browser.toast


@pytest.mark.parametrize("flow", ["sign-in", "register", "forgot-password", "continue"])
async def test_a_code_page_of_whom_nothing_is_known_says_that_the_way_is_over(
    browser: Reader, flow: str
) -> None:
    await browser.begin()

    await browser.get(f"/{flow}/verification-code?app_id=demo-app")

    assert browser.path == "/unknown-session"
