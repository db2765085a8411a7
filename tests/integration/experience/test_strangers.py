"""Addresses that are nobody's yet get fewer messages, and the answers do not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carteiro.flows.operate.messages import Wanted, find_messages
from carteiro.model.page import Page
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, GOOD_PASSWORD, TENANT, Door, email, method

NOBODY = "eva@example.com"
_PAUSE = 601
"""Seconds after which the limit of everybody, ten in ten minutes, is free again."""


@pytest.fixture
async def door(door: Door) -> Door:
    """Everybody gets in; Ana has been here before."""
    await door.settings(
        signIn={"methods": [method("email", password=True, code=True)]},
        signUp={"identifiers": ["email"], "password": False, "verify": True},
        signInMode="SignInAndRegister",
    )
    await door.person(GOOD_PASSWORD, primary_email=ANA)
    return door


async def asked(door: Door, to: str, times: int, event: str = "SignIn") -> list[Any]:
    """What somebody is answered who asks for a code, less what is new in each answer."""
    browser = await door.browser()
    await browser.begin(event)
    answers = [await browser.send(event, to) for _ in range(times)]
    return [(one.status_code, sorted(one.json()), sorted(one.headers)) for one in answers]


async def mails_to(door: Door, to: str) -> int:
    return sum(mail.to.key == to for mail in await door.mails())


@pytest.mark.parametrize("event", ["SignIn", "Register"])
async def test_after_ten_messages_an_hour_whoever_has_no_account_gets_none_and_is_not_told(
    door: Door, clock: FrozenClock, event: str
) -> None:
    first = {to: await asked(door, to, 10, event) for to in (ANA, NOBODY)}
    clock.advance(_PAUSE)

    later = {to: await asked(door, to, 2, event) for to in (ANA, NOBODY)}

    assert first[NOBODY] == first[ANA]
    assert later[NOBODY] == later[ANA]
    assert [status for status, *_ in later[NOBODY]] == [200, 200]
    assert await mails_to(door, ANA) == 12
    assert await mails_to(door, NOBODY) == 10
    found = await find_messages(door.world, TENANT, Wanted(), Page(number=1, size=4))
    assert sorted(row.failure or "" for row in found.rows) == ["", "", "withheld", "withheld"]


async def test_an_hour_later_a_stranger_gets_mail_again(door: Door, clock: FrozenClock) -> None:
    await asked(door, NOBODY, 10)
    clock.advance(_PAUSE)
    await asked(door, NOBODY, 1)
    clock.advance(3600)

    await asked(door, NOBODY, 1)

    assert await mails_to(door, NOBODY) == 11


async def test_messages_that_were_not_sent_keep_the_window_full(
    door: Door, clock: FrozenClock
) -> None:
    await asked(door, NOBODY, 10)
    clock.advance(_PAUSE)
    await asked(door, NOBODY, 10)
    # The first ten are an hour old; the others are not.
    clock.advance(3600 - _PAUSE)

    await asked(door, NOBODY, 1)

    assert await mails_to(door, NOBODY) == 10


async def test_however_much_a_deployment_lets_through_no_answer_tells_of_the_window(
    door: Door,
) -> None:
    limit = replace(door.world.code_limit, sends=100)
    object.__setattr__(door.world, "code_limit", limit)

    answers = {to: await asked(door, to, 70) for to in (ANA, NOBODY)}

    assert {status for status, *_ in answers[ANA]} == {200}
    assert answers[NOBODY] == answers[ANA]
    assert await mails_to(door, NOBODY) == 10


async def test_whoever_came_by_a_link_gets_as_many_as_somebody_with_an_account(
    door: Door, clock: FrozenClock
) -> None:
    await asked(door, NOBODY, 10)
    clock.advance(_PAUSE)
    browser = await door.browser()
    await browser.begin("Register")
    body = {"identifier": email(NOBODY), "token": await door.link(NOBODY)}
    await browser.call("POST", "/verification/one-time-token/verify", body)

    answer = await browser.send("Register", NOBODY)

    assert answer.status_code == 200
    assert await mails_to(door, NOBODY) == 11
