"""A server at a real address, whose people sign in with the official SDK, by codes from real mail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from logto import LogtoClient, LogtoConfig
from logto.Storage import MemoryStorage

import sign_in_parts
from carteiro.app import create_app
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import (
    members,
    organization_roles,
    organization_scopes,
    organizations,
    relations,
    roles,
)
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.people.organization_scopes import OrganizationScopeRow
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.people.roles import Owner, RoleRow
from carteiro.storage.tenancy import resources
from carteiro.storage.tenancy.resources import ResourceRow, ScopeRow
from carteiro.testing.smtp_server import SmtpSink
from mailed_parts import Person, mailing
from serving_parts import serving_beside
from sign_in_parts import SECRET, T

API = "https://api.example.com"
SOON_OVER = "https://soon.example.com"
"""Its tokens live for less than the minute in which the Python SDK does not use them any more."""


@dataclass
class Deployment:
    """A server at an address, a world on the same database, and where its mail goes."""

    address: str
    world: World
    sink: SmtpSink
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> Person:
        """Ann with a browser without cookies."""
        client = httpx.AsyncClient(base_url=self.address, timeout=30)
        self.opened.append(client)
        return Person(self.world, client, origin=self.address, sink=self.sink)

    async def close(self) -> None:
        """Close the browsers."""
        for client in self.opened:
            await client.aclose()


async def signed_in(
    deployment: Deployment, browser: Person | None = None, **config: Any
) -> LogtoClient:
    """The official SDK, once Ann has signed in with it by a mailed code."""
    redirect = "http://localhost:3000/callback"
    await sign_in_parts.make_client(
        deployment.world, redirect_uris=(redirect,), post_logout=("http://localhost:3000",)
    )
    client = LogtoClient(
        LogtoConfig(endpoint=deployment.address, appId="app", appSecret=SECRET, **config),
        MemoryStorage(),
    )
    browser = browser or deployment.browser()
    sent = await browser.get(await client.signIn(redirectUri=redirect))
    answered = await browser.go_on(sent)
    await client.handleSignInCallback(answered.headers["location"])
    return client


async def grant_ann(tx: Transaction, soon: int = 30) -> None:
    """Resources, of which Ann may read one, and an organization that she belongs to.

    Tokens for ``SOON_OVER`` live for ``soon`` seconds.
    """
    values = {"tenant_id": T, "created_at": 0}
    for name, indicator, ttl in (("api", API, 600), ("soon", SOON_OVER, soon)):
        await resources.create(
            tx,
            ResourceRow(id=name, name=name, indicator=indicator, access_token_ttl=ttl, **values),
        )
    await resources.create_scope(
        tx, ScopeRow(id="read", resource_id="api", name="read", description=None, **values)
    )
    await roles.create(
        tx, RoleRow(id="reader", name="reader", description="reads", type="User", **values)
    )
    await roles.add_scope(tx, T, "reader", "read")
    await roles.give(tx, T, Owner.USER, "ann", "reader")
    await organizations.create(tx, OrganizationRow(id="org", name="Org", **values))
    await members.add(tx, T, "org", "ann", now=0)
    await organization_scopes.create(
        tx, OrganizationScopeRow(tenant_id=T, id="invite", name="invite", description=None)
    )
    role = OrganizationRoleRow(tenant_id=T, id="clerk", name="c", description=None, type="User")
    await organization_roles.create(tx, role)
    parent = {"organization_role_id": "clerk"}
    await relations.add(tx, relations.ROLE_SCOPES, T, parent, ["invite"])
    await members.give_role(tx, T, "org", "ann", "clerk")


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Where a server listens that is not in the tests' own loop."""
    with serving_beside(
        lambda address: create_app(settings.model_copy(update={"public_url": address}))
    ) as where:
        yield where


@asynccontextmanager
async def deployed(address: str, settings: Settings) -> AsyncIterator[Deployment]:
    """The server there with Ann, whose mail goes to an SMTP server."""
    async with (
        open_world(settings.model_copy(update={"public_url": address})) as world,
        mailing(world) as sink,
    ):
        await sign_in_parts.make_person(world)
        made = Deployment(address, world, sink)
        yield made
        await made.close()
