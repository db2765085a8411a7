"""The official way to a statement (§3.5): a proof of identity, turned into what is confirmed by it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from account_parts import NEW, House, Person, id_of
from carteiro.errors import StatementSpent
from carteiro.flows.backend.confirmed import spend_statement
from carteiro.model.actor import OPERATOR
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from door_parts import ANA, ORIGIN, TENANT, code_of
from sign_in_parts import make_client

BODY = {"operation": "transfer", "parameters": {"amount": "250.00"}}
REFUSED = (401, "verification_record.permission_denied")


async def state(person: Person, proof: str | None, body: Any = BODY) -> Any:
    return await person.call("POST", "/verifications/statement", body, proof=proof)


async def test_a_proof_of_identity_becomes_a_statement_for_the_application(house: House) -> None:
    ana = await house.ana()
    proof = await house.proven(ana)
    house.door.clock.advance(seconds=30)

    answer = await state(ana, proof)

    jwks = (await ana.client.get("/oidc/jwks")).json()
    read = jwt.decode(answer.json()["statement"], KeySet.import_key_set(jwks), algorithms=["ES384"])
    assert read.header["typ"] == "confirmation+jwt"
    now = house.door.clock.now() // 1000
    claims = dict(read.claims)
    claims.pop("jti")
    hashed = claims.pop("parameters_hash")
    assert len(hashed) == 43
    assert claims == {
        "iss": f"{ORIGIN}/oidc",
        "aud": "demo-app",
        "sub": ana.row.id,
        "operation": "transfer",
        "operation_shown": False,
        "txn": proof,
        "iat": now,
        "auth_time": now - 30,
        "exp": now + 120,
        "acr": "urn:carteiro:acr:code-by-mail",
        "amr": ["otp"],
    }
    for number in range(2):
        try:
            used = await spend_statement(
                house.door.world,
                TENANT,
                answer.json()["statement"],
                issuer=f"{ORIGIN}/oidc",
                application_id="demo-app",
                by=OPERATOR,
            )
        except StatementSpent:
            assert number == 1
        else:
            assert (number, used.user_id) == (0, ana.row.id)


async def test_one_proof_states_one_operation_also_when_asked_at_once(house: House) -> None:
    ana = await house.ana()
    proof = await house.proven(ana)

    answers = await asyncio.gather(
        *(state(ana, proof, {"operation": f"op{number}"}) for number in range(6))
    )

    codes = sorted(map(code_of, answers), key=str)
    assert codes == [(200, None)] + [(422, "confirmation.spent")] * 5
    username = {"username": "ana"}
    changed = await ana.call("PATCH", "/my-account", username, proof=proof)
    assert changed.status_code == 200, "it still shows who the person is"


@pytest.mark.parametrize(
    "kind",
    ["none", "unknown", "password", "unverified", "new-address", "bind-mfa", "over"],
)
async def test_only_a_code_that_was_asked_for_just_that_confirms_anything(
    house: House, kind: str
) -> None:
    ana = await house.ana()
    proofs = {
        "none": lambda: _value(None),
        "unknown": lambda: _value("x" * 21),
        "password": ana.by_password,
        "unverified": lambda: _begun(ana),
        "new-address": lambda: house.proven(ana, NEW),
        "bind-mfa": lambda: house.proven(ana, templateType="BindMfa"),
        "over": lambda: house.proven(ana),
    }
    proof = await proofs[kind]()
    if kind == "over":
        house.door.clock.advance(seconds=601)

    assert code_of(await state(ana, proof)) == REFUSED


async def test_another_persons_or_applications_proof_confirms_nothing(house: House) -> None:
    await make_client(house.door.world, "bank")
    row = await house.person()
    ana = await house.enter(row)
    elsewhere = await house.enter(row, client_id="bank")
    bob = await house.enter(
        await house.person(primary_email="bob@example.com", username="bob"), client_id="demo-app"
    )
    proof = await house.proven(ana)

    assert code_of(await state(bob, proof)) == REFUSED
    assert code_of(await state(elsewhere, proof)) == REFUSED
    assert (await state(ana, proof)).status_code == 200


async def test_a_proof_of_an_address_that_is_not_the_accounts_any_more_confirms_nothing(
    house: House,
) -> None:
    from dataclasses import replace

    ana = await house.ana()
    proof = await house.proven(ana)

    async def move(tx: Transaction) -> None:
        row = await users.get(tx, TENANT, ana.row.id)
        assert row is not None
        await users.update(tx, replace(row, primary_email=NEW))

    await house.door.world.database.write(move)

    assert code_of(await state(ana, proof)) == REFUSED


async def test_third_parties_and_a_closed_account_center_have_nothing_of_it(house: House) -> None:
    await make_client(house.door.world, "theirs", third_party=True)
    row = await house.person()
    ana, theirs = await house.enter(row), await house.enter(row, client_id="theirs")
    proof = await house.proven(ana)

    assert code_of(await state(theirs, proof)) == REFUSED
    assert code_of(await state(ana, proof, {"operation": "two words"})) == (
        400,
        "guard.invalid_input",
    )
    await house.switch(enabled=False)
    assert code_of(await state(ana, proof)) == (400, "account_center.not_enabled")


async def test_the_mail_of_the_official_way_shows_no_placeholder_for_the_operation(
    house: House,
) -> None:
    ana = await house.ana()
    await ana.send()
    mail = (await house.door.mails())[-1]

    assert mail.payload["user"]["primaryEmail"] == ANA
    assert "operation" not in mail.payload


async def _value(value: Any) -> Any:
    return value


async def _begun(ana: Person) -> str:
    return id_of(await ana.send())
