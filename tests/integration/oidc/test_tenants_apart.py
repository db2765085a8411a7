"""What opens something in one tenant opens nothing in another, however alike the two are."""

from __future__ import annotations

from dataclasses import replace

import pytest

import sign_in_parts
from carteiro.flows.sign_in.provider.authorize import authorize
from carteiro.flows.sign_in.provider.id_token_hints import read_hint
from carteiro.flows.sign_in.provider.resume import resume
from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.flows.sign_in.tokens.by_code import exchange_code
from carteiro.flows.sign_in.tokens.by_refresh import refresh
from carteiro.flows.sign_in.tokens.inspect import introspect, userinfo
from carteiro.flows.sign_in.tokens.issue import Issued
from carteiro.model.actor import Actor
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import InvalidGrant, InvalidOAuthRequest, InvalidToken, SessionNotFound
from carteiro.storage.drivers.database import Call
from carteiro.storage.people import users
from carteiro.storage.tenancy import tenants
from sign_in_parts import BACK, ORIGIN, VERIFIER, Browser


def nothing_noted(issued: Issued) -> list[Call]:
    """What is given there is put on no record."""
    return []


@pytest.fixture
async def elsewhere(someone: Browser) -> Visit:
    """A visit to another tenant of the same process, with a person and an origin like ours."""
    world = someone.world
    await world.database.write(
        lambda tx: tenants.create(tx, id="other", name="other", created_at=0)
    )
    ann = await world.database.read(lambda tx: users.get(tx, "default", "ann"))
    assert ann is not None
    await world.database.write(lambda tx: users.create(tx, replace(ann, tenant_id="other")))
    return Visit(world=world, tenant_id="other", origin=ORIGIN, by=Actor())


async def test_tokens_of_another_tenant_open_nothing(someone: Browser, elsewhere: Visit) -> None:
    client = Client(id="app", name="app", type="Traditional")
    code = await someone.code()
    form = {"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    with pytest.raises(InvalidGrant):
        await exchange_code(elsewhere, client, form, nothing_noted)
    body = (await someone.exchange(code)).json()
    with pytest.raises(InvalidGrant):
        shown = {"refresh_token": body["refresh_token"]}
        await refresh(elsewhere, client, shown, nothing_noted)
    with pytest.raises(InvalidToken):
        await userinfo(elsewhere, body["access_token"])
    with pytest.raises(InvalidOAuthRequest):
        await read_hint(elsewhere, body["id_token"])

    looked = await introspect(elsewhere, client, {"token": body["access_token"]})
    assert looked == {"active": False}


async def test_a_way_that_began_elsewhere_ends_nowhere(someone: Browser, elsewhere: Visit) -> None:
    await someone.code()
    await someone.ask(prompt="login")
    uid = someone.uid()
    proof = next(
        cookie.value
        for cookie in someone.http.cookies.jar
        if cookie.name == "_interaction_resume" and uid in cookie.path
    )
    session = someone.http.cookies["_session"]

    with pytest.raises(SessionNotFound):
        await resume(elsewhere, uid, proof, session)
    begun = await authorize(
        elsewhere,
        sign_in_parts.request(client_id="demo-app", redirect_uri=f"{ORIGIN}/demo-app"),
        (),
        session,
    )
    assert getattr(begun, "location", "") == "/sign-in?app_id=demo-app"
