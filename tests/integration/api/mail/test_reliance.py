"""Deleting the connector that sign-in needs says what breaks, in words and with counted people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from carteiro.errors import EnabledConnectorNotFound
from carteiro.flows.administer.configuration.plan import apply, compare, snapshot_of
from carteiro.runtime.checkup import Verdict, examine
from carteiro.settings import Settings

EXPERIENCE = "/api/sign-in-exp"
BY_CODE = {
    "identifier": "email",
    "password": True,
    "verificationCode": True,
    "isPasswordPrimary": False,
}
BACKEND = "codes, one-time links and invitations that backends ask for"


async def connector(client: httpx.AsyncClient, **members: Any) -> str:
    body = {"connectorId": "logto-email", "config": {}, **members}
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def people(client: httpx.AsyncClient) -> None:
    """Three who have an address: one has a password, one a phone, one nothing else."""
    for person in (
        {"primaryEmail": "a@example.com", "password": "correct horse battery"},
        {"primaryEmail": "b@example.com", "primaryPhone": "5511999990000"},
        {"primaryEmail": "c@example.com"},
        {"username": "dora", "password": "correct horse battery"},
    ):
        answer = await client.post("/api/users", json=person)
        assert answer.status_code == 200, answer.text


async def by_code(client: httpx.AsyncClient, **more: Any) -> None:
    changes = {
        "signIn": {"methods": [BY_CODE]},
        "signUp": {"identifiers": ["email"], "password": False, "verify": True},
        "forgotPasswordMethods": ["EmailVerificationCode"],
        **more,
    }
    answer = await client.patch(EXPERIENCE, json=changes)
    assert answer.status_code == 200, answer.text


async def test_the_answer_keeps_its_shape_and_says_what_stops(client: httpx.AsyncClient) -> None:
    id_ = await connector(client)
    await people(client)
    await by_code(client)

    before = await client.get(f"/api/connectors/{id_}/reliance")
    answer = await client.delete(f"/api/connectors/{id_}")

    words = (
        "Without an email connector these stop: signing in with a code by email (3 people, 2 of "
        "them without another way in); signing up with an email address; resetting a password by "
        f"email; {BACKEND}."
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Carteiro-Warning"] == words
    assert before.json() == {
        "needs": ["sign-in", "sign-up", "password-reset", "backend"],
        "people": 3,
        "peopleWithoutAnotherWay": 2,
        "isCapped": False,
        "overrides": 0,
        "message": words,
    }
    assert (await client.get(f"/api/connectors/{id_}/reliance")).status_code == 404


async def test_where_sign_in_needs_none_only_backends_are_named(client: httpx.AsyncClient) -> None:
    id_ = await connector(client)
    await people(client)

    answer = await client.delete(f"/api/connectors/{id_}")

    words = f"Without an email connector these stop: {BACKEND}."
    assert answer.headers["Carteiro-Warning"] == words


async def test_who_signs_in_by_phone_has_another_way(client: httpx.AsyncClient) -> None:
    id_ = await connector(client)
    sms = {"endpoint": "https://sms.example.com/hook"}
    await connector(client, connectorId="http-sms", config=sms)
    await people(client)
    await by_code(client, signIn={"methods": [BY_CODE, {**BY_CODE, "identifier": "phone"}]})

    shown = (await client.get(f"/api/connectors/{id_}/reliance")).json()

    assert (shown["people"], shown["peopleWithoutAnotherWay"]) == (3, 1)


async def test_a_password_that_no_method_takes_is_no_other_way(client: httpx.AsyncClient) -> None:
    id_ = await connector(client)
    await people(client)
    await by_code(client, signIn={"methods": [{**BY_CODE, "password": False}]})

    shown = (await client.get(f"/api/connectors/{id_}/reliance")).json()

    assert (shown["people"], shown["peopleWithoutAnotherWay"]) == (3, 3)


async def test_one_that_is_replaced_by_one_without_a_config_is_warned_of(
    client: httpx.AsyncClient,
) -> None:
    await connector(client)
    await people(client)
    await by_code(client)

    works = await client.post("/api/connectors", json={"connectorId": "logto-email", "config": {}})
    empty = await client.post("/api/connectors", json={"connectorId": "http-email"})

    assert "Carteiro-Warning" not in works.headers
    assert empty.status_code == 200
    assert empty.headers["Carteiro-Warning"].startswith("This connector has no valid config yet.")
    assert "3 people" in empty.headers["Carteiro-Warning"]


async def test_doctor_says_it_as_an_error_when_people_cannot_sign_in(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async def found() -> Any:
        return {finding.check: finding for finding in await examine(settings, "default")}

    nobody = await found()
    id_ = await connector(client)
    await people(client)
    await by_code(client)
    await client.delete(f"/api/connectors/{id_}")
    after = await found()

    assert nobody["connector"].verdict is Verdict.WARNING
    assert BACKEND in nobody["connector"].message
    assert after["connector"].verdict is Verdict.ERROR
    assert "3 people, 2 of them without another way in" in after["connector"].message
    assert after["sms"].verdict is Verdict.OK


async def test_an_import_that_takes_the_connector_says_what_stops(
    client: httpx.AsyncClient, app: Any
) -> None:
    world = app.state.world
    await people(client)
    without = await snapshot_of(world, "default")
    await connector(client)

    plan = await compare(world, "default", without, prune=True)
    kept = await compare(world, "default", without, prune=False)
    done = await apply(world, "default", without, prune=True)

    assert plan.warnings == (f"Without an email connector these stop: {BACKEND}.",)
    assert kept.warnings == ()
    assert done.warnings == plan.warnings
    assert (await client.get("/api/connectors")).json() == []


async def test_an_import_that_sign_in_cannot_do_without_is_refused(
    client: httpx.AsyncClient, app: Any
) -> None:
    world = app.state.world
    await connector(client)
    await people(client)
    await by_code(client)
    without = replace(await snapshot_of(world, "default"), connectors={})

    plan = await compare(world, "default", without, prune=True)
    with pytest.raises(EnabledConnectorNotFound):
        await apply(world, "default", without, prune=True)

    assert "3 people, 2 of them without another way in" in plan.warnings[0]
    assert len((await client.get("/api/connectors")).json()) == 1
