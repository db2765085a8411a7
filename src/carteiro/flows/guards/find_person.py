"""Who is meant by what somebody types at the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.experience.guards.lockouts import Identifier, IdentifierKind
from carteiro.experience.guards.usernames import is_case_sensitive
from carteiro.model.addresses import address_key
from carteiro.model.phones import phone_spellings
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow


async def find_person(
    tx: Transaction, tenant_id: str, identifier: Identifier, username_policy: Mapping[str, Any]
) -> UserRow | None:
    """The person with this address, number, user name or id, if there is one.

    An address is found in any spelling, and so is a number (sign-in details §0): of two people who
    have it, the one who has it as it was typed, else the newer one. Whether case counts in a user
    name is the tenant's ``username_policy``; where it does not, a name as it was typed goes first.
    """
    value = identifier.value
    match identifier.kind:
        case IdentifierKind.EMAIL:
            return await users.find_by_email(tx, tenant_id, value)
        case IdentifierKind.PHONE:
            return await _by_phone(tx, tenant_id, value)
        case IdentifierKind.USERNAME if is_case_sensitive(username_policy):
            return await users.find_by_username(tx, tenant_id, value)
        case IdentifierKind.USERNAME:
            found = await users.find_by_username_lower(tx, tenant_id, value)
            return min(found, key=lambda row: row.username != value, default=None)
        case IdentifierKind.USER_ID:
            return await users.get(tx, tenant_id, value)


async def has_owner(tx: Transaction, tenant_id: str, identifier: Identifier) -> bool:
    """Whether an address or a number is somebody's.

    It is counted and nobody is read: a person's row takes longer than none, and who waits for the
    answer could tell.
    """
    counted = [
        await tx.one(one.statement, **one.arguments) for one in asked_owner(tenant_id, identifier)
    ]
    return any(row is not None and row["people"] > 0 for row in counted)


def asked_owner(tenant_id: str, identifier: Identifier) -> list[Question]:
    """What ``has_owner`` asks, to be asked with what else is needed."""
    value = identifier.value
    match identifier.kind:
        case IdentifierKind.EMAIL:
            return [users.counted_by_email(tenant_id, value)]
        case IdentifierKind.PHONE:
            return [users.counted_by_phone(tenant_id, value, *_other_spelling(value))]
        case _:
            return []


def is_named(person: UserRow, identifier: Identifier) -> bool:
    """Whether ``find_person`` finds just this one, as far as that shows in them alone."""
    value = identifier.value
    match identifier.kind:
        case IdentifierKind.EMAIL:
            email = person.primary_email
            return email is not None and address_key(email) == address_key(value)
        case IdentifierKind.PHONE:
            return person.primary_phone == value
        case IdentifierKind.USERNAME:
            return person.username == value
        case IdentifierKind.USER_ID:
            return person.id == value


async def _by_phone(tx: Transaction, tenant_id: str, value: str) -> UserRow | None:
    found = await users.find_by_phone(tx, tenant_id, value, *_other_spelling(value))
    return found[0] if found else None


def _other_spelling(value: str) -> list[str]:
    return [spelling for spelling in phone_spellings(value) if spelling != value][:1]
