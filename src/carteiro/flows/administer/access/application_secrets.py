"""An administrator gives applications secrets, and decides how their pages look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from carteiro import secrets
from carteiro.errors import (
    ConstraintViolated,
    EntityNotExistsWithId,
    EntityNotFound,
    InvalidRequestInput,
)
from carteiro.flows.administer.access.applications import WITH_SECRETS
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.oidc.client_secrets import secret_context
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import applications
from carteiro.storage.tenancy.applications import (
    ApplicationExperienceRow,
    ApplicationRow,
    SecretRow,
)


@dataclass(frozen=True, slots=True)
class OpenSecret:
    """A secret in clear."""

    row: SecretRow
    value: str = field(repr=False)


async def list_secrets(world: World, tenant_id: str, id: str) -> list[OpenSecret]:  # noqa: A002 - the wire's name
    """An application's secrets, expired ones too. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> list[SecretRow]:
        await _require(tx, tenant_id, id)
        return await applications.secrets(tx, tenant_id, id)

    return [_open(world, tenant_id, id, row) for row in await world.database.read(work)]


async def add_secret(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    name: str,
    expires_at: int | None,
    *,
    by: Actor = OPERATOR,
) -> OpenSecret:
    """Give an application one more secret.

    Raises ``InvalidRequestInput`` (an end in the past), ``EntityNotExistsWithId``,
    ``ConstraintViolated`` (it can keep none) or ``SecretNameExists``.
    """
    now = world.clock.now()
    if expires_at is not None and expires_at <= now:
        raise InvalidRequestInput("The secret would end before it begins.")
    value = secrets.secret_value()
    row = SecretRow(
        name=name,
        value_sealed=world.keyring.seal(value.encode(), secret_context(tenant_id, id)),
        created_at=now,
        expires_at=expires_at,
    )

    async def work(tx: Transaction) -> None:
        application = await _require(tx, tenant_id, id)
        if application.type not in WITH_SECRETS:
            raise ConstraintViolated("An application of this type keeps no secret.")
        await applications.add_secret(tx, tenant_id, id, row)
        told = (None, _told(row))
        await _announce(tx, world, by, "ApplicationSecret.Created", (tenant_id, id, name), told)

    await change(world, tenant_id, work)
    return OpenSecret(row, value)


async def rename_secret(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    name: str,
    new_name: str,
    *,
    by: Actor = OPERATOR,
) -> OpenSecret:
    """Give a secret another name. Raises ``EntityNotFound`` or ``SecretNameExists``."""

    async def work(tx: Transaction) -> SecretRow:
        row = existing(
            await applications.rename_secret(tx, tenant_id, id, name, new_name), EntityNotFound
        )
        names = (tenant_id, id, new_name)
        told = ({"name": name}, {"name": new_name})
        await _announce(tx, world, by, "ApplicationSecret.Updated", names, told)
        return row

    return _open(world, tenant_id, id, await change(world, tenant_id, work))


async def delete_secret(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    name: str,
    *,
    by: Actor = OPERATOR,
) -> None:
    """Let a secret open nothing any more. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        if not await applications.delete_secret(tx, tenant_id, id, name):
            raise EntityNotFound
        told = ({"name": name}, None)
        await _announce(tx, world, by, "ApplicationSecret.Deleted", (tenant_id, id, name), told)

    await change(world, tenant_id, work)


async def get_experience(world: World, tenant_id: str, id: str) -> ApplicationExperienceRow:  # noqa: A002 - the wire's name
    """How an application's pages look. Raises ``EntityNotExistsWithId``, also if it never said."""
    found = await world.database.read(lambda tx: applications.get_experience(tx, tenant_id, id))
    return existing(found, EntityNotExistsWithId)


async def put_experience(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    columns: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> tuple[ApplicationExperienceRow, bool]:
    """Set the given columns; says whether it is the first time.

    Raises ``EntityNotExistsWithId``.
    """

    async def work(tx: Transaction) -> tuple[ApplicationExperienceRow, bool]:
        if await applications.lock(tx, tenant_id, id) is None:
            raise EntityNotExistsWithId
        stored = await applications.get_experience(tx, tenant_id, id)
        before = stored or ApplicationExperienceRow(tenant_id=tenant_id, application_id=id)
        row = replace(before, **columns)
        if stored is None or columns:
            await applications.put_experience(tx, row)
            name = "ApplicationSignInExperience.Updated"
            who = by if stored else by.for_something_new()
            target = {"targetApplicationId": id}
            await announce(tx, world, tenant_id, who, name, target=target, before=stored, after=row)
        return row, stored is None

    return await change(world, tenant_id, work)


async def _require(tx: Transaction, tenant_id: str, id: str) -> ApplicationRow:  # noqa: A002 - the wire's name
    return existing(await applications.get(tx, tenant_id, id), EntityNotExistsWithId)


def _open(world: World, tenant_id: str, id: str, row: SecretRow) -> OpenSecret:  # noqa: A002 - the wire's name
    value = world.keyring.open(row.value_sealed, secret_context(tenant_id, id))
    return OpenSecret(row, value.decode())


def _told(row: SecretRow) -> dict[str, Any]:
    """A secret as the audit log tells of it."""
    return {"name": row.name, "createdAt": row.created_at, "expiresAt": row.expires_at}


async def _announce(
    tx: Transaction,
    world: World,
    by: Actor,
    event: str,
    names: tuple[str, str, str],
    told: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None],
) -> None:
    tenant_id, id_, name = names
    before, after = told
    target = {"targetApplicationId": id_, "name": name}
    await announce(tx, world, tenant_id, by, event, target=target, before=before, after=after)
