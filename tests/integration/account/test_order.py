"""In which order a call is refused: everything is wrong with it, then one thing less each time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from account_parts import EVERYTHING, NEW, PHONE, PROOF, House, Person
from carteiro import secrets
from carteiro.experience.confirmations import LIFETIME
from carteiro.flows.administer.people.users import suspend_user
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import verifications
from carteiro.storage.sign_in.verifications import VerificationRow
from door_parts import ANA, GOOD_PASSWORD, ORIGIN, TENANT, code_of
from sign_in_parts import make_client

REFUSALS = {
    "header": (401, "auth.authorization_header_missing"),
    "scheme": (401, "auth.authorization_token_type_not_supported"),
    "token": (401, "auth.unauthorized"),
    "openid": (403, "auth.forbidden"),
    "center": (400, "account_center.not_enabled"),
    "body": (400, "guard.invalid_input"),
    "field": (400, "account_center.field_not_editable"),
    "field is off": (400, "account_center.field_not_enabled"),
    "scope": (400, "auth.unauthorized"),
    "custom_data": (400, "auth.unauthorized"),
    "address": (400, "auth.unauthorized"),
    "scope, strictly": (401, "auth.unauthorized"),
    "identity": (401, "verification_record.permission_denied"),
    "third party": (403, "auth.third_party_application_forbidden"),
    "blocklist": (422, "session.email_blocklist.email_not_allowed"),
    "record": (400, "verification_record.not_found"),
    "email is taken": (422, "user.email_already_in_use"),
    "phone is taken": (422, "user.phone_already_in_use"),
    "last": (400, "user.last_sign_in_method_required"),
    "password policy": (422, "password.rejected"),
    "same password": (422, "user.same_password"),
    "wrong password": (422, "session.invalid_credentials"),
    "username policy": (422, "user.username_too_long"),
    "username is taken": (422, "user.username_already_in_use"),
    "factor is not enabled": (400, "session.mfa.mfa_factor_not_enabled"),
    "factor is not there": (404, "verification_record.not_found"),
    "session is not there": (404, "oidc.session_not_found"),
    "grant is not there": (404, "entity.not_found"),
    "no identity": (404, "user.identity_not_exist"),
    "no connector for messages": (501, "connector.not_found"),
    "no image": (400, "guard.mime_type_not_allowed"),
    "no storage": (400, "storage.not_configured"),
}
DIGEST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD_PASSWORD)
ENTERING = ("header", "scheme", "token", "openid", "center")
WRITING = (*ENTERING, "body")


@dataclass(frozen=True)
class Route:
    """A call, what it is refused for in order, and the switch and the scope that it needs.

    What is ``never`` over refuses it for good; else it ends with ``status``.
    """

    verb: str
    path: str
    order: tuple[str, ...]
    body: Any = None
    switch: str = ""
    scope: str = ""
    status: int = 204
    never: str = ""
    bodies: Mapping[str, Any] = field(default_factory=dict)
    """In place of ``body`` while something is wrong with it."""


MFA = ("identity", "scope, strictly", "third party", "field")
SESSION = ("identity", "field", "scope, strictly", "third party")
LOOK_AT_SESSION = ("identity", "field is off", "scope, strictly")
IDENTITIES = ("field", "scope, strictly", "third party", "identity")
SESSIONS = "urn:logto:scope:sessions"
A_CODE = {"identifier": {"type": "email", "value": NEW}}
AN_EMAIL = {"email": NEW, "newIdentifierVerificationRecordId": "given"}
A_PHONE = {"phone": PHONE, "newIdentifierVerificationRecordId": "given"}
SHORT = {"password policy": {"password": "a"}, "same password": {"password": GOOD_PASSWORD}}
ROUTES = [
    Route(
        *("POST", "/verifications/password", (*WRITING, "third party", "wrong password")),
        body={"password": GOOD_PASSWORD},
        bodies={"wrong password": {"password": "wrong"}},
        status=201,
    ),
    Route(
        *("POST", "/verifications/verification-code", (*WRITING, "third party", "blocklist")),
        body=A_CODE,
        status=201,
    ),
    Route(
        *("POST", "/verifications/verification-code", (*WRITING, "third party")),
        body={"identifier": {"type": "phone", "value": PHONE}},
        never="no connector for messages",
    ),
    Route(
        *("POST", "/verifications/verification-code/verify", (*WRITING, "third party")),
        body={**A_CODE, "verificationId": "unknown", "code": "123456"},
        never="record",
    ),
    Route("GET", "/my-account", ENTERING, status=200),
    Route(
        *("PATCH", "/my-account", (*WRITING, "field", "scope", "third party")),
        body={"name": "Ana"},
        switch="name",
        scope="profile",
        status=200,
    ),
    Route(
        *("PATCH", "/my-account", (*WRITING, "field", "scope", "third party")),
        body={"avatar": None},
        switch="avatar",
        scope="profile",
        status=200,
    ),
    Route(
        *("PATCH", "/my-account", (*WRITING, "field", "scope", "custom_data", "third party")),
        body={"customData": {"a": 1}},
        switch="customData",
        scope="profile",
        status=200,
    ),
    Route(
        *("PATCH", "/my-account"),
        (
            *(*WRITING, "field", "scope", "third party", "identity"),
            *("username policy", "username is taken"),
        ),
        body={"username": "ana"},
        bodies={"username policy": {"username": "a" * 9}},
        switch="username",
        scope="profile",
        status=200,
    ),
    Route(
        *("PATCH", "/my-account"),
        (*WRITING, "field", "scope", "third party", "identity", "last"),
        body={"username": None},
        switch="username",
        scope="profile",
        status=200,
    ),
    Route(
        *("PATCH", "/my-account/profile"),
        (*WRITING, "field", "scope", "address", "third party"),
        body={"address": {"country": "Peru"}},
        switch="profile",
        scope="profile",
        status=200,
    ),
    Route(
        *("POST", "/my-account/primary-email"),
        (
            *(*WRITING, "identity", "field", "scope", "third party"),
            *("blocklist", "record", "email is taken"),
        ),
        body=AN_EMAIL,
        switch="email",
        scope="email",
    ),
    Route(
        *("DELETE", "/my-account/primary-email"),
        (*ENTERING, "identity", "field", "scope", "third party", "last"),
        switch="email",
        scope="email",
    ),
    Route(
        *("POST", "/my-account/primary-phone"),
        (*WRITING, "identity", "field", "scope", "third party", "record", "phone is taken"),
        body=A_PHONE,
        switch="phone",
        scope="phone",
    ),
    Route(
        *("DELETE", "/my-account/primary-phone"),
        (*ENTERING, "identity", "field", "scope", "third party", "last"),
        switch="phone",
        scope="phone",
    ),
    Route(
        *("POST", "/my-account/password"),
        (*WRITING, "third party", "identity", "field", "password policy", "same password"),
        body={"password": "another-Horse8-battery"},
        bodies=SHORT,
        switch="password",
    ),
    Route(
        *("GET", "/my-account/mfa-settings", (*ENTERING, "scope, strictly", "field is off")),
        switch="mfa",
        scope="identities",
        status=200,
    ),
    Route(
        *("PATCH", "/my-account/mfa-settings", (*WRITING, *MFA)),
        body={"skipMfaOnSignIn": True},
        switch="mfa",
        scope="identities",
        status=200,
    ),
    Route(
        *("GET", "/my-account/logto-configs", (*ENTERING, "scope, strictly", "field is off")),
        switch="mfa",
        scope="identities",
        status=200,
    ),
    Route(
        *("PATCH", "/my-account/logto-configs", (*WRITING, *MFA)),
        body={"mfa": {"skipped": True}},
        switch="mfa",
        scope="identities",
        status=200,
    ),
    Route(
        *("GET", "/my-account/mfa-verifications", (*ENTERING, "field is off", "scope, strictly")),
        switch="mfa",
        scope="identities",
        status=200,
    ),
    Route(
        *("POST", "/my-account/mfa-verifications", (*WRITING, *MFA)),
        body={"type": "Totp"},
        switch="mfa",
        scope="identities",
        never="factor is not enabled",
    ),
    Route(
        *("DELETE", "/my-account/mfa-verifications/unknown", (*ENTERING, *MFA)),
        switch="mfa",
        scope="identities",
        never="factor is not there",
    ),
    Route(
        *("GET", "/my-account/sessions", (*ENTERING, *LOOK_AT_SESSION)),
        switch="session",
        scope=SESSIONS,
        status=200,
    ),
    Route(
        *("DELETE", "/my-account/sessions/unknown", (*ENTERING, *SESSION)),
        switch="session",
        scope=SESSIONS,
        never="session is not there",
    ),
    Route(
        *("GET", "/my-account/grants", (*ENTERING, *LOOK_AT_SESSION)),
        switch="session",
        scope=SESSIONS,
        status=200,
    ),
    Route(
        *("DELETE", "/my-account/grants/unknown", (*ENTERING, *SESSION)),
        switch="session",
        scope=SESSIONS,
        never="grant is not there",
    ),
    Route(
        *("POST", "/my-account/identities", (*ENTERING, *IDENTITIES)),
        switch="social",
        scope="identities",
        never="record",
    ),
    Route(
        *("PUT", "/my-account/identities", (*ENTERING, *IDENTITIES)),
        switch="social",
        scope="identities",
        never="record",
    ),
    Route(
        *("DELETE", "/my-account/identities/github"),
        (*ENTERING, "field", "scope", "third party", "identity"),
        switch="social",
        scope="identities",
        never="no identity",
    ),
    Route(
        *("POST", "/my-account/user-assets/avatar", (*ENTERING, "field", "no image")),
        body={"picture": "GIF8"},
        bodies={"no image": {"picture": "?"}},
        switch="avatar",
        never="no storage",
    ),
]


def named(route: Route) -> str:
    members = "+".join(route.body) if isinstance(route.body, dict) else ""
    return f"{route.verb} {route.path} {members} {route.order[-1]}"


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_call_is_refused_for_the_first_thing_that_is_wrong(
    house: House, route: Route
) -> None:
    await make_client(house.door.world, "third", third_party=True)
    found = []

    for place in range(len(route.order) + 1):
        answer = await called(house, route, frozenset(route.order[place:]), place)
        found.append(how(answer))

    end = REFUSALS[route.never] if route.never else (route.status, None)
    assert found == [*(REFUSALS[wrong] for wrong in route.order), end]


def how(answer: httpx.Response) -> tuple[int, str | None]:
    """How it ended, be it with a list."""
    return (answer.status_code, None) if answer.is_success else code_of(answer)


async def called(house: House, route: Route, wrongs: frozenset[str], place: int) -> httpx.Response:
    """The call with all of these wrong with it."""
    off = {"field": "ReadOnly", "field is off": "Off"}
    mode = next((off[wrong] for wrong in wrongs & off.keys()), "Edit")
    await house.switch(
        enabled="center" not in wrongs, **({route.switch: mode} if route.switch else {})
    )
    blocked = ["@example.com"] if "blocklist" in wrongs else []
    await house.door.settings(
        emailBlocklistPolicy={"customBlocklist": blocked}, usernamePolicy={"maxLength": 8}
    )
    row = await someone(house, wrongs, place, route.switch)
    lacking = {"openid": "openid", "custom_data": "custom_data", "address": "address"}
    missing = {lacking[wrong] for wrong in wrongs & lacking.keys()}
    missing |= {route.scope} if wrongs & {"scope", "scope, strictly"} else set()
    person = await house.enter(
        row,
        scope=" ".join(name for name in EVERYTHING.split() if name not in missing),
        client_id="third" if "third party" in wrongs else "demo-app",
    )
    headers = {"Authorization": f"Bearer {'a.b.c' if 'token' in wrongs else person.token}"}
    if "scheme" in wrongs:
        headers["Authorization"] = "Basic YTpi"
    if "header" in wrongs:
        del headers["Authorization"]
    if "identity" not in wrongs:
        headers[PROOF] = await proof(house, person, type="Password")
    given = {} if (body := await body_of(house, person, route, wrongs)) is None else {"json": body}
    async with httpx.AsyncClient(transport=person.client._transport, base_url=ORIGIN) as client:
        return await client.request(route.verb, f"/api{route.path}", headers=headers, **given)


async def someone(house: House, wrongs: frozenset[str], place: int, switch: str) -> UserRow:
    """A fresh person, who has everything to sign in with unless nothing may be left."""
    taken = {
        "email is taken": {"primary_email": NEW},
        "phone is taken": {"primary_phone": PHONE},
        "username is taken": {"username": "ana"},
    }
    now, world = house.door.clock.now(), house.door.world
    columns: dict[str, Any] = {
        "primary_email": f"p{place}@example.org",
        "primary_phone": f"6140000000{place % 10}{place // 10}",
        "username": f"person{place}",
    }
    if "last" in wrongs:
        only = {"email": "primary_email", "phone": "primary_phone"}.get(switch, "username")
        columns = {only: columns[only]}
    plain = UserRow(tenant_id=TENANT, id=secrets.short_id(), created_at=now, updated_at=now)
    row = replace(
        plain,
        **columns,
        password_encrypted=DIGEST,
        password_encryption_method="Argon2id",
    )

    async def work(tx: Transaction) -> None:
        for other in await _everybody(tx):
            await users.delete(tx, TENANT, other)
        await users.create(tx, row)
        for columns in (taken[wrong] for wrong in wrongs & taken.keys()):
            await users.create(tx, replace(plain, id=secrets.short_id(), **columns))

    await world.database.write(work)
    return row


async def _everybody(tx: Transaction) -> list[str]:
    found = [await users.find_by_email(tx, TENANT, NEW)]
    found += await users.find_by_phone(tx, TENANT, PHONE)
    found.append(await users.find_by_username(tx, TENANT, "ana"))
    return [row.id for row in found if row is not None]


async def proof(house: House, person: Person, **columns: Any) -> str:
    """A proof that was made in the tenant's own application."""
    now = house.door.clock.now()
    row = VerificationRow(
        tenant_id=TENANT,
        id=secrets.standard_id(),
        user_id=person.row.id,
        client_id="demo-app",
        verified=True,
        created_at=now,
        expires_at=now + LIFETIME,
        **columns,
    )
    await house.door.world.database.apply(verifications.adding(row))
    return row.id


