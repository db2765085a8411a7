"""What goes wrong between a page and its form: time, other tabs, other people, forged forms."""

from __future__ import annotations

import asyncio

import pytest

from carteiro.flows.administer.people.users import delete_user, suspend_user
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, wrong
from page_parts import Reader, follower

BOB = "bob@example.com"
NEW, OTHER = "new@example.com", "other@example.com"
MINUTE = 60
PATHS = ["", "/email", "/phone", "/password", "/username", "/security", "/sessions"]


async def person(door: Door, address: str = ANA) -> UserRow | None:
    return await door.world.database.read(lambda tx: users.find_by_email(tx, TENANT, address))


async def enter(door: Door, address: str) -> Reader:
    """Somebody on their page, in a browser of their own."""
    browser = follower(door)
    await browser.get("/account")
    await browser.send(identifier=address)
    await browser.send(code=await door.code(address))
    assert browser.path == "/account", browser.path
    return browser


async def prove(browser: Reader, page: str) -> None:
    await browser.get(f"/account/{page}")
    await browser.send(form="main form:has([name=password])", password=GOOD_PASSWORD)


async def test_a_proof_that_ends_while_a_code_is_typed_is_asked_for_anew_and_the_address_kept(
    door: Door, ana: Reader
) -> None:
    await prove(ana, "email")
    door.clock.advance(9 * MINUTE)
    await ana.send(identifier=NEW)
    door.clock.advance(2 * MINUTE)

    await ana.send(code=await door.code(NEW))
    said, asked = ana.toast, ana.page.css("main input[name=password]")
    unchanged = await person(door, NEW)
    await ana.send(form="main form:has([name=password])", password=GOOD_PASSWORD)
    kept = ana.one("input[name=identifier]").attributes["value"]
    await ana.send()
    await ana.send(code=await door.code(NEW))

    assert said == "Please confirm again that it is you."
    assert (len(asked), unchanged, kept) == (1, None, NEW)
    assert ana.path == "/account/security"
    assert await person(door, NEW) is not None


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("username", {"identifier": "mallory"}),
        ("password", {"newPassword": "another-Horse8-battery"}),
        ("email", {"form": "main form:has([value=remove])"}),
        ("sessions", {"form": "ul.rows form"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_whatever_is_sent_after_a_proof_has_ended_changes_nothing_and_asks_for_one(
    door: Door, ana: Reader, page: str, form: dict[str, str]
) -> None:
    other = await enter(door, ANA)
    await door.settings(forgotPasswordMethods=["EmailVerificationCode"])
    await prove(ana, page)
    before = await person(door)
    door.clock.advance(11 * MINUTE)

    await ana.send(**form)

    assert ana.toast == "Please confirm again that it is you."
    assert len(ana.page.css("main input[name=password]")) == 1
    assert await person(door) == before
    await other.get("/account")
    assert other.path == "/account"


async def test_of_two_tabs_the_code_that_was_asked_for_last_counts(door: Door, ana: Reader) -> None:
    await prove(ana, "email")
    await ana.send(identifier=NEW)
    first_tab = ana.filled()
    first = await door.code(NEW)
    await ana.send(form="main form:has([value=other])")
    await ana.send(identifier=OTHER)

    action, values = first_tab
    await ana.open(await ana.http.post(action, data={**values, "code": first}))
    said, unchanged = ana.alerts, await person(door)
    await ana.send(code=await door.code(OTHER))

    assert said == ["This code is not right"]
    assert unchanged is not None
    assert await person(door, OTHER) is not None
    assert await person(door, NEW) is None


async def test_a_form_sent_many_times_at_once_works_once_and_fails_never(
    door: Door, ana: Reader
) -> None:
    await prove(ana, "username")
    action, values = ana.filled("main form:has([value=remove])")

    answers = await asyncio.gather(*(ana.http.post(action, data=values) for _ in range(5)))

    row = await person(door)
    assert {answer.status_code for answer in answers} == {303}
    assert row is not None
    assert row.username is None
    changes = [one for one in await door.logged("Account.Profile.Update") if "username" in str(one)]
    assert len(changes) == 1


async def test_the_token_of_another_session_opens_no_form(door: Door, ana: Reader) -> None:
    await door.person(primary_email=BOB)
    bob = await enter(door, BOB)
    before = await person(door)
    _, of_bob = bob.filled()
    _, of_before = ana.filled()
    await ana.send(form=".foot form")
    await ana.send(form="form", logout="yes")
    anew = await enter(door, ANA)

    answers = [
        await anew.http.post("/account", data={**values, "name": "Mallory"})
        for values in (of_bob, of_before)
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert await person(door) == before


async def test_nobody_ends_the_session_of_somebody_else_or_goes_by_their_proof(
    door: Door, ana: Reader
) -> None:
    await door.person(GOOD_PASSWORD, primary_email=BOB)
    bob = await enter(door, BOB)
    await enter(door, BOB)
    await prove(bob, "sessions")
    of_bob = bob.filled("ul.rows form")[1]["session"]
    remembered = bob.http.cookies["_account_pages"]
    await ana.get("/account/sessions")
    ana.http.cookies.set("_account_pages", remembered, domain="carteiro.test", path="/account")
    await ana.get("/account/sessions")
    listed = ana.page.css("ul.rows li")
    ana.http.cookies.delete("_account_pages")
    await prove(ana, "sessions")
    _, values = ana.filled(".foot form")
    own = {"xsrf": values["xsrf"], "session": of_bob}

    await ana.open(await ana.http.post("/account/sessions", data=own))
    await bob.get("/account/sessions")

    assert listed == [], "somebody else's proof is none"
    assert ana.toast
    assert ana.toast != "Signed out there."
    assert len(bob.page.css("ul.rows li")) == 2


@pytest.mark.parametrize("how", ["signed out elsewhere", "deleted", "suspended"])
async def test_who_is_gone_while_a_page_is_open_signs_in_anew_and_changes_nothing(
    door: Door, ana: Reader, how: str
) -> None:
    row = await person(door)
    assert row is not None
    waiting = ana.filled()
    if how == "deleted":
        await delete_user(door.world, TENANT, row.id)
    elif how == "suspended":
        await suspend_user(door.world, TENANT, row.id, suspended=True)
    else:
        door.clock.advance(1)
        other = await enter(door, ANA)
        await prove(other, "sessions")
        await other.send(form="ul.rows form")

    action, values = waiting
    sent = await ana.http.post(action, data={**values, "name": "Mallory"})
    scripted = await ana.http.post(action, data=values, headers={"carteiro-page": "1"})
    await ana.open(sent)
    pages = []
    for path in PATHS:
        await ana.get(f"/account{path}")
        pages.append(ana.path)

    now = await person(door)
    assert (sent.status_code, scripted.json()) == (303, {"to": "/account"})
    assert set(pages) == {"/sign-in?app_id=account-center"}
    assert (now is None) is (how == "deleted")
    assert now is None or now.name == "Ana"


async def test_codes_cannot_be_tried_out(door: Door, ana: Reader) -> None:
    await prove(ana, "email")
    await ana.send(identifier=NEW)
    code = await door.code(NEW)
    said = []

    for _ in range(12):
        await ana.send(code=wrong(code))
        said += [*ana.alerts, ana.toast]
        if not ana.page.css("main input[name=code]"):
            break
    await ana.open(await ana.http.post("/account/email", data={**ana.filled()[1], "code": code}))

    assert await person(door, NEW) is None
    assert {one for one in said if one} > {"This code is not right"}


async def test_no_page_is_kept_for_whoever_goes_back_to_it(door: Door, ana: Reader) -> None:
    kept = {}

    for path in [f"/account{path}" for path in PATHS] + ["/demo-app"]:
        answer = await ana.http.get(path, headers=ana.headers)
        kept[path] = answer.headers["cache-control"]
    sent = await ana.sent(name="Anna")

    assert set(kept.values()) == {"no-store"}
    assert sent.headers["cache-control"] == "no-store"
