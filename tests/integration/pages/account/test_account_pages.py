"""The person's own page, job by job, without script."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.flows.administer.tenant.settings import update_account_center, update_protection
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, method
from page_parts import Reader, follower

NEW = "new@example.com"
BETTER = "another-Horse8-battery"


async def stored(door: Door, browser: Reader) -> UserRow:
    """The person of the page, as they are stored."""
    id_ = (await account_of(browser))["User ID"]
    row = await door.world.database.read(lambda tx: users.get(tx, TENANT, id_))
    assert row is not None
    return row


async def account_of(browser: Reader) -> dict[str, str]:
    """What the page tells, by its names."""
    await browser.get("/account")
    names, values = browser.page.css("dt"), browser.page.css("dd")
    return {a.text(strip=True): b.text(strip=True) for a, b in zip(names, values, strict=True)}


async def prove(browser: Reader) -> None:
    """Show by the password who it is."""
    await browser.send(form="main form:has([name=password])", password=GOOD_PASSWORD)


async def test_whoever_is_not_signed_in_comes_back_to_the_page_that_they_asked_for(
    door: Door, ana: Reader
) -> None:
    other = follower(door)

    await other.get("/account/security")
    first = other.path
    await other.send(identifier=ANA)
    await other.send(code=await door.code())

    assert first == "/sign-in?app_id=account-center"
    assert other.path == "/account/security"
    assert ANA in other.text("dl")


async def test_the_profile_is_saved_and_what_is_wrong_is_said_beside_its_field(
    door: Door, ana: Reader
) -> None:
    await ana.send(name="Ana <i>", givenName="Ana", avatar="nowhere")
    wrong = ana.alerts
    await ana.send(name="Ana <i>", givenName="Ana", avatar="https://pictures.example/a.png")

    row = await stored(door, ana)
    assert wrong == ["This is not valid"]
    assert (row.name, row.avatar) == ("Ana <i>", "https://pictures.example/a.png")
    assert '"givenName": "Ana"' in row.profile


@pytest.mark.parametrize(
    "protection",
    [{}, {"codeLength": 9}, {"codeAlphabet": "letters"}],
    ids=["digits", "long", "letters"],
)
async def test_another_address_needs_a_proof_of_identity_and_one_of_the_address(
    door: Door, ana: Reader, protection: dict[str, Any]
) -> None:
    await update_protection(door.world, TENANT, protection)
    await ana.get("/account/email")
    first = ana.text("h2")
    await ana.send(form="main form:has([value=email])")
    await ana.send(code=await door.code())
    await ana.send(identifier=NEW)
    await ana.send(code="000000")
    wrong = ana.alerts
    await ana.send(code=await door.code(NEW))

    assert first == "Confirm that it is you"
    assert wrong == ["This code is not right"]
    assert (ana.path, ana.toast) == ("/account/security", "The email address is linked.")
    assert (await stored(door, ana)).primary_email == NEW
    kinds = [mail.type.value for mail in await door.mails()]
    assert kinds[1:3] == ["UserPermissionValidation", "BindNewIdentifier"]


async def test_the_same_code_sent_twice_ends_in_what_the_first_did(door: Door, ana: Reader) -> None:
    await ana.get("/account/email")
    await prove(ana)
    await ana.send(identifier=NEW)
    action, values = ana.filled()
    fields = {**values, "code": await door.code(NEW)}
    twice = [ana.http.build_request("POST", action, data=fields) for _ in range(2)]

    for request in twice:
        answer = await ana.http.send(request)
    await ana.open(answer)

    assert (ana.path, ana.toast) == ("/account/security", "The email address is linked.")


async def test_an_address_of_somebody_elses_is_refused_in_words(door: Door, ana: Reader) -> None:
    await door.person(primary_email=NEW)
    await ana.get("/account/email")
    await prove(ana)
    await ana.send(identifier=NEW)

    await ana.send(code=await door.code(NEW))

    assert ana.toast == "Another account has this already."
    assert (await stored(door, ana)).primary_email == ANA


async def test_a_wrong_password_proves_nothing_and_a_typing_mistake_is_kept(
    door: Door, ana: Reader
) -> None:
    await ana.get("/account/email")
    await ana.send(form="main form:has([name=password])", password="wrong-Password-1")
    wrong = ana.alerts
    await prove(ana)

    await ana.send(identifier="new@example")

    assert wrong == ["This is not your password."]
    assert ana.alerts == ["This is not an email address"]
    assert ana.one("input[name=identifier]").attributes["value"] == "new@example"
    assert len(await door.mails()) == 1


async def test_another_code_is_sent_once_its_time_has_come(door: Door, ana: Reader) -> None:
    await ana.get("/account/email")
    await prove(ana)
    await ana.send(identifier=NEW)

    await ana.send(form="form.resend")
    early = len(await door.mails())
    door.clock.advance(60)
    await ana.get("/account/email")
    await ana.send(form="form.resend")

    assert (early, len(await door.mails())) == (2, 3)
    assert ana.toast == "A new code is on its way."


async def test_the_address_is_removed_but_not_the_last_way_to_sign_in(
    door: Door, ana: Reader
) -> None:
    await ana.get("/account/username")
    await prove(ana)
    await ana.send(form="main form:has([value=remove])")
    removed = ana.toast
    await ana.get("/account/email")
    await ana.send(form="main form:has([value=remove])")

    assert removed == "The username is removed."
    assert ana.toast == "This is your last way to sign in, so it stays."
    row = await stored(door, ana)
    assert (row.username, row.primary_email) == (None, ANA)


async def test_a_user_name_is_changed_and_a_taken_one_refused(door: Door, ana: Reader) -> None:
    await door.person(username="bob")
    await ana.get("/account/username")
    await prove(ana)
    await ana.send(identifier="bob")
    taken = ana.alerts
    await ana.send(identifier="anna")

    assert taken == ["Somebody has this username"]
    assert (ana.path, ana.toast) == ("/account/security", "The username is changed.")
    assert (await stored(door, ana)).username == "anna"


async def test_a_new_password_is_judged_and_ends_every_other_session(
    door: Door, ana: Reader
) -> None:
    other = follower(door)
    await other.get("/account")
    await other.send(identifier=ANA)
    await other.send(code=await door.code())
    await ana.get("/account/password")
    await prove(ana)
    hint = ana.text("#newPassword-hint")
    again = {"confirmPassword": "x"} if ana.page.css_first("[name=confirmPassword]") else {}

    await ana.send(newPassword="x", **again)
    weak = ana.alerts
    again = dict.fromkeys(again, BETTER)
    await ana.send(newPassword=BETTER, **again)
    await other.get("/account")

    assert "8" in hint
    assert weak[0].startswith("The minimum length is 8")
    assert (ana.path, ana.toast) == ("/account/security", "Password changed")
    assert other.path == "/sign-in?app_id=account-center"
    await ana.get("/account")
    assert ana.path == "/account", "whoever changes it stays signed in"


async def test_sessions_are_listed_after_a_proof_and_ended_one_by_one(
    door: Door, ana: Reader
) -> None:
    other = follower(door)
    door.clock.advance(60)
    await other.get("/account")
    await other.send(identifier=ANA)
    await other.send(code=await door.code())
    await ana.get("/account/sessions")
    before = ana.page.css("ul.rows li")
    await prove(ana)
    listed = [one.text() for one in ana.page.css("ul.rows li")]

    await ana.send(form="ul.rows form")
    await other.get("/account")

    assert (len(before), len(listed)) == (0, 2)
    assert ["This browser" in one for one in listed] == [False, True]
    assert ana.toast == "Signed out there."
    assert len(ana.page.css("ul.rows li")) == 1
    assert other.path == "/sign-in?app_id=account-center"


async def test_the_second_step_is_turned_off_and_on_after_a_proof(door: Door, ana: Reader) -> None:
    await door.settings(
        signIn={"methods": [method("username", password=True)]},
        signUp={"identifiers": ["username"], "password": True, "verify": False},
        mfa={"factors": ["EmailVerificationCode"], "policy": "PromptOnlyAtSignIn"},
    )
    await ana.get("/account/security")
    await ana.follow("Manage")
    await prove(ana)

    await ana.send(form="main form:has([value=off])")

    assert ana.toast == "Saved"
    assert '"skipMfaOnSignIn": true' in (await stored(door, ana)).logto_config


@pytest.mark.parametrize("mode", ["ReadOnly", "Off"])
async def test_what_the_tenant_keeps_is_not_offered(door: Door, ana: Reader, mode: str) -> None:
    fields = dict.fromkeys(("name", "email", "username", "password", "session"), mode)
    await update_account_center(door.world, TENANT, {"fields": fields})

    pages = {}
    for name in ("email", "username", "password"):
        await ana.get(f"/account/{name}")
        pages[name] = ana.page.css("main input[name=identifier], main input[name=newPassword]")
        assert "This is not switched on." in ana.text()
    await ana.get("/account/security")

    assert pages == {"email": [], "username": [], "password": []}
    assert (ANA in ana.text()) is (mode == "ReadOnly")
    assert not ana.page.css("dl a")


async def test_a_form_that_was_made_up_is_refused_by_the_same_rules_as_the_api(
    door: Door, ana: Reader
) -> None:
    _, values = ana.filled()

    await ana.open(
        await ana.http.post("/account/username", data={**values, "identifier": "mallory"})
    )

    assert ana.toast == "Please confirm again that it is you."
    assert (await stored(door, ana)).username == "ana"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://carteiro.test"])
async def test_a_form_of_somebody_elses_changes_nothing(
    door: Door, ana: Reader, origin: str
) -> None:
    fields = {"name": "Mallory", "xsrf": "a.b"}

    answer = await ana.http.post("/account", data=fields, headers={"origin": origin})

    assert answer.status_code == 303
    assert (await stored(door, ana)).name == "Ana"


async def test_where_the_account_center_is_off_there_is_no_such_page(
    door: Door, ana: Reader
) -> None:
    await update_account_center(door.world, TENANT, {"enabled": False})

    await ana.get("/account/security")

    assert ana.answer.status_code == 404
    assert ana.text("h1") == "Nothing here"


async def test_another_person_in_the_same_browser_sees_nothing_of_the_first(
    door: Door, ana: Reader
) -> None:
    await door.person(primary_email="bob@example.com", name="Bob")
    await ana.get("/demo-app?prompt=login")
    await ana.send(identifier="bob@example.com")
    await ana.send(code=await door.code("bob@example.com"))
    if "logout" in ana.answer.text:
        await ana.send(form="form", logout="yes")

    await ana.get("/account")

    assert ana.one("input[name=name]").attributes["value"] == "Bob"


async def test_signing_out_ends_the_session_of_the_browser(door: Door, ana: Reader) -> None:
    await ana.send(form=".foot form")
    await ana.send(form="form", logout="yes")

    await ana.get("/account")

    assert ana.path == "/sign-in?app_id=account-center"


async def test_a_page_is_not_stored_and_keeps_no_secret_in_its_cookies(
    door: Door, ana: Reader
) -> None:
    await ana.get("/account/email")
    await prove(ana)
    await ana.send(identifier=NEW)
    code = await door.code(NEW)

    cookies = " ".join(ana.http.cookies.values())

    assert code not in cookies
    assert GOOD_PASSWORD not in cookies
    assert "no-store" in ana.answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("address", "leads"),
    [("https://shop.example/leave", True), ("javascript://x/%0aalert(1)", False), ("", False)],
    ids=["a page", "a script", "none"],
)
async def test_who_wants_to_end_the_account_is_led_to_where_the_tenant_does_that(
    door: Door, ana: Reader, address: str, leads: bool
) -> None:
    await update_account_center(door.world, TENANT, {"deleteAccountUrl": address})

    await ana.get("/account/security")

    found = [one.attributes["href"] for one in ana.page.css("main p a")]
    assert (address in found) is leads
    assert ("Delete your account" in ana.text()) is leads


async def test_the_account_has_a_style_of_its_own_over_the_tenants(door: Door, ana: Reader) -> None:
    await door.settings(customCss="h1 { color: red }")
    await ana.get("/account")
    tenants = ana.text("style[data-custom-css]")
    await update_account_center(door.world, TENANT, {"customCss": "h1 { color: blue }"})
    await ana.get("/account")

    assert (tenants, ana.text("style[data-custom-css]")) == (
        "h1 { color: red }",
        "h1 { color: blue }",
    )
