"""The how-to on risky operations, done as it says: its application is run, and a transfer is made."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest
from joserfc.errors import JoseError

import smtp_parts
from carteiro.app import create_app
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.oidc.id_tokens import sign_id_token
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.smtp_server import SmtpSink
from confirm_parts import CONFIRM
from journeys.test_examples import EXAMPLES, load
from serving_parts import serving_beside
from sign_in_parts import SECRET, T, make_client, make_person

PAGE = Path(__file__).parents[2] / "docs/how-to/confirm-a-risky-operation.md"


@dataclass(kw_only=True)
class Bank:
    """The example at an address, its module, and who reads Ann's mail."""

    server: str
    example: ModuleType
    http: httpx.AsyncClient
    sink: SmtpSink
    id_token: str

    def mail(self) -> str:
        text: str = self.sink.received[-1].message.get_body(("plain",)).get_content()
        return text

    def code(self) -> str:
        found = re.search(r"\b\d{6}\b", self.mail())
        assert found is not None
        return found[0]

    async def ask(self, path: str, body: Any) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.server, timeout=30) as client:
            where = f"/api/confirmations{path}"
            return await client.post(where, json=body, auth=("bank", SECRET))


@pytest.fixture
def server(settings: Settings) -> Iterator[str]:
    """Where Carteiro listens, in a loop of its own."""
    with serving_beside(
        lambda address: create_app(settings.model_copy(update={"public_url": address}))
    ) as where:
        yield where


@pytest.fixture
async def bank(
    server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bank]:
    given = {"CARTEIRO_URL": server, "APP_ID": "bank", "APP_SECRET": SECRET, "PERSON_ID": "ann"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    own = settings.model_copy(update={"public_url": server})
    async with open_world(own) as world, SmtpSink() as sink:
        config = smtp_parts.config(sink.port)
        config["templates"].append(CONFIRM)
        new = NewConnector(connector_id="simple-mail-transfer-protocol", config=config)
        await create_connector(world, T, new)
        await make_client(world, "bank")
        await make_person(world)
        keys = await world.signing_keys.of(T)
        now = world.clock.now() // 1000
        claims = {"iss": f"{server}/oidc", "aud": "bank", "sub": "ann", "jti": "x"}
        id_token = sign_id_token(keys, {**claims, "iat": now, "exp": now + 60})
        example = load(EXAMPLES / "confirm/app.py", "example_confirm")
        with serving_beside(lambda _: example.app) as address:
            async with httpx.AsyncClient(base_url=address, timeout=30) as http:
                yield Bank(server=server, example=example, http=http, sink=sink, id_token=id_token)


async def test_a_transfer_is_made_once_and_only_with_the_code(bank: Bank) -> None:
    begun = await bank.http.post("/transfers", json={"to": "Maria", "amount": "250"})
    path = f"/transfers/{begun.json()['transfer']}/confirm"
    code = bank.code()
    wrong = await bank.http.post(path, json={"code": "000000" if code != "000000" else "1" * 6})

    done = await bank.http.post(path, json={"code": code})
    again = await bank.http.post(path, json={"code": code})

    assert "[Transfer of 250.00 EUR to Maria]" in bank.mail()
    assert wrong.json()["detail"]["code"] == "verification_code.code_mismatch"
    assert done.json() == {"sent": "250.00 EUR to Maria"}
    assert again.status_code == 404


async def test_what_waits_is_not_done_by_the_confirmation_of_something_else(bank: Bank) -> None:
    names = []
    for amount in ("1", "9999"):
        begun = await bank.http.post("/transfers", json={"to": "Maria", "amount": amount})
        names.append(begun.json()["transfer"])
        if amount == "1":
            code = bank.code()
    waiting = bank.example.transfers
    waiting[names[1]].confirmation = waiting[names[0]].confirmation

    answer = await bank.http.post(f"/transfers/{names[1]}/confirm", json={"code": code})

    assert answer.status_code == 403
    assert not waiting[names[1]].done


async def test_the_pages_own_request_is_confirmed_and_both_libraries_verify_it(bank: Bank) -> None:
    text = PAGE.read_text("utf-8")
    bodies = [json.loads(body) for body in re.findall(r"-d '(\{.*?\})'", text, re.DOTALL)]
    asked = await bank.ask("", bodies[0])
    typed = {**bodies[1], "code": bank.code()}
    redeemed = await bank.ask(f"/{asked.json()['id']}/redeem", typed)
    statement = redeemed.json()["statement"]
    other = load(EXAMPLES / "confirm/with_joserfc.py", "example_with_joserfc")
    async with httpx.AsyncClient(base_url=bank.server) as client:
        jwks = (await client.get("/oidc/jwks")).json()
    named = {"issuer": f"{bank.server}/oidc", "app_id": "bank"}

    by_pyjwt = bank.example.verified(statement)
    by_joserfc = other.verified(statement, jwks, **named)

    assert by_pyjwt == by_joserfc
    assert by_pyjwt["parameters_hash"] == asked.json()["parametersHash"]
    rows = re.findall(r"^   \| `(.+?)` \|", text, re.MULTILINE)
    told = {name for row in rows for name in row.split("`, `")}
    assert told | {"iat", "jti"} == by_pyjwt.keys()
    assert (await bank.ask("/use", {"statement": statement})).json() == by_pyjwt
    used = await bank.ask("/use", {"statement": statement})
    assert (used.status_code, used.json()["code"]) == (422, "confirmation.statement_spent")
    for token in (bank.id_token, statement[:-6] + "AAAAAA"):
        with pytest.raises(jwt.InvalidTokenError):
            bank.example.verified(token)
        with pytest.raises((JoseError, ValueError)):
            other.verified(token, jwks, **named)
    with pytest.raises(JoseError):
        other.verified(statement, jwks, issuer=named["issuer"], app_id="shop")
