"""A real endpoint on loopback, and clients that may or may not reach it."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network

import pytest

from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.testing.http_sink import HttpSink

OPEN = EgressPolicy(enabled=False)


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as endpoint:
        yield endpoint


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(OPEN, timeout=30)
    yield made
    await made.close()


@pytest.fixture
async def guarded() -> AsyncIterator[Callable[..., HttpClient]]:
    """Make clients whose egress guard is on."""
    made: list[HttpClient] = []

    def make(*allow: str, **options: object) -> HttpClient:
        policy = EgressPolicy(enabled=True, allow=[ip_network(network) for network in allow])
        made.append(HttpClient(policy, timeout=30, **options))
        return made[-1]

    yield make
    for client in made:
        await client.close()
