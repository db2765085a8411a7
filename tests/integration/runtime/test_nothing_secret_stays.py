"""Codes, links, passwords and tokens are in nothing that real processes leave (security 16, 17, 34).

Codes are twelve letters here: six digits would turn up in any number.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
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
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.postgres import free_port
from door_parts import Browser, email, method, proof_of
from page_parts import Reader
from secret_parts import found, stored
from sign_in_parts import BACK, SECRET, VERIFIER, T, make_client, request

FIRST, SECOND, REGISTERED = (
    "kept-Oyster4-in-a-jar",
    "kept-Walrus8-in-a-tub",
    "kept-Badger6-in-a-box",
)
MISTYPED, WRONG = "kept-Ostrich2-in-a-bag", "XWRONGWRONGX"
BO, CY, DEE = "bo@example.com", "cy@example.com", "dee@example.com"
NEW, BACKEND, LINKED = "new@example.com", "backend@example.com", "linked@example.com"
REFUSED, LATER = "refused@example.com", "later@example.com"
PROVES = {"_session", "_interaction_resume"}
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


class Provider(HttpSink):
    """Takes mail. What it refuses it repeats, as some providers do."""

    def __init__(self) -> None:
        super().__init__(Answer(200, b"{}"))
        self.given: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    async def _say(self, answer: Any, reader: Any, writer: Any) -> None:
        body = self.requests[-1].json()
        told = self.given[body["to"]]
        told.append(body["payload"])
        if body["to"] == REFUSED:
            answer = Answer(422, self.requests[-1].body)
        elif body["to"] == LATER and len(told) == 1:
            answer = Answer(503, self.requests[-1].body)
        await super()._say(answer, reader, writer)

    async def newest(self, to: str, count: int = 1) -> dict[str, Any]:
        """What the mail to an address says, once there are so many."""
        async with asyncio.timeout(120):
            while len(self.given[to]) < count:
                await asyncio.sleep(0.05)
        return self.given[to][-1]

    async def code(self, to: str, count: int = 1) -> str:
        code: str = (await self.newest(to, count))["code"]
        assert len(code) == 12
        return code

    @property
    def codes(self) -> set[str]:
        """Every code that went out."""
        told = [payload for payloads in self.given.values() for payload in payloads]
        return {payload["code"] for payload in told if "code" in payload}


@dataclass
class Deployment:
    """Processes, who is asked by them, and all that they have said."""

    base: str
    database_url: str
    metrics: list[int]
    logs: Path
    provider: Provider
    hooks: HttpSink
    collector: HttpSink
    backend: Credentials
    processes: list[subprocess.Popen[bytes]]
    answers: list[bytes] = field(default_factory=list)
    refusals: list[bytes] = field(default_factory=list)
    proofs: set[str] = field(default_factory=set)
    """Cookies and tokens that open something."""

    async def _keep(self, answer: httpx.Response) -> None:
        body = await answer.aread()
        (self.refusals if answer.status_code >= 400 else self.answers).append(body)
        for name, value in answer.cookies.items():
            if name in PROVES and value:
                self.proofs.add(value)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that has never been here."""
        hooks = {"response": [self._keep]}
        async with httpx.AsyncClient(base_url=self.base, timeout=120, event_hooks=hooks) as http:
            yield http

    @asynccontextmanager
    async def browser(self, **asked: Any) -> AsyncIterator[Browser]:
        """One that an application has sent."""
        async with self.client() as http:
            answer = await http.get("/oidc/auth", params=request(**asked))
            assert answer.status_code == 303, answer.text
            yield Browser(http, "")

    async def proven(self, browser: Browser, to: str, event: str = "SignIn", count: int = 1) -> str:
        """A proof of an address, after a wrong code and one in a form that none has."""
        proof = proof_of(await browser.send(event, to))
        code = await self.provider.code(to, count)
        path = "/verification/verification-code/verify"
        bent = {"identifier": email(to), "verificationId": proof, "code": [code]}
        assert (await browser.call("POST", path, bent)).status_code == 400
        assert (await browser.verify(proof, WRONG, to)).status_code == 400
        assert (await browser.verify(proof, code, to)).status_code == 200
        return proof

    async def into(self, browser: Browser) -> None:
        """Submit, go on to the application, and use every token once."""
        done = await browser.submit()
        assert done.status_code == 200, done.text
        http, where = browser.client, done.json()["redirectTo"]
        while not where.startswith(BACK):
            answer = await http.get(where)
            assert answer.status_code in {302, 303}, answer.text
            where = answer.headers["location"]
        code = parse_qs(urlsplit(where).query)["code"][0]
        client = {"client_id": "app", "client_secret": SECRET}
        by_code = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        first = await http.post(
            "/oidc/token", data={**client, **by_code, "code_verifier": VERIFIER}
        )
        given = first.json()
        again = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        second = await http.post("/oidc/token", data={**client, **again})
        bearer = {"Authorization": f"Bearer {given['access_token']}"}
        told = await http.get("/oidc/me", headers=bearer)
        replayed = await http.post("/oidc/token", data={**client, **by_code})
        assert (first.status_code, second.status_code, told.status_code) == (200, 200, 200)
        assert replayed.status_code == 400
        kinds = ("access_token", "refresh_token", "id_token")
        self.proofs |= {code, *(one.json()[kind] for one in (first, second) for kind in kinds)}

    async def places(self) -> dict[str, bytes]:
        """Everything that can be read now."""
        async with httpx.AsyncClient() as http:
            addresses = [f"http://127.0.0.1:{port}/metrics" for port in self.metrics]
            metrics = [(await http.get(address)).content for address in addresses]
        return {
            "metrics": b"\n".join(metrics),
            "database": await stored(self.database_url),
            "refusals": b"\n".join(self.refusals),
        }

    async def stop(self) -> None:
        """In good order."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            await asyncio.to_thread(process.wait, 120)

    def left(self) -> dict[str, bytes]:
        """What there is once they have ended."""
        return {
            "log": self.logs.read_bytes(),
            "traces": b"\n".join(one.body for one in self.collector.requests),
            "webhooks": b"\n".join(one.body for one in self.hooks.requests),
        }


@pytest.fixture(params=["direct", "queued"])
async def deployment(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> AsyncIterator[Deployment]:
    async with Provider() as provider, HttpSink() as hooks, HttpSink() as collector:
        backend = await _set_up(settings, provider.url, hooks.url, request.param)
        commands = ["serve"] + ["worker"] * settings.database_url.startswith("postgresql")
        port, logs = free_port(), tmp_path / "log"
        metrics = [free_port() for _ in commands]
        environment = {
            **{name: value for name, value in os.environ.items() if "CARTEIRO" not in name},
            "CARTEIRO_DATABASE_URL": settings.database_url,
            "CARTEIRO_SECRET_KEYS": "test:" + "A" * 43 + "=",
            "CARTEIRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CARTEIRO_PORT": str(port),
            "CARTEIRO_EGRESS_GUARD": "false",
            "CARTEIRO_LOG_LEVEL": "debug",
            "CARTEIRO_REQUEST_LOG": "true",
            "CARTEIRO_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
        }
        with logs.open("wb") as log:
            processes = [
                subprocess.Popen(
                    [sys.executable, "-m", "carteiro", command],
                    env={**environment, "CARTEIRO_METRICS_PORT": str(number)},
                    stdout=log,
                    stderr=log,
                )
                for command, number in zip(commands, metrics, strict=True)
            ]
        opened = Deployment(
            f"http://127.0.0.1:{port}",
            settings.database_url,
            metrics,
            logs,
            provider,
            hooks,
            collector,
            backend,
            processes,
        )
        try:
            await _answering(opened.base, *(f"http://127.0.0.1:{one}" for one in metrics))
            yield opened
        finally:
            await opened.stop()


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


async def _answering(*addresses: str) -> None:
    async with httpx.AsyncClient(timeout=120) as http, asyncio.timeout(300):
        for address in addresses:
            while True:
                try:
                    await http.get(f"{address}/api/status")
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                else:
                    break


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


async def register(deployment: Deployment) -> None:
    async with deployment.browser() as browser:
        await browser.begin("Register")
        proof = await deployment.proven(browser, NEW, "Register")
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
        assert (await browser.identify(await deployment.proven(browser, BO))).status_code == 204
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
        proof = await deployment.proven(browser, BO, "ForgotPassword", 2)
        assert (await browser.identify(proof)).status_code == 204
        bent = {"password": [SECOND]}
        assert (await browser.call("PUT", "/profile/password", bent)).status_code == 400
        chosen = {"password": SECOND}
        assert (await browser.call("PUT", "/profile/password", chosen)).status_code == 204
        assert (await browser.submit()).status_code == 204


async def by_backend(deployment: Deployment) -> None:
    async with _backend(deployment) as http:
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
    async with _backend(deployment) as http:
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
    async with _backend(deployment) as http:
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
    async with _backend(deployment) as http:
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


@asynccontextmanager
async def _backend(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """An application's backend with its token."""
    async with deployment.client() as http:
        asked = {"grant_type": "client_credentials", "scope": "all"}
        answer = await http.post(
            "/oidc/token",
            data={**asked, "resource": deployment.backend.resource},
            auth=(deployment.backend.id, deployment.backend.secret),
        )
        token = answer.json()["access_token"]
        deployment.proofs.add(token)
        http.headers["Authorization"] = f"Bearer {token}"
        yield http
