"""A bank that has operations confirmed: over HTTP, with mails from a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

import smtp_parts
from carteiro.app import create_app
from carteiro.flows.administer.access.applications import create_application
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from carteiro.testing.smtp_server import SmtpSink
from sign_in_parts import ORIGIN, SECRET, T, make_client, make_person

WORDS = "Transfer of 250.00 EUR to Maria"
TRANSFER = {"amount": "250.00", "currency": "EUR", "to": "PT50 0002 0123"}
CONFIRM = {
    "usageType": "UserPermissionValidation",
    "contentType": "text/plain",
    "subject": "Confirm",
    "content": "[{{operation}}] {{code}} {{expiresInMinutes}} {{user.name}} {{application.name}}",
}


@dataclass(slots=True)
class Bank:
    """The application ``bank`` with its secret, ``ann`` and ``bob``, and who reads their mail."""

    world: World
    clock: FrozenClock
    sink: SmtpSink
    http: httpx.AsyncClient
    token: str
    machine: str
    auth: tuple[str, str] = field(default=("bank", SECRET), repr=False)

    async def call(
        self, path: str, body: Mapping[str, Any], *, token: bool = False, auth: Any = None
    ) -> httpx.Response:
        """One call: by the bank's own credentials, or by the token of a machine."""
        if token:
            headers = {"Authorization": f"Bearer {self.token}"}
            return await self.http.post(f"/api/confirmations{path}", json=body, headers=headers)
        return await self.http.post(f"/api/confirmations{path}", json=body, auth=auth or self.auth)

    async def ask(self, user: str = "ann", **more: Any) -> httpx.Response:
        given = {"operation": "transfer", "words": WORDS, "parameters": TRANSFER, **more}
        wanted = {name: value for name, value in given.items() if value is not None}
        call = {name: wanted.pop(name) for name in ("token", "auth") if name in wanted}
        return await self.call("", {"userId": user, **wanted}, **call)

    async def asked(self, user: str = "ann", **more: Any) -> tuple[str, str]:
        """A confirmation that waits, and the code that came for it."""
        answer = await self.ask(user, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], self.code()

    async def redeem(self, id: str, code: str, **more: Any) -> httpx.Response:
        call = {name: more.pop(name) for name in ("token", "auth") if name in more}
        return await self.call(f"/{id}/redeem", {"code": code, **more}, **call)

    async def stated(self, user: str = "ann", **more: Any) -> str:
        """A statement."""
        answer = await self.redeem(*await self.asked(user, **more))
        assert answer.status_code == 200, answer.text
        statement: str = answer.json()["statement"]
        return statement

    async def use(self, statement: str, **more: Any) -> httpx.Response:
        call = {name: more.pop(name) for name in ("token", "auth") if name in more}
        return await self.call("/use", {"statement": statement, **more}, **call)

    def text(self) -> str:
        """The newest mail."""
        text: str = self.sink.received[-1].message.get_body(("plain",)).get_content()
        return text.strip()

    def code(self) -> str:
        found = re.search(r"\b\d{6}\b", self.text())
        assert found is not None, self.text()
        return found[0]


@asynccontextmanager
async def opened_bank(settings: Settings, clock: FrozenClock) -> AsyncIterator[Bank]:
    """A bank on an empty database."""
    async with open_world(settings, clock) as world, SmtpSink() as sink:
        app = create_app(settings)
        app.state.world = world
        config = smtp_parts.config(sink.port)
        config["templates"].append(CONFIRM)
        new = NewConnector(connector_id="simple-mail-transfer-protocol", config=config)
        await create_connector(world, T, new)
        await make_client(world, "bank")
        await make_client(world, "shop")
        await make_person(world, "ann")
        await make_person(world, "bob")
        machine = await create_application(world, T, name="Backend", is_admin=True)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            form = {
                "grant_type": "client_credentials",
                "resource": machine.resource,
                "scope": "all",
            }
            answer = await http.post("/oidc/token", data=form, auth=(machine.id, machine.secret))
            yield Bank(world, clock, sink, http, answer.json()["access_token"], machine.id)


def code_of(answer: httpx.Response) -> tuple[int, str | None]:
    """An answer's status and its error's code."""
    return answer.status_code, answer.json().get("code")
