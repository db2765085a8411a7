"""A magic link that somebody opens who is signed in already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import secret_parts
import sign_in_parts
from carteiro.flows.backend.one_time_link import NewToken, create_token, verify_token
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from sign_in_parts import ORIGIN, SECRET, Browser, request

MAIL = "ann@example.com"
_STORED = Statement.of(
    "test.stored_requests",
    "SELECT params AS said FROM interactions UNION ALL SELECT content FROM oidc_tokens "
    "UNION ALL SELECT payload FROM logs",
)
_SPOILT = Statement.of(
    "test.spoilt_requests",
    "UPDATE interactions SET params = REPLACE(params, 'sealed:', 'sealed:A') RETURNING uid",
)


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


async def stored(someone: Browser) -> str:
    async def work(tx: Transaction) -> str:
        return "\n".join(row["said"] or "" for row in await tx.all(_STORED))

    return await someone.world.database.read(work)


async def test_a_link_s_token_is_nowhere_to_be_read(someone: Browser, settings: Settings) -> None:
    made = await link(someone)
    told = {"login_hint": MAIL, "one_time_token": made.token}

    page = await someone.ask(**told)
    form = {**request(**told), "client_secret": SECRET}
    pushed = (await someone.http.post("/oidc/request", data=form)).json()["request_uri"]
    before = await stored(someone)
    asked = {"client_id": "app", "request_uri": pushed}
    by_push = await someone.get("/oidc/auth", params=asked)
    back = await someone.get(f"/oidc/auth/{someone.uid()}")

    for answer in (page, by_push, back):
        assert answer.headers["location"] == f"/sign-in?app_id=app&{turned(made)}"
    assert made.token not in before + await stored(someone)
    everything = await secret_parts.stored(settings.database_url)
    assert secret_parts.found([made.token], {"database": everything}) == set()
    assert secret_parts.found([MAIL], {"database": everything})
    assert before.count("sealed:") == 2


def turned(made: Link) -> str:
    """As the first page's address has them."""
    hint, token = made.query.split("&")
    return f"{token}&{hint}"


async def test_a_link_whose_token_opens_no_more_is_opened_again(someone: Browser) -> None:
    made = await link(someone)
    await someone.code()
    await someone.ask(login_hint=MAIL, one_time_token=made.token)
    await someone.world.database.write(lambda tx: tx.all(_SPOILT))

    where = (await someone.get("/consent?app_id=app")).headers["location"]

    assert where == f"{ORIGIN}/oidc/auth/{someone.uid()}"
