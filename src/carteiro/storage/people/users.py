"""People. Addresses are kept as written and found in any spelling, user names without case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from carteiro.model.addresses import address_key
from carteiro.storage.drivers import row_counts
from carteiro.storage.drivers.database import Call, Question, Row, Transaction
from carteiro.storage.drivers.rows import value_of

COUNT = "users"
"""The name under which people are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A person. Times are milliseconds since the epoch; JSON members are text."""

    tenant_id: str
    id: str
    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    password_encrypted: str | None = field(default=None, repr=False)
    password_encryption_method: str | None = None
    name: str | None = None
    avatar: str | None = None
    profile: str = "{}"
    application_id: str | None = None
    cimd_client_id: str | None = None
    identities: str = "{}"
    custom_data: str = "{}"
    logto_config: str = "{}"
    mfa_verifications: str = field(default="[]", repr=False)
    is_suspended: bool = False
    is_password_expired: bool = False
    last_sign_in_at: int | None = None
    password_updated_at: int | None = None
    created_at: int
    updated_at: int


async def create(tx: Transaction, row: UserRow) -> None:
    """Add a person. Raises ``UsernameInUse``, ``EmailInUse`` or ``PhoneInUse``."""
    for call in creating(row):
        await tx.run(call.name, **call.arguments)


def creating(row: UserRow) -> list[Call]:
    """The same, to be written together with what else becomes true then."""
    return [Call("users.create", _arguments(row)), row_counts.adding(row.tenant_id, COUNT, 1)]


async def get(tx: Transaction, tenant_id: str, id: str) -> UserRow | None:  # noqa: A002 - the column's name
    """One person."""
    return _found(await tx.one("users.get", tenant_id=tenant_id, id=id))


def asked(tenant_id: str, id: str) -> Question:  # noqa: A002 - the column's name
    """The same, to be asked together with what else is needed."""
    return Question("users.get", {"tenant_id": tenant_id, "id": id})


async def lock(tx: Transaction, tenant_id: str, id: str) -> UserRow | None:  # noqa: A002 - the column's name
    """One person, whom nobody else changes until this unit ends."""
    return _found(await tx.one("users.lock", tenant_id=tenant_id, id=id))


async def find_by_username(tx: Transaction, tenant_id: str, username: str) -> UserRow | None:
    """Whoever has exactly this user name."""
    return _found(await tx.one("users.by_username", tenant_id=tenant_id, username=username))


async def find_by_username_lower(tx: Transaction, tenant_id: str, username: str) -> list[UserRow]:
    """Everybody who has this user name in whatever case."""
    rows = await tx.all(
        "users.by_username_lower", tenant_id=tenant_id, username_lower=username.lower()
    )
    return [row_of(row) for row in rows]


async def find_by_email(tx: Transaction, tenant_id: str, email: str) -> UserRow | None:
    """Whoever has this address, in whatever spelling."""
    return _found(await tx.one("users.by_email", tenant_id=tenant_id, email_key=address_key(email)))


def counted_by_email(tenant_id: str, email: str) -> Question:
    """How many ``people`` have this address, in whatever spelling."""
    values = {"tenant_id": tenant_id, "email_key": address_key(email)}
    return Question("users.count_by_email", values)


async def find_by_phone(
    tx: Transaction, tenant_id: str, phone: str, other_spelling: str | None = None
) -> list[UserRow]:
    """Whoever has this phone number: who has it so spelled, then the newest."""
    asked = asked_by_phone(tenant_id, phone, other_spelling)
    return [row_of(row) for row in await tx.all(asked.statement, **asked.arguments)]


def asked_by_phone(tenant_id: str, phone: str, other_spelling: str | None = None) -> Question:
    """The same, to be asked together with what else is needed."""
    values = {"tenant_id": tenant_id, "primary_phone": phone, "other_spelling": other_spelling}
    return Question("users.by_phone", values)


def counted_by_phone(tenant_id: str, phone: str, other_spelling: str | None = None) -> Question:
    """How many ``people`` have this phone number, in either spelling."""
    values = {"tenant_id": tenant_id, "primary_phone": phone, "other_spelling": other_spelling}
    return Question("users.count_by_phone", values)


async def update(tx: Transaction, row: UserRow) -> None:
    """Store a locked row as it is to be. Raises as ``create`` does."""
    await tx.run("users.update", **_arguments(row))


def updating(row: UserRow) -> Call:
    """The same, to be written together with what else becomes true then."""
    return Call("users.update", _arguments(row))


async def note_application(tx: Transaction, tenant_id: str, id: str, application_id: str) -> None:  # noqa: A002 - the column's name
    """Note through which application somebody came, unless that is known."""
    values = {"tenant_id": tenant_id, "id": id, "application_id": application_id}
    await tx.put(Call("users.note_application", values))


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such person."""
    deleted = await tx.run("users.delete", tenant_id=tenant_id, id=id) > 0
    if deleted:
        await row_counts.add(tx, tenant_id, COUNT, -1)
    return deleted


async def reached(tx: Transaction, tenant_id: str, channel: str, *, most: int) -> Row:
    """Who is reached by ``email`` or ``phone``: ``people``, and what they do not have beside it.

    At most ``most`` people are counted.
    """
    row = await tx.one("users.reached", tenant_id=tenant_id, channel=channel, most=most)
    assert row is not None
    return row


async def created_by_day(
    tx: Transaction, tenant_id: str, *, since: int, until: int
) -> dict[int, int]:
    """How many came on each day from ``since`` on, which is day 0; empty days are left out."""
    rows = await tx.all("users.created_by_day", tenant_id=tenant_id, since=since, until=until)
    return {row["day"]: row["people"] for row in rows}


async def username_conflicts(tx: Transaction, tenant_id: str) -> list[str]:
    """Lower-cased user names that more than one person has."""
    rows = await tx.all("users.username_conflicts", tenant_id=tenant_id)
    return [row["username_lower"] for row in rows]


def row_of(row: Row) -> UserRow:
    """A row of the table as a value."""
    return value_of(UserRow, row)


def _found(row: Row | None) -> UserRow | None:
    return None if row is None else row_of(row)


def _arguments(row: UserRow) -> dict[str, Any]:
    """The columns, with those that are compared beside those that are shown."""
    return {
        **{name: getattr(row, name) for name in UserRow.__slots__},
        "username_lower": None if row.username is None else row.username.lower(),
        "email_key": None if row.primary_email is None else address_key(row.primary_email),
    }
