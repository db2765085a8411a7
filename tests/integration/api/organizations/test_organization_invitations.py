"""`/api/organization-invitations` (§2.4 and §6 of the wire's description)."""

from __future__ import annotations

import asyncio
import email
import email.policy
from pathlib import Path
from typing import Any

import httpx
import pytest

from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink, refused

LATER = 4_102_444_800_000
FIELDS = {
    "tenantId",
    "id",
    "inviterId",
    "invitee",
    "acceptedUserId",
    "organizationId",
    "status",
    "createdAt",
    "updatedAt",
    "expiresAt",
    "organizationRoles",
}
PATH = "/api/organization-invitations"


@pytest.fixture
async def parts(client: httpx.AsyncClient) -> dict[str, str]:
    async def made(path: str, body: dict[str, Any]) -> str:
        answer = await client.post(f"/api{path}", json=body)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    branding = {"logoUrl": "https://example.com/l.png"}
    return {
        "organization": await made("/organizations", {"name": "Café <Ünï>", "branding": branding}),
        "inviter": await made("/users", {"name": "Ana"}),
        "guest": await made("/users", {"primaryEmail": "Guest@Example.com"}),
        "role": await made("/organization-roles", {"name": "editor"}),
        "admin": await made("/organization-roles", {"name": "admin"}),
    }


def body(parts: dict[str, str], **members: Any) -> dict[str, Any]:
    return {
        "invitee": "guest@example.com",
        "organizationId": parts["organization"],
        "expiresAt": LATER,
        **members,
    }


async def invite(
    client: httpx.AsyncClient, parts: dict[str, str], **members: Any
) -> dict[str, Any]:
    answer = await client.post(PATH, json=body(parts, **members))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def mails(settings: Settings) -> list[Any]:
    folder = Path(str(settings.mailbox)) / "new"
    texts = [path.read_bytes() for path in sorted(folder.iterdir())] if folder.exists() else []
    return [email.message_from_bytes(text, policy=email.policy.default) for text in texts]


async def use_endpoint(client: httpx.AsyncClient, sink: HttpSink) -> None:
    config = {"connectorId": "http-email", "config": {"endpoint": sink.url}}
    assert (await client.post("/api/connectors", json=config)).status_code == 200


