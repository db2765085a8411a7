"""`/api/overrides`: templates and senders of organizations and applications, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from access_parts import token
from carteiro.testing.smtp_server import SmtpSink
from override_parts import SMTP, read
from smtp_parts import config as smtp_config

WORDS = {"subject": "Globex's {{code}}", "content": "{{code}}"}


def template(kind: str = "Generic", **details: Any) -> dict[str, Any]:
    return {"languageTag": "en", "templateType": kind, "details": {**WORDS, **details}}


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as server:
        yield server


@pytest.fixture
async def organization(client: httpx.AsyncClient, sink: SmtpSink) -> str:
    """The path of an organization's override; the tenant has an SMTP server."""
    connector = {"connectorId": SMTP, "config": smtp_config(sink.port, fromEmail="t@tenant.test")}
    assert (await client.post("/api/connectors", json=connector)).is_success
    made = await client.post("/api/organizations", json={"name": "Globex"})
    return f"/api/overrides/organizations/{made.json()['id']}"


async def test_an_override_is_shown_as_it_was_set(
    client: httpx.AsyncClient, organization: str
) -> None:
    sender = {"connectorId": None, "fromName": "Globex", "replyTo": "Help <h@globex.test>"}

    answer = await client.put(organization, json=sender)
    put = await client.put(f"{organization}/templates", json={"templates": [template()]})

    assert answer.status_code == put.status_code == 200
    shown = (await client.get(organization)).json()
    assert shown == answer.json()
    assert {name: shown[name] for name in sender} == sender
    assert shown["ownerType"] == "organization"
    assert organization.endswith(shown["ownerId"])
    listed = await client.get("/api/overrides")
    assert listed.json() == [shown]
    assert listed.headers["total-number"] == "1"
    assert (await client.get(f"{organization}/templates")).json() == put.json()


async def test_the_compatible_routes_show_only_what_is_the_tenants(
    client: httpx.AsyncClient, organization: str
) -> None:
    put = await client.put(f"{organization}/templates", json={"templates": [template()]})
    [own] = put.json()

    listed = (await client.get("/api/email-templates")).json()
    one = await client.get(f"/api/email-templates/{own['id']}")
    gone = await client.delete(f"/api/email-templates/{own['id']}")
    many = await client.delete("/api/email-templates?languageTag=en")

    assert (listed, one.status_code, gone.status_code) == ([], 404, 404)
    assert many.json() == {"rowCount": 0}
    assert (await client.get(f"{organization}/templates")).json() == [own]


async def test_a_code_for_an_organization_has_its_words_and_its_sender(
    client: httpx.AsyncClient, organization: str, sink: SmtpSink
) -> None:
    await client.put(organization, json={"fromName": "Globex"})
    await client.put(f"{organization}/templates", json={"templates": [template()]})
    body = {"email": "ana@example.com", "organizationId": organization.rpartition("/")[2]}

    answer = await client.post("/api/verification-codes", json=body)

    assert answer.status_code == 204
    assert read(sink).subject.startswith("Globex's ")
    assert read(sink).sender == "Globex <t@tenant.test>"


