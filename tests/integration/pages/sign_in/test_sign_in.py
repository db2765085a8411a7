"""`/sign-in` and its code, without script: every step as HTML that a browser shows."""

from __future__ import annotations

import asyncio

import pytest

from carteiro.errors import StorageUnavailable
from door_parts import ANA, ORIGIN, Door, wrong
from page_parts import HTML, Reader


async def test_somebody_signs_in_by_a_code(door: Door, browser: Reader) -> None:
    await door.person(primary_email=ANA)
    await browser.begin()

    await browser.send(identifier=f" {ANA.upper()} ")
    await browser.send(code=await door.code(ANA.upper()))

    assert browser.signed_in()["state"] == "st4te"


async def test_a_wrong_code_is_said_in_place_and_the_right_one_goes_on(
    door: Door, browser: Reader
) -> None:
    await door.person(primary_email=ANA)
    await browser.begin()
    await browser.send(identifier=ANA)
    code = await door.code()

    await browser.send(code=wrong(code))
    said = browser.path, browser.alerts
    await browser.send(code=f"{code[:3]}-{code[3:]}")

    assert said == ("/sign-in/verification-code?app_id=demo-app", ["This code is not right"])
    assert browser.signed_in()["code"]


async def test_a_form_that_is_sent_twice_mails_once_and_leads_to_the_same_page(
    door: Door, browser: Reader
) -> None:
    await browser.begin()

    first = await browser.sent(identifier=ANA)
    second = await browser.sent(identifier=ANA)

    assert len(await door.mails()) == 1
    assert [first.status_code, second.status_code] == [303, 303]
    assert first.headers["location"] == second.headers["location"]


async def test_a_form_that_comes_twice_at_once_mails_once(door: Door, browser: Reader) -> None:
    await browser.begin()

    answers = await asyncio.gather(*(browser.sent(identifier=ANA) for _ in range(3)))

    assert len(await door.mails()) == 1
    assert {answer.headers["location"] for answer in answers} == {
        "/sign-in/verification-code?app_id=demo-app"
    }


async def test_a_code_that_is_sent_twice_at_once_signs_in(door: Door, browser: Reader) -> None:
    await door.person(primary_email=ANA)
    await browser.begin()
    await browser.send(identifier=ANA)
    code = await door.code()

    answers = await asyncio.gather(*(browser.sent(code=code) for _ in range(2)))

    went = {answer.headers["location"] for answer in answers}
    assert len(went) == 1
    assert went.pop().startswith(f"{ORIGIN}/oidc/auth/")


async def test_a_form_whose_work_was_refused_can_be_sent_again(
    door: Door, browser: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.begin()
    action, values = browser.filled()

    async def away(*_: object, **__: object) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patched:
        # The database goes away between two steps: no setting does that.
        patched.setattr("carteiro.flows.sign_in.screens.enter.begin", away)
        failed = await browser.http.post(action, data=values | {"identifier": ANA})
    again = await browser.http.post(action, data=values | {"identifier": ANA})

    assert (failed.status_code, again.status_code) == (503, 303)
    assert len(await door.mails()) == 1


async def test_a_form_with_something_else_in_it_is_another_form(
    door: Door, browser: Reader
) -> None:
    await browser.begin()
    action, values = browser.filled()

    for address in (ANA, "bob@example.com"):
        await browser.http.post(action, data=values | {"identifier": address})

    assert [str(mail.to) for mail in await door.mails()] == [ANA, "bob@example.com"]


async def test_a_form_of_another_origin_or_without_its_token_does_nothing(
    door: Door, browser: Reader
) -> None:
    await browser.begin()
    action, values = browser.filled()
    values["identifier"] = ANA

    answers = [
        await browser.http.post(action, data=values, headers={"origin": "https://evil.test"}),
        await browser.http.post(
            action, data=values, headers={"origin": "null", "sec-fetch-site": "cross-site"}
        ),
        await browser.http.post(action, data=values | {"xsrf": "a.b"}),
        await browser.http.post(action, json=values),
    ]

    assert [answer.headers["location"] for answer in answers] == ["/sign-in?app_id=demo-app"] * 4
    assert await door.mails() == []


async def test_what_was_typed_into_an_older_page_is_kept_and_the_page_says_that_it_begins_anew(
    door: Door, browser: Reader
) -> None:
    await browser.begin()
    action, old = browser.filled()
    await browser.begin()

    await browser.open(
        await browser.http.post(action, data={**old, "identifier": f" {ANA}"}, headers=HTML)
    )
    kept, said = browser.one("#identifier").attributes["value"], browser.toast
    mailed = len(await door.mails())
    await browser.send()

    assert (kept, said, mailed) == (ANA, "This page was open for too long. Please try again.", 0)
    assert browser.path == "/sign-in/verification-code?app_id=demo-app"
    assert len(await door.mails()) == 1


async def test_no_other_site_fills_in_anything(browser: Reader) -> None:
    await browser.begin()
    action, values = browser.filled()

    for headers in ({"origin": "https://evil.test"}, {"sec-fetch-site": "same-site"}):
        await browser.http.post(action, data={**values, "identifier": ANA}, headers=headers)
    await browser.get(browser.path)

    assert (browser.one("#identifier").attributes["value"] or "", browser.toast) == ("", "")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "This is missing"), ("ana", "This is not an email address")],
    ids=["nothing", "no address"],
)
async def test_what_is_no_address_is_said_and_kept(
    browser: Reader, door: Door, typed: str, said: str
) -> None:
    await browser.begin()

    await browser.send(identifier=typed)

    assert browser.alerts == [said]
    assert browser.one("input[name=identifier]").attributes["value"] == typed
