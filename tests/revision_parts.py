"""Templates and connectors of the tests of revisions, through the API."""

from __future__ import annotations

from typing import Any

import httpx

from carteiro.testing.smtp_server import Behaviour, SmtpSink

SECRETS = ("first-p4ssw0rd", "second-p4ssw0rd", "third-p4ssw0rd")


def words(subject: str = "S {{code}}", content: str = "{{code}}", **more: Any) -> dict[str, Any]:
    return {"subject": subject, "content": content, "contentType": "text/plain", **more}


async def put(
    client: httpx.AsyncClient, details: dict[str, Any], *, tag: str = "en", kind: str = "SignIn"
) -> str:
    """The id of the template that has these words now."""
    template = {"languageTag": tag, "templateType": kind, "details": details}
    answer = await client.put("/api/email-templates", json={"templates": [template]})
    assert answer.status_code == 200, answer.text
    id_: str = answer.json()[0]["id"]
    return id_


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"/api{path}")
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


async def post(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(f"/api{path}", json=body)
    assert answer.is_success, (path, answer.text)
    return answer.json()


async def numbers(client: httpx.AsyncClient, path: str) -> list[tuple[int, str]]:
    """Number and event of every revision, newest first."""
    return [(one["number"], one["event"]) for one in await get(client, f"{path}/revisions")]


def taking(password: str = SECRETS[0]) -> SmtpSink:
    """A server that takes mail from who knows the password."""
    return SmtpSink(Behaviour(user="u", password=password))


def smtp(sink: SmtpSink, secret: str = SECRETS[0], **changes: Any) -> dict[str, Any]:
    """A config for the server; its own words are told from those of templates."""
    templates = [
        {"usageType": kind, "contentType": "text/plain", "subject": "own", "content": "{{code}}"}
        for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
    ]
    return {
        "host": "127.0.0.1",
        "port": sink.port,
        "auth": {"type": "login", "user": "u", "pass": secret},
        "fromEmail": "no-reply@acme.test",
        "templates": templates,
        "secure": False,
        **changes,
    }


async def connect(client: httpx.AsyncClient, config: dict[str, Any]) -> str:
    """The id of the tenant's email connector."""
    body = {"connectorId": "simple-mail-transfer-protocol", "config": config}
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 200, answer.text
    id_: str = answer.json()["id"]
    return id_


async def send(client: httpx.AsyncClient, email: str = "ana@example.com") -> dict[str, Any]:
    """Ask for a code; the timeline of the message."""
    answer = await client.post("/api/verification-codes", json={"email": email})
    assert answer.status_code == 204, answer.text
    (newest, *_) = await get(client, "/messages")
    timeline: dict[str, Any] = await get(client, f"/messages/{newest['id']}")
    return timeline
