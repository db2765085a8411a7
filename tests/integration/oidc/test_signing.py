"""Tokens as they are signed, the keys they are signed with, and what is remembered of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from carteiro.clock import Clock
from carteiro.errors import Forbidden, KeyRefused, Unauthorized, UnknownTenant
from carteiro.flows.administer.access.resources import create_resource
from carteiro.flows.operate.keys.signing import rotate_signing_key
from carteiro.flows.world import World
from carteiro.model.management import management_audience
from carteiro.oidc.keys import ALGORITHM, SigningKeys
from carteiro.oidc.tokens import AccessTokens
from carteiro.runtime.maintenance import tidy
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


async def test_processes_that_start_at_once_have_one_key(world: World) -> None:
    started = await asyncio.gather(*(keys_of(world).of(T) for _ in range(4)))

    assert len({keys.signing.kid for keys in started}) == 1
    assert len(await stored(world)) == 1


async def test_a_new_key_is_published_before_it_signs_and_old_ones_go_on_verifying(
    world: World, clock: FrozenClock
) -> None:
    keys = keys_of(world, clock)
    desk = Desk(AccessTokens(keys, clock), clock)
    first, token = await keys.of(T), await desk.issue(lifetime=86_400)
    signs_from = await rotate_signing_key(world, T)
    told_nothing = await keys.of(T)
    keys.forget(T)
    published = await keys.of(T)
    clock.advance(3600)
    second = await keys.of(T)

    assert told_nothing is first
    assert published.signing.kid == first.signing.kid
    assert len(published.jwks()["keys"]) == 2
    assert signs_from == clock.now()
    assert second.signing.kid not in first.ids
    assert second.ids == published.ids == {second.signing.kid, first.signing.kid}
    assert (await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER)).subject == "app"


async def test_keys_are_read_again_after_a_while(world: World, clock: FrozenClock) -> None:
    keys = keys_of(world, clock)
    first = await keys.of(T)
    await rotate_signing_key(world, T)
    clock.advance(299, milliseconds=999)
    young = await keys.of(T)
    clock.advance(0, milliseconds=1)

    assert young is first
    assert len((await keys.of(T)).ids) == 2


async def test_a_token_of_an_unknown_key_has_the_keys_read_once_in_a_while(
    world: World, clock: FrozenClock
) -> None:
    behind, ahead = keys_of(world, clock), keys_of(world, clock)
    await behind.of(T)
    await rotate_signing_key(world, T, compromised=True)
    fresh = await Desk(AccessTokens(ahead, clock), clock).issue()
    verifier = AccessTokens(behind, clock)
    clock.advance(4, milliseconds=999)
    with pytest.raises(Unauthorized):
        await verifier.verify(fresh, tenant_id=T, issuer=ISSUER)
    clock.advance(0, milliseconds=1)

    assert (await verifier.verify(fresh, tenant_id=T, issuer=ISSUER)).subject == "app"
    assert await behind.with_key(T, "made up") is await behind.with_key(T, "made up, too")


async def test_a_key_that_is_no_more_takes_the_tokens_that_are_remembered(
    world: World, clock: FrozenClock
) -> None:
    desk = Desk(AccessTokens(world.signing_keys, clock), clock)
    token = await desk.issue()
    await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER)
    signs_from = await rotate_signing_key(world, T, compromised=True)

    for _ in range(2):
        with pytest.raises(Unauthorized):
            await desk.tokens.verify(token, tenant_id=T, issuer=ISSUER)
    assert signs_from == clock.now()
    assert len(await stored(world)) == 1
    await desk.tokens.verify(await desk.issue(), tenant_id=T, issuer=ISSUER)


async def test_one_new_key_waits_at_a_time_and_not_too_many_are_published(
    world: World, clock: FrozenClock
) -> None:
    await keys_of(world, clock).of(T)
    await rotate_signing_key(world, T)
    with pytest.raises(KeyRefused, match="published already"):
        await rotate_signing_key(world, T)
    for _ in range(18):
        clock.advance(3600)
        await rotate_signing_key(world, T)
    clock.advance(3600)

    with pytest.raises(KeyRefused, match="20 keys are published"):
        await rotate_signing_key(world, T)
    await rotate_signing_key(world, T, compromised=True)
    with pytest.raises(UnknownTenant):
        await rotate_signing_key(world, "nobody")


@pytest.mark.parametrize(
    ("lifetime", "days"), [(3600, 30), (86_400 * 60, 60)], ids=["hour", "long"]
)
async def test_an_old_key_goes_once_all_that_it_has_signed_is_over(
    world: World, clock: FrozenClock, lifetime: int, days: int
) -> None:
    await create_resource(
        world, T, name="api", indicator="https://api.test", access_token_ttl=lifetime
    )
    await keys_of(world, clock).of(T)
    await rotate_signing_key(world, T)
    clock.advance(3600 + days * 86_400)
    await tidy(world)
    before = await stored(world)
    clock.advance(0, milliseconds=1)
    await tidy(world)
    after = await stored(world)

    assert len(before) == 2
    assert after == before[:1]


async def stored(world: World) -> list[str]:
    async def work(tx: Transaction) -> list[str]:
        return [row.id for row in await signing_keys.list_newest_first(tx, T)]

    return await world.database.read(work)


@pytest.fixture
async def clock(world: World) -> AsyncIterator[FrozenClock]:
    """The world's time, standing still until it is moved."""
    frozen, before = FrozenClock(world.clock.now()), world.clock
    object.__setattr__(world, "clock", frozen)
    object.__setattr__(world.signing_keys, "_clock", frozen)
    yield frozen
    object.__setattr__(world, "clock", before)


async def test_a_new_key_is_on_record_with_its_time(world: World) -> None:
    clock = FrozenClock()
    clock.advance(5)
    await keys_of(world, clock).of(T)

    async def work(tx: Transaction) -> list[signing_keys.SigningKeyRow]:
        return await signing_keys.list_newest_first(tx, T)

    [row] = await world.database.read(work)
    assert (row.id, row.algorithm) == ((await world.signing_keys.of(T)).signing.kid, "ES384")
    assert row.signs_from == clock.now()
    opened = json.loads(world.keyring.open(row.private_sealed, f"signing_keys/{T}"))
    assert opened["kid"] == row.id


async def test_nobody_has_keys_without_a_tenant(world: World) -> None:
    with pytest.raises(UnknownTenant):
        await keys_of(world).of("nobody")
