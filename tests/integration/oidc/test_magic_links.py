"""A magic link that somebody opens who is signed in already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import sign_in_parts
from carteiro.flows.backend.one_time_link import NewToken, create_token, verify_token
from sign_in_parts import ORIGIN, Browser

MAIL = "ann@example.com"


@dataclass
class Link:
    token: str
    hint: str = MAIL

    @property
    def query(self) -> str:
        return f"login_hint={self.hint.replace('@', '%40')}&one_time_token={self.token}"


async def link(someone: Browser, email: str = MAIL) -> Link:
    made = await create_token(
        someone.world, "default", NewToken(email=email, lifetime=600, context={})
    )
    return Link(made.value, email)


async def opened(someone: Browser, link: Link, **changes: Any) -> str:
    """Where Ann, who is signed in, is sent from the consent page."""
    await someone.code()
    await someone.ask(login_hint=link.hint, one_time_token=link.token, **changes)
    answer = await someone.get("/consent?app_id=app")
    where: str = answer.headers["location"]
    return where


async def test_a_link_that_is_good_is_used_first(someone: Browser) -> None:
    made = await link(someone)

    assert await opened(someone, made) == f"/one-time-token?{made.query}"
    unused = await verify_token(someone.world, "default", made.token, MAIL)
    assert unused.value == made.token


async def test_a_link_that_has_been_used_leads_on(someone: Browser) -> None:
    made = await link(someone)
    await verify_token(someone.world, "default", made.token, MAIL)

    assert await opened(someone, made) == f"{ORIGIN}/oidc/auth/{someone.uid()}"


async def test_a_link_of_somebody_else_asks_who_one_means_to_be(someone: Browser) -> None:
    made = await link(someone, "bob@example.com")

    assert await opened(someone, made) == f"/switch-account?{made.query}"


@pytest.mark.parametrize("token", ["nothing", "x" * 32])
async def test_a_link_that_is_none_says_so(someone: Browser, token: str) -> None:
    where = await opened(someone, Link(token))

    assert where.startswith("/one-time-token?errorMessage=")
    assert token not in where


async def test_half_a_link_is_none(someone: Browser) -> None:
    await sign_in_parts.make_client(someone.world, "second")
    await someone.code()
    await someone.ask(login_hint=MAIL)
    where = (await someone.get("/consent?app_id=app")).headers["location"]

    assert where == f"{ORIGIN}/oidc/auth/{someone.uid()}"
