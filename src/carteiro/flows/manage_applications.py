"""An operator lets a backend in: an application, its secret, and what its tokens may do."""

from __future__ import annotations

from dataclasses import dataclass, field

from carteiro import secrets
from carteiro.errors import EntityNotExistsWithId
from carteiro.flows.world import World
from carteiro.oidc.client_credentials import MACHINE_TO_MACHINE, secret_context
from carteiro.oidc.tokens import management_audience
from carteiro.storage import applications, tenants
from carteiro.storage.applications import ApplicationRow
from carteiro.storage.database import Transaction

_SECRET_NAME = "Default secret"  # noqa: S105 - the name that the wire gives it


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the backend needs to ask for a token."""

    id: str
    secret: str = field(repr=False)
    resource: str


async def create_application(
    world: World, tenant_id: str, *, name: str, is_admin: bool
) -> Credentials:
    """Create a machine-to-machine application. Raises ``EntityNotExistsWithId`` for the tenant."""
    id_, secret = secrets.standard_id(), secrets.secret_value()
    now = world.clock.now()
    sealed = world.keyring.seal(secret.encode(), secret_context(tenant_id, id_))

    async def work(tx: Transaction) -> None:
        if await tenants.get(tx, tenant_id) is None:
            raise EntityNotExistsWithId(f"There is no tenant {tenant_id!r}.")
        await applications.create(
            tx,
            tenant_id=tenant_id,
            id=id_,
            name=name,
            type=MACHINE_TO_MACHINE,
            is_admin=is_admin,
            created_at=now,
        )
        await applications.add_secret(
            tx,
            tenant_id=tenant_id,
            application_id=id_,
            name=_SECRET_NAME,
            value_sealed=sealed,
            created_at=now,
        )

    await world.database.write(work)
    return Credentials(id=id_, secret=secret, resource=management_audience(tenant_id))


async def list_applications(world: World, tenant_id: str) -> list[ApplicationRow]:
    """The tenant's applications, newest first."""

    async def work(tx: Transaction) -> list[ApplicationRow]:
        return await applications.list_all(tx, tenant_id)

    return await world.database.read(work)


async def reveal_credentials(world: World, tenant_id: str, name: str) -> Credentials | None:
    """The newest application of that name with its secret, for the development server's banner."""

    async def work(tx: Transaction) -> tuple[ApplicationRow, bytes] | None:
        for row in await applications.list_all(tx, tenant_id):
            if row.name == name:
                for secret in await applications.secrets(tx, tenant_id, row.id):
                    return row, secret.value_sealed
        return None

    found = await world.database.read(work)
    if found is None:
        return None
    row, sealed = found
    secret = world.keyring.open(sealed, secret_context(tenant_id, row.id)).decode()
    return Credentials(id=row.id, secret=secret, resource=management_audience(tenant_id))
