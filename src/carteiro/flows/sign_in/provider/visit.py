"""Who visits the provider, and the rows that nearly every visit needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from carteiro.errors import CarteiroError, RelationNotFound
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.oidc.errors import SessionNotFound
from carteiro.oidc.issuer import issuer
from carteiro.secrets import fingerprint
from carteiro.storage.drivers.database import Call, Transaction, Work
from carteiro.storage.people import users
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in import sessions
from carteiro.storage.sign_in.sessions import BrowserSession
from carteiro.storage.tenancy import logs

T = TypeVar("T")
_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request to the provider of one tenant."""

    world: World
    tenant_id: str
    origin: str
    """Scheme and host of the tenant, from the settings and never from the request."""
    by: Actor
    now: int = field(init=False)
    """When it came: milliseconds since the epoch."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "now", self.world.clock.now())

    @property
    def issuer(self) -> str:
        """The issuer of this tenant's tokens."""
        return issuer(self.origin)


async def find_session(tx: Transaction, visit: Visit, secret: str | None) -> BrowserSession | None:
    """The session of whoever shows its secret, while it lasts."""
    if secret is None:
        return None
    return await sessions.find(tx, visit.tenant_id, fingerprint(secret), visit.now)


async def lock_session(tx: Transaction, visit: Visit, secret: str | None) -> BrowserSession | None:
    """The same for who may change it: nobody else does until this unit ends."""
    if secret is None:
        return None
    return await sessions.lock(tx, visit.tenant_id, fingerprint(secret), visit.now)


async def find_person(tx: Transaction, visit: Visit, account_id: str) -> UserRow | None:
    """Somebody who may sign in: there, and not suspended."""
    row = await users.get(tx, visit.tenant_id, account_id)
    return None if row is None or row.is_suspended else row


async def taken(visit: Visit, work: Work[T]) -> T:
    """Run a unit of work, anew where what it rests on ends in the very moment.

    A grant may be revoked, or a person deleted, between the look and the write: then another look
    says what to do. Raises ``SessionNotFound`` where that does not help.
    """
    for _ in range(_LOOKS):
        try:
            return await visit.world.database.write(work)
        except RelationNotFound:
            continue
    raise SessionNotFound


def recorded(
    visit: Visit,
    key: str,
    *,
    client_id: str | None,
    user_id: str | None,
    error: CarteiroError | None = None,
    **members: Any,
) -> Call:
    """An entry of the audit log about a visit; members that are ``None`` are left out."""
    payload: Mapping[str, Any] = {
        name: value for name, value in members.items() if value is not None
    }
    by = visit.by.acting(application_id=client_id, user_id=user_id)
    return logs.entry(visit.tenant_id, by, key, at=visit.now, payload=payload, error=error)


async def record(
    tx: Transaction,
    visit: Visit,
    key: str,
    *,
    client_id: str | None,
    user_id: str | None,
    **members: Any,
) -> None:
    """Put a visit on record, with what it does."""
    await logs.add(tx, recorded(visit, key, client_id=client_id, user_id=user_id, **members))
