"""`/account/phone`: a number becomes the account's once a code in a text message has proven it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.storage.people import users
from carteiro.testing.http_sink import HttpSink
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, wrong
from page_parts import Reader

NUMBER = "61412345678"


@pytest.fixture
async def texts(door: Door) -> AsyncIterator[HttpSink]:
    """Where text messages arrive."""
    async with HttpSink() as sink:
        new = NewConnector(connector_id="http-sms", config={"endpoint": sink.url})
        await create_connector(door.world, TENANT, new)
        yield sink


async def prove(browser: Reader) -> None:
    await browser.get("/account/phone")
    await browser.send(form="main form:has([name=password])", password=GOOD_PASSWORD)


async def number(door: Door) -> str | None:
    row = await door.world.database.read(lambda tx: users.find_by_email(tx, TENANT, ANA))
    assert row is not None
    return row.primary_phone


async def test_a_number_is_proven_by_its_code_then_proves_the_person_and_is_removed(
    door: Door, ana: Reader, texts: HttpSink
) -> None:
    await prove(ana)
    await ana.send(identifier="+61 412-345-678")
    sent = texts.requests[-1].json()
    said = ana.text()
    await ana.send(code=wrong(sent["payload"]["code"]))
    refused, before = ana.alerts, await number(door)
    await ana.send(code=sent["payload"]["code"])
    linked, after = (ana.path, ana.toast), await number(door)
    door.clock.advance(3600)
    await ana.get("/account/phone")
    await ana.send(form="main form:has([value=phone])")
    again = texts.requests[-1].json()
    await ana.send(code=again["payload"]["code"])
    await ana.send(form="main form:has([value=remove])")

    assert (sent["to"], sent["type"]) == (NUMBER, "BindNewIdentifier")
    assert f"It is in the message that we sent to {NUMBER}." in said
    assert (refused, before) == (["This code is not right"], None)
    assert linked == ("/account/security", "The phone number is linked.")
    assert after == NUMBER
    assert (again["to"], again["type"]) == (NUMBER, "UserPermissionValidation")
    assert (ana.path, ana.toast) == ("/account/security", "The phone number is removed.")
    assert await number(door) is None


async def test_what_is_no_number_and_what_is_somebody_elses_is_said(
    door: Door, ana: Reader, texts: HttpSink
) -> None:
    await door.person(primary_phone=NUMBER)
    await prove(ana)
    await ana.send(identifier=ANA)
    no_number = ana.alerts
    await ana.send(identifier=NUMBER)
    await ana.send(code=texts.requests[-1].json()["payload"]["code"])

    assert no_number == ["This is not a phone number"]
    assert ana.toast == "Another account has this already."
    assert await number(door) is None


async def test_where_no_text_message_can_be_sent_the_page_says_so(door: Door, ana: Reader) -> None:
    await prove(ana)

    await ana.send(identifier=NUMBER)

    assert (ana.answer.status_code, ana.path) == (200, "/account/phone")
    assert ana.toast == "We could not send the code. Please try again."
    assert ana.one("input[name=identifier]").attributes["value"] == NUMBER
