"""New passwords against what is known of leaks, here and where a service may be asked."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.leaks.pwned_passwords import is_listed
from carteiro.errors import PasswordExpired, PasswordRejected
from carteiro.flows.administer.tenant.settings import update_protection
from carteiro.flows.administer.tenant.sign_in_experience import check_new_password
from carteiro.flows.guards.passwords import require_fresh_password, require_good_password
from carteiro.flows.world import World
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_provider import client_of, server_tls
from carteiro.testing.http_sink import DROPPED, ENDLESS, HUNG, Answer, HttpSink
from guard_parts import TENANT, decided, person

pytestmark = pytest.mark.anyio
HOST = "api.pwnedpasswords.com"
UNKNOWN = "plinth-Orbit7 kestrel"
DIGEST = hashlib.sha1(UNKNOWN.encode()).hexdigest().upper()
OTHERS = [f"{number:035X}:{number}" for number in range(2000)]


def listing(*lines: str) -> Answer:
    return Answer(200, "\r\n".join(lines).encode())


SEEN = listing(*OTHERS, f"{DIGEST[5:]}:3")


@asynccontextmanager
async def service(answer: Answer) -> AsyncIterator[tuple[HttpSink, HttpClient]]:
    async with HttpSink(answer, tls=server_tls(HOST)) as sink:
        client = client_of(sink)
        yield sink, client
        await client.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (SEEN, True),
        (listing(f"{DIGEST[5:].lower()}:1"), True),
        (listing(*OTHERS), False),
        (listing(f"{DIGEST[5:]}:0"), False),
        (listing(f"{DIGEST[5:]}:many"), False),
        (listing(f"{DIGEST[5:]}:{'9' * 9000}"), True),
        (listing(), False),
        (Answer(429, SEEN.body), None),
        (Answer(503, b""), None),
        (DROPPED, None),
        (HUNG, None),
    ],
    ids=[
        "seen",
        "lower",
        "others",
        "padding",
        "odd",
        "huge",
        "empty",
        "429",
        "503",
        "dropped",
        "hung",
    ],
)
async def test_a_range_says_whether_a_password_is_in_it(
    answer: Answer, expected: bool | None
) -> None:
    async with service(answer) as (_, client):
        assert await is_listed(client, UNKNOWN, timeout=1) is expected


async def test_the_service_hears_five_digits_and_nothing_else() -> None:
    async with service(SEEN) as (sink, client):
        await is_listed(client, UNKNOWN)

    (request,) = sink.requests
    assert (request.method, request.path, request.body) == ("GET", f"/range/{DIGEST[:5]}", b"")
    assert request.headers["add-padding"] == "true"
    assert DIGEST[5:12] not in str(request).upper()


async def test_an_answer_without_end_is_cut() -> None:
    async with service(ENDLESS) as (sink, client):
        await is_listed(client, UNKNOWN)

        assert sink.sent < 64 * 1024 * 1024


async def issues(world: World, client: HttpClient, password: str) -> list[str]:
    reached = replace(world, services=replace(world.services, http=client))
    workspace = await world.workspaces.of(TENANT)
    try:
        await require_good_password(reached, workspace, password, ["ana"])
    except PasswordRejected as error:
        return [dict(issue)["code"] for issue in error.data or ()]
    return []


async def test_the_service_is_asked_where_a_tenant_wants_it_and_for_what_the_list_does_not_know(
    world: World,
) -> None:
    async with service(SEEN) as (sink, client):
        unasked = await issues(world, client, UNKNOWN)
        await update_protection(world, TENANT, {"leakedPasswordsService": True})
        known_here = await issues(world, client, "test_password")
        before = len(sink.requests)
        known_there = await issues(world, client, UNKNOWN)

    assert unasked == []
    assert known_here == ["password_rejected.pwned"]
    assert before == 0
    assert known_there == ["password_rejected.pwned"]


async def test_a_service_that_is_away_stops_nobody_and_is_told_to_the_operator(
    world: World,
) -> None:
    await update_protection(world, TENANT, {"leakedPasswordsService": True})
    async with service(DROPPED) as (_, client):
        with capture_logs() as logs:
            found = await issues(world, client, UNKNOWN)

    assert found == []
    assert [log["log_level"] for log in logs if log["log_level"] == "warning"] == ["warning"]
    assert UNKNOWN not in str(logs)
    assert DIGEST[:5] not in str(logs)


async def test_who_takes_leaked_passwords_asks_nobody(world: World) -> None:
    await decided(world, passwordPolicy={"rejects": {"pwned": False}})
    await update_protection(world, TENANT, {"leakedPasswordsService": True})
    async with service(SEEN) as (sink, client):
        found = await issues(world, client, UNKNOWN)

    assert found == []
    assert sink.requests == []


async def test_an_administrator_s_check_asks_the_same(world: World) -> None:
    await update_protection(world, TENANT, {"leakedPasswordsService": True})
    await decided(world, passwordPolicy={"rejects": {"userInfo": False}})
    async with service(SEEN) as (_, client):
        reached = replace(world, services=replace(world.services, http=client))
        found = await check_new_password(reached, TENANT, UNKNOWN, None)

    assert found == [{"code": "password_rejected.pwned"}]


async def test_a_password_that_is_too_old_is_refused_where_passwords_expire(
    world: World, clock: FrozenClock
) -> None:
    ana = await person(world, username="ana")
    before = await world.workspaces.of(TENANT)
    flagged = replace(ana, is_password_expired=True)

    require_fresh_password(before, flagged, clock.now())
    expiring = replace(
        before, experience={**before.experience, "passwordExpiration": {"enabled": True}}
    )
    with pytest.raises(PasswordExpired):
        require_fresh_password(expiring, flagged, clock.now())
