"""The how-tos on the pages' look and words: each command as it is printed, and what it changes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from access_parts import token
from door_parts import ANA, Door, wrong
from page_parts import Reader, reader

HOW_TOS = Path(__file__).parents[4] / "docs/how-to"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HOST = "https://auth.example.com"


def commands(name: str) -> list[list[str]]:
    """The commands of a how-to, word by word."""
    blocks = _BLOCK.findall((HOW_TOS / f"{name}.md").read_text("utf-8"))
    return [shlex.split(block.replace("\\\n", " ")) for block in blocks]


async def run(door: Door, words: list[str], **put: str) -> httpx.Response:
    """Do what `curl` does with these words; ``put`` is put in place of some of them."""
    command, address, *options = words
    pairs = dict(zip(options[::2], options[1::2], strict=True))
    given = [two for one, two in zip(options[::2], options[1::2], strict=True) if one == "-H"]
    headers = dict(line.split(": ", 1) for line in given)
    assert (command, set(pairs)) == ("curl", {"-X", "-H", "-d"})
    assert address.startswith(_HOST)
    assert headers.pop("Authorization") == "Bearer $TOKEN"
    headers |= await token(door.app, "all")
    path, body = address.removeprefix(_HOST), pairs["-d"]
    for before, after in put.items():
        path, body = path.replace(before, after), body.replace(before, after)
    transport = httpx.ASGITransport(app=door.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://carteiro.test") as client:
        return await client.request(pairs["-X"], path, content=body, headers=headers)


async def page(door: Door, **asked: str) -> Reader:
    """The first page as somebody sees it who has just come."""
    browser = reader(door)
    await browser.begin(**asked)
    return browser


async def test_words_of_ones_own_are_on_the_page(door: Door) -> None:
    (command,) = commands("translate-your-sign-in")
    before = (await page(door, ui_locales="de")).text("main form button")

    answer = await run(door, command)
    german, english = await page(door, ui_locales="de"), await page(door)

    assert answer.status_code == 201
    assert german.text("main form button") == "Los geht’s" != before
    assert english.text("main form button") == "Sign in"
    assert german.text("label[for=identifier]") == "E-Mail-Adresse"


async def test_a_key_that_there_is_not_is_refused(door: Door) -> None:
    (command,) = commands("translate-your-sign-in")

    answer = await run(door, command, sign_in="sign_inn")

    text = (HOW_TOS / "translate-your-sign-in.md").read_text("utf-8")
    assert f"An unknown key is refused with `{answer.status_code}`" in text
    assert (await page(door, ui_locales="de")).text("main form button") != "Los geht’s"


async def test_a_language_that_is_not_built_in_is_added_by_its_words(door: Door) -> None:
    (command,) = commands("translate-your-sign-in")

    await run(door, command, **{"/de": "/nl-NL", "Los geht’s": "Inloggen"})
    added = await page(door, ui_locales="nl-NL")

    assert added.one("html").attributes["lang"] == "nl-NL"
    assert added.text("main form button") == "Inloggen"
    assert added.text("label[for=identifier]") == "Email"
    assert "nl-NL" in [one.attributes["value"] for one in added.page.css("#lng option")]


@pytest.mark.parametrize("detects", [True, False])
async def test_people_switch_the_language_where_it_is_detected(
    door: Door, *, detects: bool
) -> None:
    await door.settings(languageInfo={"autoDetect": detects, "fallbackLanguage": "en"})

    assert bool((await page(door)).page.css("#lng")) is detects


async def test_css_of_ones_own_is_on_the_page_and_allowed_there(door: Door) -> None:
    (command,) = commands("add-your-own-css")

    answer = await run(door, command)
    seen = await page(door)
    preview = await seen.http.get("/sign-in?preview=true", headers={"accept": "text/html"})

    css = json.loads(command[-1])["customCss"]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = seen.answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert seen.answer.text.count(f"<style data-custom-css>{css}</style>") == 1
    assert seen.answer.text.index("--brand:") < seen.answer.text.index(css)
    assert f"'sha256-{digest}'" in policy
    assert "img-src 'self' https: data:;" in policy
    assert "data-custom-css" not in preview.text


async def test_the_names_that_css_may_use_are_on_the_pages(door: Door, browser: Reader) -> None:
    text = (HOW_TOS / "add-your-own-css.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+`.*?) \|", text, re.MULTILINE)
    named = {selector for row in rows for selector in re.findall(r"`([^`]+)`", row)}
    elsewhere = {"body.dark", "[name=password]", "[name=newPassword]", "[name=passcode_0]"}
    met: set[str] = set()

    def look() -> None:
        met.update(one for one in named if browser.page.css_first(one) is not None)

    await browser.begin()
    look()
    await browser.send(identifier=ANA)
    await browser.send(code=wrong(await door.code()))
    look()
    door.clock.advance(60)
    await browser.send(form="form.resend")
    look()
    await browser.send(code=await door.code())
    look()

    assert named - met == elsewhere


async def test_a_colour_and_a_logo_of_ones_own_are_on_the_page(door: Door) -> None:
    (command,) = commands("brand-your-sign-in")

    answer = await run(door, command)
    seen = await page(door)

    look = json.loads(command[-1])
    assert answer.status_code == 200
    assert f"--brand:{look['color']['primaryColor']}" in seen.answer.text
    assert f"--brand:{look['color']['darkPrimaryColor']}" in seen.answer.text
    assert seen.one("img.logo").attributes["src"] == look["branding"]["logoUrl"]
    assert seen.one("picture source").attributes["srcset"] == look["branding"]["darkLogoUrl"]
    icon = seen.one("link[rel='shortcut icon']").attributes["href"]
    assert icon == look["branding"]["favicon"]
