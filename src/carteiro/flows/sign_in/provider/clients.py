"""The provider's clients, kept in memory until the tenant changes an application.

What is kept lives in the tenant's workspace and goes with it: whoever changes an application says
so to every process (``flows.change``), as with settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from carteiro.flows.sign_in.provider.visit import Visit
from carteiro.oidc.clients import Client, built_in_client, client_of
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import SecretRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A client with its sealed secrets; a public one has none."""

    client: Client
    secrets: Sequence[SecretRow] = field(default=(), repr=False)


async def registered(visit: Visit, client_id: str) -> Registered | None:
    """A client of the tenant's, or one that is part of the service; outside a unit of work."""
    built_in = built_in_client(client_id, visit.origin)
    if built_in is not None:
        return Registered(client=built_in)
    workspace = await visit.world.workspaces.of(visit.tenant_id)
    kept: Registered | None = workspace.kept(Registered, client_id)
    if kept is not None:
        return kept

    async def work(tx: Transaction) -> Registered | None:
        return await _read(tx, visit, client_id)

    found = await visit.world.database.read(work)
    if found is not None:
        workspace.keep(client_id, found)
    return found


async def find_client(tx: Transaction, visit: Visit, client_id: str) -> Client | None:
    """The same within a unit; the database is asked only where nothing is kept."""
    built_in = built_in_client(client_id, visit.origin)
    if built_in is not None:
        return built_in
    workspace = visit.world.workspaces.current(visit.tenant_id)
    kept = workspace.kept(Registered, client_id) if workspace else None
    # What a unit reads may be of another one that is not committed yet: it is not kept.
    found = kept or await _read(tx, visit, client_id)
    return None if found is None else found.client


async def _read(tx: Transaction, visit: Visit, client_id: str) -> Registered | None:
    row = await applications.get(tx, visit.tenant_id, client_id)
    if row is None:
        return None
    client = client_of(row)
    if client.is_public:
        return Registered(client=client)
    secrets = await applications.secrets(tx, visit.tenant_id, client_id)
    return Registered(client=client, secrets=secrets)
