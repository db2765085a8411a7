"""A tenant's door for tests: browsers that knock at the Experience API, and the mails they get."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from carteiro import secrets
from carteiro.app import create_app
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.backend.one_time_link import NewToken, create_token
from carteiro.flows.stored_passwords import hashed
from carteiro.flows.world import World
from carteiro.model.message import Message
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import interactions
from carteiro.storage.sign_in.interactions import Interaction, Prompt
from carteiro.testing.clock import FrozenClock
from carteiro.testing.outbox import Outbox, OutboxConnector

TENANT = "default"
ORIGIN = "http://carteiro.test"
HOUR = 3_600_000
ANA = "ana@example.com"
SECOND_FACTOR = "/verification/mfa-verification-code"
GOOD_PASSWORD = "correct-Horse7-battery"
_BODIES = Statement.of("test.door_bodies", "SELECT body FROM hook_deliveries ORDER BY created_at")
_LOGS = Statement.of("test.door_logs", "SELECT key, payload FROM logs ORDER BY id")


def email(value: str = ANA) -> dict[str, str]:
    return {"type": "email", "value": value}


def method(identifier: str, *, password: bool = False, code: bool = False) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "password": password,
        "verificationCode": code,
        "isPasswordPrimary": password,
    }


BY_CODE = {
    "signIn": {"methods": [method("email", code=True)]},
    "signUp": {"identifiers": ["email"], "password": False, "verify": True},
}
"""People sign in and register by a code to their address, and need nothing else."""


@dataclass(slots=True)
class Browser:
    """One browser with one interaction. Each call answers with the response."""

    client: httpx.AsyncClient
    uid: str
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, verb: str, path: str, body: Any = None) -> httpx.Response:
        given = {"json": body} if body is not None else {}
        return await self.client.request(
            verb, f"/api/experience{path}", headers=self.headers, **given
        )

    async def begin(self, event: str = "SignIn", **more: Any) -> httpx.Response:
        return await self.call("PUT", "", {"interactionEvent": event, **more})

    async def send(self, event: str = "SignIn", to: str = ANA) -> httpx.Response:
        body = {"identifier": email(to), "interactionEvent": event}
        return await self.call("POST", "/verification/verification-code", body)

    async def verify(self, proof: str, code: str, to: str = ANA) -> httpx.Response:
        body = {"identifier": email(to), "verificationId": proof, "code": code}
        return await self.call("POST", "/verification/verification-code/verify", body)

    async def password(
        self, password: str = GOOD_PASSWORD, value: str = ANA, kind: str = "email"
    ) -> httpx.Response:
        body = {"identifier": {"type": kind, "value": value}, "password": password}
        return await self.call("POST", "/verification/password", body)

    async def identify(self, proof: str | None = None) -> httpx.Response:
        body = {} if proof is None else {"verificationId": proof}
        return await self.call("POST", "/identification", body)

    async def submit(self) -> httpx.Response:
        return await self.call("POST", "/submit")

    async def record(self) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.call("GET", "/interaction")).json()
        return answer


@dataclass(slots=True)
class Door:
    """A tenant with an outbox, and its application over HTTP."""

    world: World
    app: Any
    clock: FrozenClock

    async def browser(
        self, *, client_id: str = "demo-app", params: Mapping[str, Any] | None = None
    ) -> Browser:
        """A browser that an application has just sent here."""
        uid, now = secrets.standard_id(), self.clock.now()
        row = Interaction(
            tenant_id=TENANT,
            uid=uid,
            client_id=client_id,
            prompt=Prompt.LOGIN,
            params=params or {},
            resume_hash=secrets.fingerprint(uid),
            created_at=now,
            expires_at=now + HOUR,
        )

        async def work(tx: Transaction) -> None:
            await interactions.create(tx, row)

        await self.world.database.write(work)
        known = {client_id: uid, "_legacy": uid}
        value = quote(json.dumps(known, separators=(",", ":")), safe="!*'()")
        signature = self.world.keyring.index_digest("cookie", TENANT, "_interaction", value)
        cookies = {"_interaction": value, "_interaction.sig": signature}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies)
        return Browser(client, uid)

    async def settings(self, **changes: Any) -> None:
        """Change the sign-in experience."""
        await update_experience(self.world, TENANT, changes)

    async def person(self, password: str | None = None, **columns: Any) -> UserRow:
        """Somebody with an account."""
        more: dict[str, Any] = {} if password is None else await hashed(self.world, password)
        return await create_user(self.world, TENANT, NewUser(**columns, **more))

    async def outbox(self) -> Outbox:
        """What was mailed."""
        connector = (await self.world.workspaces.of(TENANT)).connector()[1]
        assert isinstance(connector, OutboxConnector)
        return connector.outbox

    async def mails(self) -> list[Message]:
        return (await self.outbox()).messages

    async def code(self, to: str = ANA) -> str:
        """The code of the newest mail to an address."""
        code: str = (await self.outbox()).last_to(to).payload["code"]
        return code

    async def link(self, to: str = ANA, **context: Any) -> str:
        """The token of a magic link."""
        made = await create_token(self.world, TENANT, NewToken(email=to, context=context))
        return made.value

    async def listen(self, *events: str) -> None:
        """A hook is told of these events."""
        new = NewHook(name="Tests", events=list(events), config={"url": "http://127.0.0.1:9"})
        await create_hook(self.world, TENANT, new)

    async def told(self) -> list[dict[str, Any]]:
        """The bodies that wait for hooks."""

        async def work(tx: Transaction) -> list[Any]:
            return await tx.all(_BODIES)

        return [json.loads(row["body"]) for row in await self.world.database.read(work)]

    async def logged(self, key: str | None = None) -> list[dict[str, Any]]:
        """The audit log's entries of interactions, or of one key."""

        async def work(tx: Transaction) -> list[Any]:
            return await tx.all(_LOGS)

        rows = await self.world.database.read(work)
        wanted = [
            row
            for row in rows
            if (row["key"] == key if key else row["key"].startswith("Interaction."))
        ]
        return [json.loads(row["payload"]) for row in wanted]


