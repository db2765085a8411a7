"""`/api/hooks` and `/api/logs` (§2.9, §2.12 and §7 of the wire's description)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import re
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from carteiro.delivery.webhooks import WebhookDispatcher
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook, delete_hook, update_hook
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.queues.queue import LEASE
from carteiro.storage.tenancy import hooks
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import (
    DROPPED,
    ENDLESS,
    Answer,
    HttpSink,
    redirect,
    refused,
    throttled,
)

FIELDS = {
    "tenantId",
    "id",
    "name",
    "event",
    "events",
    "config",
    "signingKey",
    "enabled",
    "createdAt",
}
CONFIG = {"url": "http://127.0.0.1:9/"}


async def make(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    body = {"events": ["User.Created"], "config": CONFIG, **members}
    answer = await client.post("/api/hooks", json=body)
    assert answer.status_code == 201, answer.text
    hook: dict[str, Any] = answer.json()
    return hook


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_hook_is_created_with_a_key_of_its_own(client: httpx.AsyncClient) -> None:
    hook = await make(client, events=["User.Created", "PostSignIn", "User.Created"])

    assert set(hook) == FIELDS
    assert (hook["name"], hook["event"], hook["enabled"]) == ("", None, True)
    assert hook["events"] == ["User.Created", "PostSignIn"]
    assert re.fullmatch(r"[0-9A-Za-z]{32}", hook["signingKey"])
    assert (await client.get(f"/api/hooks/{hook['id']}")).json() == hook


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"config": CONFIG}, "hook.missing_events"),
        ({"events": [], "config": CONFIG}, "guard.invalid_input"),
        ({"events": ["Nope"], "config": CONFIG}, "guard.invalid_input"),
        ({"events": ["User.Created"]}, "guard.invalid_input"),
        ({"events": ["User.Created"], "config": {}}, "guard.invalid_input"),
        ({"events": ["User.Created"], "config": {"url": "x", "retries": 4}}, "guard.invalid_input"),
        (
            {"events": ["User.Created"], "config": {"url": "x", "headers": {"a": 1}}},
            "guard.invalid_input",
        ),
        ({"name": "", "events": ["User.Created"], "config": CONFIG}, "guard.invalid_input"),
    ],
)
async def test_a_bad_hook_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], code: str
) -> None:
    assert said(await client.post("/api/hooks", json=body)) == (400, code)


async def test_a_hook_is_changed_and_deleted(client: httpx.AsyncClient) -> None:
    hook = await make(client, event="PostSignIn", name="A", config={"url": "u", "retries": 1})
    path = f"/api/hooks/{hook['id']}"

    changed = await client.patch(
        path, json={"config": {"url": "v"}, "signingKey": "mine", "enabled": False}
    )
    unchanged = await client.patch(path, json={})
    renewed = await client.patch(f"{path}/signing-key")
    empty = await client.patch(path, json={"events": []})

    assert changed.json() == {**hook, "config": {"url": "v"}, "enabled": False}
    assert unchanged.json() == changed.json()
    assert renewed.json()["signingKey"] not in {hook["signingKey"], "mine"}
    assert said(empty) == (400, "guard.invalid_input")
    assert (await client.delete(path)).status_code == 204
    assert said(await client.delete(path)) == (404, "entity.not_found")
    assert said(await client.get(path)) == (404, "entity.not_exists_with_id")
    assert said(await client.patch(path, json={"name": "x"})) == (404, "entity.not_exists")
    assert said(await client.patch(f"{path}/signing-key")) == (404, "entity.not_exists")


async def test_the_list_is_whole_unless_it_is_paged(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await make(client, name=f"h{number}")

    whole = await client.get("/api/hooks")
    paged = await client.get("/api/hooks?page=2&page_size=2&includeExecutionStats=true")

    assert (len(whole.json()), "Total-Number" in whole.headers) == (3, False)
    assert (len(paged.json()), paged.headers["Total-Number"]) == (1, "3")
    assert paged.json()[0]["executionStats"] == {"successCount": 0, "requestCount": 0}
    one = f"/api/hooks/{whole.json()[0]['id']}"
    assert "executionStats" in (await client.get(f"{one}?includeExecutionStats=false")).json()


# --- delivery ---------------------------------------------------------------------------------


async def hook_for(world: World, sink: HttpSink, **config: Any) -> Any:
    new = NewHook(events=["User.Created"], config={"url": sink.url, **config})
    return await create_hook(world, "default", new)


async def entries(world: World) -> list[dict[str, Any]]:
    async def work(tx: Transaction) -> Any:
        from carteiro.model.page import Page
        from carteiro.storage.tenancy import logs

        found = []
        for hook in (await hooks.find(tx, "default", None)).rows:
            wanted = logs.LogFilter(hook_id=hook.id)
            part = await logs.find(tx, "default", wanted, Page(1, 100), count_at_most=None)
            found += [json.loads(row.payload) for row in part.rows]
        return found

    found: list[dict[str, Any]] = await world.database.read(work)
    return found


async def settle(world: World, clock: FrozenClock | None = None) -> None:
    """Deliver what is due, as the queue has it done, at a time that the test owns."""
    time = clock or world.clock
    deliver = WebhookDispatcher(
        database=world.database, keyring=world.keyring, clock=time, http=world.services.http
    )

    async def claim(tx: Transaction) -> list[hooks.DeliveryRow]:
        return await hooks.claim_due(tx, now=time.now(), until=time.now() + LEASE, most=10)

    while rows := await world.database.write(claim):
        await asyncio.gather(*(deliver.work(row) for row in rows))


async def test_a_webhook_tells_what_the_call_answered(client: httpx.AsyncClient) -> None:
    async with HttpSink() as sink:
        hook = await make(
            client, config={"url": sink.url, "headers": {"X-Mine": "1", "User-Agent": "me"}}
        )
        made = await client.post(
            "/api/users", json={"name": "Ana"}, headers={"User-Agent": "tests"}
        )
        await asyncio.wait_for(sink.arrived.wait(), 5)

    request = sink.requests[0]
    body = request.json()
    assert (body["hookId"], body["event"], body["data"]) == (
        hook["id"],
        "User.Created",
        made.json(),
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["createdAt"])
    assert {
        name: body[name] for name in ("path", "method", "status", "params", "matchedRoute")
    } == {
        "path": "/users",
        "method": "POST",
        "status": 200,
        "params": {},
        "matchedRoute": "/users",
    }
    assert (body["userAgent"], body["ip"]) == ("tests", "127.0.0.1")
    assert request.headers["content-type"] == "application/json"
    assert (request.headers["x-mine"], request.headers["user-agent"]) == ("1", "me")


async def test_both_signatures_hold_over_the_exact_bytes(world: World) -> None:
    async with HttpSink() as sink:
        hook = await hook_for(world, sink, headers={"logto-signature-sha-256": "forged"})
        await create_user(world, "default", NewUser(name="Zoë"))
        await settle(world)

    request = sink.requests[0]
    expected = hmac.new(hook.signing_key.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["logto-signature-sha-256"] == expected
    secret = __import__("base64").b64encode(hook.signing_key.encode()).decode()
    assert Webhook(secret).verify(request.body.decode(), dict(request.headers)) == request.json()
    with pytest.raises(Exception, match="signature"):
        Webhook(secret).verify(request.body.decode() + " ", dict(request.headers))


async def test_what_failed_is_tried_again_with_growing_pauses(world: World) -> None:
    clock = FrozenClock(world.clock.now() + 1000)
    async with HttpSink(refused(500, "busy")) as sink:
        await hook_for(world, sink)
        await create_user(world, "default", NewUser())
        times = []
        for _ in range(40):
            before = len(sink.requests)
            await settle(world, clock)
            if len(sink.requests) > before:
                times.append(clock.now())
            clock.advance(seconds=10)

    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(sink.requests) == 4  # one and three retries
    assert pauses == sorted(pauses)
    assert pauses[-1] > 100_000
    assert len({request.headers["webhook-id"] for request in sink.requests}) == 1
    assert len({request.body for request in sink.requests}) == 1
    logged = await entries(world)
    assert [entry["result"] for entry in logged] == ["Error"] * 4
    assert logged[0]["response"] == {"statusCode": 500, "body": "busy"}
    assert logged[0]["hookRequest"]["body"]["event"] == "User.Created"


async def test_a_retry_that_works_ends_it(client: httpx.AsyncClient, app: Any) -> None:
    world = app.state.world
    async with HttpSink() as sink:
        sink.script.append(throttled("0"))
        hook = await make(client, config={"url": sink.url})
        await client.post("/api/users", json={})
        for _ in range(100):
            if len(await entries(world)) == 2:
                break
            await asyncio.sleep(0.05)

    path = f"/api/hooks/{hook['id']}"
    stats = (await client.get(f"{path}?includeExecutionStats=1")).json()["executionStats"]
    recent = await client.get(f"{path}/recent-logs")
    assert stats == {"successCount": 1, "requestCount": 2}
    assert recent.headers["Total-Number"] == "2"
    newest = recent.json()[0]
    assert set(newest) == {"id", "key", "payload", "createdAt"}
    assert (newest["key"], newest["payload"]["result"]) == ("TriggerHook.User.Created", "Success")
    assert newest["payload"]["hookId"] == hook["id"]
    assert hook["signingKey"] not in recent.text
    one = await client.get(f"/api/logs/{newest['id']}")
    assert one.json() == {**newest, "tenantId": "default"}
    assert not [row for row in (await client.get("/api/logs")).json() if "Trigger" in row["key"]]


@pytest.mark.parametrize(
    ("answer", "requests", "error"),
    [
        (Answer(204, b""), 1, None),
        (refused(400, "no"), 1, "HTTP 400"),
        (refused(410, "gone"), 1, "HTTP 410"),
        (refused(408), 2, "HTTP 408"),
        (refused(413), 2, "HTTP 413"),
        (throttled("1"), 2, "HTTP 429"),
        (redirect("http://127.0.0.1:9/"), 1, "HTTP 307"),
        (DROPPED, 2, "broke"),
        (ENDLESS, 1, None),
    ],
)
async def test_what_is_tried_again_and_what_is_not(
    world: World, answer: Answer, requests: int, error: str | None
) -> None:
    clock = FrozenClock(world.clock.now() + 1000)
    async with HttpSink(answer) as sink:
        await hook_for(world, sink, retries=1)
        await create_user(world, "default", NewUser())
        for _ in range(4):
            await settle(world, clock)
            clock.advance(seconds=3600)

    logged = await entries(world)
    assert len(sink.requests) == len(logged) == requests
    for entry in logged:
        assert (entry["result"] == "Success") == (error is None)
        assert error is None or error in entry["error"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "not a url", "ftp://a.b/", "http://[::1/"])
async def test_an_endpoint_that_cannot_be_reached_is_on_record(world: World, url: str) -> None:
    clock = FrozenClock(world.clock.now() + 1000)
    new = NewHook(events=["User.Created"], config={"url": url, "retries": 0})
    await create_hook(world, "default", new)
    await create_user(world, "default", NewUser())

    await settle(world, clock)

    [entry] = await entries(world)
    assert (entry["result"], "response" in entry) == ("Error", False)


@pytest.mark.parametrize("body", ["[" * 5000, '{"data": "\\ud800"}', "no json"])
async def test_a_webhook_that_cannot_be_made_ends(world: World, body: str) -> None:
    clock = FrozenClock(world.clock.now() + 1000)
    async with HttpSink(refused(500)) as sink:
        hook = await hook_for(world, sink)
        values = {"tenant_id": "default", "hook_id": hook.row.id, "event": "User.Created"}

        async def stored(tx: Transaction) -> None:
            await hooks.enqueue(tx, **values, id="one", body=body, created_at=0, priority=0)

        await world.database.write(stored)
        for _ in range(10):
            await settle(world, clock)
            clock.advance(seconds=3600)

    logged = await entries(world)
    assert await world.database.read(hooks.next_due) is None
    assert [entry["result"] for entry in logged] == ["Error"] * 4
    assert {entry["error"] for entry in logged} == {"The webhook could not be made."}


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"X-Mine": "a\r\nb"}, ["config", "headers", "X-Mine"]),
        ({"X Mine": "a"}, ["config", "headers", "X Mine"]),
        ({"": "a"}, ["config", "headers", ""]),
    ],
)
async def test_a_header_that_cannot_be_sent_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], path: list[str]
) -> None:
    config = {"url": "https://a.example.com/", "headers": headers}
    body = {"name": "H", "events": ["User.Created"], "config": config}

    answer = await client.post("/api/hooks", json=body)

    assert answer.status_code == 400
    assert answer.json()["data"]["issues"][0]["path"] == path


async def test_what_a_crash_left_is_taken_up_when_its_lease_ends(world: World) -> None:
    clock = FrozenClock(world.clock.now() + 1000)
    async with HttpSink() as sink:
        await hook_for(world, sink)
        await create_user(world, "default", NewUser())

        async def crash(tx: Transaction) -> Any:
            return await hooks.claim_due(tx, now=clock.now(), until=clock.now() + LEASE, most=10)

        assert len(await world.database.write(crash)) == 1
        await settle(world, clock)
        assert not sink.requests
        clock.advance(seconds=61)
        await settle(world, clock)

    assert len(sink.requests) == 1


async def test_several_processes_send_each_webhook_once(world: World) -> None:
    async with HttpSink() as sink:
        await hook_for(world, sink)
        for _ in range(25):
            await create_user(world, "default", NewUser())
        await asyncio.gather(*(settle(world) for _ in range(4)))

    ids = [request.headers["webhook-id"] for request in sink.requests]
    assert (len(ids), len(set(ids))) == (25, 25)


async def test_a_disabled_or_deleted_hook_is_not_called(world: World) -> None:
    async with HttpSink() as sink:
        disabled, deleted = await hook_for(world, sink), await hook_for(world, sink)
        await create_user(world, "default", NewUser())
        await update_hook(world, "default", disabled.row.id, {"enabled": False})
        await delete_hook(world, "default", deleted.row.id)
        await create_user(world, "default", NewUser())
        await settle(world)

    assert not sink.requests
    assert not await entries(world)


async def test_the_legacy_event_counts_where_there_is_no_list(world: World) -> None:
    async with HttpSink() as sink:
        config = {"url": sink.url}
        await create_hook(world, "default", NewHook(event="User.Created", config=config))
        await create_hook(
            world, "default", NewHook(event="User.Created", events=["PostSignIn"], config=config)
        )
        await create_user(world, "default", NewUser())
        await settle(world)

    assert len(sink.requests) == 1


async def test_a_call_does_not_wait_for_a_receiver(client: httpx.AsyncClient) -> None:
    async with HttpSink(Answer(hang=True)) as sink:
        await make(client, config={"url": sink.url})
        for _ in range(15):
            answer = await asyncio.wait_for(client.post("/api/users", json={}), 3)
            assert answer.status_code == 200


async def test_nothing_is_told_of_what_was_refused(world: World) -> None:
    async with HttpSink() as sink:
        await hook_for(world, sink)
        await create_user(world, "default", NewUser(username="ana"))
        with pytest.raises(Exception, match="in use"):
            await create_user(world, "default", NewUser(username="ana"), by=Actor())
        await settle(world)

    assert len(sink.requests) == 1


# --- the test endpoint ------------------------------------------------------------------------


async def test_a_test_sends_a_made_up_payload_for_each_event(client: httpx.AsyncClient) -> None:
    hook = await make(client)
    async with HttpSink() as sink:
        body = {"events": ["PostSignIn", "User.Created"], "config": {"url": sink.url}}
        answer = await client.post(f"/api/hooks/{hook['id']}/test", json=body)

    assert answer.status_code == 204
    sent = {request.json()["event"]: request for request in sink.requests}
    interaction, data = sent["PostSignIn"].json(), sent["User.Created"].json()
    assert (interaction["sessionId"], interaction["userIp"]) == ("fake-session-id", "fake-user-ip")
    assert interaction["user"]["primaryEmail"] == "fake-user@fake-service.com"
    assert (data["path"], data["params"]) == ("/fake-path/:id", {"id": "fake-id"})
    assert data["data"] == {"result": "success"}
    raw = sent["PostSignIn"].body
    expected = hmac.new(hook["signingKey"].encode(), raw, hashlib.sha256).hexdigest()
    assert sent["PostSignIn"].headers["logto-signature-sha-256"] == expected
    assert (await client.get(f"/api/hooks/{hook['id']}/recent-logs")).json() == []


async def test_a_test_that_fails_says_how(client: httpx.AsyncClient) -> None:
    path = f"/api/hooks/{(await make(client))['id']}/test"
    events = ["User.Created"]
    async with HttpSink(refused(418, '{"tea":true}')) as sink:
        refusal = await client.post(path, json={"events": events, "config": {"url": sink.url}})
    unreachable = await client.post(path, json={"events": events, "config": CONFIG})
    empty = await client.post(path, json={"events": [], "config": CONFIG})
    missing = await client.post("/api/hooks/x/test", json={"events": events, "config": CONFIG})

    assert said(refusal) == (422, "hook.endpoint_responded_with_error")
    assert refusal.json()["data"] == {"responseStatus": 418, "responseBody": {"tea": True}}
    assert said(unreachable) == (422, "hook.send_test_payload_failed")
    assert said(empty) == (400, "guard.invalid_input")
    assert said(missing) == (404, "entity.not_exists_with_id")


async def test_the_links_of_a_page_are_addresses(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/hooks/%C4%80%0A/recent-logs?logKey=%C3%A9")

    base = "http://carteiro.test/api/hooks/%C4%80%0A/recent-logs"
    first = f'<{base}?logKey=%C3%A9&page=1&page_size=20>; rel="first"'
    assert answer.headers["Link"].split(", ")[0] == first


# --- the audit log ----------------------------------------------------------------------------


@pytest.fixture
async def used(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    await client.post("/api/verification-codes", json={"email": "ana@example.com"})
    await client.post(
        "/api/verification-codes/verify",
        json={"email": "ana@example.com", "verificationCode": "000000"},
    )
    return client


async def test_messages_and_tries_are_on_record_without_address_and_code(
    used: httpx.AsyncClient,
) -> None:
    listed = (await used.get("/api/logs")).json()

    assert {row["key"] for row in listed} == {
        "ExchangeTokenBy.ClientCredentials",  # the caller's token
        "Management.Application.Created",  # the caller's own
        "Management.Connector.Created",
        "Message.Sent",
        "VerificationCode.Submit",
    }
    tried = next(row for row in listed if row["key"] == "VerificationCode.Submit")["payload"]
    assert (tried["result"], tried["error"]) == (
        "Error",
        {"code": "verification_code.code_mismatch"},
    )
    assert tried["recipient"] == "a***@example.com"
    assert "ana@example.com" not in str(listed)
    assert "000000" not in str(listed)


async def test_the_log_is_filtered_and_counted(used: httpx.AsyncClient, credentials: Any) -> None:
    async def count(query: str) -> int:
        answer = await used.get(f"/api/logs?{query}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Total-Number"] == str(len(answer.json()))
        return len(answer.json())

    newest = (await used.get("/api/logs?page_size=1")).json()[0]["createdAt"]
    assert await count("logKey=Message.Sent") == 1
    assert await count("logKey=Message") == 0
    assert await count(f"applicationId={credentials.id}") == 4
    assert await count("userId=nobody") == 0
    assert await count(f"start_time={newest}&enableCap=true") >= 1
    assert await count(f"start_time={newest + 1}") == 0
    assert await count(f"end_time={newest}") == 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("start_time=x", "guard.invalid_input"),
        ("end_time=Infinity", "guard.invalid_input"),
        ("start_time=2&end_time=1", "log.invalid_time_window"),
        ("page=0", "guard.invalid_pagination"),
    ],
)
async def test_a_bad_window_is_refused(client: httpx.AsyncClient, query: str, code: str) -> None:
    hook = await make(client)

    assert said(await client.get(f"/api/logs?{query}")) == (400, code)
    assert said(await client.get(f"/api/hooks/{hook['id']}/recent-logs?{query}")) == (400, code)
    assert said(await client.get("/api/logs/nope")) == (404, "entity.not_exists_with_id")
