"""What holds for every route: tokens, headers, bodies, errors, 404 and 405."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import html
import json
import os
import re
import subprocess
from typing import Any

import httpx
import pytest

from carteiro.app import create_app
from carteiro.flows.administer.access.applications import Credentials, create_application
from serving_parts import listening


async def test_no_header_is_401(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/connectors")

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.authorization_header_missing")


async def test_another_scheme_is_401(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/connectors", headers={"Authorization": "Basic abc"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "auth.authorization_token_type_not_supported"
    assert answer.json()["data"] == {"supportedTypes": ["Bearer"]}


@pytest.mark.parametrize("path", ["/api/connectors", "/api/verification-codes"])
async def test_a_changed_token_is_401(client: httpx.AsyncClient, path: str) -> None:
    head, payload, signature = client.headers["Authorization"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["scope"] = "all more"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    method = "GET" if path.endswith("connectors") else "POST"

    answer = await client.request(
        method, path, headers={"Authorization": f"{head}.{forged}.{signature}"}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.unauthorized")


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "é"])
async def test_a_token_that_is_none_is_401(anonymous: httpx.AsyncClient, token: str) -> None:
    header = {b"authorization": f"Bearer {token}".encode()}

    answer = await anonymous.get("/api/connectors", headers=header)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.unauthorized")


async def test_a_token_without_the_scope_is_403(anonymous: httpx.AsyncClient, app: Any) -> None:
    weak = await create_application(app.state.world, "default", name="Weak", is_admin=False)
    answer = await anonymous.post("/oidc/token", data=_form(weak), auth=(weak.id, weak.secret))
    token = answer.json()["access_token"]

    denied = await anonymous.get("/api/connectors", headers={"Authorization": f"Bearer {token}"})

    assert "scope" not in answer.json()
    assert (denied.status_code, denied.json()["code"]) == (403, "auth.forbidden")


async def test_a_token_dies_after_its_hour(client: httpx.AsyncClient, app: Any) -> None:
    tokens = app.state.world.tokens
    assert (await client.get("/api/connectors")).status_code == 200
    real = tokens._clock

    class Later:
        def now(self) -> int:
            return real.now() + 3_601_000

    tokens._clock = Later()  # the server's own clock, an hour on

    assert (await client.get("/api/connectors")).json()["code"] == "auth.unauthorized"


def _form(credentials: Credentials) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "resource": credentials.resource,
        "scope": "all",
    }


async def test_the_token_verifies_with_the_published_keys(
    client: httpx.AsyncClient, credentials: Credentials
) -> None:
    from joserfc import jwt
    from joserfc.jwk import KeySet

    discovery = (await client.get("/oidc/.well-known/openid-configuration")).json()
    jwks = (await client.get("/oidc/jwks")).json()
    token = jwt.decode(
        client.headers["Authorization"][7:], KeySet.import_key_set(jwks), algorithms=["ES384"]
    )

    assert all("d" not in key for key in jwks["keys"])
    assert token.header["typ"] == "at+jwt"
    assert token.claims["iss"] == discovery["issuer"] == "http://carteiro.test/oidc"
    assert token.claims["aud"] == "https://default.logto.app/api"
    assert token.claims["sub"] == token.claims["client_id"] == credentials.id
    assert token.claims["scope"] == "all"
    assert token.claims["exp"] - token.claims["iat"] == 3600


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"resource": None}, 400, "invalid_target"),
        ({"resource": "https://else.test"}, 400, "invalid_target"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 400, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
    ],
)
async def test_the_token_endpoint_refuses_in_oauths_words(
    anonymous: httpx.AsyncClient,
    credentials: Credentials,
    change: dict[str, Any],
    status: int,
    error: str,
) -> None:
    given = {**_form(credentials), "client_id": credentials.id, "client_secret": credentials.secret}
    form = {name: value for name, value in {**given, **change}.items() if value is not None}

    answer = await anonymous.post("/oidc/token", data=form)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"


async def test_credentials_are_taken_from_the_body_and_from_json(
    anonymous: httpx.AsyncClient, credentials: Credentials
) -> None:
    body = {**_form(credentials), "client_id": credentials.id, "client_secret": credentials.secret}

    form = await anonymous.post("/oidc/token", data=body)
    as_json = await anonymous.post("/oidc/token", json=body)

    assert (form.status_code, as_json.status_code) == (200, 200)
    assert form.json()["token_type"] == "Bearer"
    assert form.json()["expires_in"] == 3600


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/status"),
        ("GET", "/api/nope"),
        ("GET", "/api/connectors"),
        ("POST", "/api/status"),
    ],
)
async def test_every_answer_has_a_request_id(
    anonymous: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await anonymous.request(method, path)

    assert len(answer.headers["Logto-Core-Request-Id"]) == 16


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/status", 204),
        ("GET", "/api/nope", 404),
        ("GET", "/api/connectors", 401),
        ("GET", "/api/.well-known/sign-in-exp", 200),
        ("PUT", "/api/experience", 400),
        ("POST", "/api/verification-codes", 401),
        ("GET", "/oidc/.well-known/openid-configuration", 200),
        ("GET", "/oidc/nope", 404),
        ("POST", "/oidc/token", 400),
    ],
)
async def test_no_answer_may_be_framed_or_misread(
    anonymous: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await anonymous.request(method, path, json={})

    assert answer.status_code == status
    guards = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-resource-policy": "same-origin",
        "strict-transport-security": "max-age=15552000; includeSubDomains",
    }
    assert {name: answer.headers.get_list(name) for name in guards} == {
        name: [value] for name, value in guards.items()
    }


async def test_status_is_empty(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/status")

    assert (answer.status_code, answer.content) == (204, b"")


async def test_get_answers_have_an_etag(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/sign-in-exp")
    tag = first.headers["ETag"]

    again = await client.get("/api/sign-in-exp", headers={"If-None-Match": f'W/{tag}, "x"'})
    other = await client.get("/api/sign-in-exp", headers={"If-None-Match": '"x"'})

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert other.status_code == 200


async def test_an_unknown_path_beside_the_api_is_plain_404(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/nope")

    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/connectors", {"GET", "POST", "OPTIONS"}),
        ("PUT", "/api/connectors/x", {"GET", "PATCH", "DELETE", "OPTIONS"}),
        ("GET", "/api/verification-codes", {"POST", "OPTIONS"}),
        ("POST", "/api/status", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_a_known_path_with_another_verb_is_405(
    anonymous: httpx.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = await anonymous.request(method, path)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed


async def test_a_verb_that_nobody_knows_is_501(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.request("BREW", "/api/status")).status_code == 501


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'"text"',
        b"1",
        b"null",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a": "\\ud800"}',
        b'{"a": "\\u0000"}',
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("path", ["/api/verification-codes", "/api/connectors"])
async def test_a_body_that_is_no_json_object_is_400_with_a_message_only(
    client: httpx.AsyncClient, path: str, body: bytes
) -> None:
    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert set(answer.json()) == {"message"}


@pytest.mark.parametrize("path", ["/api/verification-codes", "/api/connectors", "/oidc/token"])
async def test_a_huge_body_is_413(client: httpx.AsyncClient, path: str) -> None:
    body = b'{"a":"' + b"x" * 1_100_000 + b'"}'

    async def pieces() -> Any:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    announced = await client.post(path, content=body)
    streamed = await client.post(path, content=pieces())

    assert (announced.status_code, streamed.status_code) == (413, 413)


async def test_an_absent_body_is_an_empty_object(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/connectors")

    assert answer.json()["code"] == "guard.invalid_input"
    assert answer.json()["data"]["issues"][0]["path"] == ["connectorId"]


@pytest.mark.parametrize("path", ["/api/connectors/%00", "/api/email-templates?languageTag=%00"])
async def test_a_nul_in_the_address_is_400(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 400


async def test_the_token_is_checked_before_the_body(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post("/api/connectors", content=b"{")

    assert answer.status_code == 401


async def test_a_defect_is_a_500_that_tells_nothing(client: httpx.AsyncClient, app: Any) -> None:
    class Broken:
        def factories(self) -> list[Any]:
            raise RuntimeError("secret 123456")

    import dataclasses

    app.state.world = dataclasses.replace(app.state.world, registry=Broken())

    answer = await client.get("/api/connector-factories")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error."})


async def test_every_public_error_has_a_status() -> None:
    from carteiro import errors
    from carteiro.api.problems import STATUSES, status_of

    leaves = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CarteiroError)
    ]

    assert all(400 <= status_of(kind.__new__(kind)) < 600 for kind in leaves)
    assert all(issubclass(kind, errors.CarteiroError) for kind in STATUSES)
    codes = {kind.code for kind in leaves}
    assert {"connector.invalid_config", "request.message_rate_limited"} <= codes


async def test_the_openapi_document_names_every_route(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/swagger.json")).json()

    assert document["openapi"].startswith("3.")
    assert "post" in document["paths"]["/api/verification-codes"]
    assert "get" in document["paths"]["/api/status"]
    assert document["paths"]["/api/connectors"]["post"]["security"] == [{"ManagementToken": []}]
    assert "security" not in document["paths"]["/api/status"]["get"]
    page = await client.get("/api/docs")
    assert not re.search(r"(src|href)=.https?:", page.text)
    assert (await client.get("/api/docs/static/swagger-ui.css")).status_code == 200


async def token_by(page: str, port: int, made: Credentials) -> str:
    """What the page's command prints, run as somebody would who has copied it."""
    command = html.unescape(page.split('<pre id="token">')[1].split("</pre>", maxsplit=1)[0])
    process = await asyncio.create_subprocess_shell(
        command.replace("http://carteiro.test", f"http://127.0.0.1:{port}"),
        stdout=subprocess.PIPE,
        env={**os.environ, "ID": made.id, "SECRET": made.secret},
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    return printed.decode().strip()


async def test_the_documentation_says_where_a_token_comes_from(
    client: httpx.AsyncClient, app: Any, credentials: Credentials
) -> None:
    page = (await client.get("/api/docs")).text
    assert "carteiro apps create" in page
    assert credentials.secret not in page

    async with listening(app) as port:
        token = await token_by(page, port, credentials)
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.get("/api/connectors", headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("host", "client", "shown"),
    [
        ("localhost:3001", "127.0.0.1", True),
        ("rebound.example.com:3001", "127.0.0.1", False),
        ("localhost:3001", "192.0.2.7", False),
    ],
)
async def test_in_development_the_command_is_ready_to_copy_for_who_sits_there(
    app: Any, host: str, client: str, shown: bool
) -> None:
    made = await create_application(app.state.world, "default", name="Development", is_admin=True)
    app.state.site = dataclasses.replace(app.state.site, public_url="http://localhost:3001")
    transport = httpx.ASGITransport(app=app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as asking:
        page = (await asking.get("/api/docs")).text

    assert (f"{made.id}:{made.secret}" in page) == shown


async def test_in_production_no_secret_is_shown(settings: Any) -> None:
    application = create_app(settings.model_copy(update={"mailbox": None}))
    async with application.router.lifespan_context(application):
        world = application.state.world
        made = await create_application(world, "default", name="Development", is_admin=True)
        application.state.site = dataclasses.replace(
            application.state.site, public_url="http://localhost:3001"
        )
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3001"
        ) as asking:
            page = (await asking.get("/api/docs")).text

    assert made.secret not in page
