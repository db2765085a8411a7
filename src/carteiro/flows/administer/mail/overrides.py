"""An administrator gives an organization or an application a sender of its own, and takes it away.

Their templates are written as the tenant's are (``templates.py``, ``revisions.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carteiro import secrets
from carteiro.connectors.metadata import ConnectorType
from carteiro.errors import (
    EntityNotFound,
    Forbidden,
    InvalidInput,
    InvalidRequestInput,
    RelationNotFound,
)
from carteiro.flows.administer.mail.publishing import published
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.issues import issue
from carteiro.model.owners import Owner, OwnerKind
from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import connectors, fallbacks, overrides, templates, tenants
from carteiro.storage.tenancy.overrides import OverrideRow
from carteiro.storage.tenancy.templates import TemplateRow, TemplateSet

MOST = 10_000
"""Overrides of a tenant: a small row of each is in memory."""
_WIRE_ID = {OwnerKind.ORGANIZATION: "organizationId", OwnerKind.APPLICATION: "applicationId"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who mails are from; ``None`` leaves it to the next level."""

    connector_id: str | None = None
    from_name: str | None = None
    reply_to: str | None = None


async def find_overrides(world: World, tenant_id: str, page: Page) -> Part[OverrideRow]:
    """A page of them, the oldest first."""
    return await world.database.read(lambda tx: overrides.find(tx, tenant_id, page))


async def get_override(world: World, tenant_id: str, owner: Owner) -> OverrideRow:
    """An owner's. Raises ``EntityNotFound``."""
    found = await world.database.read(lambda tx: overrides.of(tx, tenant_id, owner))
    return existing(found, EntityNotFound)


async def put_sender(
    world: World, tenant_id: str, owner: Owner, sender: Sender, *, by: Actor = OPERATOR
) -> OverrideRow:
    """Set the sender; the templates stay.

    Raises ``EntityNotFound`` where there is no such owner, and ``InvalidInput`` for a connector
    that is none of the tenant's for mail.
    """

    async def work(tx: Transaction) -> OverrideRow:
        await tenants.lock(tx, tenant_id)
        before = await overrides.of(tx, tenant_id, owner)
        if sender.connector_id is not None and not await sends_mail(
            tx, tenant_id, sender.connector_id
        ):
            raise InvalidInput(
                [issue("custom", ["connectorId"], "There is no email connector with this id.")]
            )
        row = replace(
            before or await begun(tx, world, tenant_id, owner),
            connector_id=sender.connector_id,
            from_name=sender.from_name,
            reply_to=sender.reply_to,
        )
        await overrides.update(tx, row)
        await _told(tx, world, by, "MailOverride.Updated", before, row)
        return row

    return await change(world, tenant_id, work)


async def delete_override(
    world: World,
    tenant_id: str,
    owner: Owner,
    *,
    with_templates: bool = True,
    by: Actor = OPERATOR,
) -> None:
    """Leave everything to the next level, the templates too; their history stays.

    Raises ``EntityNotFound``, and ``Forbidden`` where there are templates and they are not the
    caller's to delete.
    """
    publication = published(world, by)

    async def work(tx: Transaction) -> None:
        await tenants.lock(tx, tenant_id)
        row = existing(await overrides.of(tx, tenant_id, owner), EntityNotFound)
        gone = await ended(tx, row, publication)
        if gone and not with_templates:
            raise Forbidden("Its templates would go, too, and may not be changed by this token.")
        await _told(tx, world, by, "MailOverride.Deleted", row, None, templates=gone)

    await change(world, tenant_id, work)


async def ended(
    tx: Transaction, row: OverrideRow, publication: Publication
) -> Sequence[TemplateRow]:
    """Delete an override; the templates that were live with it, of which the history stays."""
    of = TemplateSet(row.tenant_id, row.owner)
    live = await templates.list_all(tx, of)
    for one in live:
        await templates.retract(tx, of, one.id, publication)
    await overrides.delete(tx, row.tenant_id, row.id)
    return live


async def sends_mail(tx: Transaction, tenant_id: str, connector_id: str) -> bool:
    """Whether a connector is one of the tenant's for mail: the first, a further, a reserved one."""
    row = await connectors.get(tx, tenant_id, connector_id)
    if row is not None:
        return row.type == ConnectorType.EMAIL
    return await fallbacks.get(tx, tenant_id, connector_id) is not None


async def begun(tx: Transaction, world: World, tenant_id: str, owner: Owner) -> OverrideRow:
    """A new override that says nothing yet.

    Raises ``EntityNotFound`` where there is no such owner, ``InvalidRequestInput`` for too many.
    """
    if await overrides.count(tx, tenant_id) >= MOST:
        raise InvalidRequestInput(f"There are {MOST:,} overrides at most.")
    row = OverrideRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        organization_id=owner.organization_id,
        application_id=owner.application_id,
        connector_id=None,
        from_name=None,
        reply_to=None,
        created_at=world.clock.now(),
    )
    try:
        await overrides.create(tx, row)
    except RelationNotFound:
        raise no_such(owner) from None
    return row


def no_such(owner: Owner) -> EntityNotFound:
    """There is no such organization or application."""
    return EntityNotFound(f"There is no {owner.kind} with this id.")


async def _told(
    tx: Transaction,
    world: World,
    by: Actor,
    name: str,
    before: OverrideRow | None,
    after: OverrideRow | None,
    *,
    templates: Sequence[TemplateRow] = (),
) -> None:
    row = after or before
    assert row is not None
    words = {
        f"{one.language_tag}/{one.template_type}": json.loads(one.details) for one in templates
    }
    await announce(
        tx,
        world,
        row.tenant_id,
        by,
        name,
        target=target_of(row.owner),
        before=None if before is None else {**_sender_of(before), **words},
        after=None if after is None else _sender_of(after),
    )


def target_of(owner: Owner) -> Mapping[str, str]:
    """Its id as the audit log names it."""
    return {_WIRE_ID[owner.kind]: owner.id}


def _sender_of(row: OverrideRow) -> dict[str, Any]:
    said = {
        "connectorId": row.connector_id,
        "fromName": row.from_name,
        "replyTo": row.reply_to,
    }
    return {"id": row.id, **said}
