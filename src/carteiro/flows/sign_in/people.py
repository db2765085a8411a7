"""Finding whom an identifier names, and keeping two people from having the same one."""

from __future__ import annotations

from carteiro.errors import EmailInUse, PhoneInUse, UsernameInUse
from carteiro.experience.record import Identifier, IdentifierType
from carteiro.experience.settings import DoorSettings
from carteiro.flows.sign_in.visits import Here
from carteiro.model.phones import phone_spellings
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy import tenants


async def find_person(
    tx: Transaction, tenant_id: str, identifier: Identifier, settings: DoorSettings
) -> UserRow | None:
    """Whoever has this address, number or user name, as the tenant compares them."""
    value = identifier.value
    match identifier.type:
        case IdentifierType.EMAIL:
            return await users.find_by_email(tx, tenant_id, value)
        case IdentifierType.PHONE:
            found = await users.find_by_phone(tx, tenant_id, *phone_spellings(value)[:2])
        case IdentifierType.USERNAME if settings.usernames_by_case:
            return await users.find_by_username(tx, tenant_id, value)
        case IdentifierType.USERNAME:
            found = await users.find_by_username_lower(tx, tenant_id, value)
    return found[0] if found else None


async def require_free(
    here: Here,
    *,
    own_id: str | None,
    username: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> None:
    """Refuse what somebody else has.

    Raises ``UsernameInUse``, ``EmailInUse`` or ``PhoneInUse``, in this order.
    """
    wanted = (
        (IdentifierType.USERNAME, username, UsernameInUse),
        (IdentifierType.EMAIL, email, EmailInUse),
        (IdentifierType.PHONE, phone, PhoneInUse),
    )
    if username is not None and not here.settings.usernames_by_case:
        # The constraint compares exactly, so whoever else takes a name has to wait.
        await tenants.lock(here.tx, here.tenant_id)
    for kind, value, taken in wanted:
        if value is None:
            continue
        identifier = Identifier(kind, value)
        other = await find_person(here.tx, here.tenant_id, identifier, here.settings)
        if other is not None and other.id != own_id:
            raise taken


async def person_of(here: Here, user_id: str | None) -> UserRow | None:
    """Who is identified, locked; ``None`` where nobody is, or the account is gone."""
    if user_id is None:
        return None
    return await users.lock(here.tx, here.tenant_id, user_id)
