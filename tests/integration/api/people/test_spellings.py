"""Two spellings of one mailbox are one person, wherever somebody writes an address."""

from __future__ import annotations

import unicodedata
from typing import Any

import httpx
import pytest

from carteiro.storage.drivers.statements import Statement
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink

LATER = 4_102_444_800_000
FIRST = "Jörg@Exämple.com"
OTHERS = [
    unicodedata.normalize("NFD", "jörg@exämple.com"),
    unicodedata.normalize("NFC", "JÖRG@EXÄMPLE.COM"),
    "jörg@xn--exmple-cua.com",
    unicodedata.normalize("NFD", "jörg@") + "XN--EXMPLE-CUA.com",
]
Spelling = pytest.mark.parametrize("other", OTHERS, ids=["nfd", "upper", "a-label", "nfd-a-label"])


@pytest.fixture
async def sink(client: httpx.AsyncClient) -> Any:
    async with HttpSink(Answer(200, b"{}")) as opened:
        body = {"connectorId": "http-email", "config": {"endpoint": opened.url}}
        assert (await client.post("/api/connectors", json=body)).status_code == 200
        yield opened


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"/api{path}", json=body)
    assert answer.is_success, answer.text
    value: dict[str, Any] = answer.json()
    return value


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@Spelling
async def test_a_person_is_found_and_nobody_else_takes_the_address(
    client: httpx.AsyncClient, other: str
) -> None:
    person = await made(client, "/users", {"primaryEmail": FIRST, "primaryPhone": "351910000000"})

    again = await client.post("/api/users", json={"primaryEmail": other})
    both = {"primaryEmail": other, "primaryPhone": "351910000000"}
    twice = await client.post("/api/users", json=both)
    exact = {"search.primaryEmail": other, "mode.primaryEmail": "exact"}
    found = [
        (await client.get("/api/users", params=query)).json()
        for query in (
            exact,
            {"search": f"%{other}%"},
            {"search.primaryEmail": f"{other.partition('@')[0]}%"},
            {"search.primaryEmail": "%@exämple.com"},
        )
    ]

    assert said(again) == (422, "user.email_already_in_use")
    assert said(twice) == (422, "user.email_already_in_use"), "it comes before the phone"
    assert person["primaryEmail"] == FIRST, "it is shown as it was written"
    assert [[row["id"] for row in rows] for rows in found] == [[person["id"]]] * 4
    patched = await client.patch(f"/api/users/{person['id']}", json={"primaryEmail": other})
    assert patched.json()["primaryEmail"] == other


async def test_a_person_whose_key_is_of_old_data_can_be_changed(
    client: httpx.AsyncClient, app: Any
) -> None:
    ours = await made(client, "/users", {"primaryEmail": "first@example.com"})
    theirs = await made(client, "/users", {"primaryEmail": FIRST})
    # What the migration leaves where two rows turned out to be one mailbox.
    left = Statement.of(
        "test.left",
        f"UPDATE users SET email_key = 'of its own', primary_email = '{OTHERS[0]}' "
        f"WHERE id = '{ours['id']}' RETURNING 1",
    )
    await app.state.world.database.write(lambda tx: tx.all(left))

    named = await client.patch(f"/api/users/{ours['id']}", json={"name": "Ann"})
    taken = await client.patch(f"/api/users/{ours['id']}", json={"primaryEmail": OTHERS[2]})
    moved = await client.patch(f"/api/users/{ours['id']}", json={"primaryEmail": "ann@example.com"})

    assert named.status_code == 200
    assert said(taken) == (422, "user.email_already_in_use")
    assert moved.status_code == 200
    assert (await client.get(f"/api/users/{theirs['id']}")).json()["primaryEmail"] == FIRST


async def test_a_member_is_found_in_any_spelling_of_the_local_part(
    client: httpx.AsyncClient,
) -> None:
    organization = (await made(client, "/organizations", {"name": "Acme"}))["id"]
    person = await made(client, "/users", {"primaryEmail": FIRST})
    await client.post(f"/api/organizations/{organization}/users", json={"userIds": [person["id"]]})

    for text in ("jörg", unicodedata.normalize("NFD", "JÖRG")):
        found = await client.get(f"/api/organizations/{organization}/users", params={"q": text})

        assert [row["id"] for row in found.json()] == [person["id"]]


