"""The how-to on Authlib, done as it says: its Django project is run, and what must fail is tried."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

from carteiro.settings import Settings
from carteiro.testing.postgres import free_port
from journeys.test_examples import EXAMPLES, load
from serving_parts import serving_beside
from shop_parts import HOW_TO, NOBODY, Environment, Shop, in_and_out, opened_shop

PAGE = "sign-in-with-authlib.md"
TEXT = (HOW_TO / PAGE).read_text("utf-8")
DJANGO = EXAMPLES / "sign_in_django"
Run = Callable[[Environment], AbstractContextManager[str]]


@pytest.fixture
def in_django(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The Django project, by the two commands of the page; a warning ends it."""

    @contextmanager
    def run(given: Environment) -> Iterator[str]:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        for name, value in {**given, "APP_URL": address, "SESSION_SECRET": "s" * 32}.items():
            monkeypatch.setenv(name, value)
        manage = [sys.executable, "-W", "error", str(DJANGO / "manage.py")]
        prepare, serve = re.findall(r"^ *python manage\.py (.+)$", TEXT, re.MULTILINE)
        subprocess.run([*manage, *prepare.split()], cwd=tmp_path, check=True, timeout=60)
        there = serve.replace("3000", f"127.0.0.1:{port}").split()
        process = subprocess.Popen([*manage, *there, "--noreload"], cwd=tmp_path)
        try:
            _wait_for(process, port)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)

    return run


@pytest.fixture
def in_fastapi(monkeypatch: pytest.MonkeyPatch) -> Run:
    """The FastAPI application, in a thread."""

    def run(given: Environment) -> AbstractContextManager[str]:
        for name, value in {**given, "SESSION_SECRET": "s" * 32}.items():
            monkeypatch.setenv(name, value)

        def made(address: str) -> object:
            monkeypatch.setenv("APP_URL", address)
            return load(EXAMPLES / "sign_in_authlib/app.py", "example_sign_in_authlib").app

        return serving_beside(made)

    return run


@pytest.fixture
async def shop(in_django: Run, settings: Settings) -> AsyncIterator[Shop]:
    async with opened_shop(PAGE, settings, in_django) as opened:
        yield opened


async def test_the_project_of_the_page_signs_somebody_in_and_out(shop: Shop) -> None:
    last = await in_and_out(shop)

    assert last.partition("?")[0] == shop.address


async def test_nobody_is_signed_in_by_somebody_elses_callback(shop: Shop) -> None:
    async with (
        shop.person() as person,
        httpx.AsyncClient(base_url=shop.address, timeout=30) as victim,
    ):
        sent = await shop.application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        await victim.get("/sign-in")
        refused = await victim.get(answered.headers["location"])

        assert (refused.status_code, refused.text) == (400, "Not signed in: mismatching_state")
        assert (await victim.get("/")).text == NOBODY


@pytest.mark.parametrize("framework", ["in_django", "in_fastapi"])
async def test_nobody_is_signed_in_by_an_id_token_for_another_nonce(
    framework: str, request: pytest.FixtureRequest, settings: Settings
) -> None:
    run = request.getfixturevalue(framework)
    async with opened_shop(PAGE, settings, run) as shop, shop.person() as person:
        sent = await shop.application.get("/sign-in")
        asked = urlsplit(sent.headers["location"])
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        other = asked._replace(query=urlencode({**query, "nonce": "another-nonce"}))
        answered = await person.go_on(await person.get(other.geturl()))
        back = await shop.application.get(answered.headers["location"])
        after = await shop.application.get("/")

    assert len(query["nonce"]) > 10
    assert (back.status_code, back.text) == (400, "Not signed in: invalid_claim")
    assert after.text == NOBODY


async def test_nobody_is_signed_in_with_a_profile_of_somebody_else(
    in_django: Run, settings: Settings
) -> None:
    @contextmanager
    def deceived(given: Environment) -> Iterator[str]:
        with (
            _telling_lies(given["CARTEIRO_URL"]) as liar,
            in_django({**given, "CARTEIRO_URL": liar}) as address,
        ):
            yield address

    async with opened_shop(PAGE, settings, deceived) as shop, shop.person() as person:
        sent = await shop.application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        back = await shop.application.get(answered.headers["location"])
        after = await shop.application.get("/")

    assert (back.status_code, back.text) == (400, "Not signed in: the profile is another's")
    assert after.text == NOBODY


def test_the_page_shows_the_projects_own_lines() -> None:
    files = [path.read_text("utf-8") for path in DJANGO.rglob("*.py")]

    shown = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)

    assert len(shown) == 4
    assert [block for block in shown if not any(block in file for file in files)] == []


def _telling_lies(server: str) -> AbstractContextManager[str]:
    """A discovery document that is the server's, but for where profiles are."""
    liar = FastAPI()

    @liar.get("/oidc/.well-known/openid-configuration")
    async def discovery(request: Request) -> dict[str, object]:
        async with httpx.AsyncClient(base_url=server, timeout=30) as http:
            real = (await http.get(request.url.path)).json()
        return {**real, "userinfo_endpoint": f"{request.base_url}profile"}

    @liar.get("/profile")
    async def profile() -> dict[str, str]:
        return {"sub": "eve", "name": "Eve"}

    return serving_beside(lambda _: liar)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(1200):
        assert process.poll() is None, "it has ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("it never listened")
