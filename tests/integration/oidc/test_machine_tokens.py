"""What a machine gets with its secret: for the tenant, for an organization, for a resource in one."""

from __future__ import annotations

from typing import Any

import pytest

import organization_parts
import sign_in_parts
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organizations, relations
from carteiro.storage.tenancy import resources
from organization_parts import API, MACHINE, T
from sign_in_parts import Browser, error_of

OUTSIDE = (403, "access_denied", "app has not associated with the organization")
UNKNOWN = (400, "invalid_target", "resource indicator is missing, or unknown")
NEITHER = (400, "invalid_target", "both `resource` and `organization_id` are not provided")
ELSE = "https://else.test"
AUDIENCE = "urn:logto:organization"
SEVERAL = (400, "invalid_target", "only a single resource indicator is supported for this grant")
FAILED = (401, "invalid_client", "client authentication failed")


@pytest.fixture
async def machine(someone: Browser) -> Browser:
    """An application ``bot`` that speaks for itself and belongs to organizations."""
    await organization_parts.furnish(someone.world)
    await sign_in_parts.make_client(someone.world, "bot", type=MACHINE)
    await organization_parts.furnish_machine(someone.world, "bot")
    return someone


async def ask(machine: Browser, **form: Any) -> Any:
    return await machine.token({"grant_type": "client_credentials", **form}, "bot")


async def default(machine: Browser) -> None:
    await machine.world.database.write(
        lambda tx: resources.set_default(tx, T, "api", is_default=True)
    )


@pytest.mark.parametrize(
    ("form", "audience", "organization_id", "scope", "seconds"),
    [
        ({"resource": API, "scope": "drop read"}, API, None, "read", 60),
        ({"resource": API, "scope": "drop"}, API, None, None, 60),
        ({"resource": API, "scope": ""}, API, None, None, 60),
        ({"resource": API}, API, None, None, 60),
        ({"organization_id": "one", "scope": "pay invite"}, f"{AUDIENCE}:one", None, "pay", 3600),
        ({"organization_id": "one", "scope": "invite"}, f"{AUDIENCE}:one", None, "", 3600),
        ({"organization_id": "one", "scope": ""}, f"{AUDIENCE}:one", None, "", 3600),
        ({"organization_id": "one"}, f"{AUDIENCE}:one", None, "", 3600),
        ({"organization_id": "two", "scope": "pay"}, f"{AUDIENCE}:two", None, "", 3600),
        ({"organization_id": "one", "resource": API, "scope": "read drop"}, API, "one", "drop", 60),
        ({"organization_id": "two", "resource": API, "scope": "read drop"}, API, "two", None, 60),
        ({"organization_id": "one", "resource": API}, API, "one", None, 60),
    ],
    ids=str,
)
async def test_a_machines_token_has_what_its_roles_give_of_what_is_asked(
    machine: Browser,
    form: dict[str, str],
    audience: str,
    organization_id: str | None,
    scope: str | None,
    seconds: int,
) -> None:
    body = (await ask(machine, **form)).json()
    claims = await machine.claims(body["access_token"])

    assert claims["sub"] == claims["client_id"] == "bot"
    assert (claims["aud"], claims.get("organization_id")) == (audience, organization_id)
    assert claims.get("scope") == body.get("scope") == scope
    assert claims["exp"] - claims["iat"] == body["expires_in"] == seconds
    names = {"access_token", "expires_in", "token_type"}
    assert set(body) == names | (set() if scope is None else {"scope"})


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"organization_id": "else"}, OUTSIDE),
        ({"organization_id": "nowhere"}, OUTSIDE),
        ({"organization_id": "else", "resource": ELSE}, OUTSIDE),
        ({"organization_id": "one", "resource": ELSE}, UNKNOWN),
        ({"resource": ELSE}, UNKNOWN),
        ({"organization_id": "else", "resource": [API, ELSE]}, OUTSIDE),
        ({"organization_id": "one", "resource": [API, ELSE]}, SEVERAL),
        ({"resource": [API, ELSE]}, SEVERAL),
        ({"client_secret": "wrong", "resource": [API, ELSE]}, FAILED),
        ({}, NEITHER),
        ({"resource": "", "organization_id": ""}, NEITHER),
    ],
    ids=str,
)
async def test_a_machine_is_refused_in_order(
    machine: Browser, form: dict[str, str], refused: tuple[int, str, str]
) -> None:
    assert error_of(await ask(machine, **form)) == refused


async def test_a_machine_that_names_nothing_gets_a_token_for_the_default_resource(
    machine: Browser,
) -> None:
    await default(machine)
    plain = (await ask(machine, scope="read drop")).json()
    inside = (await ask(machine, organization_id="one", scope="read pay")).json()

    first, second = [await machine.claims(body["access_token"]) for body in (plain, inside)]
    assert (first["aud"], first["scope"], plain["expires_in"]) == (API, "read", 60)
    assert (second["aud"], second["scope"]) == (f"{AUDIENCE}:one", "pay")


async def test_a_machine_has_what_its_roles_give_now(machine: Browser) -> None:
    async def leave(tx: Transaction) -> None:
        parent = {"organization_id": "one"}
        await relations.keep_only(tx, relations.ORGANIZATION_APPLICATIONS, T, parent, [])
        await organizations.delete(tx, T, "two")

    before = await ask(machine, organization_id="one")
    await machine.world.database.write(leave)

    assert before.status_code == 200
    for gone in ("one", "two"):
        assert error_of(await ask(machine, organization_id=gone)) == OUTSIDE
