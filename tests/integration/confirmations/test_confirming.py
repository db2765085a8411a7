"""Somebody confirms an operation by a code: what the backend asks, and what it gets (§3.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from carteiro.flows.administer.people.users import suspend_user
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people import users
from confirm_parts import TRANSFER, WORDS, Bank, code_of
from sign_in_parts import ISSUER, T, make_client, make_person

LOGS = Statement.of("test.confirmation_logs", "SELECT key, payload FROM logs ORDER BY id")


async def test_a_statement_says_who_has_confirmed_what_and_anybody_can_verify_it(
    bank: Bank,
) -> None:
    asked = await bank.ask()
    code = bank.code()
    answer = await bank.redeem(asked.json()["id"], code)

    assert asked.status_code == 201
    assert bank.text() == f"[{WORDS}] {code} 10 Ann bank"
    assert bank.sink.received[-1].rcpt_tos == ["ann@example.com"]
    assert answer.json()["expiresIn"] == 120
    statement = answer.json()["statement"]
    jwks = (await bank.http.get("/oidc/jwks")).json()
    now = 1_800_000_000
    expected = {
        "iss": ISSUER,
        "aud": "bank",
        "sub": "ann",
        "operation": "transfer",
        "parameters_hash": asked.json()["parametersHash"],
        "operation_shown": True,
        "txn": asked.json()["id"],
        "iat": now,
        "auth_time": now,
        "exp": now + 120,
        "acr": "urn:carteiro:acr:code-by-mail",
        "amr": ["otp"],
    }
    by_joserfc = jwt.decode(statement, KeySet.import_key_set(jwks), algorithms=["ES384"])
    assert by_joserfc.header["typ"] == "confirmation+jwt"
    header = pyjwt.get_unverified_header(statement)
    key = next(one for one in pyjwt.PyJWKSet.from_dict(jwks).keys if one.key_id == header["kid"])
    by_pyjwt = pyjwt.decode(
        statement,
        key,
        algorithms=["ES384"],
        audience="bank",
        issuer=ISSUER,
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    assert by_joserfc.claims == by_pyjwt
    jti = by_pyjwt.pop("jti")
    assert by_pyjwt == expected
    used = await bank.use(statement)
    assert used.json() == {**expected, "jti": jti}


async def test_parameters_are_hashed_the_same_in_whatever_order_they_come(bank: Bank) -> None:
    turned = dict(reversed(TRANSFER.items()))

    hashes = [
        (await bank.ask(parameters=given)).json()["parametersHash"]
        for given in (TRANSFER, turned, {**TRANSFER, "amount": "250.01"}, None)
    ]

    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"operation": ""},
        {"operation": "two words"},
        {"operation": "x" * 65},
        {"words": "  "},
        {"words": "x" * 201},
        {"words": "Pay\r\nBcc: a@b.test"},
        {"words": "Pay at https://evil.test/"},
        {"words": "Pay at WWW.evil.test"},
        {"words": "Pay javascript:alert(1)"},
        {"words": "Pay \u202e052"},
        {"parameters": {"amount": 2.5}},
        {"parameters": {"amount": 2**53}},
        {"parameters": {"note": "x" * 17_000}},
        {"parameters": [1]},
        {"locale": "x" * 65},
    ],
    ids=[
        *("no-name", "blank-in-name", "long-name", "no-words", "long-words", "two-lines"),
        *("link", "www", "script", "turned", "fraction", "huge-number", "huge", "list", "language"),
    ],
)
async def test_what_cannot_be_shown_or_hashed_is_refused_and_nothing_is_sent(
    bank: Bank, changes: dict[str, Any]
) -> None:
    answer = await bank.ask(**changes)

    assert code_of(answer) == (400, "guard.invalid_input")
    assert bank.sink.received == []


async def test_words_are_data_wherever_they_land(bank: Bank) -> None:
    await bank.ask(words="<b>{{code}}</b> & co")

    assert bank.text().startswith("[<b>{{code}}</b> & co] ")


async def test_an_operation_without_words_leaves_no_placeholder(bank: Bank) -> None:
    await bank.ask(words=None)

    assert bank.text().startswith("[] ")


async def test_who_cannot_get_a_code_or_is_not_there_is_told_apart(bank: Bank) -> None:
    await make_person(bank.world, "cleo", primary_email=None)
    await make_person(bank.world, "dan", is_suspended=True)
    await make_client(bank.world, "theirs", third_party=True)

    assert code_of(await bank.ask("nobody")) == (404, "entity.not_found")
    assert code_of(await bank.ask("cleo")) == (422, "confirmation.cannot_confirm")
    assert code_of(await bank.ask("dan")) == (422, "confirmation.cannot_confirm")
    assert code_of(await bank.ask(token=True, applicationId="none")) == (404, "entity.not_found")
    theirs = await bank.ask(token=True, applicationId="theirs")
    assert code_of(theirs) == (403, "auth.forbidden")
    own = await bank.ask(auth=("theirs", bank.auth[1]))
    assert code_of(own) == (403, "auth.forbidden")
    assert bank.sink.received == []


async def test_another_code_takes_the_place_of_the_first_and_prolongs_nothing(bank: Bank) -> None:
    id_, first = await bank.asked()
    bank.clock.advance(seconds=300)
    again = await bank.call(f"/{id_}/code", {})
    second = bank.code()

    assert again.json()["expiresAt"] == 1_800_000_600_000
    assert bank.text() == f"[{WORDS}] {second} 5 Ann bank"
    if first != second:
        assert code_of(await bank.redeem(id_, first))[1] == "verification_code.code_mismatch"
    bank.clock.advance(seconds=301)
    assert code_of(await bank.redeem(id_, second)) == (400, "verification_code.expired")
    assert code_of(await bank.call(f"/{id_}/code", {})) == (400, "verification_code.expired")


async def test_a_longer_life_of_codes_is_not_for_confirmations(bank: Bank) -> None:
    long = {"verificationCodePolicy": {"expirationDuration": 3600}}
    await update_experience(bank.world, T, long)
    id_, code = await bank.asked()

    bank.clock.advance(seconds=601)

    assert code_of(await bank.redeem(id_, code)) == (400, "verification_code.expired")


async def test_a_shorter_life_of_codes_is(bank: Bank) -> None:
    short = {"verificationCodePolicy": {"expirationDuration": 60}}
    await update_experience(bank.world, T, short)
    id_, code = await bank.asked()
    bank.clock.advance(seconds=61)

    assert code_of(await bank.redeem(id_, code)) == (400, "verification_code.expired")
    await bank.call(f"/{id_}/code", {})
    assert (await bank.redeem(id_, bank.code())).status_code == 200


async def test_guesses_count_for_the_person_over_all_confirmations(bank: Bank) -> None:
    tries = []
    for _ in range(3):
        id_, code = await bank.asked()
        wrong = "000000" if code != "000000" else "000001"
        tries += [code_of(await bank.redeem(id_, wrong))[1] for _ in range(10)]
    other, right = await bank.asked("bob")

    assert tries[:20] == ["verification_code.code_mismatch"] * 20
    assert set(tries[20:]) == {"verification_code.exceed_max_try"}
    assert (await bank.redeem(other, right)).status_code == 200


async def test_who_is_suspended_or_moves_to_another_address_meanwhile_confirms_nothing(
    bank: Bank,
) -> None:
    ann, code = await bank.asked("ann")
    bob, other = await bank.asked("bob")

    async def move(tx: Any) -> None:
        row = await users.get(tx, T, "ann")
        await users.update(tx, replace(row, primary_email="new@example.com"))

    await bank.world.database.write(move)
    await suspend_user(bank.world, T, "bob", suspended=True)

    assert code_of(await bank.redeem(ann, code)) == (400, "verification_code.email_mismatch")
    assert code_of(await bank.redeem(bob, other)) == (422, "confirmation.cannot_confirm")


async def test_a_statement_lives_for_two_minutes(bank: Bank) -> None:
    statement = await bank.stated()

    bank.clock.advance(seconds=120)

    assert code_of(await bank.use(statement)) == (400, "confirmation.statement_expired")


async def test_no_code_and_no_words_are_on_record(bank: Bank) -> None:
    id_, code = await bank.asked()
    await bank.use((await bank.redeem(id_, code)).json()["statement"])

    async def work(tx: Any) -> Any:
        return await tx.all(LOGS)

    rows = await bank.world.database.read(work)
    keys = [row["key"] for row in rows]
    told = {f"Management.Confirmation.{word}" for word in ("Created", "Confirmed", "Used")}
    assert told <= set(keys)
    kept = " ".join(row["payload"] for row in rows)
    assert code not in kept
    assert "Maria" not in kept
    assert "250.00" not in kept