async def test_an_override_that_is_gone_counts_no_more(
    client: httpx.AsyncClient, organization: str, sink: SmtpSink
) -> None:
    body = {"email": "ana@example.com", "organizationId": organization.rpartition("/")[2]}
    put = await client.put(f"{organization}/templates", json={"templates": [template()]})
    await client.post("/api/verification-codes", json=body)
    one = await client.delete(f"{organization}/templates/{put.json()[0]['id']}")
    await client.post("/api/verification-codes", json=body)
    await client.put(f"{organization}/templates", json={"templates": [template()]})
    all_ = await client.delete(organization)
    await client.post("/api/verification-codes", json=body)

    assert (one.status_code, all_.status_code) == (204, 204)
    assert [read(sink, place).subject == "Generic" for place in range(3)] == [False, True, True]
    assert (await client.get(organization)).status_code == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"fromName": "Globex\r\nBcc: eve@evil.test"}, "fromName"),
        ({"fromName": "Globex\x07"}, "fromName"),
        ({"fromName": "Globex\u2028Bcc: eve"}, "fromName"),
        ({"fromName": "Globex <eve@evil.test>"}, "fromName"),
        ({"fromName": "=?utf-8?q?Eve?="}, "fromName"),
        ({"fromName": "\u202eelgoog"}, "fromName"),
        ({"fromName": "{{organization.name}}"}, "fromName"),
        ({"fromName": ""}, "fromName"),
        ({"fromName": "x" * 201}, "fromName"),
        ({"replyTo": "a@x.test, b@x.test"}, "replyTo"),
        ({"replyTo": "a@x.test,b@x.test"}, "replyTo"),
        ({"replyTo": "A <a@x.test>, B <b@x.test>"}, "replyTo"),
        ({"replyTo": '"A" <a@x.test>, <b@x.test>'}, "replyTo"),
        ({"replyTo": "a@x.test\r\nBcc: b@x.test"}, "replyTo"),
        ({"replyTo": "team: a@x.test;"}, "replyTo"),
        ({"replyTo": "Somebody"}, "replyTo"),
        ({"connectorId": "nope"}, "connectorId"),
    ],
    ids=[
        "header",
        "bell",
        "separator",
        "brackets",
        "encoded-word",
        "direction",
        "braces",
        "empty",
        "long",
        "list",
        "tight-list",
        "named-list",
        "quoted-list",
        "header-after",
        "group",
        "name-only",
        "unknown-connector",
    ],
)
async def test_a_hostile_sender_is_refused_and_nothing_is_kept(
    client: httpx.AsyncClient, organization: str, body: dict[str, str], place: str
) -> None:
    answer = await client.put(organization, json=body)

    assert answer.status_code == 400
    assert answer.json()["data"]["issues"][0]["path"] == [place]
    assert (await client.get(organization)).status_code == 404


async def test_a_name_of_any_script_stands_in_the_header_as_it_is(
    client: httpx.AsyncClient, organization: str, sink: SmtpSink
) -> None:
    name = 'Glöbex, "Inc." 株式会社'
    body = {"email": "ana@example.com", "organizationId": organization.rpartition("/")[2]}

    answer = await client.put(organization, json={"fromName": name})
    await client.post("/api/verification-codes", json=body)

    assert answer.status_code == 200
    [author] = sink.received[-1].message["From"].addresses
    assert (author.display_name, author.addr_spec) == (name, "t@tenant.test")


