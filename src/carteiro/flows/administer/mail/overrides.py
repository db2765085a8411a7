"""An administrator gives an organization or an application templates and a sender of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carteiro import secrets
from carteiro.connectors.metadata import ConnectorType
from carteiro.errors import (
    EntityNotExistsWithId,
    EntityNotFound,
    Forbidden,
    InvalidInput,
    InvalidRequestInput,
    RelationNotFound,
)
from carteiro.flows.administer.mail.templates import Draft
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.issues import issue
from carteiro.model.limits import MAX_TEMPLATES
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import connectors, fallbacks, overrides, tenants
from carteiro.storage.tenancy.overrides import OverrideRow, OverrideTemplateRow, Owner, OwnerKind

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
    """Leave everything to the next level, the templates too.

    Raises ``EntityNotFound``, and ``Forbidden`` where there are templates and they are not the
    caller's to delete.
    """

    async def work(tx: Transaction) -> None:
        await tenants.lock(tx, tenant_id)
        row = existing(await overrides.of(tx, tenant_id, owner), EntityNotFound)
        gone = await overrides.templates(tx, tenant_id, row.id)
        if gone and not with_templates:
            raise Forbidden("Its templates would go, too, and may not be changed by this token.")
        await overrides.delete(tx, tenant_id, row.id)
        await _told(tx, world, by, "MailOverride.Deleted", row, None, templates=gone)

    await change(world, tenant_id, work)


async def list_templates(
    world: World, tenant_id: str, owner: Owner
) -> Sequence[OverrideTemplateRow]:
    """An owner's templates by language and type. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> list[OverrideTemplateRow]:
        row = existing(await overrides.of(tx, tenant_id, owner), EntityNotFound)
        return await overrides.templates(tx, tenant_id, row.id)

    return await world.database.read(work)


async def put_templates(
    world: World, tenant_id: str, owner: Owner, drafts: Sequence[Draft], *, by: Actor = OPERATOR
) -> Sequence[OverrideTemplateRow]:
    """Create or replace each by language and type, all or none; of duplicates the last wins.

    Raises ``EntityNotFound`` where there is no such owner, ``InvalidRequestInput`` for too many.
    """

    async def work(tx: Transaction) -> list[OverrideTemplateRow]:
        await tenants.lock(tx, tenant_id)
        row = await overrides.of(tx, tenant_id, owner) or await begun(tx, world, tenant_id, owner)
        there = {_name(one): one for one in await overrides.templates(tx, tenant_id, row.id)}
        stored: dict[str, OverrideTemplateRow] = {}
        for draft in drafts:
            new = await overrides.put_template(
                tx,
                OverrideTemplateRow(
                    tenant_id=tenant_id,
                    id=secrets.standard_id(),
                    override_id=row.id,
                    language_tag=draft.language_tag,
                    template_type=draft.template_type,
                    details=json.dumps(draft.details, ensure_ascii=False),
                    created_at=world.clock.now(),
                ),
            )
            stored[_name(new)] = new
        if len(there.keys() | stored.keys()) > MAX_TEMPLATES:
            raise InvalidRequestInput(f"An override has {MAX_TEMPLATES} templates at most.")
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "MailOverride.Templates.Updated",
            target=_target(owner),
            before={name: json.loads(there[name].details) for name in stored if name in there},
            after={name: json.loads(one.details) for name, one in stored.items()},
            templateIds=[one.id for one in stored.values()],
        )
        return [stored[f"{draft.language_tag}/{draft.template_type}"] for draft in drafts]

    return await change(world, tenant_id, work)


async def delete_template(
    world: World,
    tenant_id: str,
    owner: Owner,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete one of an owner's. Raises ``EntityNotFound``, ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> None:
        row = existing(await overrides.of(tx, tenant_id, owner), EntityNotFound)
        template = await overrides.template(tx, tenant_id, id)
        if template is None or not await overrides.delete_template(tx, tenant_id, row.id, id):
            raise EntityNotExistsWithId
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "MailOverride.Templates.Deleted",
            target=_target(owner),
            before={_name(template): json.loads(template.details)},
            templateIds=[id],
        )

    await change(world, tenant_id, work)


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
    is_organization = owner.kind is OwnerKind.ORGANIZATION
    row = OverrideRow(
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        organization_id=owner.id if is_organization else None,
        application_id=None if is_organization else owner.id,
        connector_id=None,
        from_name=None,
        reply_to=None,
        created_at=world.clock.now(),
    )
    try:
        await overrides.create(tx, row)
    except RelationNotFound:
        raise EntityNotFound(f"There is no {owner.kind} with this id.") from None
    return row


async def _told(
    tx: Transaction,
    world: World,
    by: Actor,
    name: str,
    before: OverrideRow | None,
    after: OverrideRow | None,
    *,
    templates: Sequence[OverrideTemplateRow] = (),
) -> None:
    row = after or before
    assert row is not None
    words = {_name(one): json.loads(one.details) for one in templates}
    await announce(
        tx,
        world,
        row.tenant_id,
        by,
        name,
        target=_target(row.owner),
        before=None if before is None else {**_sender_of(before), **words},
        after=None if after is None else _sender_of(after),
    )


def _target(owner: Owner) -> Mapping[str, str]:
    return {_WIRE_ID[owner.kind]: owner.id}


def _sender_of(row: OverrideRow) -> dict[str, Any]:
    said = {
        "connectorId": row.connector_id,
        "fromName": row.from_name,
        "replyTo": row.reply_to,
    }
    return {"id": row.id, **said}


def _name(row: OverrideTemplateRow) -> str:
    return f"{row.language_tag}/{row.template_type}"
