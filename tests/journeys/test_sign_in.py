"""The how-to on signing in, done as it says: its application is run, and somebody signs in to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import sign_in_parts
from carteiro.app import create_app
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from journeys.test_examples import EXAMPLES, load
from serving_parts import serving_beside
from sign_in_parts import Browser

PAGE = Path(__file__).parents[2] / "docs/how-to/sign-in-with-an-sdk.md"


@pytest.fixture
def server(settings: Settings) -> Iterator[str]:
    """Where Carteiro listens, in a loop of its own."""
    with serving_beside(
        lambda address: create_app(settings.model_copy(update={"public_url": address}))
    ) as where:
        yield where


async def test_the_application_of_the_page_signs_somebody_in_and_out(
    server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = re.search(r"-d '(\{.*?\})'", PAGE.read_text("utf-8"), re.DOTALL)
    assert text is not None
    body = json.loads(text[1])
    async with open_world(settings.model_copy(update={"public_url": server})) as world:
        await sign_in_parts.make_person(world)

        def made(address: str) -> object:
            monkeypatch.setenv("APP_URL", address)
            return load(EXAMPLES / "sign_in/app.py", "example_sign_in").app

        monkeypatch.setenv("CARTEIRO_URL", server)
        monkeypatch.setenv("APP_ID", "shop")
        monkeypatch.setenv("APP_SECRET", sign_in_parts.SECRET)
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
                httpx.AsyncClient(base_url=server) as http,
                httpx.AsyncClient(base_url=address) as application,
            ):
                browser = Browser(world, http, origin=server)
                before = await application.get("/")
                sent = await application.get("/sign-in")
                answered = await browser.go_on(await browser.get(sent.headers["location"]))
                await application.get(answered.headers["location"])
                after = await application.get("/")
                leaving = await application.get("/sign-out")
                page = await browser.get(leaving.headers["location"])
                done = await browser.sign_out(page)
                last = await application.get(done.headers["location"])

    assert before.text == last.text == "Nobody is signed in: open /sign-in"
    assert after.text == "Hello, Ann"
    assert done.headers["location"] == address
