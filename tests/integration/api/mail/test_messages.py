"""Messages on record, the suppression list, further connectors, and providers' events."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import random
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from carteiro.connectors.feedback.contract import EventType, FeedbackEvent
from carteiro.model.page import Page
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy import logs
from carteiro.testing.http_sink import Answer, HttpSink, refused

SEND = "/api/verification-codes"
KEY = "whsec_" + "QUJD" * 10
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@pytest.fixture
async def sink(client: httpx.AsyncClient) -> Any:
    async with HttpSink(Answer(200, b"{}")) as opened:
        config = {"endpoint": opened.url, "signingKey": KEY}
        body = {"connectorId": "http-email", "id": "first", "config": config}
        assert (await client.post("/api/connectors", json=body)).status_code == 200
        settings = {"secret": SECRET}
        answer = await client.put("/api/connectors/first/feedback", json=settings)
        assert answer.status_code == 200, answer.text
        yield opened


async def send(client: httpx.AsyncClient, email: str = "ana@example.com") -> dict[str, Any]:
    answer = await client.post(SEND, json={"email": email})
    assert answer.status_code == 204, answer.text
    (message,) = (await client.get("/api/messages", params={"recipient": email})).json()[:1]
    return message


async def tell(client: httpx.AsyncClient, *events: dict[str, Any]) -> httpx.Response:
    body = json.dumps({"events": list(events)})
    at = dt.datetime.now(dt.UTC)
    headers = {
        "webhook-id": "e",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("e", at, body),
    }
    return await client.post("/api/provider-events/first", content=body, headers=headers)


async def test_a_message_and_its_timeline(client: httpx.AsyncClient, sink: HttpSink) -> None:
    await client.post(SEND, json={"email": "ana@example.com", "locale": "pt-BR"})
    (message,) = (await client.get("/api/messages")).json()
    shown = (await client.get(f"/api/messages/{message['id']}")).json()

    assert message["recipient"] == "a***@example.com"
    assert (message["state"], message["language"], message["languageReason"]) == (
        "sent",
        "pt-BR",
        "explicit",
    )
    assert [moment["event"] for moment in shown["timeline"]] == ["accepted", "attempt", "sent"]
    attempt = shown["timeline"][1]
    assert (attempt["connector"], attempt["outcome"]) == ("http-email", "accepted")
    code = sink.requests[0].json()["payload"]["code"]
    assert code not in json.dumps(shown)


async def test_a_failure_is_explained(client: httpx.AsyncClient, sink: HttpSink) -> None:
    sink.script.append(refused(503, "down for maintenance"))
    await client.post(SEND, json={"email": "ana@example.com"})
    (message,) = (await client.get("/api/messages", params={"state": "failed"})).json()
    shown = (await client.get(f"/api/messages/{message['id']}")).json()

    assert (message["failure"], message["attempts"]) == ("transient", 1)
    attempt = shown["timeline"][1]
    assert (attempt["disposition"], attempt["decision"]) == ("transient", "give-up")
    assert "down for maintenance" in json.dumps(attempt["error"])


async def test_messages_are_found_by_recipient_type_state_and_time(
    client: httpx.AsyncClient, sink: HttpSink
) -> None:
    for number in range(3):
        await send(client, f"a{number}@example.com")
    everything = (await client.get("/api/messages")).json()
    (second,) = (await client.get("/api/messages", params={"recipient": "A1@Example.com"})).json()
    middle = second["createdAt"]

    async def found(**query: Any) -> list[str]:
        answer = await client.get("/api/messages", params=query)
        assert answer.status_code == 200, answer.text
        return [message["id"] for message in answer.json()]

    newest_first = [message["id"] for message in everything]
    assert newest_first == sorted(newest_first, reverse=True)
    assert await found(type="Generic", state="sent") == newest_first
    assert await found(type="SignIn") == []
    assert await found(state="queued") == []
    assert set(await found(start_time=middle)) | set(await found(end_time=middle - 1)) == set(
        newest_first
    )
    assert await found(recipient="nobody@example.com") == []
    answer = await client.get("/api/messages", params={"page": 2, "page_size": 2})
    assert (len(answer.json()), answer.headers["total-number"]) == (1, "3")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"recipient": "not an address"}, 400),
        ({"recipient": "a@b@c"}, 400),
        ({"state": "lost"}, 400),
        ({"type": "Spam"}, 400),
        ({"start_time": "yesterday"}, 400),
        ({"start_time": 2, "end_time": 1}, 400),
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: dict[str, Any], status: int
) -> None:
    answer = await client.get("/api/messages", params=query)
    assert answer.status_code in {status, 422}, answer.text
    assert answer.json()["code"]


async def test_what_does_not_wait_is_neither_hastened_nor_cancelled(
    client: httpx.AsyncClient, sink: HttpSink
) -> None:
    message = await send(client)
    for act in ("retry", "cancel"):
        answer = await client.post(f"/api/messages/{message['id']}/{act}")
        assert (answer.status_code, answer.json()["code"]) == (409, "message.not_waiting")
        answer = await client.post(f"/api/messages/nobody/{act}")
        assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_found")


async def test_a_recipient_is_forgotten(client: httpx.AsyncClient, sink: HttpSink) -> None:
    message = await send(client, "ana@example.com")
    await send(client, "other@example.com")
    event = {"type": "delivered", "messageId": message["id"], "recipient": "ana@example.com"}
    await tell(client, event)
    answer = await client.delete(
        "/api/messages/by-recipient", params={"recipient": "Ana@example.com"}
    )
    assert answer.status_code == 204
    assert (await client.get(f"/api/messages/{message['id']}")).status_code == 404
    (left,) = (await client.get("/api/messages")).json()
    assert left["recipient"] == "o***@example.com"


# The suppression list -------------------------------------------------------------------------


async def test_an_administrator_suppresses_and_allows(
    client: httpx.AsyncClient, sink: HttpSink
) -> None:
    answer = await client.post(
        "/api/suppressions", json={"recipient": "Ana@example.com", "note": "asked by phone"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (201, "manual")
    refused_ = await client.post(SEND, json={"email": "ana@example.com"})
    assert (refused_.status_code, refused_.json()["code"]) == (422, "message.recipient_suppressed")
    assert sink.requests == []

    (entry,) = (await client.get("/api/suppressions")).json()
    assert (entry["recipient"], entry["note"]) == ("Ana@example.com", "asked by phone")
    query = {"recipient": "ANA@example.com"}
    shown = await client.get("/api/suppressions/by-recipient", params=query)
    assert shown.json() == entry
    gone = await client.delete("/api/suppressions/by-recipient", params=query)
    assert gone.status_code == 204
    assert (await client.get("/api/suppressions/by-recipient", params=query)).status_code == 404
    await send(client, "ana@example.com")


async def test_a_suppression_that_is_over_before_it_begins_is_refused(
    client: httpx.AsyncClient,
) -> None:
    body = {"recipient": "a@example.com", "expiresAt": 1}
    answer = await client.post("/api/suppressions", json=body)
    assert answer.status_code == 400
    assert (await client.get("/api/suppressions")).json() == []


# Further connectors ---------------------------------------------------------------------------


async def test_further_connectors_are_set_up_ordered_and_masked(
    client: httpx.AsyncClient, sink: HttpSink
) -> None:
    made = []
    for number in range(3):
        config = {"endpoint": f"https://e{number}.example.com/", "authorization": "Bearer s3cret"}
        body = {"connectorId": "http-email", "config": config, "rateLimit": {"perSecond": 5}}
        answer = await client.post("/api/delivery/fallback-connectors", json=body)
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
    assert made[0]["config"]["authorization"] == "******"

    ids = [one["id"] for one in made]
    order = await client.put(
        "/api/delivery/fallback-connectors/order", json={"ids": [ids[2], ids[0], ids[1]]}
    )
    assert [one["id"] for one in order.json()] == [ids[2], ids[0], ids[1]]
    for wrong in ([ids[0]], [*ids, ids[0]], ["x", *ids[:2]]):
        answer = await client.put("/api/delivery/fallback-connectors/order", json={"ids": wrong})
        assert answer.status_code == 400

    kept = {**made[0]["config"], "endpoint": "https://new.example.com/"}
    path = f"/api/delivery/fallback-connectors/{ids[0]}"
    assert (await client.patch(path, json={"config": kept})).status_code == 200
    assert (await client.patch(path, json={"config": {"endpoint": 1}})).status_code == 400
    assert (await client.get(path)).json()["config"]["endpoint"] == "https://new.example.com/"
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_the_second_provider_takes_what_the_first_cannot(
    client: httpx.AsyncClient, sink: HttpSink
) -> None:
    sink.answer = refused(503)
    async with HttpSink(Answer(200, b"{}")) as second:
        body = {"connectorId": "http-email", "config": {"endpoint": second.url}}
        await client.post("/api/delivery/fallback-connectors", json=body)
        message = await send(client)
        shown = (await client.get(f"/api/messages/{message['id']}")).json()

    events = [(m["event"], m.get("decision")) for m in shown["timeline"]]
    assert events == [
        ("accepted", None),
        ("attempt", "fallback"),
        ("attempt", None),
        ("sent", None),
    ]
    assert len(second.requests) == 1


async def test_the_last_place_of_a_further_connector_is_given_once(
    client: httpx.AsyncClient,
) -> None:
    body = {"connectorId": "http-email", "config": {"endpoint": "https://e.example.com/"}}

    answers = await asyncio.gather(
        *(client.post("/api/delivery/fallback-connectors", json=body) for _ in range(13))
    )

    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [400] * 3
    listed = (await client.get("/api/delivery/fallback-connectors")).json()
    assert len(listed) == 10


async def test_a_further_connector_that_cannot_be_is_refused(client: httpx.AsyncClient) -> None:
    cases = [
        ({"connectorId": "nope", "config": {}}, 422, "connector.not_found_with_connector_id"),
        ({"connectorId": "http-sms", "config": {}}, 400, "connector.unexpected_type"),
        ({"connectorId": "http-email", "config": {}}, 400, "connector.invalid_config"),
        ({"connectorId": "http-email"}, 400, "guard.invalid_input"),
    ]
    for body, status, code in cases:
        answer = await client.post("/api/delivery/fallback-connectors", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_delivery_settings(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/delivery")).json() == {
        "mode": "direct",
        "onUnknownOutcome": "retry",
        "rateLimit": {},
        "incompleteLanguages": "warn",
    }
    changed = await client.patch("/api/delivery", json={"mode": "queued"})
    assert changed.json()["mode"] == "queued"
    for wrong in ({"mode": "later"}, {"rateLimit": {"perSecond": 0}}, {"mode": None}):
        assert (await client.patch("/api/delivery", json=wrong)).status_code == 400
    assert (await client.get("/api/delivery")).json()["mode"] == "queued"


# Providers' events ----------------------------------------------------------------------------


async def test_a_delivery_a_bounce_and_a_complaint(
    client: httpx.AsyncClient, sink: HttpSink, app: Any
) -> None:
    one, two, three = [await send(client, f"a{n}@example.com") for n in range(3)]
    answer = await tell(
        client,
        {"id": "1", "type": "delivered", "messageId": one["id"], "recipient": "a0@example.com"},
        {
            "id": "2",
            "type": "bounced",
            "reason": "hard",
            "messageId": two["id"],
            "recipient": "a1@example.com",
            "detail": "550 no such user a1@example.com",
        },
        {"id": "3", "type": "delivered", "messageId": three["id"]},
        {
            "id": "4",
            "type": "complained",
            "messageId": three["id"],
            "recipient": "a2@example.com",
        },
    )
    assert answer.status_code == 204

    states = [
        (await client.get(f"/api/messages/{m['id']}")).json()["state"] for m in (one, two, three)
    ]
    assert states == ["delivered", "bounced", "delivered"]
    listed = {e["recipient"]: e["reason"] for e in (await client.get("/api/suppressions")).json()}
    assert listed == {"a1@example.com": "bounced", "a2@example.com": "complained"}
    shown = (await client.get(f"/api/messages/{two['id']}")).json()["timeline"][-1]
    assert (shown["event"], shown["reason"]) == ("provider.bounced", "hard")
    assert "a1@example.com" not in shown["detail"]
    refused_ = await client.post(SEND, json={"email": "a1@example.com"})
    assert refused_.json()["code"] == "message.recipient_suppressed"
    entries = await app.state.world.database.read(
        lambda tx: logs.find(
            tx, "default", logs.LogFilter(key="Message.Bounced"), Page(), count_at_most=None
        )
    )
    assert entries.total == 1


async def test_an_event_counts_once_and_never_takes_a_state_back(
    client: httpx.AsyncClient, sink: HttpSink, app: Any
) -> None:
    message = await send(client)
    delivered = {"id": "d", "type": "delivered", "messageId": message["id"]}
    bounced = {"id": "b", "type": "bounced", "reason": "soft", "messageId": message["id"]}
    deferred = {"id": "x", "type": "deferred", "messageId": message["id"]}
    for event in (deferred, delivered, delivered, bounced, delivered, deferred, bounced):
        assert (await tell(client, event)).status_code == 204
    await tell(client, {"id": "late", "type": "delivered", "messageId": message["id"]})

    shown = (await client.get(f"/api/messages/{message['id']}")).json()
    told = [m["event"] for m in shown["timeline"] if m["event"].startswith("provider.")]
    assert sorted(told) == [
        "provider.bounced",
        "provider.deferred",
        "provider.delivered",
        "provider.delivered",
    ]
    assert shown["state"] == "bounced"
    assert (await client.get("/api/suppressions")).json() == [], "it was a soft bounce"


async def test_forged_malformed_and_stray_events(client: httpx.AsyncClient, sink: HttpSink) -> None:
    message = await send(client)
    event = {"id": "1", "type": "bounced", "messageId": message["id"]}
    body = json.dumps({"events": [event]})
    forged = await client.post("/api/provider-events/first", content=body)
    assert (forged.status_code, forged.json()["code"]) == (401, "feedback.signature_invalid")
    nowhere = await client.post("/api/provider-events/unknown", content=body)
    assert nowhere.status_code == 404
    assert (await tell(client, {"id": "2", "type": "bounced", "messageId": "x" * 21})).is_success
    assert (await tell(client, {"type": "?", "recipient": "no address"})).is_success
    assert (await client.get(f"/api/messages/{message['id']}")).json()["state"] == "sent"


async def test_events_in_any_order_end_in_one_state(
    client: httpx.AsyncClient, sink: HttpSink, app: Any
) -> None:
    chance = random.Random(3)
    ends = []
    for number in range(6):
        message = await send(client, f"s{number}@example.com")
        events = [
            {"id": f"{number}.{kind}", "type": kind, "messageId": message["id"]}
            for kind in ("accepted", "deferred", "delivered", "opened", "complained", "rejected")
        ]
        chance.shuffle(events)
        for event in events:
            await tell(client, event)
        ends.append((await client.get(f"/api/messages/{message['id']}")).json()["state"])
    assert set(ends) == {"bounced"}


async def test_an_event_that_comes_before_its_message_waits_for_it(
    client: httpx.AsyncClient, sink: HttpSink, app: Any
) -> None:
    world = app.state.world
    early = FeedbackEvent(
        id="early",
        type=EventType.DELIVERED,
        occurred_at=world.clock.now(),
        provider_id="provider-1",
        recipient="ana@example.com",
    )
    assert await world.feedback.take("default", "first", "http-email", [early]) == 1
    message = await send(client)
    name = Statement.of("test.name", "UPDATE attempts SET provider_id = 'provider-1' RETURNING 1")
    await world.database.write(lambda tx: tx.all(name))

    assert await world.feedback.match() == 1
    assert await world.feedback.match() == 0
    shown = (await client.get(f"/api/messages/{message['id']}")).json()
    assert shown["state"] == "delivered"
    assert "provider.delivered" in [moment["event"] for moment in shown["timeline"]]


async def test_hooks_are_told(client: httpx.AsyncClient, sink: HttpSink, app: Any) -> None:
    async with HttpSink() as receiver:
        events = ["Message.Bounced", "Message.Failed", "Message.Suppressed"]
        body = {"name": "mine", "events": events, "config": {"url": receiver.url}}
        assert (await client.post("/api/hooks", json=body)).status_code == 201
        message = await send(client)
        await tell(
            client,
            {
                "id": "1",
                "type": "bounced",
                "reason": "hard",
                "messageId": message["id"],
                "recipient": "ana@example.com",
            },
        )
        await client.post(SEND, json={"email": "ana@example.com"})
        sink.script.append(refused(400))
        await client.post(SEND, json={"email": "b@example.com"})
        for _ in range(500):
            if len(receiver.requests) == len(events):
                break
            await asyncio.sleep(0.02)

    told = {request.json()["event"]: request.json()["data"] for request in receiver.requests}
    assert set(told) == set(events)
    assert told["Message.Bounced"]["recipient"] == "ana@example.com"
    assert told["Message.Failed"] == {
        "messageId": told["Message.Failed"]["messageId"],
        "templateType": "Generic",
        "recipient": "b@example.com",
        "reason": "permanent",
    }


async def test_settings_of_events_are_masked_kept_and_checked(
    client: httpx.AsyncClient, sink: HttpSink
) -> None:
    shown = (await client.get("/api/connectors/first/feedback")).json()
    assert shown["settings"] == {"secret": "******"}
    assert shown["url"] == "http://carteiro.test/api/provider-events/first"
    again = await client.put("/api/connectors/first/feedback", json=shown["settings"])
    assert again.status_code == 200
    assert (await tell(client)).status_code == 204, "the secret is still the same"
    for wrong in ({}, {"secret": "short"}, {"secret": 1}):
        answer = await client.put("/api/connectors/first/feedback", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")
    assert (await client.put("/api/connectors/none/feedback", json={})).status_code == 404
    assert (await client.delete("/api/connectors/first/feedback")).status_code == 204
    assert (await tell(client)).status_code == 404


async def test_events_are_taken_after_the_connector_was_changed(
    client: httpx.AsyncClient, sink: HttpSink
) -> None:
    message = await send(client)
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    event = {"id": "1", "type": "bounced", "messageId": message["id"]}
    assert (await tell(client, event)).status_code == 204
    assert (await client.get(f"/api/messages/{message['id']}")).json()["state"] == "bounced"


async def test_twenty_thousand_events_at_once(
    client: httpx.AsyncClient, sink: HttpSink, app: Any
) -> None:
    count = 5_000
    sent = [await send(client, f"m{number}@example.com") for number in range(20)]
    chance = random.Random(11)
    kinds = ["accepted", "deferred", "delivered", "opened", "clicked", "nonsense"]
    told = [
        {"id": f"e{number}", "type": chance.choice(kinds), "messageId": chance.choice(sent)["id"]}
        for number in range(count)
    ]
    everything: list[Any] = told * 4  # each is told four times
    chance.shuffle(everything)
    for place in range(0, len(everything), 997):
        everything[place] = chance.choice([None, 7, "x", {"type": None}, {}])
    batches = [everything[start : start + 2_000] for start in range(0, len(everything), 2_000)]
    answers = [await tell(client, *batch) for batch in batches]

    assert {answer.status_code for answer in answers} == {204}
    counted = Statement.of("test.count", "SELECT COUNT(*) AS total FROM message_events")
    row = await app.state.world.database.read(lambda tx: tx.one(counted))
    # Those without an id are told apart by what they say: there are two.
    assert row["total"] in {count, count + 1, count + 2}
    for message in sent:
        shown = (await client.get(f"/api/messages/{message['id']}")).json()
        assert shown["state"] == "delivered"
    assert (await client.get("/api/status")).status_code == 204