async def test_an_invitation_has_every_member_of_the_wire(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    roles = [parts["role"], parts["admin"], parts["role"]]
    made = await invite(client, parts, inviterId=parts["inviter"], organizationRoleIds=roles)

    assert set(made) == FIELDS
    assert (len(made["id"]), made["status"], made["acceptedUserId"]) == (21, "Pending", None)
    assert [role["name"] for role in made["organizationRoles"]] == ["admin", "editor"]
    assert (await client.get(f"{PATH}/{made['id']}")).json() == made
    assert said(await client.get(f"{PATH}/nope")) == (404, "entity.not_found")


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"invitee": "nobody"}, 400, "guard.invalid_input"),
        ({"invitee": "a@b.c, d@e.f"}, 400, "guard.invalid_input"),
        ({"expiresAt": None}, 400, "guard.invalid_input"),
        ({"expiresAt": "soon"}, 400, "guard.invalid_input"),
        ({"organizationId": ""}, 400, "guard.invalid_input"),
        ({"messagePayload": True}, 400, "guard.invalid_input"),
        ({"messagePayload": "x"}, 400, "guard.invalid_input"),
        ({"messagePayload": []}, 400, "guard.invalid_input"),
        ({"messagePayload": {"link": 1}}, 400, "guard.invalid_input"),
        ({"expiresAt": 1}, 400, "request.invalid_input"),
        ({"organizationId": "nope"}, 422, "entity.relation_foreign_key_not_found"),
        ({"inviterId": "nope"}, 422, "entity.relation_foreign_key_not_found"),
        ({"organizationRoleIds": ["nope"]}, 422, "entity.relation_foreign_key_not_found"),
        ({"messagePayload": {}}, 501, "connector.not_found"),
    ],
)
async def test_what_is_refused_leaves_no_invitation(
    client: httpx.AsyncClient,
    parts: dict[str, str],
    members: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = await client.post(PATH, json=body(parts, **members))

    assert said(answer) == (status, code)
    assert (await client.get(PATH)).json() == []


async def test_a_member_is_not_invited_again(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    users = f"/api/organizations/{parts['organization']}/users"
    await client.post(users, json={"userIds": [parts["guest"]]})

    answer = await client.post(PATH, json=body(parts, invitee="GUEST@example.com"))

    assert said(answer) == (422, "request.invalid_input")


async def test_one_invitation_waits_for_a_person_and_an_organization(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    answers = await asyncio.gather(
        *(
            client.post(PATH, json=body(parts, invitee=name))
            for name in ["a@example.com", "A@example.com"] * 4
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 7]
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 422}
    assert codes == {"entity.unique_integrity_violation"}


async def test_an_invitation_expires_by_itself_and_makes_room(
    client: httpx.AsyncClient, app: Any, parts: dict[str, str]
) -> None:
    world = app.state.world
    made = await invite(client, parts, expiresAt=world.clock.now() + 60_000)
    clock = FrozenClock(world.clock.now() + 61_000)
    object.__setattr__(world, "clock", clock)  # time passes

    expired = (await client.get(f"{PATH}/{made['id']}")).json()
    refusal = await client.put(f"{PATH}/{made['id']}/status", json={"status": "Revoked"})
    again = await invite(client, parts)

    assert (expired["status"], again["status"]) == ("Expired", "Pending")
    assert said(refusal) == (422, "request.invalid_input")
    statuses = [row["status"] for row in (await client.get(PATH)).json()]
    assert sorted(statuses) == ["Expired", "Pending"]


async def test_the_list_is_filtered(client: httpx.AsyncClient, parts: dict[str, str]) -> None:
    await invite(client, parts, inviterId=parts["inviter"], organizationRoleIds=[parts["role"]])
    await invite(client, parts, invitee="other@example.com")

    async def count(query: str) -> int:
        return len((await client.get(f"{PATH}?{query}")).json())

    assert await count("") == 2
    assert await count("invitee=GUEST@example.com") == 1
    assert await count(f"inviterId={parts['inviter']}") == 1
    assert await count(f"organizationId={parts['organization']}") == 2
    assert await count("organizationId=nope") == 0
    listed = (await client.get(f"{PATH}?inviterId={parts['inviter']}")).json()
    assert [role["name"] for role in listed[0]["organizationRoles"]] == ["editor"]


# --- the mail ---------------------------------------------------------------------------------


async def test_the_mail_has_the_link_the_organization_and_the_inviter(
    client: httpx.AsyncClient, parts: dict[str, str], settings: Settings
) -> None:
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    payload = {"link": "https://example.com/join?t=1", "locale": "de"}
    made = await invite(client, parts, inviterId=parts["inviter"], messagePayload=payload)
    resent = await client.post(
        f"{PATH}/{made['id']}/message", json={"link": "https://example.com/two"}
    )

    first, second = mails(settings)
    assert resent.status_code == 204
    assert first["To"] == "guest@example.com"
    text = first.get_body(("plain",)).get_content()
    assert "https://example.com/join?t=1" in text
    assert "Café <Ünï>" in first["Subject"] + text
    assert "https://example.com/two" in second.get_body(("plain",)).get_content()
    assert first["Subject"] != second["Subject"]  # German, then the tenant's own language


async def test_the_payload_is_context_first_and_the_callers_members_win(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    payload = {"link": "L", "inviter": {"name": "Somebody else"}, "extra": [1], "uiLocales": "fr"}
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        await invite(client, parts, inviterId=parts["inviter"], messagePayload=payload)
        made = await invite(client, parts, invitee="b@example.com", messagePayload={})

    sent = sink.requests[0].json()
    assert (sent["to"], sent["type"], sent["ip"]) == (
        "guest@example.com",
        "OrganizationInvitation",
        "127.0.0.1",
    )
    assert sent["payload"] == {
        "organization": {
            "id": parts["organization"],
            "name": "Café <Ünï>",
            "branding": {"logoUrl": "https://example.com/l.png"},
        },
        **payload,
    }
    assert set(sink.requests[1].json()["payload"]) == {"organization"}
    assert made["inviterId"] is None


async def test_the_inviter_is_whole_in_the_mail(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        await invite(client, parts, inviterId=parts["inviter"], messagePayload={})

    assert sink.requests[0].json()["payload"]["inviter"] == {
        "id": parts["inviter"],
        "name": "Ana",
        "username": None,
        "primaryEmail": None,
        "primaryPhone": None,
        "avatar": None,
        "profile": {},
    }


@pytest.mark.parametrize("payload", [None, False])
async def test_without_a_payload_there_is_no_mail(
    client: httpx.AsyncClient, parts: dict[str, str], payload: Any
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        await invite(client, parts, **({} if payload is None else {"messagePayload": payload}))

    assert not sink.requests


@pytest.mark.parametrize("answer", [refused(500), refused(400), Answer(drop=True)])
async def test_a_mail_that_fails_leaves_no_invitation(
    client: httpx.AsyncClient, parts: dict[str, str], answer: Answer
) -> None:
    async with HttpSink(answer) as sink:
        await use_endpoint(client, sink)
        refusal = await client.post(PATH, json=body(parts, messagePayload={"link": "L"}))

    assert said(refusal) == (400, "connector.general")
    assert (await client.get(PATH)).json() == []


async def test_the_eleventh_mail_is_refused_with_nothing_created(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        made = await invite(client, parts, messagePayload={})
        for _ in range(9):
            assert (await client.post(f"{PATH}/{made['id']}/message")).status_code == 204
        resend = await client.post(f"{PATH}/{made['id']}/message")
        await client.delete(f"{PATH}/{made['id']}")
        create = await client.post(PATH, json=body(parts, messagePayload={}))

    assert said(resend) == said(create) == (429, "request.message_rate_limited")
    assert int(resend.headers["Retry-After"]) > 0
    assert (await client.get(PATH)).json() == []


async def test_neither_link_nor_code_reach_the_audit_log(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        payload = {"link": "https://example.com/secret-link", "code": "s3cr3t"}
        made = await invite(client, parts, messagePayload=payload)
        await client.post(f"{PATH}/{made['id']}/message", json=payload)

    log = (await client.get("/api/logs?page_size=100")).text
    assert "OrganizationInvitation.Created" in log
    assert "secret-link" not in log
    assert "s3cr3t" not in log


async def test_a_resend_asks_for_no_status(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    async with HttpSink() as sink:
        await use_endpoint(client, sink)
        made = await invite(client, parts)
        await client.put(f"{PATH}/{made['id']}/status", json={"status": "Revoked"})

        assert (await client.post(f"{PATH}/{made['id']}/message")).status_code == 204
    assert said(await client.post(f"{PATH}/nope/message")) == (404, "entity.not_found")


# --- the decision -----------------------------------------------------------------------------


async def test_an_accepted_invitation_makes_a_member_with_its_roles(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    made = await invite(client, parts, organizationRoleIds=[parts["role"]])
    decision = {"status": "Accepted", "acceptedUserId": parts["guest"]}

    answer = await client.put(f"{PATH}/{made['id']}/status", json=decision)
    again = await client.put(f"{PATH}/{made['id']}/status", json=decision)

    assert (answer.status_code, answer.json()["status"]) == (200, "Accepted")
    assert answer.json()["acceptedUserId"] == parts["guest"]
    members = (await client.get(f"/api/organizations/{parts['organization']}/users")).json()
    assert [member["id"] for member in members] == [parts["guest"]]
    assert [role["name"] for role in members[0]["organizationRoles"]] == ["editor"]
    assert said(again) == (422, "request.invalid_input")


@pytest.mark.parametrize(
    ("decision", "status", "code"),
    [
        ({"status": "Accepted"}, 422, "request.invalid_input"),
        ({"status": "Accepted", "acceptedUserId": None}, 422, "request.invalid_input"),
        ({"status": "Accepted", "acceptedUserId": "nobody"}, 404, "entity.not_found"),
        ({"status": "Accepted", "acceptedUserId": "{inviter}"}, 422, "request.invalid_input"),
        ({"status": "Pending"}, 400, "guard.invalid_input"),
        ({"status": "Expired"}, 400, "guard.invalid_input"),
        ({}, 400, "guard.invalid_input"),
    ],
)
async def test_a_bad_decision_changes_nothing(
    client: httpx.AsyncClient,
    parts: dict[str, str],
    decision: dict[str, Any],
    status: int,
    code: str,
) -> None:
    made = await invite(client, parts)
    if decision.get("acceptedUserId") == "{inviter}":
        decision = {**decision, "acceptedUserId": parts["inviter"]}

    answer = await client.put(f"{PATH}/{made['id']}/status", json=decision)

    assert said(answer) == (status, code)
    assert (await client.get(f"{PATH}/{made['id']}")).json()["status"] == "Pending"
    missing = await client.put(f"{PATH}/nope/status", json={"status": "Revoked"})
    assert said(missing) == (404, "entity.not_found")


async def test_a_decision_is_taken_once(client: httpx.AsyncClient, parts: dict[str, str]) -> None:
    for _ in range(4):
        made = await invite(client, parts)
        accept = {"status": "Accepted", "acceptedUserId": parts["guest"]}
        path = f"{PATH}/{made['id']}/status"

        answers = await asyncio.gather(
            *(client.put(path, json=accept) for _ in range(5)),
            *(client.put(path, json={"status": "Revoked"}) for _ in range(5)),
        )

        assert sorted(answer.status_code for answer in answers) == [200, *[422] * 9]
        members = (await client.get(f"/api/organizations/{parts['organization']}/users")).json()
        status = (await client.get(f"{PATH}/{made['id']}")).json()["status"]
        assert (status == "Accepted") == bool(members)
        users = f"/api/organizations/{parts['organization']}/users"
        await client.put(users, json={"userIds": []})


async def test_an_invitation_is_deleted_once(
    client: httpx.AsyncClient, parts: dict[str, str]
) -> None:
    made = await invite(client, parts)

    assert (await client.delete(f"{PATH}/{made['id']}")).status_code == 204
    assert said(await client.delete(f"{PATH}/{made['id']}")) == (404, "entity.not_found")


async def test_an_issue_leads_to_the_variable_that_is_wrong(client: httpx.AsyncClient) -> None:
    body = {"invitee": "a@example.com", "organizationId": "o", "expiresAt": 1}

    made = await client.post(
        "/api/organization-invitations", json={**body, "messagePayload": {"link": 5}}
    )
    again = await client.post("/api/organization-invitations/i/message", json={"code": []})

    assert [issue["path"] for issue in made.json()["data"]["issues"]] == [
        ["messagePayload", "link"]
    ]
    assert "function" not in made.text
    assert [issue["path"] for issue in again.json()["data"]["issues"]] == [["code"]]
