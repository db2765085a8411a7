"""SIGKILL between and under the steps of a sign-in by code: the same browser goes on to the end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.postgres import free_port
from door_parts import ANA, BY_CODE, email
from sign_in_parts import BACK, SECRET, VERIFIER, make_client, make_person, request

_WARM = Path(__file__).with_name("warm_server.py")
STEPS = [
    *("authorize", "begin", "send", "verify", "identify", "submit"),
    *("resume", "consent", "back", "token"),
]
ANEW = {"verify": "send", "identify": "send", "submit": "send"}
"""Where a person starts again whose step is refused; everybody else at the application."""


class Server:
    """A ``carteiro serve`` that is killed and started again, on one port and one database."""

    def __init__(self, url: str, port: int) -> None:
        self.port = port
        self._pid = 0
        self._environment = {
            **{name: value for name, value in os.environ.items() if "CARTEIRO" not in name},
            "CARTEIRO_DATABASE_URL": url,
            "CARTEIRO_SECRET_KEYS": "test:" + "A" * 43 + "=",
            "CARTEIRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CARTEIRO_PORT": str(port),
            "CARTEIRO_EGRESS_GUARD": "false",
            "CARTEIRO_LOG_LEVEL": "warning",
        }

    async def __aenter__(self) -> Self:
        self._warm = await asyncio.create_subprocess_exec(
            sys.executable,
            str(_WARM),
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        assert self._warm.stdin is not None
        self._warm.stdin.close()
        await self._warm.wait()

    async def start(self) -> None:
        """Start, and wait until it answers."""
        self._pid = int(await self._do("start"))
        async with httpx.AsyncClient(timeout=600) as http:
            while True:
                try:
                    await http.get(f"http://127.0.0.1:{self.port}/api/status")
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)
                else:
                    return

    async def kill(self) -> None:
        """As the kernel does when memory runs out."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            await self._do("reap")
            self._pid = 0

    async def again(self) -> None:
        """Kill, and start on what is left."""
        await self.kill()
        await self.start()

    async def _do(self, what: str) -> str:
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        self._warm.stdin.write(f"{what}\n".encode())
        return (await self._warm.stdout.readline()).decode().strip()


@dataclass
class Person:
    """Somebody with one browser, who repeats what got no answer."""

    http: httpx.AsyncClient
    sink: HttpSink
    state: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def asking(self, step: str) -> httpx.Request:
        """The request of a step, with the cookies of the browser."""
        state, api = self.state, "/api/experience"
        proof = {"verificationId": state.get("proof")}
        sends = {"identifier": email(), "interactionEvent": "SignIn"}
        token = {
            "grant_type": "authorization_code",
            "code": state.get("code"),
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
            "client_id": "app",
            "client_secret": SECRET,
        }
        typed = {"identifier": email(), **proof, "code": state.get("typed")}
        verification = f"{api}/verification/verification-code"
        calls: dict[str, tuple[str, str, dict[str, Any]]] = {
            "authorize": ("GET", "/oidc/auth", {"params": request()}),
            "begin": ("PUT", api, {"json": {"interactionEvent": "SignIn"}}),
            "send": ("POST", verification, {"json": sends}),
            "verify": ("POST", f"{verification}/verify", {"json": typed}),
            "identify": ("POST", f"{api}/identification", {"json": proof}),
            "submit": ("POST", f"{api}/submit", {}),
            "resume": ("GET", state.get("where", ""), {}),
            "consent": ("GET", state.get("where", ""), {}),
            "back": ("GET", state.get("where", ""), {}),
            "token": ("POST", "/oidc/token", {"data": token}),
        }
        verb, path, given = calls[step]
        return self.http.build_request(verb, path, **given)

    async def take(self, step: str) -> str | None:
        """Take a step, and look at the answer; the next one, ``None`` at the end."""
        answer = await self.http.send(self.asking(step), follow_redirects=False)
        assert answer.status_code < 500, (step, answer.text)
        if answer.status_code >= 400:
            self.refused.append(step)
            return ANEW.get(step, "authorize")
        if answer.status_code in {302, 303}:
            return self._led(step, answer.headers["location"])
        if step == "send":
            self.state["proof"] = answer.json()["verificationId"]
            self.state["typed"] = self.sink.requests[-1].json()["payload"]["code"]
        if step == "submit":
            return self._led(step, answer.json()["redirectTo"])
        if step == "token":
            self.state["token"] = answer.json()["access_token"]
            return None
        return STEPS[STEPS.index(step) + 1]

    async def subject(self) -> str:
        """Whom the application has before it."""
        bearer = {"Authorization": f"Bearer {self.state['token']}"}
        sub: str = (await self.http.get("/oidc/me", headers=bearer)).json()["sub"]
        return sub

    async def take_deaf(self, step: str) -> None:
        """Take a step whose answer never reaches the browser."""
        async with httpx.AsyncClient(timeout=600) as wire:
            answer = await wire.send(self.asking(step), follow_redirects=False)
        assert answer.status_code < 400, (step, answer.text)

    async def begin_to_ask(self, step: str, server: Server) -> None:
        """Send a step's request, and kill the server that has it."""
        asked = self.asking(step)
        lines = [f"{asked.method} {asked.url.raw_path.decode()} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in asked.headers.items()]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + asked.read()
        self.sink.arrived.clear()
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(whole)
        await writer.drain()
        if step == "send":
            await self.sink.arrived.wait()
        await server.kill()
        writer.close()

    def _led(self, step: str, where: str) -> str:
        self.state["where"] = where
        if where.startswith(BACK):
            self.state["code"] = parse_qs(urlsplit(where).query)["code"][0]
            return "token"
        if where.startswith("/sign-in"):
            return "begin"
        if where.startswith("/consent"):
            return "consent"
        return "back" if step in {"consent", "back"} else "resume"


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink(Answer(200, b"{}")) as opened:
        yield opened


@pytest.fixture
async def server(settings: Settings, sink: HttpSink) -> AsyncIterator[Server]:
    """A server whose tenant has an application and somebody with an address."""
    async with open_world(settings) as world:
        new = NewConnector(connector_id="http-email", config={"endpoint": sink.url})
        await create_connector(world, "default", new)
        await update_experience(world, "default", BY_CODE)
        await make_client(world)
        await make_person(world, "ann", primary_email=ANA)
    async with Server(settings.database_url, free_port()) as opened:
        yield opened


@pytest.fixture
async def person(server: Server, sink: HttpSink) -> AsyncIterator[Person]:
    limits = httpx.Limits(max_keepalive_connections=0)
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=600) as http:
        yield Person(http, sink)


@pytest.mark.parametrize("moment", ["answered", "unheard", "under way"])
async def test_whoever_signs_in_goes_on_in_the_same_browser_after_a_kill(
    server: Server, person: Person, moment: str
) -> None:
    killed: list[str] = []
    step: str | None = STEPS[0]

    while step is not None:
        if step in killed:
            step = await person.take(step)
            continue
        killed.append(step)
        if moment == "answered":
            step = await person.take(step)
        elif moment == "unheard":
            await person.take_deaf(step)
        else:
            await person.begin_to_ask(step, server)
        await server.again()

    assert killed == STEPS
    assert (await person.subject()) == "ann"
    match moment:
        case "answered":
            assert person.refused == []
        case "unheard":
            # What is good for one time was used up: the rest is simply said once more.
            assert person.refused == ["verify", "resume", "back", "token"]
        case _:
            assert set(person.refused) <= {"verify", "resume", "back", "token"}