@asynccontextmanager
async def opened_door(settings: Settings, clock: FrozenClock) -> AsyncIterator[Door]:
    """A door with an outbox and a clock that the test owns; people sign in by code."""
    async with open_world(settings, clock, [OutboxConnector]) as world:
        app = create_app(settings)
        app.state.world = world
        await create_connector(world, TENANT, NewConnector(connector_id="outbox"))
        door = Door(world, app, clock)
        await door.settings(**BY_CODE)
        yield door


def code_of(answer: httpx.Response) -> tuple[int, str | None]:
    """An answer's status and its error's code."""
    found = answer.content and answer.headers["content-type"].startswith("application/json")
    return answer.status_code, answer.json().get("code") if found else None


def proof_of(answer: httpx.Response) -> str:
    """The id of a proof that was answered."""
    assert answer.status_code == 200, answer.text
    proof: str = answer.json()["verificationId"]
    return proof


def wrong(code: str) -> str:
    """Another code."""
    return re.sub(r"^.", lambda match: str((int(match[0]) + 1) % 10), code)


async def proven(door: Door, browser: Browser, event: str = "SignIn", to: str = ANA) -> str:
    """A proof of an address, by a code."""
    proof = proof_of(await browser.send(event, to))
    assert (await browser.verify(proof, await door.code(to), to)).status_code == 200
    return proof


async def by_code(door: Door, to: str = ANA) -> Browser:
    """A browser in which somebody is identified by a code to their address."""
    browser = await door.browser()
    await browser.begin()
    assert (await browser.identify(await proven(door, browser, to=to))).status_code == 204
    return browser


async def by_link(door: Door, **context: Any) -> Browser:
    """A browser in which somebody is identified by a magic link with this context."""
    browser = await door.browser()
    await browser.begin()
    body = {"identifier": email(), "token": await door.link(**context)}
    proof = proof_of(await browser.call("POST", "/verification/one-time-token/verify", body))
    await browser.identify(proof)
    return browser


async def before_second_factor(door: Door) -> Browser:
    """A browser in which ana is identified by her password and has to prove her address."""
    await door.settings(
        signIn={"methods": [method("username", password=True)]},
        signUp={"identifiers": ["username"], "password": True, "verify": False},
        mfa={"factors": ["EmailVerificationCode"], "policy": "Mandatory"},
    )
    await door.person(GOOD_PASSWORD, username="ana", primary_email=ANA)
    browser = await door.browser()
    await browser.begin()
    await browser.identify(proof_of(await browser.password(value="ana", kind="username")))
    return browser


async def send_second(browser: Browser) -> str:
    """A code to her address; the proof that it is for."""
    return proof_of(await browser.call("POST", SECOND_FACTOR, {"identifierType": "email"}))


async def verify_second(browser: Browser, proof: str, code: str) -> httpx.Response:
    """Type it."""
    body = {"identifierType": "email", "verificationId": proof, "code": code}
    return await browser.call("POST", f"{SECOND_FACTOR}/verify", body)
