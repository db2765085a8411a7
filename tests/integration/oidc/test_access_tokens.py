"""What a verifier that has never seen a token before makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from carteiro.errors import Forbidden, SubjectMissing, Unauthorized
from carteiro.flows.world import World
from carteiro.model.management import management_audience
from carteiro.oidc.keys import ALGORITHM
from carteiro.oidc.tokens import AccessTokens

ISSUER = "http://carteiro.test/oidc"
T = "default"


async def signed(world: World, **change: Any) -> str:
    """A token with our key, right but for the change; ``None`` leaves a claim out."""
    now = world.clock.now() // 1000
    claims = {
        "sub": "app",
        "client_id": "app",
        "iat": now,
        "exp": now + 60,
        "iss": ISSUER,
        "aud": management_audience(T),
        "scope": "all",
    }
    given = {name: value for name, value in {**claims, **change}.items() if value is not None}
    key = (await world.signing_keys.of(T)).signing
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, given, key, algorithms=[ALGORITHM])


def verifier(world: World) -> AccessTokens:
    """One that has no tokens in its memory."""
    return AccessTokens(world.signing_keys, world.clock)


async def test_a_right_token_is_accepted(world: World) -> None:
    access = await verifier(world).verify(await signed(world), tenant_id=T, issuer=ISSUER)

    assert (access.subject, access.is_app, access.scopes) == ("app", True, frozenset({"all"}))


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"exp": 1}, Unauthorized),
        ({"exp": None}, Unauthorized),
        ({"exp": "soon"}, Unauthorized),
        ({"nbf": 4_000_000_000}, Unauthorized),
        ({"nbf": "now"}, Unauthorized),
        ({"iss": "http://else.test/oidc"}, Unauthorized),
        ({"iss": None}, Unauthorized),
        ({"aud": "https://else.test/api"}, Unauthorized),
        ({"aud": management_audience("acme")}, Unauthorized),
        ({"aud": None}, Unauthorized),
        ({"sub": None}, SubjectMissing),
        ({"sub": ""}, SubjectMissing),
        ({"scope": "some"}, Forbidden),
        ({"scope": None}, Forbidden),
        ({"scope": ["all"]}, Forbidden),
    ],
    ids=str,
)
async def test_each_claim_is_checked_at_the_first_sight_of_a_token(
    world: World, change: dict[str, Any], refused: type[Exception]
) -> None:
    token = await signed(world, **change)

    with pytest.raises(refused):
        await verifier(world).verify(token, tenant_id=T, issuer=ISSUER)


async def test_what_is_no_name_names_no_application(world: World) -> None:
    token = await signed(world, client_id=["app"])

    access = await verifier(world).verify(token, tenant_id=T, issuer=ISSUER)

    assert (access.client_id, access.is_app) == (None, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"iss": "x"}, "The access token is for another issuer or audience."),
        ({"exp": "soon"}, "The access token has no valid times."),
        ({"exp": 1}, "The access token has expired or is not valid yet."),
    ],
    ids=str,
)
async def test_a_refusal_says_what_is_wrong(
    world: World, change: dict[str, Any], said: str
) -> None:
    token = await signed(world, **change)

    with pytest.raises(Unauthorized) as refused:
        await verifier(world).verify(token, tenant_id=T, issuer=ISSUER)
    assert refused.value.message == said


async def test_a_token_dies_in_the_second_of_its_expiry(world: World) -> None:
    now = world.clock.now() // 1000

    with pytest.raises(Unauthorized):
        await verifier(world).verify(await signed(world, exp=now), tenant_id=T, issuer=ISSUER)


async def test_somebody_elses_key_and_no_key_at_all_are_refused(world: World) -> None:
    claims = {"sub": "app", "iss": ISSUER, "aud": management_audience(T), "exp": 4_000_000_000}
    ours = (await world.signing_keys.of(T)).signing
    foreign = ECKey.generate_key("P-384", {"kid": ours.kid})
    tokens = [
        jwt.encode({"alg": ALGORITHM, "kid": ours.kid}, claims, foreign, algorithms=[ALGORITHM]),
        # {"alg":"none"}, as RFC 7519 §6.1 writes it.
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhcHAiLCJzY29wZSI6ImFsbCJ9.",
        "a.b.c",
        "",
    ]

    for token in tokens:
        with pytest.raises(Unauthorized):
            await verifier(world).verify(token, tenant_id=T, issuer=ISSUER)


async def test_what_is_remembered_for_one_issuer_is_not_good_for_another(world: World) -> None:
    tokens, token = verifier(world), await signed(world)
    await tokens.verify(token, tenant_id=T, issuer=ISSUER)

    with pytest.raises(Unauthorized):
        await tokens.verify(token, tenant_id=T, issuer="http://else.test/oidc")
