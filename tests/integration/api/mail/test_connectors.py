"""`/api/connectors`: the numbered cases of the wire's description."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.smtp_server import SmtpSink

SMTP = "simple-mail-transfer-protocol"
KINDS = ["Register", "SignIn", "ForgotPassword", "Generic"]


def smtp(**changes: Any) -> dict[str, Any]:
    templates = [
        {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
        for kind in KINDS
    ]
    return {
        "host": "127.0.0.1",
        "port": 2525,
        "auth": {"type": "login", "user": "u", "pass": "p4ssw0rd"},
        "fromEmail": "no-reply@acme.test",
        "templates": templates,
        **changes,
    }


async def create(client: httpx.AsyncClient, factory: str = SMTP, **body: Any) -> dict[str, Any]:
    answer = await client.post("/api/connectors", json={"connectorId": factory, **body})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_unknown_factory_is_422(client: httpx.AsyncClient) -> None:  # 77
    answer = await client.post("/api/connectors", json={"connectorId": "nope", "config": {}})

    assert answer.status_code == 422
    assert answer.json()["code"] == "connector.not_found_with_connector_id"


async def test_a_wrong_config_is_400_with_its_issues(client: httpx.AsyncClient) -> None:  # 24, 78
    answer = await client.post(
        "/api/connectors", json={"connectorId": SMTP, "config": smtp(port="25")}
    )

    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "connector.invalid_config"
    assert body["data"]["name"] == "ZodError"
    found = body["data"]["issues"][0]
    assert (found["code"], found["path"], found["expected"], found["received"]) == (
        "invalid_type",
        ["port"],
        "number",
        "string",
    )
    expected = 'Error in key path "port": (invalid_type) Expected number but received string.'
    assert body["details"] == expected


@pytest.mark.parametrize("missing", ["host", "port", "fromEmail", "templates"])  # 25
async def test_each_required_field_is_named_when_it_is_missing(
    client: httpx.AsyncClient, missing: str
) -> None:
    config = smtp()
    del config[missing]

    answer = await client.post("/api/connectors", json={"connectorId": SMTP, "config": config})

    found = answer.json()["data"]["issues"][0]
    assert (found["code"], found["path"], found["received"]) == (
        "invalid_type",
        [missing],
        "undefined",
    )


async def test_missing_usage_types_are_listed_in_order(client: httpx.AsyncClient) -> None:  # 26
    config = smtp(templates=smtp()["templates"][1:2])

    answer = await client.post("/api/connectors", json={"connectorId": SMTP, "config": config})

    found = answer.json()["data"]["issues"][0]
    assert (found["code"], found["path"]) == ("custom", ["templates"])
    assert "Register, ForgotPassword, Generic" in found["message"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"customHeaders": {"a": 1}}, ["customHeaders", "a"]),  # 30
        ({"replyTo": None}, ["replyTo"]),  # 28
        ({"auth": None}, ["auth"]),
        ({"auth": {"type": "plain"}}, ["auth"]),
        ({"customHeaders": {"To": "x@y.test"}}, ["customHeaders"]),
        ({"customHeaders": {"X-A\r\nBcc": "x"}}, ["customHeaders"]),
        ({"name": "höst"}, ["name"]),
        ({"fromEmail": "nobody"}, ["fromEmail"]),
    ],
)
async def test_a_bad_value_is_refused_at_its_path(
    client: httpx.AsyncClient, change: dict[str, Any], path: list[str]
) -> None:
    answer = await client.post(
        "/api/connectors", json={"connectorId": SMTP, "config": smtp(**change)}
    )

    assert answer.status_code == 400, answer.text
    assert answer.json()["data"]["issues"][0]["path"] == path


async def test_unknown_keys_are_stored_and_not_used(client: httpx.AsyncClient) -> None:  # 27
    made = await create(client, config=smtp(foo={"bar": 1}))

    assert made["config"]["foo"] == {"bar": 1}


async def test_a_second_connector_replaces_the_first(client: httpx.AsyncClient) -> None:  # 79, 80
    first = await create(client, config=smtp())
    second = await create(client, config=smtp(port=26))

    listed = (await client.get("/api/connectors")).json()
    gone = await client.get(f"/api/connectors/{first['id']}")

    assert [row["id"] for row in listed] == [second["id"]]
    assert gone.status_code == 404
    assert gone.json()["code"] == "entity.not_found"


async def test_the_response_has_the_wires_members(client: httpx.AsyncClient) -> None:
    made = await create(client, config=smtp())

    assert made["connectorId"] == SMTP
    assert made["type"] == "Email"
    assert made["target"] == "smtp"
    assert made["platform"] is None
    assert made["isDemo"] is False
    assert made["extraInfo"] == {}
    assert made["metadata"] == {}
    assert made["config"]["auth"]["pass"] == "p4ssw0rd"
    assert "createdAt" not in made
    assert "tenantId" not in made


async def test_a_connector_without_config_fails_when_it_is_used(  # 81
    client: httpx.AsyncClient,
) -> None:
    made = await create(client)

    answer = await client.post("/api/verification-codes", json={"email": "a@example.com"})

    assert made["config"] == {}
    assert answer.status_code == 400
    assert answer.json()["code"] == "connector.invalid_config"


async def test_patch_replaces_the_whole_config(client: httpx.AsyncClient) -> None:  # 82
    made = await create(client, config=smtp(replyTo="a@acme.test"))

    answer = await client.patch(f"/api/connectors/{made['id']}", json={"config": smtp(port=99)})

    assert answer.status_code == 200
    assert answer.json()["config"]["port"] == 99
    assert "replyTo" not in answer.json()["config"]


async def test_an_empty_patch_changes_nothing(client: httpx.AsyncClient) -> None:
    made = await create(client, config=smtp())

    answer = await client.patch(f"/api/connectors/{made['id']}", json={})

    assert answer.status_code == 200
    assert answer.json() == made


async def test_a_masked_secret_keeps_the_stored_one(client: httpx.AsyncClient) -> None:
    made = await create(client, config=smtp())
    masked = smtp(port=99, auth={"type": "login", "user": "u", "pass": "******"})

    answer = await client.patch(f"/api/connectors/{made['id']}", json={"config": masked})

    assert answer.json()["config"]["auth"]["pass"] == "p4ssw0rd"


async def test_an_invalid_patch_leaves_the_stored_config(client: httpx.AsyncClient) -> None:  # 84
    made = await create(client, config=smtp())

    answer = await client.patch(f"/api/connectors/{made['id']}", json={"config": {"host": 1}})
    after = (await client.get(f"/api/connectors/{made['id']}")).json()

    assert answer.json()["code"] == "connector.invalid_config"
    assert after == made


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (
            {"metadata": {"target": "x"}},
            400,
            "connector.cannot_overwrite_metadata_for_non_standard_connector",
        ),
        ({"syncProfile": True}, 422, "connector.invalid_type_for_syncing_profile"),
        ({"enableTokenStorage": True}, 422, "request.feature_not_supported"),
    ],
)  # 86, 87
async def test_what_email_connectors_do_not_have_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], status: int, code: str
) -> None:
    made = await create(client, config=smtp())

    answer = await client.patch(f"/api/connectors/{made['id']}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])  # 85, 89, 94
async def test_an_unknown_connector_is_404(client: httpx.AsyncClient, method: str) -> None:
    body = {"json": {}} if method == "PATCH" else {}

    answer = await client.request(method, "/api/connectors/nope", **body)

    assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_found")


async def test_a_deleted_connector_is_gone(client: httpx.AsyncClient) -> None:  # 90, 110
    made = await create(client, config=smtp())

    first = await client.delete(f"/api/connectors/{made['id']}")
    second = await client.delete(f"/api/connectors/{made['id']}")
    send = await client.post("/api/verification-codes", json={"email": "a@example.com"})

    assert (first.status_code, first.content, second.status_code) == (204, b"", 404)
    assert (send.status_code, send.json()["code"]) == (501, "connector.not_found")


async def test_the_last_way_to_reset_a_password_stays(client: httpx.AsyncClient) -> None:  # 91
    made = await create(client, config=smtp())
    expiry = {"passwordExpiration": {"enabled": True, "validPeriodDays": 30}}
    await client.patch("/api/sign-in-exp", json={**expiry, "forgotPasswordMethods": None})

    answer = await client.delete(f"/api/connectors/{made['id']}")

    code = "sign_in_experiences.password_expiration_requires_forgot_password"
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await client.get(f"/api/connectors/{made['id']}")).status_code == 200


async def test_an_id_in_use_is_422_and_nothing_changes(client: httpx.AsyncClient, app: Any) -> None:
    from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
    from carteiro.flows.administer.tenant.tenants import create_tenant

    await create_tenant(app.state.world, "other", name="Other")
    new = NewConnector(connector_id=SMTP, id="taken", config=smtp())
    await create_connector(app.state.world, "other", new)
    mine = await create(client, config=smtp())

    answer = await client.post(
        "/api/connectors", json={"connectorId": SMTP, "id": "taken", "config": smtp()}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "entity.unique_integrity_violation")
    assert [row["id"] for row in (await client.get("/api/connectors")).json()] == [mine["id"]]


async def test_factories_are_listed_and_read(client: httpx.AsyncClient) -> None:  # 95
    listed = (await client.get("/api/connector-factories")).json()
    one = await client.get(f"/api/connector-factories/{SMTP}")
    none = await client.get("/api/connector-factories/nope")

    assert {SMTP, "http-email", "logto-email"} <= {row["id"] for row in listed}
    assert one.json()["id"] == SMTP
    assert one.json()["type"] == "Email"
    assert [item["key"] for item in one.json()["formItems"]][:4] == [
        "host",
        "port",
        "auth",
        "fromEmail",
    ]
    assert none.status_code == 404


async def test_the_target_filters_the_list(client: httpx.AsyncClient) -> None:
    await create(client, config=smtp())

    assert len((await client.get("/api/connectors?target=smtp")).json()) == 1
    assert (await client.get("/api/connectors?target=else")).json() == []


async def test_the_test_route_sends_the_fixed_code_through_the_given_config(  # 96, 97
    client: httpx.AsyncClient,
) -> None:
    await create(client, config=smtp(port=1))
    async with HttpSink() as sink:
        answer = await client.post(
            "/api/connectors/http-email/test",
            json={"email": "a@example.com", "config": {"endpoint": sink.url}, "locale": "fr"},
        )

    import json

    assert (answer.status_code, answer.content) == (204, b"")
    sent = json.loads(sink.requests[0].body)
    assert sent == {
        "to": "a@example.com",
        "type": "Generic",
        "payload": {"code": "000000", "locale": "fr"},
        "ip": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("factory", "body", "code"),
    [
        (SMTP, {"email": "a@example.com", "config": {}}, "connector.invalid_config"),  # 98
        (SMTP, {"config": {}}, "guard.invalid_input"),  # 99
        (SMTP, {"email": "a@example.com"}, "guard.invalid_input"),
        (SMTP, {"email": "nobody", "config": {}}, "guard.invalid_input"),
        ("nope", {"email": "a@example.com", "config": {}}, "connector.not_found"),  # 100
        (SMTP, {"phone": "123", "config": {}}, "connector.unexpected_type"),  # 101
        (SMTP, {"email": "a@example.com", "phone": "1", "config": {}}, "connector.unexpected_type"),
    ],
)
async def test_the_test_route_refuses(
    client: httpx.AsyncClient, factory: str, body: dict[str, Any], code: str
) -> None:
    answer = await client.post(f"/api/connectors/{factory}/test", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("locale", "stored", "subject"),
    [
        ("de", ["de", "en"], "stored de"),  # 102
        ("de-AT", ["de", "en"], "stored de"),
        ("fr", ["de", "en"], "stored en"),  # 103
        ("fr", [], "Generic"),  # 104
    ],
)
async def test_the_test_route_uses_stored_templates(
    client: httpx.AsyncClient, locale: str, stored: list[str], subject: str
) -> None:
    if stored:
        details = [
            {
                "languageTag": tag,
                "templateType": "Generic",
                "details": {"subject": f"stored {tag}", "content": "{{code}}"},
            }
            for tag in stored
        ]
        await client.put("/api/email-templates", json={"templates": details})
    async with SmtpSink() as sink:
        config = smtp(port=sink.port, auth={"type": "login"})
        await client.post(
            f"/api/connectors/{SMTP}/test",
            json={"email": "a@example.com", "config": config, "locale": locale},
        )

    assert sink.received[0].message["Subject"] == subject


async def test_a_refusal_tells_what_the_provider_said_without_the_code(
    client: httpx.AsyncClient,
) -> None:  # 74
    async with HttpSink(Answer(400, b'{"error":"bad code 000000"}')) as sink:
        answer = await client.post(
            "/api/connectors/http-email/test",
            json={"email": "a@example.com", "config": {"endpoint": sink.url}},
        )

    assert (answer.status_code, answer.json()["code"]) == (400, "connector.general")
    assert "000000" not in answer.text
    assert "bad code" in answer.json()["data"]["message"]


async def test_the_built_in_service_shows_sender_and_usage(
    client: httpx.AsyncClient,
) -> None:  # 105
    await create(client, "logto-email", config={"senderName": "Acme"})
    for _ in range(2):
        await client.post("/api/verification-codes", json={"email": "a@example.com"})

    made = (await client.get("/api/connectors")).json()[0]

    assert made["usage"] == 2
    assert made["fromEmail"] == "no-reply@carteiro.test"
    assert made["extraInfo"] == {"fromEmail": "no-reply@carteiro.test"}


async def test_empty_values_are_cleaned_at_any_depth(client: httpx.AsyncClient) -> None:  # 111
    made = await create(
        client, "logto-email", config={"senderName": "", "x": [{"a": ""}, {"b": 1}, ""], "n": 0}
    )

    assert made["config"] == {"x": [{"b": 1}], "n": 0}


async def test_a_config_that_cleaning_would_break_is_refused(client: httpx.AsyncClient) -> None:
    templates = [{**entry, "content": ""} for entry in smtp()["templates"]]

    answer = await client.post(
        "/api/connectors", json={"connectorId": SMTP, "config": smtp(templates=templates)}
    )

    assert answer.json()["code"] == "connector.invalid_config"
