"""What the token endpoint says, and what `/oidc` says where there is nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from joserfc import jws

from carteiro.flows.administer.access.applications import Credentials, create_application
from carteiro.testing.clock import FrozenClock
from wire_parts import made, made_id

TOKEN = "/oidc/token"
NO_CLIENT = "no client authentication mechanism provided"
ONLY_FORMS = (
    "only application/x-www-form-urlencoded content-type bodies are supported on POST /token"
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def form(credentials: Credentials, **changes: Any) -> dict[str, Any]:
    given = {
        "grant_type": "client_credentials",
        "resource": credentials.resource,
        "scope": "all",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


async def ask(
    client: httpx.AsyncClient, credentials: Credentials, **changes: Any
) -> httpx.Response:
    auth = (credentials.id, credentials.secret)
    return await client.post(TOKEN, data=form(credentials, **changes), auth=auth)


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert set(body) == {"code", "message", "error", "error_description"}
    assert body["code"] == f"oidc.{body['error']}"
    return answer.status_code, body["error"], body["error_description"]


@pytest.mark.parametrize(
    ("method", "path", "below"),
    [
        ("GET", "/oidc/nonexistent", "/nonexistent"),
        ("POST", "/oidc/a/b?c=d", "/a/b"),
        ("GET", "/oidc/token", "/token"),
        ("DELETE", "/oidc/jwks", "/jwks"),
        ("GET", "/oidc/", "/"),
        ("GET", "/oidc", "/"),
    ],
)
async def test_an_unknown_route_of_the_provider_is_named(
    anonymous: httpx.AsyncClient, method: str, path: str, below: str
) -> None:
    answer = await anonymous.request(method, path)

    assert (answer.status_code, answer.json()) == (
        404,
        {
            "code": "oidc.invalid_request",
            "message": "Request is invalid.",
            "error": "invalid_request",
            "error_description": f"unrecognized route or not allowed method ({method} on {below})",
        },
    )


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"grant_type": None}, (400, "invalid_request", "missing required parameter 'grant_type'")),
        (
            {"grant_type": "password"},
            (400, "unsupported_grant_type", "unsupported grant_type requested"),
        ),
        (
            {"resource": None},
            (
                400,
                "invalid_target",
                "both `resource` and `organization_id` are not provided",
            ),
        ),
        (
            {"resource": "https://else.example"},
            (400, "invalid_target", "resource indicator is missing, or unknown"),
        ),
        (
            {"organization_id": "nobody"},
            (403, "access_denied", "app has not associated with the organization"),
        ),
        (
            {"organization_id": "nobody", "resource": None},
            (403, "access_denied", "app has not associated with the organization"),
        ),
        ({"client_id": "another"}, (400, "invalid_request", "client_id mismatch")),
    ],
)
async def test_a_request_is_refused_in_the_words_that_clients_look_for(
    anonymous: httpx.AsyncClient,
    credentials: Credentials,
    changes: dict[str, Any],
    refused: tuple[int, str, str],
) -> None:
    assert refusal(await ask(anonymous, credentials, **changes)) == refused


async def test_two_resources_are_refused(
    anonymous: httpx.AsyncClient, credentials: Credentials
) -> None:
    answer = await ask(anonymous, credentials, resource=["https://a.example", "https://b.example"])
    twice = await ask(anonymous, credentials, scope=["a", "b"])

    assert refusal(answer)[:2] == (400, "invalid_target")
    assert refusal(twice)[:2] == (400, "invalid_request")


@pytest.mark.parametrize("scope", [None, "", "nothing of the kind"])
async def test_a_token_without_scopes_says_nothing_of_them(
    anonymous: httpx.AsyncClient, credentials: Credentials, scope: str | None
) -> None:
    answer = await ask(anonymous, credentials, scope=scope)

    body = answer.json()
    claims = json.loads(jws.extract_compact(body["access_token"].encode()).payload)
    assert set(body) == {"access_token", "expires_in", "token_type"}
    assert "scope" not in claims
    assert (claims["sub"], claims["aud"]) == (credentials.id, credentials.resource)


async def test_a_token_names_the_scopes_that_were_granted(
    anonymous: httpx.AsyncClient, credentials: Credentials
) -> None:
    assert (await ask(anonymous, credentials, scope="all more")).json()["scope"] == "all"


@pytest.mark.parametrize(
    ("content", "content_type", "description"),
    [
        (b"grant_type=client_credentials", "application/json1", ONLY_FORMS),
        (b"grant_type=client_credentials", "text/plain", ONLY_FORMS),
        (b"grant_type=client_credentials", "multipart/form-data; boundary=x", ONLY_FORMS),
        (b"grant_type=client_credentials", "", ONLY_FORMS),
        (b"", "application/json1", ONLY_FORMS),
        (b'{"client_id": ', "application/json", NO_CLIENT),
        (b"[]", "application/json; charset=utf-8", NO_CLIENT),
        (b'"client_id"', "application/json", NO_CLIENT),
        (b"\xff\xfe{", "application/json", "failed to parse the request body"),
        (b"", "application/json", NO_CLIENT),
        (b"", "", NO_CLIENT),
        (b"a=b", FORM["Content-Type"], NO_CLIENT),
        (b"a=%00", FORM["Content-Type"], "null bytes are not allowed in the request body"),
        (b"a=\x00", FORM["Content-Type"], "null bytes are not allowed in the request body"),
        (b'{"a": "\\u0000"}', "application/json", "null bytes are not allowed in the request body"),
        (b"a=b", f"{FORM['Content-Type']}; charset=klingon", "failed to parse the request body"),
        (b"a=%ff", FORM["Content-Type"], "failed to parse the request body"),
    ],
)
async def test_a_body_that_cannot_be_read_is_named(
    anonymous: httpx.AsyncClient, content: bytes, content_type: str, description: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    answer = await anonymous.post(TOKEN, content=content, headers=headers)

    assert refusal(answer) == (400, "invalid_request", description)


@pytest.mark.parametrize("charset", ["utf-8", "utf16le", "UTF-16LE", '"latin1"'])
async def test_the_charset_of_a_form_is_heeded(
    anonymous: httpx.AsyncClient, credentials: Credentials, charset: str
) -> None:
    given = form(credentials, client_id=credentials.id, client_secret=credentials.secret)
    text = str(httpx.QueryParams(given))
    encoding = "utf-16-le" if "16" in charset else "utf-8"

    answer = await anonymous.post(
        TOKEN,
        content=text.encode(encoding),
        headers={"Content-Type": f"application/x-www-form-urlencoded;charset={charset}"},
    )

    assert answer.status_code == 200, answer.text


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    "authorization",
    [
        basic("no colon")["Authorization"],
        basic("a\0b:secret")["Authorization"],
        basic("a%00b:secret")["Authorization"],
        "Basic %%%",
        "Basic",
        "Bearer abc",
        "Basic /w==",
    ],
)
async def test_a_malformed_header_is_named(
    anonymous: httpx.AsyncClient, credentials: Credentials, authorization: str
) -> None:
    answer = await anonymous.post(
        TOKEN, data=form(credentials), headers={"Authorization": authorization}
    )

    assert refusal(answer) == (
        400,
        "invalid_request",
        "invalid authorization header value format",
    )


async def test_a_client_says_who_it_is_in_one_way(
    anonymous: httpx.AsyncClient, credentials: Credentials
) -> None:
    auth = (credentials.id, credentials.secret)
    with_id = form(credentials, client_id=credentials.id)

    both = await anonymous.post(
        TOKEN, data={**with_id, "client_secret": credentials.secret}, auth=auth
    )
    same = await anonymous.post(TOKEN, data=with_id, auth=auth)

    assert refusal(both)[:2] == (400, "invalid_request")
    assert same.status_code == 200


async def test_a_wrong_secret_is_401_and_challenges_who_used_the_header(
    anonymous: httpx.AsyncClient, credentials: Credentials
) -> None:
    wrong = form(credentials, client_id=credentials.id, client_secret="wrong")

    in_header = await anonymous.post(TOKEN, data=form(credentials), auth=(credentials.id, "wrong"))
    in_body = await anonymous.post(TOKEN, data=wrong)
    none = await anonymous.post(TOKEN, data=form(credentials, client_id=credentials.id))

    failed = (401, "invalid_client", "client authentication failed")
    assert refusal(in_header) == refusal(in_body) == refusal(none) == failed
    assert in_header.headers["WWW-Authenticate"].startswith("Basic")
    assert "WWW-Authenticate" not in in_body.headers


async def test_an_unknown_client_is_401_by_header_and_400_by_body(
    anonymous: httpx.AsyncClient, credentials: Credentials
) -> None:
    in_header = await anonymous.post(TOKEN, data=form(credentials), auth=("nobody", "x"))
    in_body = await anonymous.post(
        TOKEN, data=form(credentials, client_id="nobody", client_secret="x")
    )

    assert refusal(in_header) == (401, "invalid_client", "invalid client nobody")
    assert refusal(in_body) == (400, "invalid_client", "invalid client nobody")
    assert in_header.headers["WWW-Authenticate"].startswith("Basic")


async def test_a_secret_whose_time_is_over_is_named(
    client: httpx.AsyncClient, app: Any, credentials: Credentials
) -> None:
    world = app.state.world
    other = await create_application(world, "default", name="Other", is_admin=False)
    now = world.clock.now()
    body = {"name": "short", "expiresAt": now + 60_000}
    short = await made(client, f"/applications/{other.id}/secrets", body)
    object.__setattr__(world, "clock", FrozenClock(now + 60_000))  # time passes

    expired = await client.post(TOKEN, data=form(credentials), auth=(other.id, short["value"]))
    other_one = await client.post(TOKEN, data=form(credentials), auth=(other.id, other.secret))

    assert refusal(expired) == (400, "invalid_request", "client secret has expired")
    assert other_one.status_code == 200


async def test_a_client_that_people_use_gets_no_token_of_its_own(
    client: httpx.AsyncClient, credentials: Credentials
) -> None:
    body = {"name": "A", "type": "Traditional"}
    id_ = await made_id(client, "/applications", body)
    secret = (await client.get(f"/api/applications/{id_}/secrets")).json()[0]["value"]

    answer = await client.post(TOKEN, data=form(credentials), auth=(id_, secret))

    assert refusal(answer)[:2] == (400, "unauthorized_client")
