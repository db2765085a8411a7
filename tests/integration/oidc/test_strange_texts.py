"""Texts that no column and no encoding can hold are refused, wherever a stranger may put them."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from sign_in_parts import SECRET, Browser, request

STRANGE = ("a\0b", "\ud800", "é" * 9000)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ENDPOINTS = ("token", "token/introspection", "token/revocation", "request")


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("place", ["header", "claims"])
async def test_a_strangers_assertion_breaks_nothing(someone: Browser, place: str) -> None:
    for strange in STRANGE:
        header = {"alg": "HS256", **({"kid": strange} if place == "header" else {})}
        claims = {"sub": strange if place == "claims" else "app", "jti": strange}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": f"{part(header)}.{part(claims)}.{'x' * 43}",
        }
        for path in ENDPOINTS:
            answer = await someone.http.post(f"/oidc/{path}", data=form)

            assert answer.status_code in {400, 401}, (strange[:4], path, answer.text)
            assert answer.json()["error"] in {"invalid_request", "invalid_client"}


@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token", "token"])
async def test_a_strangers_body_breaks_nothing(someone: Browser, name: str) -> None:
    for strange in STRANGE:
        given = {
            "grant_type": "refresh_token",
            "client_id": "app",
            "client_secret": SECRET,
            "refresh_token": "x",
            "token": "x",
            name: strange,
        }
        for path in (*ENDPOINTS, "session/end"):
            answer = await someone.http.post(
                f"/oidc/{path}",
                content=json.dumps(given),
                headers={"content-type": "application/json"},
            )

            assert answer.status_code < 500, (strange[:4], path, answer.text)


async def test_a_strangers_address_breaks_nothing(someone: Browser) -> None:
    names = "client_id", "state", "nonce", "login_hint", "resource", "request_uri", "id_token_hint"
    for name in names:
        for strange in ("%00", "a%00b", "https://a.test/%00", "%ed%a0%80"):
            query = f"{urlencode(request(**{name: None}))}&{name}={strange}"
            for path in ("auth", "session/end"):
                answer = await someone.get(f"/oidc/{path}?{query}")

                assert answer.status_code < 500, (name, strange, path, answer.text)
    for path in ("auth/%00", "auth/%ed%a0%80", "auth?%00=1", "%00"):
        assert (await someone.get(f"/oidc/{path}")).status_code in {400, 404}


async def test_a_strangers_header_breaks_nothing(someone: Browser) -> None:
    form = {"grant_type": "client_credentials"}
    for pair in ("a%00b:s", "%ed%a0%80:s", f"{'a' * 5000}:s", "\0:s", "app:\0"):
        header = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        answer = await someone.http.post("/oidc/token", data=form, headers=header)

        assert answer.status_code in {400, 401}, (pair, answer.text)
    for token in ("\xff", "a\xe9", "..", "a.b.c", f"{part([])}.{part({})}.x"):
        bearer = {"Authorization": f"Bearer {token}".encode("latin-1")}
        told = await someone.http.get("/oidc/me", headers=bearer)
        managed = await someone.http.get("/api/users", headers=bearer)

        assert (told.status_code, managed.status_code) == (401, 401)
