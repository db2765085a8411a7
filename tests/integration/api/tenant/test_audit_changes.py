"""What the audit log says of changes: before and after, never a secret, on both databases."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from management_calls import CALLS, REMOVALS, make

SMTP = {
    "host": "smtp.example.com",
    "port": 587,
    "fromEmail": "a@example.com",
    "auth": {"type": "login", "user": "u", "pass": "S3cret-of-smtp"},
    "customHeaders": {},
    "templates": [
        {"usageType": kind, "contentType": "text/plain", "subject": "S", "content": "{{code}}"}
        for kind in ("SignIn", "Register", "ForgotPassword", "Generic")
    ],
}


async def newest(client: httpx.AsyncClient, key: str) -> dict[str, Any]:
    answer = await client.get("/api/logs", params={"logKey": f"Management.{key}"})
    payload: dict[str, Any] = answer.json()[0]["payload"]
    return payload


async def test_a_changed_connector_is_told_without_its_secrets(client: httpx.AsyncClient) -> None:
    body = {"connectorId": "simple-mail-transfer-protocol", "config": SMTP}
    made = (await client.post("/api/connectors", json=body)).json()["id"]
    changed = {**SMTP, "host": "other.example.com", "auth": {**SMTP["auth"], "pass": "S3cret-two"}}
    await client.patch(f"/api/connectors/{made}", json={"config": changed})
    updated = await newest(client, "Connector.Updated")
    await client.post("/api/connectors", json={"connectorId": "logto-email"})
    replaced = await newest(client, "Connector.Created")

    assert updated["before"] == {"config": {"host": "smtp.example.com", "auth": {"pass": "******"}}}
    assert updated["after"] == {"config": {"host": "other.example.com", "auth": {"pass": "******"}}}
    assert replaced["before"]["connectorId"] == "simple-mail-transfer-protocol"
    assert replaced["after"]["connectorId"] == "logto-email"


async def test_a_changed_person_is_told_with_masked_addresses(client: httpx.AsyncClient) -> None:
    person = {"primaryEmail": "ana@example.com", "name": "Ana", "password": "odd passphrase one"}
    made = (await client.post("/api/users", json=person)).json()["id"]
    change = {"primaryEmail": "bea@example.com", "name": "Bea"}
    await client.patch(f"/api/users/{made}", json=change)
    updated = await newest(client, "User.Data.Updated")
    await client.delete(f"/api/users/{made}")
    deleted = await newest(client, "User.Deleted")

    assert updated["before"] == {"primaryEmail": "a***@example.com", "name": "Ana"}
    assert updated["after"] == {"primaryEmail": "b***@example.com", "name": "Bea"}
    assert updated["request"]["status"] == 200
    assert (deleted["before"]["name"], deleted["request"]["status"]) == ("Bea", 204)
    assert "after" not in deleted


async def test_a_changed_template_is_told_by_language_and_type(client: httpx.AsyncClient) -> None:
    template = {
        "languageTag": "en",
        "templateType": "SignIn",
        "details": {"subject": "Old", "content": "{{code}}"},
    }
    made = (await client.put("/api/email-templates", json={"templates": [template]})).json()
    await client.patch(f"/api/email-templates/{made[0]['id']}/details", json={"subject": "New"})

    updated = await newest(client, "EmailTemplate.Updated")

    assert updated["before"] == {"en/SignIn": {"subject": "Old"}}
    assert updated["after"] == {"en/SignIn": {"subject": "New"}}


async def test_changed_settings_are_told(client: httpx.AsyncClient) -> None:
    await client.patch("/api/protection", json={"codeLength": 8})
    await client.patch("/api/protection", json={"codeLength": 9, "cooldown": 60})
    protection = await newest(client, "Protection.Updated")
    await client.patch("/api/sign-in-exp", json={"passwordPolicy": {"length": {"min": 15}}})
    experience = await newest(client, "SignInExperience.Updated")

    assert protection["before"] == {"codeLength": 8}
    assert protection["after"] == {"codeLength": 9, "cooldown": 60}
    assert experience["after"]["passwordPolicy"] == {"length": {"min": 15}}


async def test_given_roles_are_told(client: httpx.AsyncClient) -> None:
    machine = {"name": "m", "type": "MachineToMachine"}
    made = (await client.post("/api/applications", json=machine)).json()["id"]
    path = f"/api/applications/{made}/roles"
    await client.post(path, json={"roleIds": ["management-api-access"]})
    given = await newest(client, "Application.Roles.Updated")
    await client.delete(f"{path}/management-api-access")
    taken = await newest(client, "Application.Roles.Updated")

    assert (given["before"], given["after"]) == (
        {"roleIds": []},
        {"roleIds": ["management-api-access"]},
    )
    assert taken["before"] == {"roleIds": ["management-api-access"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/users", {"primaryEmail": "no address"}, 400, "guard.invalid_input"),
        ("DELETE", "/api/users/nobody", None, 404, "entity.not_found"),
        ("POST", "/api/connectors", {"connectorId": "nope"}, 422, None),
    ],
)
async def test_a_refused_write_is_told_with_its_status(
    client: httpx.AsyncClient, method: str, path: str, body: Any, status: int, code: str | None
) -> None:
    answer = await client.request(method, path, json=body)

    refused = await newest(client, "Refused")
    assert answer.status_code == refused["request"]["status"] == status
    assert refused["error"]["code"] == answer.json()["code"]
    assert code in {None, answer.json()["code"]}


async def test_no_secret_of_any_write_is_in_the_log(client: httpx.AsyncClient) -> None:
    hook_config = {"url": "http://127.0.0.1:9/?k=S3cret-in-url", "headers": {"X-A": "S3cret-head"}}
    secrets = ["S3cret", "QUJDQUJDQUJDQUJD", "a long and odd passphrase", "{{link}}-S3"]

    await client.post(
        "/api/connectors",
        json={"connectorId": "simple-mail-transfer-protocol", "config": SMTP},
    )
    hook = await client.post(
        "/api/hooks", json={"events": ["User.Created"], "config": hook_config, "enabled": False}
    )
    secrets.append(hook.json()["signingKey"])
    renewed = await client.patch(f"/api/hooks/{hook.json()['id']}/signing-key")
    secrets.append(renewed.json()["signingKey"])
    captcha = {"type": "Turnstile", "siteKey": "s", "secretKey": "S3cret-captcha"}
    await client.put("/api/captcha-provider", json={"config": captcha})
    kept = await make(client, CALLS, {})
    listed = await client.get(f"/api/applications/{kept['machine']}/secrets")
    secrets += [entry["value"] for entry in listed.json()]
    secrets.append(kept["token"])
    await make(client, REMOVALS, kept)
    pages = [await client.get(f"/api/logs?page_size=100&page={page}") for page in (1, 2, 3)]

    text = json.dumps([entry for page in pages for entry in page.json()])
    assert text.count("Management.") > 100
    assert [secret for secret in secrets if secret in text] == []
    assert "ana@example.com" not in text
