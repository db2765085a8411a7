"""An administrator writes the tenant's templates, one per language and type.

Each change is live at once, and is a revision: what was live before stays in the history.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.errors import BulkDeletionNoFilter, EntityNotExistsWithId
from carteiro.flows.administer.mail.publishing import published
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.templates import NewTemplate, TemplateRow

_Key = tuple[str, str]


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
    publication = published(world, by)
    wanted = {(one.language_tag, one.template_type): one for one in drafts}

    async def work(tx: Transaction) -> list[TemplateRow]:
        before = await _stored(tx, tenant_id, {draft.language_tag for draft in drafts})
        changed = [
            _new(one)
            for key, one in wanted.items()
            if key not in before or json.loads(before[key].details) != one.details
        ]
        rows = await templates.publish(
            tx, tenant_id, changed, publication, unless_live=unless_there
        )
        known = {} if unless_there else before
        after = {**known, **{_key(row): row for row in rows}}
        stored = {key: after[key] for key in wanted if key in after}
        if rows:
            await announce(
                tx,
                world,
                tenant_id,
                by,
                "EmailTemplate.Updated",
                before={_name(row): _read(row) for key, row in known.items() if key in stored},
                after={_name(row): _read(row) for row in stored.values()},
                templateIds=[row.id for row in stored.values()],
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
    publication = published(world, by)

    async def work(tx: Transaction) -> TemplateRow:
        await templates.lock(tx, tenant_id, id)
        row = existing(await templates.get(tx, tenant_id, id), EntityNotExistsWithId)
        details = {**_read(row), **changes}
        if details == _read(row):
            return row
        updated = existing(
            await templates.publish_again(tx, tenant_id, id, _json(details), publication),
            EntityNotExistsWithId,
        )
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "EmailTemplate.Updated",
            before={_name(row): _read(row)},
            after={_name(row): details},
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
    publication = published(world, by)

    async def work(tx: Transaction) -> None:
        await templates.lock(tx, tenant_id, id)
        row = existing(await templates.get(tx, tenant_id, id), EntityNotExistsWithId)
        await templates.retract(tx, tenant_id, id, publication)
        before = {_name(row): _read(row)}
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
    publication = published(world, by)

    async def work(tx: Transaction) -> int:
        found = await templates.list_all(
            tx, tenant_id, language_tag=language_tag, template_type=template_type
        )
        gone = [row for row in found if await templates.retract(tx, tenant_id, row.id, publication)]
        count = len(gone)
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "EmailTemplate.Deleted",
            before={_name(row): _read(row) for row in gone},
            languageTag=language_tag,
            templateType=template_type,
            rowCount=count,
        )
        return count

    return await change(world, tenant_id, work)


async def _stored(tx: Transaction, tenant_id: str, tags: set[str]) -> dict[_Key, TemplateRow]:
    """What is live in these languages."""
    found = {}
    for tag in sorted(tags):
        for row in await templates.list_all(tx, tenant_id, language_tag=tag):
            found[_key(row)] = row
    return found


def _new(draft: Draft) -> NewTemplate:
    return NewTemplate(
        language_tag=draft.language_tag,
        template_type=draft.template_type,
        details=_json(draft.details),
    )


def _key(row: TemplateRow) -> _Key:
    return row.language_tag, row.template_type


def _name(row: TemplateRow) -> str:
    return f"{row.language_tag}/{row.template_type}"


def _json(details: Mapping[str, Any]) -> str:
    return json.dumps(details, ensure_ascii=False)


def _read(row: TemplateRow) -> Any:
    return json.loads(row.details)
