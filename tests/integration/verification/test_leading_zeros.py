"""A code keeps the zeros that it begins with: in real mail, on the page, over both APIs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from carteiro import secrets
from carteiro.testing.smtp_server import SmtpSink
from door_parts import ANA
from mailed_parts import Person, mailing
from page_parts import Reader
from sign_in_parts import ORIGIN, make_client, make_person

CODE = "000123"


@pytest.fixture
async def sink(app: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmtpSink]:
    """Where the tenant's mail goes. Ann has an account."""
    # Chance itself is asked about: it draws such a number once in ten thousand times.
    monkeypatch.setattr(secrets.secrets, "randbelow", lambda _: 123)
    await make_person(app.state.world, primary_email=ANA)
    await make_client(app.state.world)
    async with mailing(app.state.world) as opened:
        yield opened


def mailed(sink: SmtpSink) -> str:
    """What the newest mail says, as the server was given it."""
    text: str = sink.received[-1].message.get_body(("plain",)).get_content()
    return text.strip()


async def test_it_is_typed_on_the_page(sink: SmtpSink, anonymous: httpx.AsyncClient) -> None:
    browser = Reader(anonymous, origin=ORIGIN)
    await browser.begin()
    await browser.send(identifier=ANA)

    await browser.send(code=mailed(sink))

    assert mailed(sink) == CODE
    assert browser.signed_in()


async def test_it_is_redeemed_over_the_experience_api(
    app: Any, sink: SmtpSink, anonymous: httpx.AsyncClient
) -> None:
    person = Person(app.state.world, anonymous, sink=sink, address=ANA)

    where = await person.go_on(await person.ask())

    assert mailed(sink) == person.mailed_code() == CODE
    assert "code=" in where.headers["location"]


@pytest.mark.parametrize("short", ["123", "0123", "00123"])
async def test_it_is_redeemed_over_the_management_api_with_all_its_zeros(
    sink: SmtpSink, client: httpx.AsyncClient, short: str
) -> None:
    await client.post("/api/verification-codes", json={"email": ANA})
    asked = "/api/verification-codes/verify"
    refused = await client.post(asked, json={"email": ANA, "verificationCode": short})

    done = await client.post(asked, json={"email": ANA, "verificationCode": mailed(sink)})

    assert mailed(sink) == CODE
    assert (refused.status_code, done.status_code) == (400, 204)
