"""Tokens as they are signed, the keys they are signed with, and what is remembered of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from carteiro.clock import Clock
from carteiro.errors import Forbidden, Unauthorized, UnknownTenant
from carteiro.flows.world import World
from carteiro.model.management import management_audience
from carteiro.oidc.keys import ALGORITHM, SigningKeys
from carteiro.oidc.tokens import AccessTokens
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import signing_keys
from carteiro.testing.clock import FrozenClock

ISSUER = "http://carteiro.test/oidc"
T = "default"


@dataclass(frozen=True, slots=True)
class Desk:
    """One verifier with a clock of its own."""

    tokens: AccessTokens
    clock: FrozenClock

    async def issue(self, lifetime: int | None = None, scope: str | None = "all") -> str:
        given = {} if lifetime is None else {"lifetime": lifetime}
        return await self.tokens.issue(
            tenant_id=T,
            issuer=ISSUER,
            client_id="app",
            audience=management_audience(T),
            scope=scope,
            **given,
        )


@pytest.fixture
def desk(world: World) -> Desk:
    clock = FrozenClock()
    return Desk(AccessTokens(world.signing_keys, clock), clock)


def keys_of(world: World, clock: Clock | None = None) -> SigningKeys:
    """As a process reads them that has just started."""
    return SigningKeys(world.database, world.keyring, clock or world.clock)


async def test_a_token_has_the_claims_and_the_header_of_rfc_9068(world: World, desk: Desk) -> None:
    now = desk.clock.now() // 1000
    desk.clock.advance(0, milliseconds=999)

    tokens = [jws.extract_compact((await desk.issue()).encode()) for _ in range(2)]
    short = jws.extract_compact((await desk.issue(lifetime=60, scope=None)).encode())

    claims = json.loads(tokens[0].payload)
    kid = (await world.signing_keys.of(T)).signing.kid
    assert tokens[0].headers() == {"alg": "ES384", "typ": "at+jwt", "kid": kid}
    assert {name: claims[name] for name in claims if name != "jti"} == {
        "sub": "app",
        "client_id": "app",
        "iat": now,
        "exp": now + 3600,
        "iss": ISSUER,
        "aud": management_audience(T),
        "scope": "all",
    }
    assert isinstance(claims["iat"], int), "whole seconds"
    assert len(claims["jti"]) == 21
    assert json.loads(tokens[1].payload)["jti"] != claims["jti"]
    assert json.loads(short.payload)["exp"] == now + 60
    assert "scope" not in json.loads(short.payload)


async def test_a_token_may_be_for_a_person_and_an_organization(desk: Desk) -> None:
    token = await desk.tokens.issue(
        tenant_id=T,
        issuer=ISSUER,
        client_id="app",
        audience="https://api.test",
        scope="",
        subject="ann",
        organization_id="o1",
    )

    claims = json.loads(jws.extract_compact(token.encode()).payload)
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (
        "ann",
        "app",
        "https://api.test",
    )
    assert (claims["scope"], claims["organization_id"]) == ("", "o1")


async def test_a_remembered_token_dies_at_its_time_and_stays_dead(desk: Desk) -> None:
    token = await desk.issue(lifetime=60)
    access = await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER)
    desk.clock.advance(59, milliseconds=999)
    again = await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER)
    desk.clock.advance(0, milliseconds=1)

    said = []
    for _ in range(2):
        with pytest.raises(Unauthorized) as refused:
            await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER)
        said.append(refused.value.message)
    assert said == [
        "The access token has expired.",
        "The access token has expired or is not valid yet.",
    ]
    assert again is access
    assert access.expires_at == desk.clock.now()
    assert (access.subject, access.client_id, access.manages) == ("app", "app", True)


async def test_a_token_serves_for_the_scopes_it_names(desk: Desk) -> None:
    token = await desk.issue(scope="users:read hooks:read")

    access = await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER, needs="hooks:read")

    assert access.scopes == {"users:read", "hooks:read"}
    for needs in ("users:write", None):
        with pytest.raises(Forbidden):
            await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER, needs=needs)


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({"aud": ["https://else.test", management_audience(T)]}, True),
        ({"aud": ["https://else.test"]}, False),
        ({"aud": []}, False),
        ({"nbf": 0}, True),
        ({"nbf": 1}, False),
        ({"exp": 0.5}, True),
        ({"exp": 0}, False),
    ],
    ids=str,
)
async def test_times_and_audiences_are_read_as_rfc_7519_writes_them(
    world: World, desk: Desk, change: dict[str, object], accepted: bool
) -> None:
    now = desk.clock.now() // 1000
    key = (await world.signing_keys.of(T)).signing
    claims = {"sub": "app", "iss": ISSUER, "aud": management_audience(T), "scope": "all"}
    times = {name: now + value for name, value in change.items() if isinstance(value, int | float)}
    given = {**claims, "exp": now + 60, **change, **times}
    token = jwt.encode({"alg": ALGORITHM, "kid": key.kid}, given, key, algorithms=[ALGORITHM])

    try:
        access = await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER)
    except Unauthorized:
        assert not accepted
        return

    assert accepted
    assert (access.client_id, access.is_app) == (None, False)
    assert access.expires_at == int(given["exp"] * 1000)


async def test_keys_are_made_once_for_all_processes_and_published_by_halves(world: World) -> None:
    keys = await keys_of(world).of(T)
    same = await keys_of(world).of(T)

    [published] = same.jwks()["keys"]
    private = keys.signing.as_dict(private=True)
    assert same.signing.as_dict(private=True) == private
    assert set(published) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (published["kty"], published["crv"]) == ("EC", "P-384")
    assert (published["use"], published["alg"]) == ("sig", "ES384")
    # RFC 7638: the key's id is its thumbprint.
    assert published["kid"] == ECKey.import_key({**private, "kid": "x"}).thumbprint()


async def test_a_newer_key_signs_once_the_keys_are_read_again_and_both_verify(
    world: World,
) -> None:
    clock = FrozenClock()
    keys = keys_of(world)
    first = await keys.of(T)
    fresh = ECKey.generate_key("P-384", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    private = json.dumps(fresh.as_dict(private=True)).encode()

    async def work(tx: Transaction) -> None:
        await signing_keys.create(
            tx,
            tenant_id=T,
            id=fresh.kid or "",
            algorithm=ALGORITHM,
            private_sealed=world.keyring.seal(private, f"signing_keys/{T}"),
            created_at=max(clock.now(), world.clock.now()) + 1,
        )

    await world.database.write(work)
    remembered = await keys.of(T)
    keys.forget()
    second = await keys.of(T)

    assert remembered is first
    assert second.signing.kid == fresh.kid
    assert [key.kid for key in second.verifying.keys] == [fresh.kid, first.signing.kid]


async def test_a_new_key_is_on_record_with_its_time(world: World) -> None:
    clock = FrozenClock()
    clock.advance(5)
    await keys_of(world, clock).of(T)

    async def work(tx: Transaction) -> list[signing_keys.SigningKeyRow]:
        return await signing_keys.list_newest_first(tx, T)

    [row] = await world.database.read(work)
    assert (row.id, row.algorithm) == ((await world.signing_keys.of(T)).signing.kid, "ES384")
    assert row.created_at == clock.now()
    opened = json.loads(world.keyring.open(row.private_sealed, f"signing_keys/{T}"))
    assert opened["kid"] == row.id


async def test_nobody_has_keys_without_a_tenant(world: World) -> None:
    with pytest.raises(UnknownTenant):
        await keys_of(world).of("nobody")
