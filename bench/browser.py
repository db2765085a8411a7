"""A browser that is cheaper than what it measures: one kept connection, cookies, whole sign-ins."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.sink import Sink

BACK = "https://app.test/callback"
_VERIFIER = "v" * 43
_CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
_EXPERIENCE = "/api/experience"
_CODE = f"{_EXPERIENCE}/verification/verification-code"
_PAGES_AT_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The application that people sign in to."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, wanted: bytes) -> bytes | None:
        """The first of that name, which is in small letters as the server writes it."""
        _, separator, rest = self.head.partition(b"\r\n" + wanted + b": ")
        return rest.partition(b"\r\n")[0] if separator else None


class _Line(asyncio.Protocol):
    """A connection that is made again where the server has closed it meanwhile."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._buffer = b""
        self._waiting: asyncio.Future[Answer] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    async def ask(self, request: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if self.transport is None or self.transport.is_closing():
            await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        assert self.transport is not None
        self._waiting = loop.create_future()
        self.transport.write(request)
        return await self._waiting

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        answer = Answer(int(head[9:12]), head, rest)
        if len(rest) < int(answer.header(b"content-length") or 0) or self._waiting is None:
            return
        self._buffer = b""
        self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError())


class Browser:
    """Cookies of one person on a connection that may have served others before."""

    def __init__(self, line: _Line, sink: Sink, app: App) -> None:
        self._line = line
        self._sink = sink
        self._app = app
        self._cookies: dict[str, str] = {}
        self.requests = 0
        self.took = 0.0
        """Seconds that the last request took."""

    @classmethod
    def at(cls, port: int, sink: Sink, app: App) -> Browser:
        """One that connects when it asks for something."""
        return cls(_Line(port), sink, app)

    def another(self) -> Browser:
        """Somebody else's on the same connection; the two take turns."""
        return Browser(self._line, self._sink, self._app)

    def close(self) -> None:
        if self._line.transport is not None:
            self._line.transport.close()

    async def sign_in(self, email: str) -> dict[str, Any]:
        """From the application to its tokens, by a code."""
        proof = await self.begin(email)
        await self.redeem(email, proof)
        await self.call("POST", "/identification", {"verificationId": proof}, status=204)
        done = await self.call("POST", "/submit")
        return await self._exchange(await self._go_on(done.json()["redirectTo"]))

    async def arrive(self) -> None:
        """The application sends somebody who is new here."""
        self._cookies = {}
        asked = {
            "client_id": self._app.id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid offline_access profile",
            "prompt": "consent",
            "code_challenge": _CHALLENGE,
            "code_challenge_method": "S256",
        }
        await self._ask("GET", f"/oidc/auth?{urlencode(asked)}", status=303)
        await self.call("PUT", "", {"interactionEvent": "SignIn"}, status=204)

    async def begin(self, email: str) -> str:
        """Arrive and have a code sent; the proof that waits for it."""
        await self.arrive()
        body = {"identifier": _named(email), "interactionEvent": "SignIn"}
        sent = await self._ask("POST", _CODE, body)
        return str(sent.json()["verificationId"])

    async def redeem(self, email: str, proof: str) -> None:
        """Type the code."""
        code = self._sink.codes[email]
        body = {"identifier": _named(email), "verificationId": proof, "code": code}
        await self._ask("POST", f"{_CODE}/verify", body)

    async def password(self, email: str, password: str) -> None:
        """Type the password."""
        body = {"identifier": _named(email), "password": password}
        await self.call("POST", "/verification/password", body)

    async def refresh(self, token: str) -> dict[str, Any]:
        """The application exchanges a refresh token."""
        return await self._token({"grant_type": "refresh_token", "refresh_token": token})

    async def call(
        self, method: str, path: str, body: object = None, *, status: int = 200
    ) -> Answer:
        """Call the Experience API."""
        return await self._ask(method, f"{_EXPERIENCE}{path}", body, status=status)

    async def _go_on(self, where: str) -> str:
        """Follow redirects until the application is told its code."""
        for _ in range(_PAGES_AT_MOST):
            parts = urlsplit(where)
            if where.startswith(BACK):
                return parse_qs(parts.query)["code"][0]
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            answer = await self._ask("GET", target, status=None)
            where = (answer.header(b"location") or where.encode()).decode()
        raise RuntimeError("it goes round in circles")

    async def _exchange(self, code: str) -> dict[str, Any]:
        return await self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": BACK,
                "code_verifier": _VERIFIER,
            }
        )

    async def _token(self, form: Mapping[str, str]) -> dict[str, Any]:
        whole = {"client_id": self._app.id, "client_secret": self._app.secret, **form}
        content = urlencode(whole).encode()
        head = "POST /oidc/token HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        answer = await self._send(f"{head}{kind}", content, 200)
        return cast("dict[str, Any]", answer.json())

    async def _ask(
        self, method: str, path: str, body: object = None, *, status: int | None = 200
    ) -> Answer:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if self._cookies:
            head += (
                f"Cookie: {'; '.join(f'{key}={kept}' for key, kept in self._cookies.items())}\r\n"
            )
        if body is None:
            return await self._send(head, b"", status)
        return await self._send(
            f"{head}Content-Type: application/json\r\n", json.dumps(body).encode(), status
        )

    async def _send(self, head: str, content: bytes, status: int | None) -> Answer:
        begin = time.perf_counter()
        request = f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
        answer = await self._line.ask(request)
        self.took = time.perf_counter() - begin
        self.requests += 1
        if answer.status != status and (status or answer.status >= 400):
            raise RuntimeError(f"{head.splitlines()[0]}: {answer.status} {answer.body[:300]!r}")
        for line in answer.head.split(b"\r\nset-cookie: ")[1:]:
            self._keep(line.partition(b"\r\n")[0].decode())
        return answer

    def _keep(self, header: str) -> None:
        pair, _, attributes = header.partition("; ")
        name, value = pair.split("=", 1)
        if "Max-Age=0" in attributes:
            self._cookies.pop(name, None)
        else:
            self._cookies[name] = value


def _named(email: str) -> dict[str, str]:
    return {"type": "email", "value": email}
