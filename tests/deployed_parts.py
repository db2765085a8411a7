"""Processes of a deployment on a real database, a browser before them, and all that they leave."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from carteiro.flows.administer.access.applications import Credentials
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.postgres import free_port
from door_parts import Browser
from secret_parts import stored
from sign_in_parts import BACK, SECRET, VERIFIER, request

REFUSED, LATER = "refused@example.com", "later@example.com"
"""The provider refuses the one for good, and the other at first."""
_PROVES = {"_session", "_interaction_resume"}


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
            if name in _PROVES and value:
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

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[httpx.AsyncClient]:
        """A backend with its token for the management API."""
        async with self.client() as http:
            asked = {"grant_type": "client_credentials", "scope": "all"}
            answer = await http.post(
                "/oidc/token",
                data={**asked, "resource": self.backend.resource},
                auth=(self.backend.id, self.backend.secret),
            )
            token = answer.json()["access_token"]
            self.proofs.add(token)
            http.headers["Authorization"] = f"Bearer {token}"
            yield http

    async def hooked(self, words: bytes) -> None:
        """Wait for a webhook that says this."""
        async with asyncio.timeout(120):
            while not any(words in one.body for one in self.hooks.requests):
                await asyncio.sleep(0.05)

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


@asynccontextmanager
async def deployed(
    database_url: str, folder: Path, provider: Provider, hooks: HttpSink, backend: Credentials
) -> AsyncIterator[Deployment]:
    """`carteiro serve`, and on PostgreSQL `carteiro worker`, that tell all that they can."""
    async with HttpSink() as collector:
        commands = ["serve"] + ["worker"] * database_url.startswith("postgresql")
        port, logs = free_port(), folder / "log"
        metrics = [free_port() for _ in commands]
        environment = {
            **{name: value for name, value in os.environ.items() if "CARTEIRO" not in name},
            "CARTEIRO_DATABASE_URL": database_url,
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
            database_url,
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
