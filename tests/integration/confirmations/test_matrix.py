"""A code confirms one thing only: proof × purpose × person × application × address."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from carteiro import secrets
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.oidc.id_tokens import sign_id_token
from carteiro.oidc.statements import Statement, sign_statement
from carteiro.storage.sign_in import confirmations
from carteiro.storage.sign_in.confirmations import Confirmation
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue
from carteiro.verification.policy import CodePolicy
from confirm_parts import Bank, code_of
from sign_in_parts import ISSUER, SECRET, T

PURPOSES = [kind for kind in TemplateType if kind is not TemplateType.ORGANIZATION_INVITATION]
REFUSED = {
    (404, "entity.not_found"),
    (400, "verification_code.not_found"),
    (400, "verification_code.email_mismatch"),
}


async def waiting(bank: Bank, user: str, application: str) -> str:
    """The id of a confirmation that waits, without its mail."""
    now = bank.clock.now()
    row = Confirmation(
        tenant_id=T,
        id=secrets.standard_id(),
        application_id=application,
        user_id=user,
        operation="transfer",
        parameters_hash="h",
        created_at=now,
        expires_at=now + 600_000,
    )
    await bank.world.database.apply(confirmations.creating(row))
    return row.id


async def planted(bank: Bank, kind: TemplateType, address: str, session: str | None) -> str:
    """A code that waits for this, as if it had been mailed."""
    recipient = parse_address(address)
    identity = Identity(tenant_id=T, type=kind, recipient=recipient, session=session)
    made = issue(
        identity,
        keys=bank.world.keyring,
        now=bank.clock.now(),
        message_id="0" * 21,
        policy=CodePolicy(),
    )
    await bank.world.database.apply(made.store)
    return made.code


async def test_every_wrong_combination_is_refused_and_the_right_one_is_not(bank: Bank) -> None:
    right: list[Any] = []
    for kind, user, application, address, of in product(
        PURPOSES, ("ann", "bob"), ("bank", "shop"), ("ann", "bob"), ("own", "other", "none")
    ):
        mine, other = [await waiting(bank, user, application) for _ in "12"]
        session = {"own": mine, "other": other, "none": None}[of]
        code = await planted(bank, kind, f"{address}@example.com", session)
        answer = await bank.redeem(mine, code)
        if answer.status_code == 200:
            claims = (await bank.use(answer.json()["statement"])).json()
            right.append((kind.value, claims["sub"], claims["aud"], address, of))
        else:
            assert code_of(answer) in REFUSED

    assert right == [
        ("UserPermissionValidation", "ann", "bank", "ann", "own"),
        ("UserPermissionValidation", "bob", "bank", "bob", "own"),
    ]


async def test_a_confirmations_code_is_good_for_nothing_else(bank: Bank) -> None:
    _, code = await bank.asked()
    headers = {"Authorization": f"Bearer {bank.token}"}
    body = {"email": "ann@example.com", "verificationCode": code}

    answer = await bank.http.post("/api/verification-codes/verify", json=body, headers=headers)

    assert code_of(answer) == (400, "verification_code.not_found")


@pytest.mark.parametrize("by", ["shop", "token", "token-for-shop"])
async def test_another_application_has_nothing_of_it(bank: Bank, by: str) -> None:
    id_, code = await bank.asked()
    statement = await bank.stated("bob")
    how: dict[str, Any] = {
        "shop": {"auth": ("shop", SECRET)},
        "token": {"token": True},
        "token-for-shop": {"token": True, "applicationId": "shop"},
    }[by]
    called = {name: how[name] for name in how if name != "applicationId"}
    named = {name: how[name] for name in how if name == "applicationId"}

    redeemed = await bank.redeem(id_, code, **how)
    used = await bank.use(statement, **how)
    resent = await bank.call(f"/{id_}/code", named, **called)

    assert code_of(redeemed) == code_of(resent) == (404, "entity.not_found")
    assert code_of(used) == (400, "confirmation.invalid_statement")
    assert (await bank.redeem(id_, code)).status_code == 200
    assert (await bank.use(statement)).status_code == 200


async def test_a_token_asks_for_the_application_that_it_names(bank: Bank) -> None:
    for_bank = {"token": True, "applicationId": "bank"}
    id_, code = await bank.asked(**for_bank)

    statement = (await bank.redeem(id_, code, **for_bank)).json()["statement"]
    claims = (await bank.use(statement, **for_bank)).json()
    own = await bank.ask("bob", token=True)

    assert claims["aud"] == "bank"
    assert own.json()["applicationId"] == bank.machine


async def test_no_other_token_of_ours_stands_for_a_statement_nor_a_statement_for_it(
    bank: Bank,
) -> None:
    keys = await bank.world.signing_keys.of(T)
    statement = await bank.stated()
    claims = (await bank.use(statement)).json()
    id_token = sign_id_token(keys, {**claims, "jti": "x"})
    access = await bank.world.tokens.issue(
        tenant_id=T, issuer=ISSUER, client_id="bank", audience="bank", scope="all"
    )
    foreign = sign_statement(keys, stated_by("https://other.test/oidc"))

    for other in (id_token, access, foreign, bank.token, "a.b.c", statement[:-4] + "AAAA"):
        assert code_of(await bank.use(other)) == (400, "confirmation.invalid_statement")
    query = {"id_token_hint": statement}
    ended = await bank.http.get("/oidc/session/end", params=query)
    assert ended.json()["error_description"] == "could not validate id_token_hint"
    headers = {"Authorization": f"Bearer {statement}"}
    managed = await bank.http.get("/api/users", headers=headers)
    assert code_of(managed) == (401, "auth.unauthorized")


def stated_by(issuer: str) -> Statement:
    return Statement(
        issuer=issuer,
        application_id="bank",
        user_id="ann",
        operation="transfer",
        parameters_hash="h",
        shown=True,
        confirmation_id="c",
        jti="j",
        asked_at=1_800_000_000,
        issued_at=1_800_000_000,
        expires_at=1_800_000_120,
    )
