"""What the tests of senders are made of: a deployment that asks a DNS server of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

import smtp_parts
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.dkim_keys import KeyName, make_key, use_key
from carteiro.flows.operate.send_message import Letter, send_message
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow
from dns_parts import DnsServer

T = "default"


def publish(server: DnsServer, row: DkimKeyRow) -> None:
    """Put a key's record where receivers look for it."""
    server.zone[f"{row.selector}._domainkey.{row.domain}"] = {"TXT": row.record}


def asking(settings: Settings, server: DnsServer, **changes: Any) -> Settings:
    """The same deployment, whose DNS is the test's."""
    servers = (("127.0.0.1", server.port),)
    return settings.model_copy(update={"dns_servers": servers, **changes})


def relayed(settings: Settings, port: int) -> Settings:
    """The same deployment with a relay on a port of this machine instead of a mailbox."""
    url = SecretStr(f"smtp://127.0.0.1:{port}")
    return settings.model_copy(
        update={"mailbox": None, "relay_url": url, "relay_from": "no-reply@relay.test"}
    )


@asynccontextmanager
async def opened(settings: Settings, server: DnsServer) -> AsyncIterator[World]:
    """A world that asks this server."""
    async with open_world(asking(settings, server)) as world:
        yield world


async def connect(world: World, port: int, tenant: str = T, **changes: Any) -> str:
    """An SMTP connector of a tenant; its id."""
    config = smtp_parts.config(port, **changes)
    new = NewConnector(connector_id="simple-mail-transfer-protocol", config=config)
    return (await create_connector(world, tenant, new)).row.id


async def signing_key(
    world: World, server: DnsServer, domain: str = "e.com", tenant: str = T, **members: Any
) -> DkimKeyRow:
    """A key that is made, published and used."""
    row = await make_key(world, tenant, domain=domain, **members)
    publish(server, row)
    return await use_key(world, tenant, KeyName(domain=domain, selector=row.selector))


async def send(world: World, tenant: str = T, to: str = "ana@example.com") -> None:
    """One mail, as a backend asks for it."""
    letter = Letter(to=to, type=TemplateType.GENERIC, variables={"code": "123456"})
    await send_message(world, tenant, letter)
