"""An administrator registers applications, changes and deletes them; an operator lets one in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro import secrets
from carteiro.directory.applications import built_in_application
from carteiro.directory.management_access import ADMIN_ROLE_ID
from carteiro.errors import (
    EntityNotExistsWithId,
    InvalidApplicationType,
    InvalidThirdPartyApplicationType,
)
from carteiro.flows.announce import Announcing
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.limits import require_storable
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.model.management import management_audience
from carteiro.model.page import Page, Part
from carteiro.oidc.client_secrets import secret_context
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import roles
from carteiro.storage.people.roles import Owner
from carteiro.storage.tenancy import applications, tenants
from carteiro.storage.tenancy.applications import ApplicationFilter, ApplicationRow, SecretRow

DEFAULT_SECRET = "Default secret"  # noqa: S105 - the name that the wire gives it
WITH_SECRETS = frozenset({MACHINE_TO_MACHINE, "Traditional", "Protected"})
"""Types whose applications can keep a secret."""
_THIRD_PARTY = frozenset({"Traditional", "SPA", "Native"})
_announce: Announcing[ApplicationRow] = Announcing("targetApplicationId")

DEVELOPMENT = "Development"
"""The application that the development server makes for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the backend needs to ask for a token."""

    id: str
    secret: str = field(repr=False)
    resource: str


async def register_application(
    world: World, tenant_id: str, columns: Mapping[str, Any], *, by: Actor = OPERATOR
) -> ApplicationRow:
    """Register an application; one that can keep a secret gets one.

    Raises ``InvalidThirdPartyApplicationType``.
    """
    row = ApplicationRow(
        tenant_id=tenant_id, id=secrets.standard_id(), created_at=world.clock.now(), **columns
    )
    if row.is_third_party and row.type not in _THIRD_PARTY:
        raise InvalidThirdPartyApplicationType

    async def work(tx: Transaction) -> None:
        await _create(tx, world, row, secrets.secret_value())
        await _announce(tx, world, by, "Application.Created", None, row)

    await change(world, tenant_id, work)
    return row


async def create_application(
    world: World, tenant_id: str, *, name: str, is_admin: bool, by: Actor = OPERATOR
) -> Credentials:
    """Create a machine-to-machine application. Raises ``EntityNotExistsWithId`` for the tenant."""
    secret = secrets.secret_value()
    row = ApplicationRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        name=name,
        type=MACHINE_TO_MACHINE,
        created_at=world.clock.now(),
    )

    async def work(tx: Transaction) -> None:
        if await tenants.get(tx, tenant_id) is None:
            raise EntityNotExistsWithId(f"There is no tenant {tenant_id!r}.")
        await _create(tx, world, row, secret)
        if is_admin:
            await roles.give(tx, tenant_id, Owner.APPLICATION, row.id, ADMIN_ROLE_ID)
        await _announce(tx, world, by, "Application.Created", None, row)

    await change(world, tenant_id, work)
    return Credentials(id=row.id, secret=secret, resource=management_audience(tenant_id))


async def list_applications(world: World, tenant_id: str) -> list[ApplicationRow]:
    """The tenant's applications, newest first."""
    return list((await find_applications(world, tenant_id, ApplicationFilter(), None)).rows)


async def find_applications(
    world: World, tenant_id: str, wanted: ApplicationFilter, page: Page | None
) -> Part[ApplicationRow]:
    """A page of those that match, newest first; without a page all of them."""
    return await world.database.read(lambda tx: applications.find(tx, tenant_id, wanted, page))


async def get_application(world: World, tenant_id: str, id: str) -> tuple[ApplicationRow, bool]:  # noqa: A002 - the wire's name
    """One application, and whether it may manage. Raises ``EntityNotExistsWithId``."""
    if (known := built_in_application(tenant_id, id)) is not None:
        return known, False

    async def work(tx: Transaction) -> tuple[ApplicationRow | None, bool]:
        row = await applications.get(tx, tenant_id, id)
        held = await roles.held_by(tx, tenant_id, Owner.APPLICATION, id)
        return row, any(role.id == ADMIN_ROLE_ID for role in held)

    row, is_admin = await world.database.read(work)
    if row is None:
        raise EntityNotExistsWithId
    return row, is_admin


async def update_application(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    is_admin: bool | None = None,
    by: Actor = OPERATOR,
) -> ApplicationRow:
    """Set the given columns, and whether it may manage.

    Raises ``EntityNotExistsWithId``, or ``InvalidApplicationType`` (only a machine may manage).
    """

    async def work(tx: Transaction) -> ApplicationRow:
        row = existing(await applications.lock(tx, tenant_id, id), EntityNotExistsWithId)
        if not columns and is_admin is None:
            return row
        changed = replace(row, **columns)
        await applications.update(tx, changed)
        if is_admin is not None:
            await _set_admin(tx, row, is_admin)
        await _announce(tx, world, by, "Application.Updated", row, changed, isAdmin=is_admin)
        return changed

    return await change(world, tenant_id, work)


async def merge_custom_data(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    members: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> dict[str, Any]:
    """Merge members, one level deep; returns the whole.

    Raises ``EntityNotExistsWithId`` or, for more than one request could have brought,
    ``ValueTooLong``.
    """

    async def work(tx: Transaction) -> dict[str, Any]:
        row = existing(await applications.lock(tx, tenant_id, id), EntityNotExistsWithId)
        stored: dict[str, Any] = json.loads(row.custom_data)
        if not members:
            return stored
        merged = {**stored, **members}
        text = json.dumps(merged, ensure_ascii=False)
        require_storable(text)
        changed = replace(row, custom_data=text)
        await applications.update(tx, changed)
        await _announce(tx, world, by, "Application.Updated", row, changed)
        return merged

    return await change(world, tenant_id, work)


async def delete_application(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete with its secrets. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> None:
        row = await applications.get(tx, tenant_id, id)
        if row is None or not await applications.delete(tx, tenant_id, id):
            raise EntityNotExistsWithId
        await _announce(tx, world, by, "Application.Deleted", row, None)

    await change(world, tenant_id, work)


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


async def _create(tx: Transaction, world: World, row: ApplicationRow, secret: str) -> None:
    await applications.create(tx, row)
    if row.type in WITH_SECRETS:
        context = secret_context(row.tenant_id, row.id)
        stored = SecretRow(
            name=DEFAULT_SECRET,
            value_sealed=world.keyring.seal(secret.encode(), context),
            created_at=row.created_at,
            expires_at=None,
        )
        await applications.add_secret(tx, row.tenant_id, row.id, stored)


async def _set_admin(tx: Transaction, row: ApplicationRow, is_admin: bool) -> None:
    if is_admin and row.type != MACHINE_TO_MACHINE:
        raise InvalidApplicationType
    done = roles.give if is_admin else roles.take
    await done(tx, row.tenant_id, Owner.APPLICATION, row.id, ADMIN_ROLE_ID)
