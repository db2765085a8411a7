"""The configs of connectors, sealed: each a revision, one of them live, and at most one draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.drivers.rows import part_of, value_of
from carteiro.storage.tenancy.revisions import DRAFT, RevisionRow, written


class Owner(StrEnum):
    """Which of the two kinds of connectors a config is of: the statements' topic."""

    FIRST = "connectors"
    FURTHER = "fallbacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRow(RevisionRow):
    """A revision or a draft with its config."""

    config_sealed: bytes = field(repr=False)


async def lock(tx: Transaction, owner: Owner, tenant_id: str, connector_id: str) -> bool:
    """Have whoever changes the connector next wait for this unit; false when it is gone."""
    return await tx.one(f"{owner}.lock", tenant_id=tenant_id, id=connector_id) is not None


async def publish(
    tx: Transaction,
    owner: Owner,
    tenant_id: str,
    connector_id: str,
    config_sealed: bytes,
    publication: Publication,
) -> int | None:
    """Make a config live; the number of its revision, or ``None`` when the connector is gone."""
    row = await tx.one(f"{owner}.point", tenant_id=tenant_id, id=connector_id)
    if row is None:
        return None
    number: int = row["revision"]
    await add(tx, tenant_id, connector_id, number, config_sealed, publication)
    return number


async def add(
    tx: Transaction,
    tenant_id: str,
    connector_id: str,
    number: int,
    config_sealed: bytes,
    publication: Publication,
) -> None:
    """Put a revision on record; the oldest ones that it pushes out go."""
    names = {"tenant_id": tenant_id, "connector_id": connector_id, "number": number}
    values = {"config_sealed": config_sealed, **written(publication)}
    await tx.put(
        Call("connector_revisions.create", {**names, **values}),
        Call("connector_revisions.prune", {**names, "keep": publication.keep}),
    )


async def forget(tx: Transaction, tenant_id: str, connector_id: str) -> None:
    """Delete every revision and the draft of a connector that goes."""
    await tx.run("connector_revisions.forget", tenant_id=tenant_id, connector_id=connector_id)


async def get(
    tx: Transaction, tenant_id: str, connector_id: str, number: int = DRAFT
) -> ConfigRow | None:
    """One revision, or the draft, with its config."""
    row = await tx.one(
        "connector_revisions.get", tenant_id=tenant_id, connector_id=connector_id, number=number
    )
    return value_of(ConfigRow, row) if row else None


async def list_all(
    tx: Transaction, tenant_id: str, connector_id: str, page: Page | None
) -> Part[RevisionRow]:
    """The revisions that are kept of a connector, newest first."""
    return await part_of(
        tx,
        "connector_revisions.list",
        "connector_revisions.count",
        page,
        RevisionRow,
        tenant_id=tenant_id,
        connector_id=connector_id,
    )


async def save_draft(
    tx: Transaction,
    tenant_id: str,
    connector_id: str,
    config_sealed: bytes,
    publication: Publication,
    *,
    based_on: int,
) -> None:
    """Keep a config that nothing is sent through until it is published."""
    columns = written(publication)
    del columns["restores"]
    await tx.run(
        "connector_revisions.save_draft",
        tenant_id=tenant_id,
        connector_id=connector_id,
        config_sealed=config_sealed,
        based_on=based_on,
        **columns,
    )


async def drop_draft(tx: Transaction, tenant_id: str, connector_id: str) -> bool:
    """Do without the draft; false when there is none."""
    return (
        await tx.run(
            "connector_revisions.drop_draft", tenant_id=tenant_id, connector_id=connector_id
        )
        > 0
    )
