"""A person who signs in by themselves: over the Experience API, with a code from real mail."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

import smtp_parts
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.world import World
from carteiro.testing.smtp_server import SmtpSink
from door_parts import BY_CODE, email
from sign_in_parts import Browser, T


@dataclass
class Person(Browser):
    """Whoever reads the mail of an address, and types its codes into a browser."""

    sink: SmtpSink | None = None
    address: str = "ann@example.com"

    async def call(self, verb: str, path: str, body: Any = None) -> httpx.Response:
        """One call of the Experience API."""
        given = {"json": body} if body is not None else {}
        answer = await self.http.request(verb, f"/api/experience{path}", **given)
        self.steps.append(answer)
        assert answer.is_success, answer.text
        return answer

    def mailed_code(self) -> str:
        """The code of the newest mail, from what the SMTP server was given."""
        assert self.sink is not None
        mail = self.sink.received[-1]
        assert mail.rcpt_tos == [self.address]
        text = mail.message.get_body(("plain",)).get_content()
        found = re.search(r"\b\d{6}\b", text)
        assert found is not None
        return found[0]

    async def submit(self, uid: str | None = None, person: str | None = None) -> str:
        """Prove who one is by a code; where the browser goes on."""
        assert (uid, person) == (None, None), (
            "it is the browser's own interaction, and its own mail"
        )
        identifier = email(self.address)
        await self.call("PUT", "", {"interactionEvent": "SignIn"})
        asked = {"identifier": identifier, "interactionEvent": "SignIn"}
        sent = await self.call("POST", "/verification/verification-code", asked)
        proof = {"verificationId": sent.json()["verificationId"]}
        typed = {"identifier": identifier, **proof, "code": self.mailed_code()}
        await self.call("POST", "/verification/verification-code/verify", typed)
        await self.call("POST", "/identification", proof)
        done = await self.call("POST", "/submit")
        where: str = done.json()["redirectTo"]
        return where


@asynccontextmanager
async def mailing(world: World) -> AsyncIterator[SmtpSink]:
    """An SMTP server that the tenant's mail goes to; people sign in by code."""
    async with SmtpSink() as sink:
        config = smtp_parts.config(sink.port)
        new = NewConnector(connector_id="simple-mail-transfer-protocol", config=config)
        await create_connector(world, T, new)
        await update_experience(world, T, BY_CODE)
        yield sink
