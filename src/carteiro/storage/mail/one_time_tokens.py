"""One-time tokens: what a magic link proves. Only a hash of each is stored."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from carteiro.model.addresses import address_key
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of


class TokenStatus(StrEnum):
    """Where a token is."""

    ACTIVE = "active"
    CONSUMED = "consumed"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token without its value; ``context`` is JSON, times are milliseconds since the epoch."""

    tenant_id: str
    id: str
    email: str
    context: str
    status: TokenStatus
    created_at: int
    expires_at: int

    def status_at(self, now: int) -> TokenStatus:
        """What it is at a time: an active one is over when its time is."""
        if self.status is TokenStatus.ACTIVE and self.expires_at < now:
            return TokenStatus.EXPIRED
        return self.status


def create(row: TokenRow, token_hash: bytes) -> Call:
    """Store a token by its hash."""
    arguments = asdict(row)
    del arguments["status"]
    return Call(
        "one_time_tokens.create",
        {**arguments, "email_key": address_key(row.email), "token_hash": token_hash},
    )


async def expire(tx: Transaction, tenant_id: str, email: str, *, now: int) -> None:
    """Mark the tokens of an address whose time is over."""
    await tx.run(
        "one_time_tokens.expire", tenant_id=tenant_id, email_key=address_key(email), now=now
    )


async def get(tx: Transaction, tenant_id: str, id: str) -> TokenRow | None:  # noqa: A002 - the column's name
    """One token."""
    return _found(await tx.one("one_time_tokens.get", tenant_id=tenant_id, id=id))


async def find_by_hash(tx: Transaction, tenant_id: str, token_hash: bytes) -> TokenRow | None:
    """The token whose value somebody knows."""
    return _found(
        await tx.one("one_time_tokens.by_hash", tenant_id=tenant_id, token_hash=token_hash)
    )


async def find(
    tx: Transaction,
    tenant_id: str,
    *,
    email: str | None,
    status: TokenStatus | None,
    page: Page | None,
) -> Part[TokenRow]:
    """A page of those that match, newest first; without a page all of them."""
    arguments = {
        "tenant_id": tenant_id,
        "email_key": address_key(email) if email is not None else None,
        "status": status,
    }
    find, count = "one_time_tokens.find", "one_time_tokens.count_found"
    return await part_of(tx, find, count, page, TokenRow, **arguments)


async def consume(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    *,
    now: int,
) -> TokenRow | None:
    """Use a token: the row once, for one caller, while it is active; else ``None``."""
    return _found(await tx.one("one_time_tokens.consume", tenant_id=tenant_id, id=id, now=now))


async def set_status(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    status: TokenStatus,
) -> TokenRow | None:
    """Give a token another status; ``None`` when it is gone."""
    return _found(
        await tx.one("one_time_tokens.set_status", tenant_id=tenant_id, id=id, status=status)
    )


async def delete(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Delete; false when there is no such token."""
    return await tx.run("one_time_tokens.delete", tenant_id=tenant_id, id=id) > 0


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` tokens that ended before a time."""
    return await tx.run("one_time_tokens.discard", before=before, batch=batch)


def _found(row: Row | None) -> TokenRow | None:
    return None if row is None else value_of(TokenRow, row)
