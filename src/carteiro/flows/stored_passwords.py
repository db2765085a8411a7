"""A person's password in the columns that hold it: made, read, imported, and hashed anew."""

from __future__ import annotations

from dataclasses import replace

from carteiro.directory.passwords.hashing import Algorithm, Digest, readable
from carteiro.errors import InvalidInput
from carteiro.flows.world import World
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
