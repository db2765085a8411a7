"""A relying party of idpyoidc, with its own checks on, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptojwt import KeyJar
from idpyoidc.client.rp_handler import RPHandler

import sign_in_parts
from carteiro.app import create_app
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from mailed_parts import Person, mailing
from serving_parts import serving_beside
from sign_in_parts import SECRET

BACK = "https://app.test/callback"


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """Where a server listens that is not in the tests' own loop."""
    with serving_beside(
        lambda address: create_app(settings.model_copy(update={"public_url": address}))
    ) as where:
        yield where


def relying_party(issuer: str) -> RPHandler:
    # It does not read a document without RS256 by itself, which the reference's has not either.
    document = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
    return RPHandler(
        "https://app.test",
        client_configs={
            "carteiro": {
                "issuer": issuer,
                "provider_info": document,
                "client_id": "app",
                "client_secret": SECRET,
                "client_type": "oidc",
                "redirect_uris": [BACK],
                "response_types_supported": ["code"],
                "scopes_supported": ["openid", "profile", "email"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "id_token_signed_response_alg": "ES384",
                "add_ons": {
                    "pkce": {
                        "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                        "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                    }
                },
            }
        },
        httpc_params={"timeout": 20},
        # Without one it makes keys of its own and writes them where the tests are run.
        keyjar=KeyJar(),
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_idpyoidc_finds_the_provider_and_signs_somebody_in(
    address: str, settings: Settings
) -> None:
    async with (
        open_world(settings.model_copy(update={"public_url": address})) as world,
        mailing(world) as sink,
        httpx.AsyncClient(base_url=address, timeout=30) as http,
    ):
        await sign_in_parts.make_person(world, avatar="https://a.test/ann.png")
        await sign_in_parts.make_client(world, redirect_uris=(BACK,))
        browser = Person(world, http, origin=address, sink=sink)
        # Only now, for what the server reads for the document it keeps for half a second.
        handler = await asyncio.to_thread(relying_party, f"{address}/oidc")
        where = await asyncio.to_thread(handler.begin, "carteiro")
        answered = await browser.go_on(await browser.get(where))
        told: dict[str, Any] = dict(parse_qsl(urlsplit(answered.headers["location"]).query))
        client = handler.get_client_from_session_key(told["state"])
        done = await asyncio.to_thread(handler.finalize, client.get_context().issuer, told)

    assert "error" not in done, done
    assert done["userinfo"]["sub"] == "ann"
    assert done["userinfo"]["email"] == "ann@example.com"
    assert done["id_token"]["iss"] == f"{address}/oidc"
    assert done["id_token"]["nonce"]
