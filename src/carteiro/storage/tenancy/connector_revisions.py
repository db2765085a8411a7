"""The configs of connectors, sealed: each a revision, one of them live, and at most one draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy.revisions import RevisionRow, Revisions


class Owner(StrEnum):
    """Which of the two kinds of connectors a config is of: the statements' topic."""

    FIRST = "connectors"
    FURTHER = "fallbacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRow(RevisionRow):
    """A revision or a draft with its config."""

    config_sealed: bytes = field(repr=False)


CONFIGS = Revisions(
    topic="connector_revisions", key="connector_id", content="config_sealed", row=ConfigRow
)


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
    await tx.put(*CONFIGS.added(tenant_id, connector_id, number, config_sealed, publication))


async def forget(tx: Transaction, tenant_id: str, connector_id: str) -> None:
    """Delete every revision and the draft of a connector that goes."""
    await tx.run("connector_revisions.forget", tenant_id=tenant_id, connector_id=connector_id)
