"""Who may ask for a confirmation, and in whose name."""

from __future__ import annotations

import base64

import pytest

from carteiro.flows.administer.access.applications import create_application
from confirm_parts import Bank, code_of
from sign_in_parts import SECRET, T, make_client

BODY = {"userId": "ann", "operation": "transfer"}


async def test_an_application_asks_in_its_own_name_alone(bank: Bank) -> None:
    assert (await bank.ask(applicationId="bank")).status_code == 201
    assert code_of(await bank.ask(applicationId="shop")) == (403, "auth.forbidden")


async def test_wrong_credentials_and_applications_without_any_are_refused(bank: Bank) -> None:
    await make_client(bank.world, "spa", type="SPA")
    unauthorized = (401, "auth.unauthorized")

    assert code_of(await bank.ask(auth=("bank", "wrong"))) == unauthorized
    assert code_of(await bank.ask(auth=("nobody", SECRET))) == unauthorized
    assert code_of(await bank.ask(auth=("spa", ""))) == unauthorized
    assert code_of(await bank.ask(auth=("demo-app", ""))) == unauthorized
    for header in ("Basic", "Basic %%%", "basic !", "Basic YmFuaw=="):
        answer = await bank.http.post(
            "/api/confirmations", json=BODY, headers={"Authorization": header}
        )
        assert answer.status_code == 401
    without = await bank.http.post("/api/confirmations", json=BODY)
    assert code_of(without) == (401, "auth.authorization_header_missing")
    assert bank.sink.received == []


async def test_a_machine_needs_a_token_with_the_scope(bank: Bank) -> None:
    machine = await create_application(bank.world, T, name="Job", is_admin=False)
    issuer = "http://carteiro.test/oidc"
    audience = "https://default.logto.app/api"
    tokens = {
        scope: await bank.world.tokens.issue(
            tenant_id=T, issuer=issuer, client_id=machine.id, audience=audience, scope=scope
        )
        for scope in ("codes:write", "people:write links:write")
    }

    own = await bank.ask(auth=(machine.id, machine.secret))
    answers = [
        await bank.http.post(
            "/api/confirmations", json=BODY, headers={"Authorization": f"Bearer {token}"}
        )
        for token in tokens.values()
    ]

    assert code_of(own) == (403, "auth.forbidden")
    assert [answer.status_code for answer in answers] == [201, 403]


@pytest.mark.parametrize("scheme", ["basic", "BASIC"])
async def test_the_scheme_is_read_in_any_case(bank: Bank, scheme: str) -> None:
    pair = base64.b64encode(f"bank:{SECRET}".encode()).decode()

    answer = await bank.http.post(
        "/api/confirmations", json=BODY, headers={"Authorization": f"{scheme} {pair}"}
    )

    assert answer.status_code == 201


async def test_no_other_route_of_the_management_api_takes_an_applications_secret(
    bank: Bank,
) -> None:
    answer = await bank.http.get("/api/users", auth=bank.auth)

    assert code_of(answer) == (401, "auth.authorization_token_type_not_supported")


async def test_the_openapi_document_says_both_ways(bank: Bank) -> None:
    document = (await bank.http.get("/api/swagger.json")).json()

    said = {
        path: item["post"]["security"]
        for path, item in document["paths"].items()
        if path.startswith("/api/confirmations")
    }
    assert len(said) == 4
    assert all(
        ways == [{"ManagementToken": []}, {"ApplicationSecret": []}] for ways in said.values()
    )
    assert document["paths"]["/api/users"]["post"]["security"] == [{"ManagementToken": []}]
    assert document["components"]["securitySchemes"]["ApplicationSecret"]["scheme"] == "basic"
