"""An administrator sets a person's password, imports one, or has one checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carteiro.directory.passwords.hashing import Algorithm, Digest, readable
from carteiro.directory.settings.experience_record import record
from carteiro.errors import (
    EntityNotFound,
    InvalidCredentials,
    InvalidInput,
    PasswordExpirationNotEnabled,
)
from carteiro.flows.administer.people.users import get_user, update_user
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.issues import issue
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import experience


async def hashed(world: World, password: str) -> dict[str, str]:
    """A new password as the columns hold it."""
    return _columns(await world.passwords.hash(password))


def imported(algorithm: Algorithm, text: str) -> dict[str, str]:
    """A digest from elsewhere as the columns hold it. Raises ``InvalidInput`` for another text."""
    digest = Digest(algorithm, text)
    if not readable(digest):
        problem = "This is no digest that can be verified here."
        raise InvalidInput([issue("custom", ["passwordDigest"], problem)])
    return _columns(digest)


async def set_password(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    password: str,
    *,
    by: Actor = OPERATOR,
) -> UserRow:
    """Give a person a password; no policy is asked. Raises ``EntityNotFound``."""
    await get_user(world, tenant_id, id)
    changes: dict[str, Any] = await hashed(world, password)
    changes |= {"password_updated_at": world.clock.now(), "is_password_expired": False}
    return await update_user(world, tenant_id, id, changes, by=by)


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
    stored = None
    if row.password_encrypted is not None and row.password_encryption_method is not None:
        stored = Digest(Algorithm(row.password_encryption_method), row.password_encrypted)
    if not await world.passwords.verify(stored, password):
        raise InvalidCredentials
    if stored is not None and world.passwords.outdated(stored):
        await _renew(world, row, await hashed(world, password))


async def _renew(world: World, seen: UserRow, columns: dict[str, str]) -> None:
    async def work(tx: Transaction) -> None:
        row = await users.lock(tx, seen.tenant_id, seen.id)
        if row is not None and row.password_encrypted == seen.password_encrypted:
            await users.update(
                tx,
                replace(
                    row,
                    password_encrypted=columns["password_encrypted"],
                    password_encryption_method=columns["password_encryption_method"],
                ),
            )

    await world.database.write(work)


def _columns(digest: Digest) -> dict[str, str]:
    return {
        "password_encrypted": digest.text,
        "password_encryption_method": digest.algorithm.value,
    }
