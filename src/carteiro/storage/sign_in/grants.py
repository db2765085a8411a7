"""Grants: what somebody lets an application have. A grant that ends takes its tokens with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carteiro.model import json_text
from carteiro.storage.drivers.database import Call, Question, Row, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One of them. Times are milliseconds since the epoch."""

    tenant_id: str
    id: str
    account_id: str
    client_id: str
    scopes: tuple[str, ...] = ()
    """Of OpenID Connect."""
    resource_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the resource's indicator."""
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedGrant:
    """A grant and whose it is; of an application of the service's own there is no name."""

    grant: Grant
    client_name: str | None
    is_third_party: bool


async def create(tx: Transaction, new: Grant) -> None:
    """Begin one. Raises ``RelationNotFound`` where the person is gone."""
    values = {
        "tenant_id": new.tenant_id,
        "id": new.id,
        "account_id": new.account_id,
        "client_id": new.client_id,
        "scopes": _written(new),
        "created_at": new.created_at,
        "expires_at": new.expires_at,
    }
    await tx.put(Call("grants.create", values))


async def get(tx: Transaction, tenant_id: str, id: str, now: int) -> Grant | None:  # noqa: A002 - the column's name
    """One that is not over."""
    row = await tx.one("grants.get", tenant_id=tenant_id, id=id, now=now)
    return None if row is None else _read(row)


async def save(tx: Transaction, grant: Grant) -> None:
    """Store what it lets the application have."""
    values = {"tenant_id": grant.tenant_id, "id": grant.id, "scopes": _written(grant)}
    await tx.put(Call("grants.save", values))


async def ids_of_pair(
    tx: Transaction, tenant_id: str, account_id: str, client_id: str, *, now: int, most: int
) -> list[str]:
    """What somebody granted one application and is not over, newest first, at most so many."""
    rows = await tx.all(
        "grants.of_pair",
        tenant_id=tenant_id,
        account_id=account_id,
        client_id=client_id,
        now=now,
        most=most,
    )
    return [row["id"] for row in rows]


async def of_account(
    tx: Transaction, tenant_id: str, account_id: str, *, now: int, most: int
) -> list[Grant]:
    """What somebody granted and is not over, oldest first, at most so many."""
    rows = await tx.all(
        "grants.of_account", tenant_id=tenant_id, account_id=account_id, now=now, most=most
    )
    return [_read(row) for row in rows]


def asked_of_bearer(tenant_id: str, value_hash: bytes, *, now: int, most: int) -> Question:
    """The same of whoever shows an access token, with the applications' names."""
    arguments = {"tenant_id": tenant_id, "value_hash": value_hash, "now": now, "most": most}
    return Question("grants.of_bearer", arguments)


async def of_bearer(tx: Transaction, asked: Question) -> list[NamedGrant]:
    """The answer."""
    return [
        NamedGrant(
            grant=_read(row),
            client_name=row["client_name"],
            is_third_party=bool(row["is_third_party"]),
        )
        for row in await tx.all(asked.statement, **asked.arguments)
    ]


def ending(tenant_id: str, id: str) -> Call:  # noqa: A002 - the column's name
    """End one with all its tokens, together with what else becomes true then."""
    return Call("grants.end", {"tenant_id": tenant_id, "id": id})


def ending_others(tenant_id: str, account_id: str, *, kept: str | None) -> Call:
    """End all of somebody's but ``kept``, with their tokens; ``None`` keeps none."""
    return Call(
        "grants.end_others",
        {"tenant_id": tenant_id, "account_id": account_id, "kept": kept or ""},
    )


async def end(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """End one with all its tokens; false where it is over already."""
    return await tx.run("grants.end", tenant_id=tenant_id, id=id) > 0


async def end_of_client(tx: Transaction, tenant_id: str, client_id: str) -> int:
    """End all of one application's with their tokens; how many."""
    return await tx.run("grants.end_of_client", tenant_id=tenant_id, client_id=client_id)


async def discard(tx: Transaction, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` that are over."""
    return await tx.run("grants.discard", now=now, batch=batch)


def _written(grant: Grant) -> str:
    return json_text.write({"oidc": list(grant.scopes), "resources": dict(grant.resource_scopes)})


def _read(row: Row) -> Grant:
    scopes = json_text.read(row["scopes"])
    return Grant(
        tenant_id=row["tenant_id"],
        id=row["id"],
        account_id=row["account_id"],
        client_id=row["client_id"],
        scopes=tuple(scopes["oidc"]),
        resource_scopes={name: tuple(held) for name, held in scopes["resources"].items()},
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