@pytest.mark.parametrize("owners", ["organizations", "applications"])
async def test_nobody_who_is_not_there_has_an_override(
    client: httpx.AsyncClient, owners: str
) -> None:
    path = f"/api/overrides/{owners}/nope"

    answers = [
        await client.put(path, json={"fromName": "Globex"}),
        await client.put(f"{path}/templates", json={"templates": [template()]}),
        await client.get(path),
        await client.get(f"{path}/templates"),
        await client.delete(path),
        await client.delete(f"{path}/templates/nope"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert (await client.get("/api/overrides")).json() == []


async def test_only_organizations_and_applications_have_overrides(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/overrides/users/nope")

    assert (answer.status_code, answer.json()["code"]) == (404, "request.route_not_found")


async def test_words_without_a_code_are_told_of_and_passed_over(
    client: httpx.AsyncClient, organization: str, sink: SmtpSink
) -> None:
    body = {"email": "ana@example.com", "organizationId": organization.rpartition("/")[2]}
    useless = template(subject="Globex", content="Hello")

    put = await client.put(f"{organization}/templates", json={"templates": [useless]})
    sent = await client.post("/api/verification-codes", json=body)

    assert "Carteiro-Findings" in put.headers
    assert sent.status_code == 204
    assert read(sink).subject == "Generic"


async def test_a_reserved_connector_sends_only_for_the_override_that_names_it(
    client: httpx.AsyncClient, organization: str, sink: SmtpSink
) -> None:
    async with SmtpSink() as own:
        config = smtp_config(own.port, fromEmail="x@globex.test")
        new = {"connectorId": SMTP, "config": config}
        made = (await client.post("/api/delivery/reserved-connectors", json=new)).json()
        await client.put(organization, json={"connectorId": made["id"]})
        await client.post("/api/verification-codes", json={"email": "ben@example.com"})
        sink.behaviour.data = lambda: "421 4.3.2 closing"
        refused = await client.post("/api/verification-codes", json={"email": "eve@example.com"})
        body = {"email": "ana@example.com", "organizationId": organization.rpartition("/")[2]}
        sent = await client.post("/api/verification-codes", json=body)

        assert refused.status_code == 400
        assert sent.status_code == 204
        assert [mail.rcpt_tos for mail in own.received] == [["ana@example.com"]]
    listed = await client.get("/api/delivery/reserved-connectors")
    assert [one["id"] for one in listed.json()] == [made["id"]]
    assert (await client.get("/api/delivery/fallback-connectors")).json() == []
    assert (await client.get(f"/api/delivery/fallback-connectors/{made['id']}")).status_code == 404


async def test_a_connector_in_use_is_not_deleted_unnoticed(
    client: httpx.AsyncClient, organization: str
) -> None:
    new = {"connectorId": "http-email", "config": {"endpoint": "https://x.example.com"}}
    for place in ("reserved", "fallback"):
        path = f"/api/delivery/{place}-connectors"
        made = (await client.post(path, json=new)).json()
        await client.put(organization, json={"connectorId": made["id"]})
        refused = await client.delete(f"{path}/{made['id']}")
        await client.put(organization, json={"connectorId": None})
        done = await client.delete(f"{path}/{made['id']}")

        assert (refused.status_code, refused.json()["code"]) == (409, "connector.in_use")
        assert done.status_code == 204


async def test_the_first_connector_tells_of_those_that_name_it(
    client: httpx.AsyncClient, organization: str, sink: SmtpSink
) -> None:
    [first] = (await client.get("/api/connectors")).json()
    await client.put(organization, json={"connectorId": first["id"]})

    rests = (await client.get(f"/api/connectors/{first['id']}/reliance")).json()
    config = smtp_config(sink.port, fromEmail="new@tenant.test")
    new = await client.post("/api/connectors", json={"connectorId": SMTP, "config": config})
    moved = (await client.get(organization)).json()
    gone = await client.delete(f"/api/connectors/{new.json()['id']}")
    left = (await client.get(organization)).json()

    assert rests["overrides"] == 1
    assert "an organization or an application (1 override)" in rests["message"]
    assert moved["connectorId"] == new.json()["id"] != first["id"]
    assert gone.status_code == 204
    assert left["connectorId"] is None


@pytest.mark.parametrize("kind", ["organizations", "applications"])
async def test_who_is_deleted_takes_the_override_away(
    client: httpx.AsyncClient, organization: str, kind: str, sink: SmtpSink
) -> None:
    new = {"name": "Shop", "type": "MachineToMachine"}
    made = (await client.post(f"/api/{kind}", json=new)).json()
    path = f"/api/overrides/{kind}/{made['id']}"
    await client.put(path, json={"fromName": "Shop"})
    await client.put(f"{path}/templates", json={"templates": [template()]})
    body = {"email": "ana@example.com", f"{kind[:-1]}Id": made["id"]}
    await client.post("/api/verification-codes", json=body)

    gone = await client.delete(f"/api/{kind}/{made['id']}")
    await client.post("/api/verification-codes", json=body)

    assert gone.status_code == 204
    assert (await client.get("/api/overrides")).json() == []
    assert [read(sink, place).subject == "Generic" for place in (0, 1)] == [False, True]
    assert read(sink).sender == "t@tenant.test"


async def test_the_prebuilt_service_shows_the_name_and_never_an_address(
    client: httpx.AsyncClient,
) -> None:
    connector = {"connectorId": "logto-email", "config": {"senderName": "Tenant"}}
    await client.post("/api/connectors", json=connector)
    senders = []
    for name in ("Globex", "initech.example.com"):
        made = (await client.post("/api/organizations", json={"name": name})).json()
        path = f"/api/overrides/organizations/{made['id']}"
        await client.put(path, json={"fromName": name})
        await client.put(f"{path}/templates", json={"templates": [template()]})
        body = {"email": "ana@example.com", "organizationId": made["id"]}
        await client.post("/api/verification-codes", json=body)
        newest = (await client.get("/api/mailbox")).json()[0]
        senders.append((newest["from"].split(" <")[0], "Globex" in newest["subject"]))

    assert senders == [("Globex", False), ("Tenant", False)]


async def test_templates_go_with_an_override_only_for_who_may_write_them(
    app: Any, anonymous: httpx.AsyncClient, client: httpx.AsyncClient, organization: str
) -> None:
    await client.put(organization, json={"fromName": "Globex"})
    sender_only = await token(app, "connectors:write")
    both = await token(app, "connectors:write templates:write")

    bare = await anonymous.delete(organization, headers=sender_only)
    put = await client.put(f"{organization}/templates", json={"templates": [template()]})
    refused = await anonymous.delete(organization, headers=sender_only)
    kept = (await client.get(f"{organization}/templates")).json()
    gone = await anonymous.delete(organization, headers=both)

    assert (bare.status_code, refused.status_code, gone.status_code) == (204, 403, 204)
    assert kept == put.json()
    assert (await client.get(organization)).status_code == 404
