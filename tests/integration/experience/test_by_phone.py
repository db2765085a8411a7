"""People sign in, register and reset a password by a number: the codes go to a real endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from carteiro.flows.administer.mail.connectors import (
    NewConnector,
    create_connector,
    delete_connector,
    list_connectors,
)
from carteiro.testing.http_sink import HttpSink
from door_parts import GOOD_PASSWORD, TENANT, Browser, Door, code_of, method, proof_of

NUMBER = "447700900123"
TYPED = "4407700900123"
"""As it is dialled inside the country, after the country's code: the same number."""
BY_NUMBER = {"identifiers": ["phone"], "password": False, "verify": True}


@pytest.fixture
async def sink(door: Door) -> AsyncIterator[HttpSink]:
    """The endpoint that the tenant's text messages are handed to."""
    async with HttpSink() as sink:
        config = {"endpoint": sink.url}
        await create_connector(
            door.world, TENANT, NewConnector(connector_id="http-sms", config=config)
        )
        yield sink


async def send(browser: Browser, event: str, number: str) -> httpx.Response:
    body = {"identifier": {"type": "phone", "value": number}, "interactionEvent": event}
    return await browser.call("POST", "/verification/verification-code", body)


async def verify(browser: Browser, proof: str, code: str, number: str) -> httpx.Response:
    body = {
        "identifier": {"type": "phone", "value": number},
        "verificationId": proof,
        "code": code,
    }
    return await browser.call("POST", "/verification/verification-code/verify", body)


async def proven(door: Door, sink: HttpSink, event: str, number: str) -> tuple[Browser, str]:
    browser = await door.browser()
    await browser.begin(event)
    proof = proof_of(await send(browser, event, number))
    code = sink.requests[-1].json()["payload"]["code"]
    assert (await verify(browser, proof, code, number)).status_code == 200
    return browser, proof


@pytest.mark.parametrize("number", [NUMBER, TYPED])
async def test_a_code_to_a_number_signs_its_owner_in(
    door: Door, sink: HttpSink, number: str
) -> None:
    await door.settings(signIn={"methods": [method("phone", code=True)]}, signUp=BY_NUMBER)
    await door.person(primary_phone=NUMBER)

    browser, proof = await proven(door, sink, "SignIn", number)
    identified = await browser.identify(proof)
    done = await browser.submit()

    assert (identified.status_code, done.status_code) == (204, 200)
    told = sink.requests[-1].json()
    assert (told["to"], told["type"]) == (NUMBER, "SignIn")


async def test_a_code_to_a_number_registers_somebody_who_is_known_by_it_then(
    door: Door, sink: HttpSink
) -> None:
    await door.settings(signIn={"methods": [method("phone", code=True)]}, signUp=BY_NUMBER)

    browser, proof = await proven(door, sink, "Register", NUMBER)
    made = await browser.identify(proof)
    done = await browser.submit()
    again, proof = await proven(door, sink, "SignIn", NUMBER)

    assert (made.status_code, done.status_code) == (201, 200)
    assert (await again.identify(proof)).status_code == 204


async def test_a_code_to_a_number_lets_its_owner_choose_a_new_password(
    door: Door, sink: HttpSink
) -> None:
    await door.settings(
        signIn={"methods": [method("phone", password=True, code=True)]},
        forgotPasswordMethods=["PhoneVerificationCode"],
    )
    await door.person(GOOD_PASSWORD, primary_phone=NUMBER)
    new = "another-Kestrel-9"

    browser, proof = await proven(door, sink, "ForgotPassword", NUMBER)
    await browser.identify(proof)
    chosen = await browser.call("PUT", "/profile/password", {"password": new})
    done = await browser.submit()
    entering = await door.browser()
    await entering.begin()

    assert (chosen.status_code, done.status_code) == (204, 204)
    assert (await entering.password(GOOD_PASSWORD, NUMBER, "phone")).status_code == 422
    assert (await entering.password(new, NUMBER, "phone")).status_code == 200


async def test_without_a_connector_for_text_messages_that_is_told(
    door: Door, sink: HttpSink
) -> None:
    await door.settings(signIn={"methods": [method("phone", code=True)]})
    for connector in await list_connectors(door.world, TENANT):
        if connector.row.connector_id == "http-sms":
            await delete_connector(door.world, TENANT, connector.row.id)
    browser = await door.browser()
    await browser.begin()

    answer = await send(browser, "SignIn", NUMBER)

    assert code_of(answer) == (501, "connector.not_found")
    assert not sink.requests
