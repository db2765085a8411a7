"""What one person has, nobody else of the tenant has."""

from __future__ import annotations

from carteiro.directory.settings.experience_record import record
from carteiro.errors import EmailInUse, PhoneInUse, UsernameInUse
from carteiro.model.phones import phone_spellings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import experience, tenants


async def require_free_username(tx: Transaction, row: UserRow) -> None:
    """Two people have one user name, if case does not count in this tenant, whatever its case."""
    if row.username is None:
        return
    settings = record(row.tenant_id, await experience.get(tx, row.tenant_id))
    if settings["usernamePolicy"].get("caseSensitive", True):
        others = [await users.find_by_username(tx, row.tenant_id, row.username)]
    else:
        # The constraint compares exactly, so whoever else takes a name has to wait.
        await tenants.lock(tx, row.tenant_id)
        others = [*await users.find_by_username_lower(tx, row.tenant_id, row.username)]
    if any(other is not None and other.id != row.id for other in others):
        raise UsernameInUse


async def require_free_email(tx: Transaction, row: UserRow) -> None:
    """Raises ``EmailInUse`` when somebody else has the address."""
    if row.primary_email is not None:
        other = await users.find_by_email(tx, row.tenant_id, row.primary_email)
        if other is not None and other.id != row.id:
            raise EmailInUse


async def require_free_phone(tx: Transaction, row: UserRow) -> None:
    """Raises ``PhoneInUse`` when somebody else has the number, however it is spelled."""
    if row.primary_phone is not None:
        spellings = phone_spellings(row.primary_phone)[:2]
        others = await users.find_by_phone(tx, row.tenant_id, *spellings)
        if any(other.id != row.id for other in others):
            raise PhoneInUse
