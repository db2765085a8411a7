"""People inside for tests: who come with an application's token, and what they call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from carteiro import secrets
from carteiro.flows.administer.tenant.settings import update_account_center
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import grants, sessions, tokens
from carteiro.storage.sign_in.grants import Grant
from carteiro.storage.sign_in.sessions import Authorization, BrowserSession
from carteiro.storage.sign_in.tokens import StoredToken, TokenKind
from carteiro.testing.clock import FrozenClock
from document_parts import check
from door_parts import ANA, GOOD_PASSWORD, HOUR, ORIGIN, TENANT, Door, opened_door

NEW = "new@example.com"
PHONE = "61412345678"
PROOF = "logto-verification-id"
EVERYTHING = "openid profile email phone address custom_data identities urn:logto:scope:sessions"
FIELDS = (
    *("name", "avatar", "profile", "email", "phone", "password", "username"),
    *("social", "customData", "mfa", "session"),
)


@dataclass(slots=True)
class Person:
    """Somebody with an application's token for them. Each call answers with the response."""

    client: httpx.AsyncClient
    row: UserRow
    token: str
    grant_id: str
    session_uid: str | None
    headers: dict[str, str] = field(default_factory=dict)

    async def call(
        self, verb: str, path: str, body: Any = None, *, proof: str | None = None
    ) -> httpx.Response:
        given = {"json": body} if body is not None else {}
        headers = {"Authorization": f"Bearer {self.token}", **self.headers}
        if proof is not None:
            headers[PROOF] = proof
        answer = await self.client.request(verb, f"/api{path}", headers=headers, **given)
        check(answer)
        return answer

    async def send(self, value: str = ANA, kind: str = "email", **more: Any) -> httpx.Response:
        body = {"identifier": {"type": kind, "value": value}, **more}
        return await self.call("POST", "/verifications/verification-code", body)

    async def verify(
        self, proof: str, code: str, value: str = ANA, kind: str = "email"
    ) -> httpx.Response:
        body = {
            "identifier": {"type": kind, "value": value},
            "verificationId": proof,
            "code": code,
        }
        return await self.call("POST", "/verifications/verification-code/verify", body)

    async def by_password(self, password: str = GOOD_PASSWORD) -> str:
        """A proof of identity."""
        return id_of(await self.call("POST", "/verifications/password", {"password": password}))


@dataclass(slots=True)
class House:
    """A tenant whose people look after their accounts: with a door, an outbox and a clock."""

    door: Door

    async def switch(self, *, enabled: bool = True, **fields: str) -> None:
        """Say what people see and change; what is not named they may change."""
        modes = {**dict.fromkeys(FIELDS, "Edit"), **fields}
        await update_account_center(self.door.world, TENANT, {"enabled": enabled, "fields": modes})

    async def person(self, password: str | None = GOOD_PASSWORD, **columns: Any) -> UserRow:
        """Ana, unless her columns say otherwise."""
        return await self.door.person(password, **{"primary_email": ANA, **columns})

    async def enter(
        self,
        row: UserRow,
        *,
        scope: str = EVERYTHING,
        client_id: str = "demo-app",
        in_session: bool = True,
        outlives: bool = True,
        session_uid: str | None = None,
    ) -> Person:
        """Somebody comes with a token, as a sign-in leaves it behind: session, grant and token.

        With ``session_uid`` it is another application of that session.
        """
        now, world = self.door.clock.now(), self.door.world
        token, grant_id = secrets.opaque_value(), secrets.standard_id()
        uid = session_uid or secrets.standard_id()

        async def work(tx: Transaction) -> None:
            await grants.create(
                tx,
                Grant(
                    tenant_id=TENANT,
                    id=grant_id,
                    account_id=row.id,
                    client_id=client_id,
                    scopes=tuple(scope.split()),
                    created_at=now,
                    expires_at=now + 180 * 24 * HOUR,
                ),
            )
            if in_session:
                held = Authorization(
                    sid=secrets.standard_id(), grant_id=grant_id, outlives=outlives
                )
                await _join(tx, row.id, uid, client_id, held, now)
            for kind, value in ((TokenKind.ACCESS, token), (TokenKind.REFRESH, f"r-{token}")):
                await tokens.create(
                    tx,
                    StoredToken(
                        tenant_id=TENANT,
                        value_hash=secrets.fingerprint(value),
                        kind=kind,
                        client_id=client_id,
                        grant_id=grant_id,
                        account_id=row.id,
                        session_uid=None if outlives else uid,
                        content={"scope": scope},
                        created_at=now,
                        expires_at=now + HOUR,
                    ),
                )

        await world.database.write(work)
        transport = httpx.ASGITransport(app=self.door.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        return Person(client, row, token, grant_id, uid if in_session else None)

    async def ana(self, **how: Any) -> Person:
        """Ana with a password, and a token with every scope."""
        return await self.enter(await self.person(), **how)

    async def living(self, *people: Person) -> list[tuple[bool, bool]]:
        """Of each, whether the access token and the refresh token are still there."""

        async def work(tx: Transaction) -> list[tuple[bool, bool]]:
            return [
                (
                    await _there(tx, TokenKind.ACCESS, person.token),
                    await _there(tx, TokenKind.REFRESH, f"r-{person.token}"),
                )
                for person in people
            ]

        return await self.door.world.database.read(work)

    async def proven(
        self, person: Person, value: str = ANA, kind: str = "email", **more: Any
    ) -> str:
        """A proof of an address, by a code."""
        proof = id_of(await person.send(value, kind, **more))
        answer = await person.verify(proof, await self.door.code(value), value, kind)
        assert answer.status_code == 200, answer.text
        return proof


def id_of(answer: httpx.Response) -> str:
    """The id of a proof that was begun."""
    assert answer.status_code == 201, answer.text
    proof: str = answer.json()["verificationRecordId"]
    return proof


@asynccontextmanager
async def opened_house(settings: Settings, clock: FrozenClock) -> AsyncIterator[House]:
    """A house in which people may change everything of their accounts."""
    async with opened_door(settings, clock) as door:
        house = House(door)
        await house.switch()
        yield house


async def _join(
    tx: Transaction,
    account_id: str,
    uid: str,
    client_id: str,
    held: Authorization,
    now: int,
) -> None:
    there = await sessions.lock(tx, TENANT, secrets.fingerprint(uid), now)
    if there is not None:
        joined: Mapping[str, Authorization] = {**there.authorizations, client_id: held}
        await sessions.save(tx, replace(there, authorizations=joined))
        return
    new = BrowserSession(
        tenant_id=TENANT,
        uid=uid,
        secret_hash=secrets.fingerprint(uid),
        account_id=account_id,
        login_at=now,
        authorizations={client_id: held},
        created_at=now,
        expires_at=now + 14 * 24 * HOUR,
    )
    await sessions.create(tx, new)


async def _there(tx: Transaction, kind: TokenKind, value: str) -> bool:
    return await tokens.find(tx, TENANT, kind, secrets.fingerprint(value)) is not None
