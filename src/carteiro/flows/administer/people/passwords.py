"""An administrator sets a person's password, imports one, or has one checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carteiro.directory.settings.experience_record import record
from carteiro.errors import (
    EntityNotFound,
    InvalidCredentials,
    PasswordExpirationNotEnabled,
)
from carteiro.flows.administer.people.users import get_user, update_user
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.stored_passwords import digest_of, hashed, renew
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import experience


async def set_password(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    password: str,
    *,
    by: Actor = OPERATOR,
    origin: str | None = None,
) -> UserRow:
    """Give a person a password; no policy is asked. Raises ``EntityNotFound``.

    It signs them out everywhere, as ``update_user`` says.
    """
    await get_user(world, tenant_id, id)
    changes: dict[str, Any] = await hashed(world, password)
    changes |= {"password_updated_at": world.clock.now(), "is_password_expired": False}
    return await update_user(world, tenant_id, id, changes, by=by, origin=origin)


async def expire_password(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    expired: bool,
    by: Actor = OPERATOR,
) -> UserRow:
    """Have a person choose a new password at the next sign-in, or no more.

    Raises ``EntityNotFound``, or ``PasswordExpirationNotEnabled`` where passwords do not expire.
    """

    async def work(tx: Transaction) -> UserRow:
        row = await users.lock(tx, tenant_id, id)
        if row is None:
            raise EntityNotFound
        settings = record(tenant_id, await experience.get(tx, tenant_id))
        if expired and not settings["passwordExpiration"].get("enabled"):
            raise PasswordExpirationNotEnabled
        changed = replace(row, is_password_expired=expired, updated_at=world.clock.now())
        await users.update(tx, changed)
        name = "User.PasswordExpiration.Updated"
        target = {"userId": id}
        await announce(tx, world, tenant_id, by, name, target=target, before=row, after=changed)
        return changed

    return await commit(world, work)


async def check_password(world: World, tenant_id: str, id: str, password: str) -> None:  # noqa: A002 - the wire's name
    """Compare. Raises ``EntityNotFound`` or ``InvalidCredentials``.

    A right password that was hashed in an older way is hashed anew.
    """
    row = await get_user(world, tenant_id, id)
    stored = digest_of(row)
    if not await world.passwords.verify(stored, password):
        raise InvalidCredentials
    if stored is not None and world.passwords.outdated(stored):
        await renew(world, row, password)
