"""A connector's config: what was, what may be, and the way back; its secrets stay where they are."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from carteiro.flows.administer.access.applications import create_application
from carteiro.storage.drivers.statements import Statement
from carteiro.testing.smtp_server import SmtpSink
from revision_parts import SECRETS, connect, get, numbers, post, send, smtp, taking

_LEFT = Statement.of("test.left", "SELECT connector_id FROM connector_revisions")
_RAW = Statement.of("test.raw", "SELECT config_sealed FROM connector_revisions")
_HTTP = {"endpoint": "https://a.example.com/mail", "authorization": SECRETS[0]}


async def further(client: httpx.AsyncClient, kind: str = "fallback") -> str:
    """The path of a further connector, or of one that is reserved."""
    body = {"connectorId": "http-email", "config": _HTTP}
    made = await post(client, f"/delivery/{kind}-connectors", **body)
    return f"/delivery/{kind}-connectors/{made['id']}"


async def patch(client: httpx.AsyncClient, path: str, config: dict[str, Any]) -> None:
    answer = await client.patch(f"/api{path}", json={"config": config})
    assert answer.status_code == 200, answer.text


async def test_every_change_of_a_config_is_a_revision(client: httpx.AsyncClient) -> None:
    async with SmtpSink() as sink:
        first = f"/connectors/{await connect(client, smtp(sink))}"
        await patch(client, first, smtp(sink, fromEmail="b@acme.test"))
        await patch(client, first, smtp(sink, fromEmail="b@acme.test"))
    other = await further(client)
    await patch(client, other, {**_HTTP, "endpoint": "https://b.example.com/mail"})
    await client.patch(f"/api{other}", json={"rateLimit": {"perSecond": 1}})

    for path in (first, other):
        assert await numbers(client, path) == [(2, "published"), (1, "published")]


async def test_nothing_is_sent_through_a_draft_until_it_is_published(
    client: httpx.AsyncClient,
) -> None:
    async with taking(SECRETS[0]) as old, taking(SECRETS[0]) as new:
        path = f"/connectors/{await connect(client, smtp(old))}"
        masked = smtp(new)
        masked["auth"]["pass"] = "******"
        saved = await client.put(f"/api{path}/draft", json={"config": masked, "note": "Moved."})
        await send(client)
        before = len(old.received), len(new.received)

        live = await post(client, f"{path}/draft/publish")
        timeline = await send(client)

        assert saved.status_code == 200, saved.text
        assert (before, len(old.received), len(new.received)) == ((1, 0), 1, 1)
        assert (live["number"], live["note"], live["isLive"]) == (2, "Moved.", True)
        assert (await get(client, path))["config"]["auth"]["pass"] == SECRETS[0]
        (attempt,) = [one for one in timeline["timeline"] if one["event"] == "attempt"]
        assert attempt["connectorRevision"] == 2


async def test_a_masked_secret_of_a_draft_is_its_own_or_else_the_live_one(
    client: httpx.AsyncClient,
) -> None:
    path = await further(client)
    open_now, masked = {**_HTTP, "authorization": SECRETS[1]}, {**_HTTP, "authorization": "******"}
    await client.put(f"/api{path}/draft", json={"config": masked})
    as_live = await get(client, f"{path}/diff")
    await client.put(f"/api{path}/draft", json={"config": open_now})
    await client.put(f"/api{path}/draft", json={"config": masked})
    own = await get(client, f"{path}/diff")

    assert as_live["changes"] == []
    assert [one["field"] for one in own["changes"]] == ["authorization"]


async def test_one_step_leads_back_to_a_config_with_its_secrets(client: httpx.AsyncClient) -> None:
    async with taking(SECRETS[0]) as old, taking(SECRETS[1]) as new:
        path = f"/connectors/{await connect(client, smtp(old))}"
        await patch(client, path, smtp(new, SECRETS[1]))

        back = await post(client, f"{path}/revisions/1/restore", note="It was right.")
        await send(client)

        assert (len(old.received), len(new.received)) == (1, 0)
        assert (back["number"], back["restores"], back["event"]) == (3, 1, "restored")
        assert (await get(client, path))["config"]["auth"]["pass"] == SECRETS[0]


@pytest.mark.parametrize("kind", ["fallback", "reserved"])
async def test_a_further_connector_goes_the_same_ways(client: httpx.AsyncClient, kind: str) -> None:
    path = await further(client, kind)
    await client.put(
        f"/api{path}/draft", json={"config": {"endpoint": "https://b.example.com/mail"}}
    )
    await post(client, f"{path}/draft/publish")
    await post(client, f"{path}/revisions/1/restore")
    await client.put(f"/api{path}/draft", json={"config": _HTTP})

    dropped = await client.delete(f"/api{path}/draft")

    assert dropped.status_code == 204
    assert (await client.get(f"/api{path}/draft")).status_code == 404
    assert (await get(client, path))["config"]["endpoint"] == _HTTP["endpoint"]
    assert [number for number, _ in await numbers(client, path)] == [3, 2, 1]


@pytest.mark.parametrize(("kind", "other"), [("fallback", "reserved"), ("reserved", "fallback")])
async def test_no_kind_of_connector_is_found_among_another(
    client: httpx.AsyncClient, kind: str, other: str
) -> None:
    path = (await further(client, kind)).replace(kind, other)
    body = {"json": {"config": _HTTP}}

    answers = [
        await client.get(f"/api{path}/revisions"),
        await client.get(f"/api{path}/revisions/1"),
        await client.get(f"/api{path}/diff?from=1&to=live"),
        await client.put(f"/api{path}/draft", **body),
        await client.post(f"/api{path}/revisions/1/restore", json={}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5


async def test_a_draft_does_not_undo_what_was_published_since(client: httpx.AsyncClient) -> None:
    path = await further(client)
    await client.put(f"/api{path}/draft", json={"config": _HTTP})
    await patch(client, path, {**_HTTP, "endpoint": "https://b.example.com/mail"})

    answer = await client.post(f"/api{path}/draft/publish", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "revision.draft_outdated")


async def test_what_would_not_be_accepted_is_no_draft(client: httpx.AsyncClient) -> None:
    path = await further(client)

    answer = await client.put(f"/api{path}/draft", json={"config": {"authorization": "a"}})

    assert (answer.status_code, answer.json()["code"]) == (400, "connector.invalid_config")
    assert (await client.get(f"/api{path}/draft")).status_code == 404


async def test_no_answer_shows_a_secret_of_a_revision(client: httpx.AsyncClient) -> None:
    async with SmtpSink() as sink:
        path = f"/connectors/{await connect(client, smtp(sink, SECRETS[0]))}"
        await patch(client, path, smtp(sink, SECRETS[1], fromEmail="b@acme.test"))
        drafted = smtp(sink, SECRETS[2])
        shown = [await client.put(f"/api{path}/draft", json={"config": drafted})]
        places = (
            *("/revisions", "/revisions/1", "/revisions/2", "/draft"),
            *("/diff", "/diff?from=1&to=2", "/diff?from=2&to=draft"),
        )
        shown += [await client.get(f"/api{path}{rest}") for rest in places]
        shown.append(await client.post(f"/api{path}/draft/publish", json={}))
        shown.append(await client.post(f"/api{path}/revisions/1/restore", json={}))
        log = await client.get("/api/logs?page_size=100")

    assert {answer.status_code for answer in shown} == {200}
    for answer in (*shown, log):
        assert not [one for one in SECRETS if one in answer.text], answer.url
    between = next(answer for answer in shown if "from=1" in str(answer.url)).json()["changes"]
    assert {one["field"]: one["isSecret"] for one in between} == {
        "auth.pass": True,
        "fromEmail": False,
    }


async def test_whoever_may_not_see_secrets_cannot_move_them(
    client: httpx.AsyncClient, app: Any
) -> None:
    path = await further(client)
    made = await create_application(app.state.world, "default", name="Cron", is_admin=False)
    token = await app.state.world.tokens.issue(
        tenant_id="default",
        issuer="http://carteiro.test/oidc",
        client_id=made.id,
        audience=made.resource,
        scope="connectors:write",
    )
    headers = {"Authorization": f"Bearer {token}"}
    moved = {"endpoint": "https://elsewhere.example.com/", "authorization": "******"}

    answer = await client.put(f"/api{path}/draft", json={"config": moved}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "auth.forbidden")


async def test_a_connector_takes_its_history_and_the_secrets_in_it_along(
    client: httpx.AsyncClient, app: Any
) -> None:
    async with SmtpSink() as sink:
        id_ = await connect(client, smtp(sink))
        await patch(client, f"/connectors/{id_}", smtp(sink, SECRETS[1]))
        await client.put(f"/api/connectors/{id_}/draft", json={"config": smtp(sink, SECRETS[2])})
        others = [await further(client, kind) for kind in ("fallback", "reserved")]
        for path in others:
            await patch(client, path, {**_HTTP, "authorization": SECRETS[1]})
            await client.put(f"/api{path}/draft", json={"config": _HTTP})
        replaced = await connect(client, smtp(sink))
        after_replacing = await left(app)
        await client.delete(f"/api/connectors/{replaced}")
        for path in others:
            assert (await client.delete(f"/api{path}")).status_code == 204

    assert after_replacing == {replaced, *(path.rpartition("/")[2] for path in others)}
    assert await left(app) == set()


async def left(app: Any) -> set[str]:
    """The connectors of whose configs something is kept."""
    rows = await app.state.world.database.read(lambda tx: tx.all(_LEFT))
    return {row["connector_id"] for row in rows}


async def test_every_revision_is_sealed(client: httpx.AsyncClient, app: Any) -> None:
    path = await further(client)
    await patch(client, path, {**_HTTP, "authorization": SECRETS[1]})
    await client.put(f"/api{path}/draft", json={"config": {**_HTTP, "authorization": SECRETS[2]}})

    rows = await app.state.world.database.read(lambda tx: tx.all(_RAW))

    assert len(rows) == 3
    assert not [row for row in rows if b"p4ssw0rd" in bytes(row["config_sealed"])]


@pytest.mark.parametrize("noun", ["connector", "fallback", "reserved"])
async def test_who_saw_something_else_publishes_and_restores_nothing(
    client: httpx.AsyncClient, noun: str
) -> None:
    async with SmtpSink() as sink:
        config = smtp(sink) if noun == "connector" else _HTTP
        if noun != "connector":
            path = await further(client, noun)
        else:
            path = f"/connectors/{await connect(client, config)}"
        await client.put(f"/api{path}/draft", json={"config": config})
        stale, seen = {"If-Match": '"of-another-time"'}, await client.get(f"/api{path}")

        refused = [
            (await client.post(f"/api{path}{rest}", json={}, headers=stale)).status_code
            for rest in ("/draft/publish", "/revisions/1/restore")
        ]
        headers = {"If-Match": seen.headers["ETag"]}
        fits = await client.post(f"/api{path}/revisions/1/restore", json={}, headers=headers)

    assert refused == [412, 412]
    assert fits.status_code == 200, json.dumps(fits.json())
