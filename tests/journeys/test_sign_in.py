"""The how-tos on signing in, done as they say: their applications are run, and somebody signs in."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import sign_in_parts
from carteiro.app import create_app
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.smtp_server import SmtpSink
from journeys.test_examples import EXAMPLES, load
from mailed_parts import Person, mailing
from serving_parts import serving_beside

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PAGES = {
    "sign-in-with-an-sdk.md": "sign_in/app.py",
    "sign-in-with-authlib.md": "sign_in_authlib/app.py",
}


@dataclass(kw_only=True)
class Shop:
    """A page's application at an address, and a browser that opens it."""

    address: str
    world: World
    server: str
    sink: SmtpSink
    application: httpx.AsyncClient

    @asynccontextmanager
    async def person(self) -> AsyncIterator[Person]:
        """Ann, in front of a browser."""
        async with httpx.AsyncClient(base_url=self.server, timeout=30) as http:
            yield Person(self.world, http, origin=self.server, sink=self.sink)


@pytest.fixture
def server(settings: Settings) -> Iterator[str]:
    """Where Carteiro listens, in a loop of its own."""
    with serving_beside(
        lambda address: create_app(settings.model_copy(update={"public_url": address}))
    ) as where:
        yield where


@pytest.fixture(params=PAGES)
async def shop(
    request: pytest.FixtureRequest,
    server: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Shop]:
    page, example = request.param, EXAMPLES / PAGES[request.param]
    text = re.search(r"-d '(\{.*?\})'", (HOW_TO / page).read_text("utf-8"), re.DOTALL)
    assert text is not None
    body = json.loads(text[1])
    given = {"CARTEIRO_URL": server, "APP_ID": "shop", "APP_SECRET": sign_in_parts.SECRET}
    for name, value in {**given, "SESSION_SECRET": "s" * 32}.items():
        monkeypatch.setenv(name, value)

    def made(address: str) -> object:
        monkeypatch.setenv("APP_URL", address)
        return load(example, f"example_{example.parent.name}").app

    async with open_world(settings.model_copy(update={"public_url": server})) as world:
        await sign_in_parts.make_person(world)
        with serving_beside(made) as address:
            moved = {
                name: tuple(uri.replace("http://localhost:3000", address) for uri in uris)
                for name, uris in body["oidcClientMetadata"].items()
            }
            await sign_in_parts.make_client(
                world,
                "shop",
                type=body["type"],
                redirect_uris=moved["redirectUris"],
                post_logout=moved["postLogoutRedirectUris"],
            )
            async with (
                mailing(world) as sink,
                httpx.AsyncClient(base_url=address, timeout=30) as application,
            ):
                yield Shop(
                    address=address,
                    world=world,
                    server=server,
                    sink=sink,
                    application=application,
                )


async def test_the_application_of_a_page_signs_somebody_in_and_out(shop: Shop) -> None:
    application = shop.application
    async with shop.person() as person:
        before = await application.get("/")
        sent = await application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        await application.get(answered.headers["location"])
        after = await application.get("/")
        leaving = await application.get("/sign-out")
        page = await person.get(leaving.headers["location"])
        done = await person.sign_out(page)
        last = await application.get(done.headers["location"])

    assert before.text == last.text == "Nobody is signed in: open /sign-in"
    assert after.text == "Hello, Ann"
    assert done.headers["location"] == shop.address


async def test_nobody_is_signed_in_by_somebody_elses_callback(shop: Shop) -> None:
    async with (
        shop.person() as person,
        httpx.AsyncClient(base_url=shop.address) as victim,
    ):
        sent = await shop.application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        await victim.get(answered.headers["location"])

        assert (await victim.get("/")).text == "Nobody is signed in: open /sign-in"
