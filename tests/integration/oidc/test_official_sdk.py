"""Clients that others wrote sign somebody in, unchanged, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import jwt as pyjwt
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from logto import UserInfoScope

import sign_in_parts
from carteiro.settings import Settings
from sdk_parts import API, SOON_OVER, Deployment, deployed, grant_ann, serving, signed_in
from sign_in_parts import SECRET


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """Where a server listens that is not in the tests' own loop."""
    with serving(settings) as where:
        yield where


@pytest.fixture
async def deployment(address: str, settings: Settings) -> AsyncIterator[Deployment]:
    async with deployed(address, settings) as made:
        await made.world.database.write(grant_ann)
        yield made


async def test_the_official_sdk_signs_somebody_in(deployment: Deployment) -> None:
    client = await signed_in(deployment)

    claims = client.getIdTokenClaims()
    assert (claims.sub, claims.iss) == ("ann", f"{deployment.address}/oidc")
    told = await client.fetchUserInfo()
    assert (told.sub, told.name, told.username) == ("ann", "Ann", "ann")


async def test_the_official_sdk_gets_tokens_for_a_resource_and_an_organization(
    deployment: Deployment,
) -> None:
    client = await signed_in(
        deployment,
        resources=[API],
        scopes=["read", "write", "invite", UserInfoScope.organizations],
    )
    first = client.getRefreshToken()

    for_api = await client.getAccessTokenClaims(API)
    inside = await client.getOrganizationTokenClaims("org")
    assert (for_api.aud, for_api.scope, for_api.sub) == (API, "read", "ann")
    assert (inside.aud, inside.sub) == ("urn:logto:organization:org", "ann")
    assert inside.scope == "invite"
    assert client.getIdTokenClaims().organizations == ["org"]
    assert client.getRefreshToken() == first, "a client with a secret keeps a young one"


async def test_the_official_sdk_renews_what_is_over(deployment: Deployment) -> None:
    client = await signed_in(deployment, resources=[API, SOON_OVER], scopes=["read"])

    kept = [await client.getAccessToken(API) for _ in range(2)]
    renewed = [await client.getAccessToken(SOON_OVER) for _ in range(2)]

    assert len(set(kept)) == 1
    assert len(set(renewed)) == 2
    assert None not in renewed
    assert (await client.fetchUserInfo()).sub == "ann"


async def test_the_official_sdk_signs_somebody_out(deployment: Deployment) -> None:
    browser = deployment.browser()
    client = await signed_in(deployment, browser)
    leaving = await client.signOut(postLogoutRedirectUri="http://localhost:3000")

    page = await browser.get(leaving)
    assert (page.status_code, client.isAuthenticated()) == (200, False)
    done = await browser.sign_out(page)

    assert done.headers["location"] == "http://localhost:3000"
    again = await browser.get(await client.signIn(redirectUri="http://localhost:3000/callback"))
    assert again.headers["location"].startswith("/sign-in?"), "nobody is signed in any more"


async def test_authlib_signs_somebody_in_and_verifies_the_token(deployment: Deployment) -> None:
    await sign_in_parts.make_client(deployment.world, redirect_uris=("https://app.test/back",))
    base = f"{deployment.address}/oidc"
    async with AsyncOAuth2Client(
        "app",
        SECRET,
        scope="openid email",
        redirect_uri="https://app.test/back",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    ) as client:
        verifier = "a" * 64
        where, state = client.create_authorization_url(
            f"{base}/auth", code_verifier=verifier, nonce="n", prompt="consent"
        )
        browser = deployment.browser()
        answered = await browser.go_on(await browser.get(where))
        token = await client.fetch_token(
            f"{base}/token",
            authorization_response=answered.headers["location"],
            code_verifier=verifier,
            state=state,
        )
        told = (await client.get(f"{base}/me")).json()
    keys = KeySet.import_key_set((await browser.get("/oidc/jwks")).json())
    read = joserfc_jwt.decode(token["id_token"], keys, algorithms=["ES384"])
    claims = CodeIDToken(
        read.claims,
        read.header,
        {"iss": {"value": base}, "aud": {"value": "app"}},
        {"nonce": "n", "client_id": "app"},
    )
    claims.validate()
    assert told == {"sub": "ann", "email": "ann@example.com", "email_verified": True}
    assert claims["email"] == "ann@example.com"


async def test_every_token_is_verified_by_others(deployment: Deployment) -> None:
    client = await signed_in(deployment, resources=[API], scopes=["read"])
    keys = httpx.get(f"{deployment.address}/oidc/jwks").json()
    signed = {"app": client.getIdToken(), API: await client.getAccessToken(API)}

    for audience, token in signed.items():
        assert token is not None
        key = pyjwt.PyJWKSet.from_dict(keys)[pyjwt.get_unverified_header(token)["kid"]]
        read = pyjwt.decode(token, key, algorithms=["ES384"], audience=audience)
        again = joserfc_jwt.decode(token, KeySet.import_key_set(keys), algorithms=["ES384"])
        assert (read["sub"], read["aud"]) == ("ann", audience)
        assert again.claims == read
