"""What a person is found by in every table."""

from __future__ import annotations

from contextlib import suppress

from carteiro.errors import CarteiroError
from carteiro.experience.guards.lockouts import lockout_hashes
from carteiro.model.addresses import address_key, parse_address
from carteiro.model.erased import Names
from carteiro.model.message import Recipient
from carteiro.model.phones import parse_phone
from carteiro.secrets import Keyring
from carteiro.storage.drivers.containing import containing
from carteiro.storage.people.holdings import Traces
from carteiro.storage.people.users import UserRow
from carteiro.storage.tenancy.naming_logs import Named
from carteiro.verification.identity import recipient_hash


def traces_of(keys: Keyring, row: UserRow) -> Traces:
    """By the id, the addresses and the user name that the person has now.

    Hashes need no older key: look-ups keep theirs when keys are replaced.
    """
    locks = [
        hashed
        for value in (row.id, row.primary_email, row.primary_phone, row.username)
        if value is not None
        for hashed in lockout_hashes(keys, row.tenant_id, value)
    ]
    return Traces(
        tenant_id=row.tenant_id,
        user_id=row.id,
        email_key=None if row.primary_email is None else address_key(row.primary_email),
        email_hash=_hash(keys, row.tenant_id, email_of(row)),
        phone_hash=_hash(keys, row.tenant_id, phone_of(row)),
        locks=tuple(dict.fromkeys(locks)),
        texts=(containing(row.id), *_values(row)),
    )


def traces_of_id(keys: Keyring, tenant_id: str, id: str) -> Traces:  # noqa: A002 - the wire's name
    """By nothing but the id: what is left when the person's row is gone."""
    locks = tuple(lockout_hashes(keys, tenant_id, id))
    return Traces(tenant_id=tenant_id, user_id=id, locks=locks, texts=(containing(id),))


def named_by(traces: Traces, names: Names) -> Named:
    """The same, for the audit log, where an address may stand inside of a sentence."""
    username = None if names.username is None else containing(f'"{names.username}"')
    return Named(
        tenant_id=traces.tenant_id,
        user_id=traces.user_id,
        pseudonym=names.replaced[traces.user_id],
        email_hash=traces.email_hash,
        phone_hash=traces.phone_hash,
        texts=(*(containing(name) for name in names.replaced), username),
    )


def addresses_of(row: UserRow) -> list[str]:
    """What names the person inside of a text wherever it stands alone: the address, the number."""
    return [name for name in (row.primary_email, row.primary_phone) if name]


def email_of(row: UserRow) -> Recipient | None:
    """Where mail goes; what was imported may be no address."""
    with suppress(CarteiroError):
        return parse_address(row.primary_email or "")
    return None


def phone_of(row: UserRow) -> Recipient | None:
    """Where messages to the phone go."""
    with suppress(CarteiroError):
        return parse_phone(row.primary_phone or "")
    return None


def _values(row: UserRow) -> tuple[str | None, ...]:
    """Whole values only: an address may be the end of somebody else's, and a user name a word."""
    email, phone, name = row.primary_email, row.primary_phone, row.username
    return (
        email and containing(f'"{email}"'),
        phone and containing(f'"{phone}"'),
        phone and containing(f'"+{phone}"'),
        name and containing(f'"username":"{name}"'),
        name and containing(f'"type":"username","value":"{name}"'),
    )


def _hash(keys: Keyring, tenant_id: str, recipient: Recipient | None) -> str | None:
    return None if recipient is None else recipient_hash(keys, tenant_id, recipient)