@Spelling
async def test_a_code_is_redeemed_and_counted_in_any_spelling(
    client: httpx.AsyncClient, sink: HttpSink, other: str
) -> None:
    path = "/api/verification-codes"
    await client.post(path, json={"email": FIRST})
    code = sink.requests[0].json()["payload"]["code"]

    redeemed = await client.post(f"{path}/verify", json={"email": other, "verificationCode": code})
    for _ in range(9):
        assert (await client.post(path, json={"email": other})).status_code == 204
    limited = await client.post(path, json={"email": FIRST})
    found = await client.get("/api/messages", params={"recipient": other})

    assert redeemed.status_code == 204
    assert limited.status_code == 429
    assert len(found.json()) == 10
    assert sink.requests[0].json()["to"] == "Jörg@xn--exmple-cua.com"


@Spelling
async def test_a_link_proves_the_address_in_any_spelling(
    client: httpx.AsyncClient, other: str
) -> None:
    token = await made(client, "/one-time-tokens", {"email": FIRST})

    listed = (await client.get("/api/one-time-tokens", params={"email": other})).json()
    used = await client.post(
        "/api/one-time-tokens/verify", json={"token": token["token"], "email": other}
    )

    assert [row["id"] for row in listed] == [token["id"]]
    assert used.json()["status"] == "consumed"


@Spelling
async def test_an_invitation_is_for_the_mailbox_not_for_its_spelling(
    client: httpx.AsyncClient, other: str
) -> None:
    organization = (await made(client, "/organizations", {"name": "Acme"}))["id"]
    invitation = {"organizationId": organization, "expiresAt": LATER}
    person = await made(client, "/users", {"primaryEmail": other})
    path = "/organization-invitations"
    waiting = await made(client, path, {**invitation, "invitee": FIRST})

    twice = await client.post(f"/api{path}", json={**invitation, "invitee": other})
    listed = (await client.get(f"/api{path}", params={"invitee": other})).json()
    accepted = await client.put(
        f"/api{path}/{waiting['id']}/status",
        json={"status": "Accepted", "acceptedUserId": person["id"]},
    )
    member = await client.post(f"/api{path}", json={**invitation, "invitee": FIRST})

    assert twice.status_code == 422
    assert [row["id"] for row in listed] == [waiting["id"]]
    assert accepted.json()["status"] == "Accepted"
    assert member.status_code == 422


@Spelling
async def test_what_is_over_makes_room_in_any_spelling(
    client: httpx.AsyncClient, app: Any, other: str
) -> None:
    world = app.state.world
    organization = (await made(client, "/organizations", {"name": "Acme"}))["id"]
    invitation = {"organizationId": organization, "expiresAt": world.clock.now() + 60_000}
    await made(client, "/organization-invitations", {**invitation, "invitee": FIRST})
    await made(client, "/one-time-tokens", {"email": FIRST, "expiresIn": 60})
    object.__setattr__(world, "clock", FrozenClock(world.clock.now() + 61_000))  # time passes

    invitation = {"organizationId": organization, "expiresAt": LATER}
    await made(client, "/organization-invitations", {**invitation, "invitee": other})
    await made(client, "/one-time-tokens", {"email": other})

    expired = await client.get("/api/one-time-tokens", params={"status": "expired"})
    assert [row["email"] for row in expired.json()] == [FIRST]


@Spelling
async def test_who_gets_no_mail_gets_none_in_any_spelling(
    client: httpx.AsyncClient, sink: HttpSink, other: str
) -> None:
    await made(client, "/suppressions", {"recipient": other})

    sent = await client.post("/api/verification-codes", json={"email": FIRST})

    assert said(sent) == (422, "message.recipient_suppressed")
    assert sink.requests == []
    query = {"recipient": FIRST}
    gone = await client.delete("/api/suppressions/by-recipient", params=query)
    assert gone.status_code == 204


@pytest.mark.parametrize(
    "other", ["EXÄMPLE.com", "xn--exmple-cua.com", unicodedata.normalize("NFD", "exämple.com")]
)
async def test_an_organizations_domain_is_there_once(client: httpx.AsyncClient, other: str) -> None:
    organization = (await made(client, "/organizations", {"name": "Acme"}))["id"]
    path = f"/api/organizations/{organization}/jit/email-domains"
    await client.post(path, json={"emailDomain": "Exämple.com"})

    twice = await client.post(path, json={"emailDomain": other})
    shown = [row["emailDomain"] for row in (await client.get(path)).json()]
    put = await client.put(path, json={"emailDomains": ["exämple.com", other]})
    kept = (await client.get(path)).json()
    gone = await client.delete(f"{path}/Exämple.com")

    assert said(twice) == (422, "entity.unique_integrity_violation")
    assert shown == ["Exämple.com"], "it is shown as it was written"
    assert put.is_success
    assert len(kept) == 1
    assert gone.status_code == 204
    assert (await client.get(path)).json() == []
