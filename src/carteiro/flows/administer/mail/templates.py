"""An administrator writes the tenant's templates, one per language and type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro import secrets
from carteiro.errors import BulkDeletionNoFilter, EntityNotExistsWithId
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.templates import TemplateRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One template to store; ``details`` as on the wire."""

    language_tag: str
    template_type: TemplateType
    details: Mapping[str, Any]


async def put_templates(
    world: World,
    tenant_id: str,
    drafts: Sequence[Draft],
    *,
    unless_there: bool = False,
    by: Actor = OPERATOR,
) -> list[TemplateRow]:
    """Create or replace each by language and type, all or none; of duplicates the last wins.

    With ``unless_there`` nothing is replaced: the answer has what was created.
    """
    now = world.clock.now()

    async def work(tx: Transaction) -> list[TemplateRow]:
        stored = {}
        before = await _details(tx, tenant_id, {draft.language_tag for draft in drafts})
        for draft in drafts:
            row = await templates.upsert(
                tx,
                tenant_id=tenant_id,
                id=secrets.standard_id(),
                language_tag=draft.language_tag,
                template_type=draft.template_type,
                details=json.dumps(draft.details, ensure_ascii=False),
                created_at=now,
                unless_there=unless_there,
            )
            if row is not None:
                stored[draft.language_tag, draft.template_type] = row
        if not stored:
            return []
        ids = [row.id for row in stored.values()]
        after = {_name(row): json.loads(row.details) for row in stored.values()}
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "EmailTemplate.Updated",
            before={name: details for name, details in before.items() if name in after},
            after=after,
            templateIds=ids,
        )
        keys = [(draft.language_tag, draft.template_type) for draft in drafts]
        return [stored[key] for key in keys if key in stored]

    return await change(world, tenant_id, work)


async def list_templates(
    world: World, tenant_id: str, *, language_tag: str | None, template_type: TemplateType | None
) -> list[TemplateRow]:
    """The tenant's templates by language and type; filters match exactly."""
    return await world.database.read(
        lambda tx: templates.list_all(
            tx, tenant_id, language_tag=language_tag, template_type=template_type
        )
    )


async def get_template(world: World, tenant_id: str, id: str) -> TemplateRow:  # noqa: A002 - the wire's name
    """One template. Raises ``EntityNotExistsWithId``."""
    found = await world.database.read(lambda tx: templates.get(tx, tenant_id, id))
    return existing(found, EntityNotExistsWithId)


async def update_details(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    changes: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> TemplateRow:
    """Replace the given members of ``details``. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> TemplateRow:
        row = existing(await templates.get(tx, tenant_id, id), EntityNotExistsWithId)
        if not changes:
            return row
        details = json.dumps({**json.loads(row.details), **changes}, ensure_ascii=False)
        updated = existing(
            await templates.update_details(tx, tenant_id, id, details), EntityNotExistsWithId
        )
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "EmailTemplate.Updated",
            before={_name(row): json.loads(row.details)},
            after={_name(row): json.loads(details)},
            templateIds=[id],
        )
        return updated

    return await change(world, tenant_id, work)


async def delete_template(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    by: Actor = OPERATOR,
) -> None:
    """Delete one. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> None:
        row = await templates.get(tx, tenant_id, id)
        if row is None or not await templates.delete(tx, tenant_id, id):
            raise EntityNotExistsWithId
        before = {_name(row): json.loads(row.details)}
        name = "EmailTemplate.Deleted"
        await announce(tx, world, tenant_id, by, name, before=before, templateIds=[id])

    await change(world, tenant_id, work)


async def delete_templates(
    world: World,
    tenant_id: str,
    *,
    language_tag: str | None,
    template_type: TemplateType | None,
    by: Actor = OPERATOR,
) -> int:
    """Delete all that match. Raises ``BulkDeletionNoFilter`` rather than delete everything."""
    if language_tag is None and template_type is None:
        raise BulkDeletionNoFilter

    async def work(tx: Transaction) -> int:
        gone = await templates.list_all(
            tx, tenant_id, language_tag=language_tag, template_type=template_type
        )
        count = await templates.delete_many(
            tx, tenant_id, language_tag=language_tag, template_type=template_type
        )
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "EmailTemplate.Deleted",
            before={_name(row): json.loads(row.details) for row in gone},
            languageTag=language_tag,
            templateType=template_type,
            rowCount=count,
        )
        return count

    return await change(world, tenant_id, work)


async def _details(tx: Transaction, tenant_id: str, tags: set[str]) -> dict[str, Any]:
    """What is stored in these languages."""
    found = {}
    for tag in sorted(tags):
        for row in await templates.list_all(tx, tenant_id, language_tag=tag):
            found[_name(row)] = json.loads(row.details)
    return found


def _name(row: TemplateRow) -> str:
    return f"{row.language_tag}/{row.template_type}"
