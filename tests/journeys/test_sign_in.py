"""The how-tos on signing in, done as they say: their applications are run, and somebody signs in."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from carteiro.settings import Settings
from journeys.test_examples import EXAMPLES, load
from node_parts import NotHereError, install, require_node, running
from sdk_parts import API, SOON_OVER, grant_ann
from serving_parts import serving_beside
from shop_parts import HOW_TO, NOBODY, Environment, Shop, in_and_out, opened_shop

SDK = "sign-in-with-an-sdk.md"
JAVASCRIPT = EXAMPLES / "sign_in_js"
PAGES = {
    "sign_in/app.py": SDK,
    "sign_in_js/app.js": SDK,
    "sign_in_authlib/app.py": "sign-in-with-authlib.md",
}


@pytest.fixture(scope="session")
def in_javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example in JavaScript, with the packages that its lock names."""
    folder = tmp_path_factory.mktemp("sign_in_js")
    try:
        require_node()
        install(JAVASCRIPT, folder)
    except NotHereError as missing:
        pytest.skip(str(missing))
    return folder


@pytest.fixture(params=PAGES)
async def shop(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    example = EXAMPLES / request.param

    @contextmanager
    def run(given: Environment) -> Iterator[str]:
        if example.suffix == ".js":
            with running(request.getfixturevalue("in_javascript"), os.environ | given) as address:
                yield address
            return
        for name, value in {**given, "SESSION_SECRET": "s" * 32}.items():
            monkeypatch.setenv(name, value)

        def made(address: str) -> object:
            monkeypatch.setenv("APP_URL", address)
            return load(example, f"example_{example.parent.name}").app

        with serving_beside(made) as address:
            yield address

    async with opened_shop(PAGES[request.param], settings, run) as opened:
        yield opened


@pytest.fixture
async def shop_with_api(in_javascript: Path, settings: Settings) -> AsyncIterator[Shop]:
    """The application in JavaScript, that asks for tokens to call APIs with."""
    asked = {"API_RESOURCES": f"{API} {SOON_OVER}", "API_SCOPES": "read write invite"}
    async with opened_shop(
        SDK, settings, lambda given: running(in_javascript, os.environ | given | asked)
    ) as opened:
        await opened.world.database.write(lambda tx: grant_ann(tx, soon=1))
        yield opened


async def test_the_application_of_a_page_signs_somebody_in_and_out(shop: Shop) -> None:
    last = await in_and_out(shop)

    assert last == shop.address


async def test_nobody_is_signed_in_by_somebody_elses_callback(shop: Shop) -> None:
    async with (
        shop.person() as person,
        # What the SDK raises ends the connection, and may do so under the next request on it.
        httpx.AsyncClient(
            base_url=shop.address, limits=httpx.Limits(max_keepalive_connections=0)
        ) as victim,
    ):
        sent = await shop.application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        await victim.get(answered.headers["location"])
        assert (await victim.get("/")).text == NOBODY

        await victim.get("/sign-in")
        refused = await victim.get(answered.headers["location"])

        assert not refused.is_success
        assert (await victim.get("/")).text == NOBODY


async def test_the_sdk_in_javascript_has_the_claims_and_asks_for_them(shop_with_api: Shop) -> None:
    async with shop_with_api.person() as person:
        await shop_with_api.sign_in(person)

    said = (await shop_with_api.application.get("/me")).json()

    claims, told = said["claims"], said["told"]
    assert (claims["iss"], claims["aud"]) == (f"{shop_with_api.server}/oidc", "shop")
    assert claims["sub"] == told["sub"] == "ann"
    assert claims["organizations"] == told["organizations"] == ["org"]
    assert (told["name"], told["username"]) == ("Ann", "ann")


async def test_the_sdk_in_javascript_gets_tokens_for_a_resource_and_an_organization(
    shop_with_api: Shop,
) -> None:
    async with shop_with_api.person() as person:
        await shop_with_api.sign_in(person)

    for_api = await _access(shop_with_api, resource=API)
    inside = await _access(shop_with_api, organization="org")
    refused = await shop_with_api.application.get("/access", params={"organization": "other"})

    assert (for_api["aud"], for_api["scope"], for_api["sub"]) == (API, "read", "ann")
    assert (inside["aud"], inside["scope"]) == ("urn:logto:organization:org", "invite")
    assert (refused.status_code, refused.text) == (400, "oidc.access_denied")


async def test_the_sdk_in_javascript_renews_what_is_over(shop_with_api: Shop) -> None:
    async with shop_with_api.person() as person:
        await shop_with_api.sign_in(person)
    first = await _access(shop_with_api, resource=SOON_OVER)
    kept = await _access(shop_with_api, resource=API)

    renewed = first
    async with asyncio.timeout(60):
        while renewed["jti"] == first["jti"]:
            await asyncio.sleep(0.1)
            renewed = await _access(shop_with_api, resource=SOON_OVER)

    assert (renewed["sub"], renewed["aud"]) == ("ann", SOON_OVER)
    assert await _access(shop_with_api, resource=API) == kept
    assert (await shop_with_api.application.get("/")).text == "Hello, Ann"


async def _access(shop: Shop, **asked: str) -> dict[str, Any]:
    """What the token says that the application would show to an API."""
    answer = await shop.application.get("/access", params=asked)
    assert answer.status_code == 200, answer.text
    claims: dict[str, Any] = answer.json()
    return claims


def test_the_page_shows_the_examples_own_lines() -> None:
    program = (JAVASCRIPT / "app.js").read_text("utf-8")
    shown = re.findall(r"```js\n(.*?)```", (HOW_TO / SDK).read_text("utf-8"), re.DOTALL)

    assert len(shown) == 3
    assert [block for block in shown if block not in program] == []


def test_the_lock_pins_every_package_by_its_hash_and_names_no_registry() -> None:
    text = (JAVASCRIPT / "package-lock.json").read_text("utf-8")
    packages = {name: told for name, told in json.loads(text)["packages"].items() if name}

    assert "://" not in text
    assert "node_modules/@logto/node" in packages
    assert all(told["version"] for told in packages.values())
    assert all(told["integrity"].startswith("sha512-") for told in packages.values())


def test_an_example_is_left_out_only_where_nobody_answers(tmp_path: Path) -> None:
    try:
        require_node()
    except NotHereError as missing:
        pytest.skip(str(missing))
    empty = f"--cache={tmp_path / 'cache'}"
    nowhere = "--registry=http://127.0.0.1:1"

    with pytest.raises(NotHereError, match="ECONNREFUSED"):
        install(JAVASCRIPT, tmp_path / "gone", empty, nowhere)
    unlocked = tmp_path / "unlocked"
    unlocked.mkdir()
    shutil.copy(JAVASCRIPT / "package.json", unlocked)
    with pytest.raises(AssertionError, match="EUSAGE"):
        install(unlocked, tmp_path / "refused", empty, nowhere)
