"""Codes, links, passwords and tokens are in nothing that real processes leave (security 16, 17, 34).

Codes are twelve letters here: six digits would turn up in any number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from carteiro.flows.administer.access.applications import Credentials, create_application
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.administer.tenant.settings import update_delivery, update_protection
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.stored_passwords import hashed
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.http_sink import HttpSink
from deployed_parts import LATER, REFUSED, Deployment, Provider, deployed
from door_parts import Browser, email, method, proof_of
from page_parts import Reader
from secret_parts import found
from sign_in_parts import BACK, SECRET, T, make_client, request

FIRST, SECOND, REGISTERED = (
    "kept-Oyster4-in-a-jar",
    "kept-Walrus8-in-a-tub",
    "kept-Badger6-in-a-box",
)
MISTYPED, WRONG = "kept-Ostrich2-in-a-bag", "XWRONGWRONGX"
BO, CY, DEE = "bo@example.com", "cy@example.com", "dee@example.com"
NEW, BACKEND, LINKED = "new@example.com", "backend@example.com", "linked@example.com"
SETTINGS = {
    "signIn": {"methods": [method("email", password=True, code=True)]},
    "signUp": {"identifiers": ["email"], "password": True, "verify": True},
    "forgotPasswordMethods": ["EmailVerificationCode"],
}
TWO_STEPS = {
    "signIn": {"methods": [method("username", password=True)]},
    "signUp": {"identifiers": ["username"], "password": True, "verify": False},
    "forgotPasswordMethods": [],
    "mfa": {"policy": "Mandatory", "factors": ["EmailVerificationCode"]},
}
EVENTS = ["PostRegister", "PostSignIn", "PostResetPassword", "User.Created", "User.Data.Updated"]


@pytest.fixture(params=["direct", "queued"])
async def deployment(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> AsyncIterator[Deployment]:
    async with Provider() as provider, HttpSink() as hooks:
        backend = await _set_up(settings, provider.url, hooks.url, request.param)
        async with deployed(settings.database_url, tmp_path, provider, hooks, backend) as opened:
            yield opened


async def _set_up(settings: Settings, mail: str, hooks: str, mode: str) -> Credentials:
    async with open_world(settings) as world:
        connector = NewConnector(connector_id="http-email", config={"endpoint": mail})
        await create_connector(world, T, connector)
        await update_delivery(world, T, {"mode": mode})
        await update_protection(world, T, {"codeAlphabet": "letters", "codeLength": 12})
        await update_experience(world, T, SETTINGS)
        await create_hook(world, T, NewHook(name="All", events=EVENTS, config={"url": hooks}))
        await make_client(world)
        for address in (BO, CY, DEE):
            new = NewUser(username=address.partition("@")[0], primary_email=address)
            await create_user(world, T, replace(new, **await hashed(world, FIRST)))
        return await create_application(world, T, name="Backend", is_admin=True)


async def test_nothing_secret_is_to_be_read_in_what_is_left(deployment: Deployment) -> None:
    await register(deployment)
    await sign_in_by_code(deployment)
    await sign_in_on_pages(deployment)
    await reset(deployment)
    await by_backend(deployment)
    link = await by_link(deployment)
    await refuse(deployment)
    meanwhile = await deployment.places()
    await second_factor(deployment)

    places = await deployment.places()
    await deployment.stop()
    places |= deployment.left()

    codes, passwords = deployment.provider.codes, {FIRST, SECOND, REGISTERED, MISTYPED}
    secrets = (
        codes | passwords | deployment.proofs | {link, WRONG, deployment.backend.secret, SECRET}
    )
    assert found(secrets, meanwhile) | found(secrets, places) == set()
    assert found(codes | passwords, {"answers": b"\n".join(deployment.answers)}) == set()
    assert len(codes) == 9
    # Whatever is searched has been written to: a search in nothing finds nothing.
    there = {
        "log": b"/api/experience/verification/verification-code/verify",
        "metrics": b"carteiro_",
        "database": NEW.encode(),
        "refusals": b"verification_code.code_mismatch",
        "traces": b"carteiro-serve",
        "webhooks": b"PostResetPassword",
    }
    assert [name for name, words in there.items() if words not in places[name]] == []


async def proven(
    deployment: Deployment, browser: Browser, to: str, event: str = "SignIn", count: int = 1
) -> str:
    """A proof of an address, after a wrong code and one in a form that none has."""
    proof = proof_of(await browser.send(event, to))
    code = await deployment.provider.code(to, count)
    path = "/verification/verification-code/verify"
    bent = {"identifier": email(to), "verificationId": proof, "code": [code]}
    assert (await browser.call("POST", path, bent)).status_code == 400
    assert (await browser.verify(proof, WRONG, to)).status_code == 400
    assert (await browser.verify(proof, code, to)).status_code == 200
    return proof


async def register(deployment: Deployment) -> None:
    async with deployment.browser() as browser:
        await browser.begin("Register")
        proof = await proven(deployment, browser, NEW, "Register")
        for value in ([REGISTERED], {"of": REGISTERED}):
            refused = await browser.call("POST", "/profile", {"type": "password", "value": value})
            assert refused.status_code == 400
        chosen = {"type": "password", "value": REGISTERED}
        assert (await browser.call("POST", "/profile", chosen)).status_code == 204
        assert (await browser.identify(proof)).status_code == 201
        await deployment.into(browser)


async def sign_in_by_code(deployment: Deployment) -> None:
    async with deployment.browser() as browser:
        await browser.begin()
        assert (await browser.identify(await proven(deployment, browser, BO))).status_code == 204
        await deployment.into(browser)


async def sign_in_on_pages(deployment: Deployment) -> None:
    """Without script, as far as to the application."""
    async with deployment.client() as http:
        reader = Reader(http, origin=deployment.base, stops_at=BACK)
        await reader.open(await http.get("/oidc/auth", params=request()))
        await reader.send(identifier=CY)
        await reader.send(password=MISTYPED)
        await reader.follow("Sign in with verification code")
        await reader.send()
        code = await deployment.provider.code(CY)
        await reader.send(code=WRONG)
        await reader.send(code=code)
        assert reader.path.startswith(f"{BACK}?code="), (reader.path, reader.text())
        deployment.proofs.add(parse_qs(urlsplit(reader.path).query)["code"][0])


async def reset(deployment: Deployment) -> None:
    async with deployment.browser() as browser:
        await browser.begin("ForgotPassword")
        proof = await proven(deployment, browser, BO, "ForgotPassword", 2)
        assert (await browser.identify(proof)).status_code == 204
        bent = {"password": [SECOND]}
        assert (await browser.call("PUT", "/profile/password", bent)).status_code == 400
        chosen = {"password": SECOND}
        assert (await browser.call("PUT", "/profile/password", chosen)).status_code == 204
        assert (await browser.submit()).status_code == 204
    await deployment.hooked(b"PostResetPassword")


async def by_backend(deployment: Deployment) -> None:
    async with deployment.caller() as http:
        answer = await http.post("/api/verification-codes", json={"email": BACKEND})
        assert answer.status_code == 204, answer.text
        code = await deployment.provider.code(BACKEND)
        path, asked = "/api/verification-codes/verify", {"email": BACKEND}
        broken = f'{{"email": "{BACKEND}", "verificationCode": "{code}"'
        refused = [
            await http.post(path, json={**asked, "verificationCode": WRONG}),
            await http.post(path, json={**asked, "verificationCode": [code]}),
            await http.post(path, content=broken, headers={"Content-Type": "application/json"}),
            await http.post(f"{path}/nowhere?code={code}", json={code: code}),
        ]
        assert [one.status_code for one in refused] == [400, 400, 400, 404]
        answer = await http.post(path, json={**asked, "verificationCode": code})
        assert answer.status_code == 204, answer.text


async def by_link(deployment: Deployment) -> str:
    """Somebody registers by a mailed link; its token."""
    async with deployment.caller() as http:
        message = {"link": "https://app.test/in?token={token}"}
        body = {"email": LINKED, "message": message}
        answer = await http.post("/api/one-time-tokens", json=body)
        assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    assert token in (await deployment.provider.newest(LINKED))["link"]
    async with deployment.browser(one_time_token=token, login_hint=LINKED) as browser:
        await browser.begin("Register")
        path = "/verification/one-time-token/verify"
        bent = {"identifier": email(LINKED), "token": [token]}
        assert (await browser.call("POST", path, bent)).status_code == 400
        used = {"identifier": email(LINKED), "token": token}
        proof = proof_of(await browser.call("POST", path, used))
        chosen = {"type": "password", "value": REGISTERED}
        assert (await browser.call("POST", "/profile", chosen)).status_code == 204
        assert (await browser.identify(proof)).status_code == 201
        await deployment.into(browser)
    return token


async def refuse(deployment: Deployment) -> None:
    """The provider refuses for good, or for now."""
    async with deployment.caller() as http:
        for to, count in ((REFUSED, 1), (LATER, 1)):
            answer = await http.post("/api/verification-codes", json={"email": to})
            assert answer.status_code == 204 or answer.status_code >= 400, answer.text
            await deployment.provider.newest(to, count)
        listed = await http.get("/api/messages")
        assert listed.status_code == 200
    async with deployment.browser() as browser:
        await browser.begin("Register")
        await browser.send("Register", REFUSED)
        await deployment.provider.newest(REFUSED, 2)


async def second_factor(deployment: Deployment) -> None:
    async with deployment.caller() as http:
        answer = await http.patch("/api/sign-in-exp", json=TWO_STEPS)
        assert answer.status_code == 200, answer.text
    async with deployment.browser() as browser:
        await browser.begin()
        assert (await browser.password(MISTYPED, "dee", "username")).status_code == 422
        proof = proof_of(await browser.password(FIRST, "dee", "username"))
        assert (await browser.identify(proof)).status_code == 204
        path, kind = "/verification/mfa-verification-code", {"identifierType": "email"}
        sent = proof_of(await browser.call("POST", path, kind))
        code = await deployment.provider.code(DEE)
        for typed, status in (([code], 400), (WRONG, 400), (code, 200)):
            body = {**kind, "verificationId": sent, "code": typed}
            assert (await browser.call("POST", f"{path}/verify", body)).status_code == status
        await deployment.into(browser)
