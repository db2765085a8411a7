"""A person gets everything that is held of them, and is erased without a trace."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from carteiro.errors import (
    CannotDeleteSelf,
    EntityNotFound,
    MessageNotWaiting,
    StorageUnavailable,
)
from carteiro.flows.administer.people import erase_person as erasing
from carteiro.flows.administer.people.erase_person import erase_person
from carteiro.flows.administer.people.export_person import export_person
from carteiro.flows.administer.people.traces import traces_of
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.storage.people.holdings import HOLDINGS
from carteiro.storage.people.users import UserRow
from privacy_parts import TENANT, everything, furnish, insert, make_known
from sign_in_parts import make_client


@pytest.fixture
async def ana(world: World) -> UserRow:
    await make_client(world, "third", type="SPA", third_party=True)
    await furnish(world)
    return await make_known(world, "quilla")


@pytest.fixture
async def zed(world: World, ana: UserRow) -> UserRow:
    return await make_known(world, "zedekiah")


async def exported(world: World, id: str) -> dict[str, Any]:
    pieces = [piece async for piece in await export_person(world, TENANT, id)]
    document: dict[str, Any] = json.loads("".join(pieces))
    return document


async def test_the_document_has_something_from_every_table(world: World, ana: UserRow) -> None:
    document = await exported(world, ana.id)

    assert set(document) == {"user", *(holding.name for holding in HOLDINGS)}
    assert [name for name, part in document.items() if not part["rows"]] == []
    assert all(part["total"] == len(part["rows"]) for part in document.values())


async def test_the_document_is_about_nobody_else(world: World, ana: UserRow, zed: UserRow) -> None:
    text = json.dumps(await exported(world, ana.id))

    assert zed.id not in text
    assert "zedekiah@example.com" not in text
    assert "message-zedekiah" not in text


async def test_what_is_secret_is_named_and_not_shown(world: World, ana: UserRow) -> None:
    document = await exported(world, ana.id)

    text = json.dumps(document)
    for secret in ("$argon2id$", "hash-quilla", "browser-quilla", "token-quilla", "resume-quilla"):
        assert secret not in text
    assert "passwordEncrypted" in document["user"]["notShown"]
    assert "valueHash" in document["tokens"]["notShown"]


async def test_long_lists_come_in_pages_and_whole(
    world: World, ana: UserRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two to a page: every boundary is met.
    monkeypatch.setattr("carteiro.flows.administer.people.export_person.PAGE", 2)

    rows = (await exported(world, ana.id))["auditLog"]["rows"]

    assert len(rows) == len({row["id"] for row in rows}) >= 3


async def test_nothing_of_who_is_erased_is_left_anywhere(
    world: World, ana: UserRow, zed: UserRow
) -> None:
    before = await everything(world)

    await erase_person(world, TENANT, ana.id)

    after = await everything(world)
    told = [row for row in after["hook_deliveries"] if row["event"] == "User.Deleted"]
    assert [json.loads(row["body"])["data"] for row in told] == [{"id": ana.id}]
    after["hook_deliveries"] = [row for row in after["hook_deliveries"] if row not in told]
    # The log's own ids are the test's, and it names a message that is gone.
    after["logs"] = [{**row, "id": ""} for row in after["logs"]]
    text = repr(after).lower().replace("message-quilla", "").replace("uid-quilla", "")
    assert [name for name in (ana.id, str(ana.primary_phone), "quilla") if name in text] == []
    assert rows_of(after, "zedekiah") == rows_of(before, "zedekiah", keep_ids=False)


def rows_of(
    tables: dict[str, list[dict[str, Any]]], name: str, *, keep_ids: bool = True
) -> dict[str, list[dict[str, Any]]]:
    """What tells of somebody; an entry of the log without its id."""
    found = {table: [row for row in rows if name in repr(row)] for table, rows in tables.items()}
    if not keep_ids:
        found["logs"] = [{**row, "id": ""} for row in found["logs"]]
    return {**found, "logs": [row for row in found["logs"] if name in row["payload"]]}


async def test_the_log_keeps_what_happened_and_names_nobody(world: World, ana: UserRow) -> None:
    await erase_person(world, TENANT, ana.id)

    rows = {row["id"]: row for row in (await everything(world))["logs"]}
    first, second, third = (
        json.loads(rows[f"0{n}-quilla"]["payload"]) for n in ("first", "second", "third")
    )
    erased = [row for row in rows.values() if row["key"] == "Management.User.Erased"]
    created = [row for row in rows.values() if row["key"] == "Management.User.Created"]
    assert first == {"interactionId": "uid-quilla"}
    assert second["userId"].startswith("erased-")
    assert third == {"key": "Message.Sent", "messageId": "message-quilla"}
    assert {row["user_id"] for row in (*erased, *created)} == {second["userId"]}
    assert "primaryEmail" in json.loads(created[0]["payload"])["after"]["fields"]


async def test_it_can_be_asked_for_again(world: World, ana: UserRow) -> None:
    await erase_person(world, TENANT, ana.id)

    with pytest.raises(EntityNotFound):
        await erase_person(world, TENANT, ana.id)
    with pytest.raises(EntityNotFound):
        await erase_person(world, TENANT, "nobody")


@pytest.mark.parametrize("step", ["_clean_log", "_sweep", "_delete"])
async def test_one_that_is_broken_off_goes_on(
    world: World, ana: UserRow, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise StorageUnavailable(retry_after=1)

    monkeypatch.setattr(erasing, step, broken)
    with pytest.raises(StorageUnavailable):
        await erase_person(world, TENANT, ana.id)
    monkeypatch.undo()
    half = (await everything(world))["users"]

    await erase_person(world, TENANT, ana.id)

    assert [row["is_suspended"] for row in half] == [True]
    after = await everything(world)
    assert after["users"] == []
    assert "quilla@" not in repr(after).lower()


async def test_two_at_once_erase_once(world: World, ana: UserRow) -> None:
    both = await asyncio.gather(
        erase_person(world, TENANT, ana.id),
        erase_person(world, TENANT, ana.id),
        return_exceptions=True,
    )

    rows = await everything(world)
    assert all(one is None or isinstance(one, EntityNotFound) for one in both)
    assert len([row for row in rows["logs"] if row["key"] == "Management.User.Erased"]) == 1
    assert "quilla@" not in repr(rows).lower()


async def test_a_mail_under_way_is_waited_for(world: World, ana: UserRow) -> None:
    traces = traces_of(world.keyring, ana)

    async def under_way(tx: Any) -> None:
        await insert(
            tx, "messages", id="busy", type="SignIn", state="sending", owner="else", language="en",
            language_reason="fallback", template="builtin:en", connector_id="c", created_at=1,
            recipient_hash=traces.email_hash, recipient_masked="a***",
        )  # fmt: skip

    await world.database.write(under_way)

    with pytest.raises(MessageNotWaiting):
        await erase_person(world, TENANT, ana.id)
    assert len((await everything(world))["users"]) == 1


async def test_nobody_erases_themselves(world: World, ana: UserRow) -> None:
    with pytest.raises(CannotDeleteSelf):
        await erase_person(world, TENANT, ana.id, by=Actor(user_id=ana.id))


class TestOverHttp:
    async def test_a_person_is_exported_and_erased(self, client: httpx.AsyncClient) -> None:
        user = (await client.post("/api/users", json={"primaryEmail": "cy@example.com"})).json()

        document = await client.get(f"/api/users/{user['id']}/export")
        erased = await client.post(f"/api/users/{user['id']}/erasure")
        logs = (await client.get("/api/logs?page_size=100")).text
        again = await client.post(f"/api/users/{user['id']}/erasure")
        gone = await client.get(f"/api/users/{user['id']}/export")

        assert document.headers["content-type"].startswith("application/json")
        assert document.json()["user"]["rows"][0]["primaryEmail"] == "cy@example.com"
        assert (erased.status_code, erased.content) == (204, b"")
        assert (again.status_code, gone.status_code) == (404, 404)
        assert "Management.User.Exported" in logs
        assert user["id"] not in logs

    async def test_without_the_right_scope_nobody_learns_anything(
        self, anonymous: httpx.AsyncClient
    ) -> None:
        assert (await anonymous.get("/api/users/x/export")).status_code == 401
        assert (await anonymous.post("/api/users/x/erasure")).status_code == 401