async def body_of(house: House, person: Person, route: Route, wrongs: frozenset[str]) -> Any:
    if "body" in wrongs:
        return [1]
    for wrong in route.order:
        if wrong in wrongs and wrong in route.bodies:
            return route.bodies[wrong]
    body = route.body
    if isinstance(body, dict) and body.get("newIdentifierVerificationRecordId") == "given":
        kind = "Email" if "email" in body else "Phone"
        record = await proof(
            house,
            person,
            type=f"{kind}VerificationCode",
            template="BindNewIdentifier",
            address=body[kind.lower()],
        )
        named = "unknown" if "record" in wrongs else record
        return json.loads(json.dumps(body).replace('"given"', f'"{named}"'))
    return body


async def test_nobody_looks_into_an_account_with_what_is_no_token_of_its(house: House) -> None:
    from_ana = await house.ana()
    world = house.door.world
    jwt = await world.tokens.issue(
        tenant_id=TENANT,
        issuer=f"{ORIGIN}/oidc",
        client_id="demo-app",
        audience="https://api.example.com",
        scope=EVERYTHING,
    )
    bad = [jwt, "", f"r-{from_ana.token}", f"{from_ana.token}x"]

    answers = []
    for token in bad:
        from_ana.token = token
        answers.append(await from_ana.call("GET", "/my-account"))

    assert [code_of(one) for one in answers] == [(401, "auth.unauthorized")] * len(bad)


