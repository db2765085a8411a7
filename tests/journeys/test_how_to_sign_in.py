"""The steps of `sign-people-in.md`, taken as the page says them, by people in browsers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, GOOD_PASSWORD, Browser, Door, code_of, opened_door, proven

PAGE = Path(__file__).parents[2] / "docs/how-to/sign-people-in.md"
_CALL = re.compile(r"^(PUT|POST) /api/experience(\S*)(?:\n(\{.*\}))?$", re.MULTILINE)
Step = tuple[str, str, Any]


def blocks() -> list[list[Step]]:
    """Each block's calls: method, path below the API, body."""
    text = PAGE.read_text("utf-8")
    found = re.findall(r"```http\n(.*?)```", text, re.DOTALL)
    return [
        [(call[1], call[2], json.loads(call[3]) if call[3] else None) for call in _CALL.finditer(b)]
        for b in found
    ]


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with opened_door(settings, FrozenClock(1_800_000_000_000)) as opened:
        await opened.settings(forgotPasswordMethods=["EmailVerificationCode"])
        yield opened


async def taken(door: Door, browser: Browser, steps: Sequence[Step]) -> list[httpx.Response]:
    """Take the steps; where the page leaves something open it is what the last answers have said."""
    answers: list[httpx.Response] = []
    proof = ""
    for method, path, body in steps:
        said = dict(body or {})
        if "verificationId" in said:
            said["verificationId"] = proof
        if "code" in said:
            said["code"] = await door.code()
        if "password" in said:
            said["password"] = GOOD_PASSWORD
        answer = await browser.call(method, path, said if body is not None else None)
        if answer.status_code == 200:
            proof = answer.json().get("verificationId", proof)
        answers.append(answer)
    return answers


async def test_somebody_signs_in_by_the_calls_of_the_page(door: Door) -> None:
    await door.person(primary_email=ANA)

    answers = await taken(door, await door.browser(), blocks()[0])

    assert [answer.status_code for answer in answers] == [204, 200, 200, 204, 200]
    assert "/oidc/auth/" in answers[-1].json()["redirectTo"]


async def test_who_has_no_account_registers_with_the_same_proof(door: Door) -> None:
    browser = await door.browser()
    refused = (await taken(door, browser, blocks()[0][:4]))[-1]
    (turned,) = await taken(door, browser, blocks()[1])
    proof = (await browser.record())["verificationRecords"][0]["id"]

    assert code_of(refused) == (404, "user.user_not_exist")
    assert turned.status_code == 204
    assert (await browser.identify(proof)).status_code == 201


async def test_a_forgotten_password_is_set_anew_by_the_calls_of_the_page(door: Door) -> None:
    await door.person("another-Horse8-battery", primary_email=ANA)
    browser = await door.browser()
    await browser.begin("ForgotPassword")
    await browser.identify(await proven(door, browser, "ForgotPassword"))

    answers = await taken(door, browser, blocks()[2])

    assert [answer.status_code for answer in answers] == [204, 204]


def test_the_page_has_the_calls_that_are_taken_here() -> None:
    assert [len(block) for block in blocks()] == [5, 1, 2]
