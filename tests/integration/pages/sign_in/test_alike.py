"""Whoever has an account and whoever has none are shown the same, byte for byte (security §28)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from door_parts import ANA, GOOD_PASSWORD, Door
from page_parts import Reader, reader
from screen_parts import BASE, BOTH

NOBODY = "bob@example.com"
_ANEW = re.compile(r'(?<=name="xsrf" value=")[^"]+')
_OF_ITS_OWN = {"logto-core-request-id", "date", "content-length"}


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> str:
    """The tables' kind makes no difference to what a page says."""
    shutil.copy(migrated_file, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


def told(answer: httpx.Response, who: str) -> Any:
    """All of an answer but what is another one in each."""
    headers = {name: value for name, value in answer.headers.items() if name not in _OF_ITS_OWN}
    return answer.status_code, headers, _ANEW.sub("", answer.text).replace(who, "somebody")


async def seen_by(door: Door, who: str, begins: dict[str, str]) -> list[Any]:
    """What somebody is told from the first page to a proof that is wrong."""
    browser: Reader = reader(door)
    await browser.begin(**begins)
    seen = []
    for fields in ({"identifier": who}, {"code": "000000", "password": "wrong-Password-1"}):
        sent = await browser.sent(**fields)
        await browser.open(sent)
        seen += [told(sent, who), told(browser.answer, who), browser.path]
    return [*seen, sorted(cookie.name for cookie in browser.http.cookies.jar)]


@pytest.mark.parametrize("mode", ["SignIn", "SignInAndRegister"])
@pytest.mark.parametrize(
    ("how", "begins"),
    [
        ({}, {}),
        (BOTH, {}),
        (BOTH, {"first_screen": "reset_password"}),
        ({}, {"first_screen": "register"}),
    ],
    ids=["code", "password", "forgotten", "register"],
)
async def test_nobody_learns_by_a_page_who_has_an_account(
    door: Door, mode: str, how: dict[str, Any], begins: dict[str, str]
) -> None:
    await door.settings(**{**BASE, **how, "signInMode": mode})
    await door.person(GOOD_PASSWORD, primary_email=ANA)

    known, unknown = [await seen_by(door, who, begins) for who in (ANA, NOBODY)]

    assert known == unknown
