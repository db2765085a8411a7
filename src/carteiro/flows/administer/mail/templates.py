"""An administrator writes templates, one per language and type: the tenant's, or an ``owner``'s.

Each change is live at once, and is a revision: what was live before stays in the history.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.errors import BulkDeletionNoFilter, EntityNotExistsWithId, EntityNotFound
from carteiro.flows.administer.mail.publishing import published
from carteiro.flows.administer.mail.template_sets import (
    begin,
    name_of,
    require_room,
    tell,
    words_of,
)
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.kinds import TemplateType
from carteiro.model.owners import Owner
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import overrides, templates
from carteiro.storage.tenancy.templates import NewTemplate, TemplateRow, TemplateSet

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
    owner: Owner | None = None,
    unless_there: bool = False,
    by: Actor = OPERATOR,
) -> list[TemplateRow]:
    """Create or replace each by language and type, all or none; of duplicates the last wins.

    With ``unless_there`` nothing is replaced: the answer has what was created. Raises
    ``EntityNotFound`` where there is no such owner, ``InvalidRequestInput`` where it has too many.
    """
    of = TemplateSet(tenant_id, owner)
    publication = published(world, by)
    wanted = {(one.language_tag, one.template_type): one for one in drafts}

    async def work(tx: Transaction) -> list[TemplateRow]:
        await begin(tx, world, of)
        before = await _stored(tx, of, {draft.language_tag for draft in drafts})
        changed = [
            _new(one)
            for key, one in wanted.items()
            if key not in before or words_of(before[key]) != one.details
        ]
        rows = await templates.publish(tx, of, changed, publication, unless_live=unless_there)
        await require_room(tx, of)
        known = {} if unless_there else before
        after = {**known, **{_key(row): row for row in rows}}
        stored = {key: after[key] for key in wanted if key in after}
        if rows:
            await tell(
                tx,
                world,
                of,
                by,
                "Updated",
                before={name_of(row): words_of(row) for key, row in known.items() if key in stored},
                after={name_of(row): words_of(row) for row in stored.values()},
                templateIds=[row.id for row in stored.values()],
            )
        keys = [(draft.language_tag, draft.template_type) for draft in drafts]
        return [stored[key] for key in keys if key in stored]

    return await change(world, tenant_id, work)


async def list_templates(
    world: World,
    tenant_id: str,
    *,
    owner: Owner | None = None,
    language_tag: str | None = None,
    template_type: TemplateType | None = None,
) -> list[TemplateRow]:
    """The live ones by language and type; filters match exactly.

    Raises ``EntityNotFound`` for an owner without an override.
    """

    async def work(tx: Transaction) -> list[TemplateRow]:
        if owner is not None:
            existing(await overrides.of(tx, tenant_id, owner), EntityNotFound)
        of = TemplateSet(tenant_id, owner)
        return await templates.list_all(
            tx, of, language_tag=language_tag, template_type=template_type
        )

    return await world.database.read(work)


async def get_template(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    owner: Owner | None = None,
) -> TemplateRow:
    """One that is live. Raises ``EntityNotExistsWithId``."""
    of = TemplateSet(tenant_id, owner)
    found = await world.database.read(lambda tx: templates.get(tx, of, id))
    return existing(found, EntityNotExistsWithId)


async def update_details(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    changes: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> TemplateRow:
    """Replace the given members of ``details`` of one of the tenant's own.

    Raises ``EntityNotExistsWithId``.
    """
    of = TemplateSet(tenant_id)
    publication = published(world, by)

    async def work(tx: Transaction) -> TemplateRow:
        await templates.lock(tx, of, id)
        row = existing(await templates.get(tx, of, id), EntityNotExistsWithId)
        details = {**words_of(row), **changes}
        if details == words_of(row):
            return row
        updated = existing(
            await templates.publish_again(tx, of, id, _json(details), publication),
            EntityNotExistsWithId,
        )
        before, after = {name_of(row): words_of(row)}, {name_of(row): details}
        await tell(tx, world, of, by, "Updated", before=before, after=after, templateIds=[id])
        return updated

    return await change(world, tenant_id, work)


async def delete_template(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    owner: Owner | None = None,
    by: Actor = OPERATOR,
) -> None:
    """Delete one; its history stays. Raises ``EntityNotExistsWithId``."""
    of = TemplateSet(tenant_id, owner)
    publication = published(world, by)

    async def work(tx: Transaction) -> None:
        await templates.lock(tx, of, id)
        row = existing(await templates.get(tx, of, id), EntityNotExistsWithId)
        await templates.retract(tx, of, id, publication)
        before = {name_of(row): words_of(row)}
        await tell(tx, world, of, by, "Deleted", before=before, templateIds=[id])

    await change(world, tenant_id, work)


async def delete_templates(
    world: World,
    tenant_id: str,
    *,
    language_tag: str | None,
    template_type: TemplateType | None,
    by: Actor = OPERATOR,
) -> int:
    """Delete all of the tenant's own that match.

    Raises ``BulkDeletionNoFilter`` rather than delete everything.
    """
    if language_tag is None and template_type is None:
        raise BulkDeletionNoFilter
    of = TemplateSet(tenant_id)
    publication = published(world, by)

    async def work(tx: Transaction) -> int:
        found = await templates.list_all(
            tx, of, language_tag=language_tag, template_type=template_type
        )
        gone = [row for row in found if await templates.retract(tx, of, row.id, publication)]
        count = len(gone)
        await tell(
            tx,
            world,
            of,
            by,
            "Deleted",
            before={name_of(row): words_of(row) for row in gone},
            languageTag=language_tag,
            templateType=template_type,
            rowCount=count,
        )
        return count

    return await change(world, tenant_id, work)


async def _stored(tx: Transaction, of: TemplateSet, tags: set[str]) -> dict[_Key, TemplateRow]:
    """What is live in these languages."""
    found = {}
    for tag in sorted(tags):
        for row in await templates.list_all(tx, of, language_tag=tag):
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


def _json(details: Mapping[str, Any]) -> str:
    return json.dumps(details, ensure_ascii=False)
