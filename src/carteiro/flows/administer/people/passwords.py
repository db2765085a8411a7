"""An administrator sets a person's password, imports one, or has one checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carteiro.directory.passwords.hashing import Algorithm, Digest, readable
from carteiro.errors import InvalidCredentials, InvalidInput
from carteiro.flows.administer.people.users import get_user, update_user
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.issues import issue
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow


async def hashed(world: World, password: str) -> dict[str, str]:
    """A new password as the columns hold it."""
    return _columns(await world.passwords.hash(password))


def digest_of(row: UserRow | None) -> Digest | None:
    """A person's stored password; ``None`` where there is none, or nobody."""
    if row is None or row.password_encrypted is None or row.password_encryption_method is None:
        return None
    return Digest(Algorithm(row.password_encryption_method), row.password_encrypted)


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


async def renew(world: World, seen: UserRow, password: str) -> None:
    """Hash a right password anew, unless it has been changed since it was ``seen``."""
    columns = await hashed(world, password)

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
