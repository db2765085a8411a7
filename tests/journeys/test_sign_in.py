"""The how-tos on signing in, done as they say: their applications are run, and somebody signs in."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

import sign_in_parts
from carteiro.app import create_app
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.postgres import free_port
from carteiro.testing.smtp_server import SmtpSink
from journeys.test_examples import EXAMPLES, load
from mailed_parts import Person, mailing
from serving_parts import serving_beside

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PAGES = {
    "sign_in": "sign-in-with-an-sdk.md",
    "sign_in_authlib": "sign-in-with-authlib.md",
    "sign_in_django": "sign-in-with-authlib.md",
}
"""The examples, each with the page that tells of it."""


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


@pytest.fixture
def found_at(request: pytest.FixtureRequest, server: str) -> Iterator[str]:
    """Where an application looks for the discovery document; ``lying`` swaps the profiles."""
    if getattr(request, "param", None) is None:
        yield server
        return
    liar = FastAPI()

    @liar.get("/oidc/.well-known/openid-configuration")
    async def discovery(request: Request) -> dict[str, object]:
        async with httpx.AsyncClient(base_url=server) as http:
            real = (await http.get(request.url.path)).json()
        return {**real, "userinfo_endpoint": f"{request.base_url}profile"}

    @liar.get("/profile")
    async def profile() -> dict[str, str]:
        return {"sub": "eve", "name": "Eve"}

    with serving_beside(lambda _: liar) as address:
        yield address


@contextmanager
def running(
    example: str, page: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Where the application of an example listens, started as its page says."""

    def made(address: str) -> object:
        monkeypatch.setenv("APP_URL", address)
        return load(EXAMPLES / example / "app.py", f"example_{example}").app

    if (EXAMPLES / example / "app.py").exists():
        with serving_beside(made) as address:
            yield address
        return
    port = free_port()
    monkeypatch.setenv("APP_URL", f"http://127.0.0.1:{port}")
    manage = [sys.executable, "-W", "error", str(EXAMPLES / example / "manage.py")]
    prepare, serve = re.findall(r"^ *python manage\.py (.+)$", page, re.MULTILINE)
    subprocess.run([*manage, *prepare.split()], cwd=folder, check=True, timeout=60)
    at = serve.replace("3000", f"127.0.0.1:{port}").split()
    process = subprocess.Popen([*manage, *at, "--noreload"], cwd=folder)
    try:
        wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when a process of ours listens on a port."""
    for _ in range(1200):
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("it never listened")


@pytest.fixture(params=PAGES)
async def shop(
    request: pytest.FixtureRequest,
    server: str,
    found_at: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[Shop]:
    page = (HOW_TO / PAGES[request.param]).read_text("utf-8")
    text = re.search(r"-d '(\{.*?\})'", page, re.DOTALL)
    assert text is not None
    body = json.loads(text[1])
    given = {"CARTEIRO_URL": found_at, "APP_ID": "shop", "APP_SECRET": sign_in_parts.SECRET}
    for name, value in {**given, "SESSION_SECRET": "s" * 32}.items():
        monkeypatch.setenv(name, value)

    async with open_world(settings.model_copy(update={"public_url": server})) as world:
        await sign_in_parts.make_person(world)
        with running(request.param, page, tmp_path, monkeypatch) as address:
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
    assert done.headers["location"].partition("?")[0] == shop.address


async def test_nobody_is_signed_in_by_somebody_elses_callback(shop: Shop) -> None:
    async with (
        shop.person() as person,
        httpx.AsyncClient(base_url=shop.address) as victim,
    ):
        sent = await shop.application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        await victim.get(answered.headers["location"])

        assert (await victim.get("/")).text == "Nobody is signed in: open /sign-in"


@pytest.mark.parametrize("shop", ["sign_in_authlib", "sign_in_django"], indirect=True)
async def test_nobody_is_signed_in_by_an_id_token_for_another_nonce(shop: Shop) -> None:
    async with shop.person() as person:
        sent = await shop.application.get("/sign-in")
        asked = urlsplit(sent.headers["location"])
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        assert len(query["nonce"]) > 10
        other = asked._replace(query=urlencode({**query, "nonce": "another-nonce"}))
        answered = await person.go_on(await person.get(other.geturl()))
        back = await shop.application.get(answered.headers["location"])

    assert (back.status_code, back.text) == (400, "Not signed in: invalid_claim")
    assert (await shop.application.get("/")).text == "Nobody is signed in: open /sign-in"


@pytest.mark.parametrize("shop", ["sign_in_django"], indirect=True)
@pytest.mark.parametrize("found_at", ["lying"], indirect=True)
async def test_nobody_is_signed_in_with_a_profile_of_somebody_else(shop: Shop) -> None:
    async with shop.person() as person:
        sent = await shop.application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        back = await shop.application.get(answered.headers["location"])

    assert (back.status_code, back.text) == (400, "Not signed in: the profile is another's")
    assert (await shop.application.get("/")).text == "Nobody is signed in: open /sign-in"


def test_the_code_of_a_page_is_its_examples_own() -> None:
    page = (HOW_TO / PAGES["sign_in_django"]).read_text("utf-8")
    files = [path.read_text("utf-8") for path in (EXAMPLES / "sign_in_django").rglob("*.py")]

    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)

    assert len(blocks) >= 3
    assert [block for block in blocks if not any(block in file for file in files)] == []
