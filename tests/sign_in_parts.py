"""A browser, an application and a person, for tests of signing in over HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from carteiro.flows.sign_in.provider.interactions import step, submit_login
from carteiro.flows.world import World
from carteiro.oidc.client_secrets import secret_context
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.interactions import Interaction
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import ApplicationRow, SecretRow

T = "default"
ORIGIN = "http://carteiro.test"
ISSUER = f"{ORIGIN}/oidc"
BACK = "https://app.test/callback"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
SECRET = "s3cret-of-the-test-application-00"


async def make_person(world: World, id: str = "ann", **changes: Any) -> UserRow:
    """Somebody who may sign in."""
    row = UserRow(
        tenant_id=T,
        id=id,
        **{
            "username": id,
            "primary_email": f"{id}@example.com",
            "name": id.title(),
            "created_at": 1000,
            "updated_at": 2000,
            **changes,
        },
    )
    await world.database.write(lambda tx: users.create(tx, row))
    return row


async def make_client(
    world: World,
    id: str = "app",
    *,
    type: str = "Traditional",
    redirect_uris: tuple[str, ...] = (BACK,),
    post_logout: tuple[str, ...] = ("https://app.test/bye",),
    metadata: Mapping[str, Any] | None = None,
    custom: Mapping[str, Any] | None = None,
    third_party: bool = False,
) -> str:
    """An application, with the secret ``SECRET`` unless it is public."""
    row = ApplicationRow(
        tenant_id=T,
        id=id,
        name=id,
        type=type,
        oidc_client_metadata=json.dumps(
            {
                "redirectUris": redirect_uris,
                "postLogoutRedirectUris": post_logout,
                **(metadata or {}),
            }
        ),
        custom_client_metadata=json.dumps(custom or {}),
        is_third_party=third_party,
        created_at=0,
    )
    secret = SecretRow(
        name="Default secret",
        value_sealed=world.keyring.seal(SECRET.encode(), secret_context(T, id)),
        created_at=0,
        expires_at=None,
    )

    async def work(tx: Transaction) -> None:
        await applications.create(tx, row)
        if type not in {"SPA", "Native"}:
            await applications.add_secret(tx, T, id, secret)

    await world.database.write(work)
    return id


@dataclass
class Browser:
    """A browser with cookies, in which one person signs in to applications."""

    world: World
    http: httpx.AsyncClient
    person: str = "ann"
    origin: str = ORIGIN
    steps: list[httpx.Response] = field(default_factory=list)

    async def get(self, address: str, **options: Any) -> httpx.Response:
        """Follow one link; redirects are not followed."""
        answer = await self.http.get(address, follow_redirects=False, **options)
        self.steps.append(answer)
        return answer

    def uid(self, app: str = "_legacy") -> str:
        """The interaction that the browser has for an application."""
        value = self.http.cookies.get("_interaction")
        assert value is not None
        found: str = json.loads(unquote(value))[app]
        return found

    async def ask(self, **changes: Any) -> httpx.Response:
        """Ask for authorization; ``None`` leaves a parameter out."""
        return await self.get("/oidc/auth", params=request(**changes))

    async def submit(self, uid: str | None = None, person: str | None = None) -> str:
        """Prove who one is, as the pages do in the end; where the browser goes on."""

        async def work(tx: Transaction, found: Interaction) -> str:
            return await submit_login(
                tx,
                found,
                origin=self.origin,
                account_id=person or self.person,
                record={"interactionEvent": "SignIn"},
                now=self.world.clock.now(),
            )

        return await step(self.world, T, uid or self.uid(), work)

    async def sign_out(self, page: httpx.Response) -> httpx.Response:
        """Send the form of a page that asks to be signed out, as its script does."""
        action = re.search(r'<form [^>]*action="([^"]+)"', page.text)
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert action is not None
        assert xsrf is not None
        form = {"xsrf": xsrf[1], "logout": "yes"}
        return await self.http.post(action[1], data=form, follow_redirects=False)

    async def code(self, **changes: Any) -> str:
        """Sign in and let the application in: its code."""
        answer = await self.ask(**changes)
        return query_of(await self.go_on(answer))["code"]

    async def go_on(self, answer: httpx.Response) -> httpx.Response:
        """Answer whatever is asked, until the browser is sent to the application."""
        for _ in range(8):
            if answer.status_code == 200:
                return answer
            where = answer.headers["location"]
            if where.startswith(("/consent", f"{self.origin}/oidc/auth")):
                answer = await self.get(where)
            elif where.startswith("/"):
                answer = await self.get(await self.submit())
            else:
                return answer
        raise AssertionError("it goes round in circles")

    async def tokens(self, **changes: Any) -> dict[str, Any]:
        """Sign in and exchange the code."""
        answer = await self.exchange(await self.code(**changes), **changes)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def exchange(self, code: str, **changes: Any) -> httpx.Response:
        """Exchange a code as the application does."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": changes.get("redirect_uri", BACK),
            "code_verifier": VERIFIER,
        }
        return await self.token(
            {**form, **changes.get("form", {})}, changes.get("client_id", "app")
        )

    async def refresh(self, token: str, client_id: str = "app", **form: Any) -> httpx.Response:
        """Exchange a refresh token as the application does."""
        return await self.token(
            {"grant_type": "refresh_token", "refresh_token": token, **form}, client_id
        )

    async def token(self, form: Mapping[str, Any], client_id: str = "app") -> httpx.Response:
        """Ask the token endpoint, with the client's secret in the form; ``None`` leaves out."""
        whole = {"client_id": client_id, "client_secret": SECRET, **form}
        given = {name: value for name, value in whole.items() if value is not None}
        return await self.http.post("/oidc/token", data=given)

    async def claims(self, token: str) -> dict[str, Any]:
        """What a signed token says, once it is verified with the published keys."""
        keys = KeySet.import_key_set((await self.http.get("/oidc/jwks")).json())
        return jwt.decode(token, keys, algorithms=["ES384"]).claims


def request(**changes: Any) -> dict[str, Any]:
    """An authorization request; ``None`` leaves a parameter out, ``form`` is not one."""
    changes.pop("form", None)
    given = {
        "client_id": "app",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid offline_access profile",
        "prompt": "consent",
        "state": "st4te",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def query_of(answer: httpx.Response) -> dict[str, str]:
    """What an application is told in its address."""
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return dict(parse_qsl(parts.query or parts.fragment, keep_blank_values=True))


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    """How a request is refused in JSON."""
    body = answer.json()
    return answer.status_code, body["error"], body["error_description"]


def browser(world: World, http: httpx.AsyncClient, person: str = "ann") -> Browser:
    """A browser without cookies on the same server."""
    transport = http._transport
    fresh = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    return Browser(world, fresh, person)


__all__ = [
    "BACK",
    "CHALLENGE",
    "ISSUER",
    "ORIGIN",
    "SECRET",
    "VERIFIER",
    "Browser",
    "T",
    "browser",
    "error_of",
    "make_client",
    "make_person",
    "query_of",
    "request",
]
