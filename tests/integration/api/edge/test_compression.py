"""Answers are compressed where a client takes it, and never where a length could tell a secret."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from carteiro.api.compression import _SHOWS_SECRETS, takes_gzip
from carteiro.api.openapi import document
from carteiro.model.masking import is_secret_key
from sign_in_parts import make_client

DISCOVERY = "/oidc/.well-known/openid-configuration"
GZIP = {"Accept-Encoding": "gzip"}
SWITCHES = {"password", "passkey", "forgotPassword", "key", "targetKey"}
"""Settings that say what people may do with one, and names that only end like a key's."""
WHOLE = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("br;q=1.0, *;q=0.1", True),
        ("", False),
        ("identity", False),
        ("br, deflate", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
    ],
)
def test_a_client_says_whether_it_takes_gzip(accepted: str, taken: bool) -> None:
    assert takes_gzip(accepted) is taken


@pytest.mark.parametrize(
    "path", [DISCOVERY, "/api/sign-in-exp", "/api/roles", "/api/.well-known/phrases"]
)
async def test_what_is_compressed_says_the_same(client: httpx.AsyncClient, path: str) -> None:
    plain = await client.get(path, headers=WHOLE)
    small = await client.get(path, headers=GZIP)
    async with client.stream("GET", path, headers=GZIP) as raw:
        sent = b"".join([part async for part in raw.aiter_raw()])

    assert "content-encoding" not in plain.headers
    assert small.content == plain.content
    assert small.headers.get("etag") == plain.headers.get("etag")
    if len(plain.content) >= 500:
        assert small.headers["content-encoding"] == "gzip"
        assert gzip.decompress(sent) == plain.content
        assert small.headers["content-length"] == str(len(sent))
        assert "Accept-Encoding" in small.headers["vary"]


async def test_a_client_that_has_it_already_is_told_so(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/api/sign-in-exp", headers=GZIP)).headers["etag"]
    again = await client.get("/api/sign-in-exp", headers={**GZIP, "If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert "content-encoding" not in again.headers


async def test_what_is_asked_with_a_cookie_goes_out_as_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get(DISCOVERY, headers={**GZIP, "Cookie": "_session=x"})

    assert len(answer.content) >= 500
    assert "content-encoding" not in answer.headers


async def test_no_step_at_the_provider_is_compressed(app: Any, client: httpx.AsyncClient) -> None:
    await make_client(app.state.world)
    asked = {
        "client_id": "app",
        "redirect_uri": "https://app.test/callback",
        "response_type": "code",
        "response_mode": "form_post",
        "scope": "openid",
        "prompt": "none",
        "state": "s" * 2000,
    }
    form = await client.get("/oidc/auth", params=asked, headers=GZIP)
    left = await client.get("/oidc/session/end", headers=GZIP)

    assert "s" * 2000 in form.text
    assert "xsrf" in left.text
    for answer in (form, left):
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers


def shown(schema: Any, shapes: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of every text that an answer may say."""
    if isinstance(schema, list):
        for part in schema:
            yield from shown(part, shapes, seen)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            yield from shown(shapes[name], shapes, seen | {name})
        for key, part in schema.items():
            if key == "properties":
                yield from (name for name, what in part.items() if says_text(what))
            yield from shown([*part.values()] if key == "properties" else part, shapes, seen)


def says_text(schema: Any) -> bool:
    return schema.get("type") not in {"boolean", "integer", "number"}


async def test_no_answer_that_shows_a_secret_is_compressed(app: Any) -> None:
    described = document(app)
    shapes = described["components"]["schemas"]
    showing = {
        (path, name)
        for path, operations in described["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for name in shown(answer, shapes)
        if is_secret_key(name) and name not in SWITCHES
    }

    # A connector's config is of any shape: its secrets have no names there.
    showing |= {
        (path, "config")
        for path in described["paths"]
        if path.startswith("/api/delivery/") and "-connectors" in path
    }

    assert {("/api/hooks", "signingKey"), ("/api/delivery/reserved-connectors", "config")} < showing
    left = sorted(one for one in showing if not _SHOWS_SECRETS.match(one[0]))
    assert left == [], left
