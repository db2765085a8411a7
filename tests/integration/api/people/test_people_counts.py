"""Counts of people, passwords that expire, the default resource (organization RBAC §9)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from access_parts import BODY, NOT_FOUND, NOT_THERE_TO_CHANGE, call, things
from carteiro.flows.administer.people import count_people
from carteiro.flows.world import World
from carteiro.runtime.maintenance import tidy
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import active_users, users
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import experience
from wire_parts import made_id, said

DAY = count_people.DAY


async def test_people_are_counted(client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/dashboard/users/total")).json()
    id_ = await made_id(client, "/users", {})
    await made_id(client, "/users", {})
    during = (await client.get("/api/dashboard/users/total")).json()
    await client.delete(f"/api/users/{id_}")

    assert before == {"totalUserCount": 0}
    assert during == {"totalUserCount": 2}
    assert (await client.get("/api/dashboard/users/total")).json() == {"totalUserCount": 1}


async def came(world: World, tenant_id: str, *ages: int) -> None:
    """People who came so many milliseconds ago."""
    now = world.clock.now()

    async def work(tx: Transaction) -> None:
        for number, age in enumerate(ages):
            await users.create(
                tx,
                UserRow(
                    tenant_id=tenant_id,
                    id=f"p{number}",
                    created_at=now - age,
                    updated_at=now,
                ),
            )

    await world.database.write(work)


async def test_new_people_are_those_of_whole_days_of_utc(world: World) -> None:
    today = world.clock.now() % DAY
    # The last moment of each day, so that none of them is another day's.
    days = [0, today + 1, today + 2, today + 1 + 5 * DAY, today + 1 + 6 * DAY, today + 1 + 12 * DAY]
    await came(world, "default", *days, today + 1 + 13 * DAY)

    found = await count_people.new(world, "default")

    assert (found.today.now, found.today.before) == (1, 2)
    # Today and the six days before; then seven more.
    assert (found.week.now, found.week.before) == (4, 2)


async def test_the_answer_about_new_people_has_counts_and_deltas(client: httpx.AsyncClient) -> None:
    await made_id(client, "/users", {})

    shown = (await client.get("/api/dashboard/users/new")).json()

    grown = {"count": 1, "delta": 1}
    assert shown == {"today": grown, "last7Days": grown}


async def was_active(world: World, tenant_id: str, *when: tuple[str, int]) -> None:
    async def work(tx: Transaction) -> None:
        for user_id, day in when:
            await active_users.note(tx, tenant_id, user_id, day)

    await world.database.write(work)


def day_of(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) // DAY


async def test_who_is_active_is_counted_once_a_day_a_week_and_a_month(
    client: httpx.AsyncClient, app: Any
) -> None:
    last = day_of("2024-03-31")
    await was_active(
        app.state.world,
        "default",
        *[("ana", last), ("ana", last), ("bea", last), ("ana", last - 1), ("cy", last - 6)],
        *[("ana", last - 7), ("dan", last - 13), ("eva", last - 14)],
        *[("ana", last - 29), ("fay", last - 30), ("gil", last - 59), ("hal", last - 60)],
        ("later", last + 1),
    )

    shown = (await client.get("/api/dashboard/users/active?date=2024-03-31")).json()

    curve = {entry["date"]: entry["count"] for entry in shown["dauCurve"]}
    assert len(shown["dauCurve"]) == 30
    assert [shown["dauCurve"][0]["date"], shown["dauCurve"][-1]["date"]] == [
        "2024-03-02",
        "2024-03-31",
    ]
    assert curve["2024-03-31"] == 2
    assert curve["2024-03-30"] == curve["2024-03-02"] == 1
    assert sum(curve.values()) == 8
    assert shown["dau"] == {"count": 2, "delta": 1}
    # ana, bea, cy against ana, dan; then with dan and eva against fay and gil.
    assert shown["wau"] == {"count": 3, "delta": 1}
    assert shown["mau"] == {"count": 5, "delta": 3}


async def test_without_a_date_the_curve_ends_today(client: httpx.AsyncClient, app: Any) -> None:
    now = app.state.world.clock.now()
    await was_active(app.state.world, "default", ("ana", now // DAY))

    shown = (await client.get("/api/dashboard/users/active")).json()

    assert shown["dauCurve"][-1] == {
        "date": datetime.fromtimestamp(now / 1000, UTC).date().isoformat(),
        "count": 1,
    }
    assert [entry["count"] for entry in shown["dauCurve"][:-1]] == [0] * 29


@pytest.mark.parametrize(
    "date",
    ["", "today", "2024-13-45", "2023-02-29", "2024-1-1", "20240101", "0001-01-02", "٢٠٢٤-٠١-٠١"],
    ids=["empty", "word", "no month", "no leap", "short", "compact", "first", "digits"],
)
async def test_what_is_no_day_is_refused(client: httpx.AsyncClient, date: str) -> None:
    answer = await client.get("/api/dashboard/users/active", params={"date": date})

    assert said(answer) == BODY


async def test_nobodys_days_are_kept_for_ever(world: World) -> None:
    today = world.clock.now() // DAY
    kept = today - 399
    await was_active(world, "default", ("ana", kept - 10), ("ana", kept), ("ana", today))

    await tidy(world)

    async def days(tx: Transaction) -> dict[int, int]:
        return await active_users.by_day(tx, "default", 0, today)

    assert set(await world.database.read(days)) == {kept, today}


POLICY = {"passwordExpiration": {"enabled": True, "validPeriodDays": 30}}


async def test_an_administrator_has_a_password_expire_where_passwords_do(
    client: httpx.AsyncClient, app: Any
) -> None:
    id_ = await made_id(client, "/users", {"name": "Ana"})
    path = f"/api/users/{id_}/password/expiration"

    async def expired() -> bool:
        async def work(tx: Transaction) -> UserRow | None:
            return await users.get(tx, "default", id_)

        row = await app.state.world.database.read(work)
        assert row is not None
        return bool(row.is_password_expired)

    off = await client.patch(path, json={"isExpired": True})
    always = await client.patch(path, json={"isExpired": False})
    await switch_on(app.state.world)
    nobody = await client.patch("/api/users/nobody/password/expiration", json={"isExpired": True})
    on = await client.patch(path, json={"isExpired": True})

    assert said(off) == (400, "sign_in_experiences.password_expiration_not_enabled")
    assert always.status_code == on.status_code == 200
    assert said(nobody) == NOT_FOUND
    assert on.json() == (await client.get(f"/api/users/{id_}")).json()
    assert await expired()
    await client.patch(path, json={"isExpired": False})
    assert not await expired()
    await client.patch(path, json={"isExpired": True})
    await client.patch(f"/api/users/{id_}/password", json={"password": "a new passphrase"})
    assert not await expired()
    for body in ({}, {"isExpired": None}, {"isExpired": "yes"}):
        assert said(await client.patch(path, json=body)) == BODY


async def switch_on(world: World) -> None:
    """As a tenant that can reset passwords has it."""

    async def work(tx: Transaction) -> None:
        await experience.put(tx, "default", json.dumps(POLICY))

    await world.database.write(work)


async def test_a_resource_is_made_the_default_and_no_more(client: httpx.AsyncClient) -> None:
    ids = await things(client)
    other = {"name": "O", "indicator": "https://o.example.com"}
    ids["second"] = await made_id(client, "/resources", other)

    async def put(name: str, value: Any) -> httpx.Response:
        return await call(
            client, ids, "PATCH", f"/resources/{name}/is-default", {"isDefault": value}
        )

    async def defaults() -> list[str]:
        rows = (await client.get("/api/resources")).json()
        return [row["id"] for row in rows if row["isDefault"]]

    shown = await put("<api>", True)
    api = (await client.get(f"/api/resources/{ids['api']}")).json()
    assert (shown.status_code, shown.json()) == (200, api)
    assert await defaults() == [ids["api"]]
    assert said(await put("nothing", True)) == NOT_THERE_TO_CHANGE
    assert said(await put("nothing", "yes")) == BODY
    assert await defaults() == [ids["api"]]
    assert (await put("<second>", True)).json()["isDefault"] is True
    assert (await put("<second>", True)).status_code == 200
    assert await defaults() == [ids["second"]]
    assert (await put("<api>", False)).status_code == 200
    assert await defaults() == [ids["second"]]
    assert (await put("management-api", True)).status_code == 200
    assert await defaults() == ["management-api"]
    assert (await put("management-api", False)).json()["isDefault"] is False
    assert await defaults() == []
