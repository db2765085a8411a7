"""Certificates and a connector on a server of one's own."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
import trustme

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.testing.clock import FrozenClock
from smtp_parts import Connect, config


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def ca(authority: trustme.CA) -> dict[str, Any]:
    return {"ca": authority.cert_pem.bytes().decode()}


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    http = HttpClient(EgressPolicy(enabled=False))
    yield Services(http=http, clock=FrozenClock())
    await http.close()


@pytest.fixture
async def connect(services: Services) -> AsyncIterator[Connect]:
    made: list[SmtpConnector] = []

    def connector(port: int, **changes: Any) -> SmtpConnector:
        made.append(SmtpConnector(SmtpConnector.parse(config(port, **changes)), services))
        return made[-1]

    yield connector
    closing: list[Awaitable[None]] = [connector.close() for connector in made]
    for close in closing:
        await close