async def test_a_token_is_good_for_its_time_and_not_for_who_is_suspended(house: House) -> None:
    ana = await house.ana()
    await suspend_user(house.door.world, TENANT, ana.row.id, suspended=True)
    suspended = await ana.call("GET", "/my-account")
    await suspend_user(house.door.world, TENANT, ana.row.id, suspended=False)
    again = await ana.call("GET", "/my-account")
    house.door.clock.advance(3600)

    over = await ana.call("GET", "/my-account")

    assert [code_of(one)[0] for one in (suspended, again, over)] == [401, 200, 401]
    assert again.json()["primaryEmail"] == ANA


async def test_a_token_of_an_application_that_is_gone_opens_nothing(house: House) -> None:
    ana = await house.ana(client_id="gone")

    answer = await ana.call("GET", "/my-account")

    assert code_of(answer) == (401, "auth.unauthorized")


async def test_what_is_no_json_is_told_only_to_who_may_come_in(house: House) -> None:
    ana = await house.ana()
    path, headers = "/api/my-account/password", {"Authorization": f"Bearer {ana.token}"}

    inside = await ana.client.post(path, content=b"{", headers=headers)
    outside = await ana.client.post(path, content=b"{", headers={"Authorization": "Bearer x"})

    assert (inside.status_code, set(inside.json())) == (400, {"message"})
    assert code_of(outside) == (401, "auth.unauthorized")


async def test_what_is_no_address_is_told_only_to_who_may_come_in(house: House) -> None:
    ana = await house.ana()
    right, ana.token = ana.token, "x"
    outside = await ana.send("a@b@example.com")
    ana.token = right

    inside = await ana.send("a@b@example.com")

    assert code_of(outside) == (401, "auth.unauthorized")
    assert (inside.status_code, await house.door.mails()) == (400, [])
