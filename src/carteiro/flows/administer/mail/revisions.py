"""An administrator drafts a template, publishes it, looks at its history and goes back in it.

It is one of the tenant's own, or of an ``owner``'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.errors import (
    DraftOutdated,
    EntityNotExistsWithId,
    EntityNotFound,
    InvalidRequestInput,
)
from carteiro.flows.administer.mail.comparing import Side, compare_sides
from carteiro.flows.administer.mail.publishing import published
from carteiro.flows.administer.mail.template_sets import (
    begin,
    name_of,
    require_room,
    reserve,
    tell,
    words_of,
)
from carteiro.flows.change import change, commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.config_diff import Changes
from carteiro.model.kinds import TemplateType
from carteiro.model.owners import Owner
from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.revisions import RevisionRow
from carteiro.storage.tenancy.templates import (
    WORDS,
    ContentRow,
    HistoryRow,
    NewTemplate,
    PlaceRow,
    TemplateRow,
    TemplateSet,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDraft:
    """Words that are not live, and the template that they are for."""

    place: PlaceRow
    content: ContentRow

    @property
    def is_outdated(self) -> bool:
        """Whether something was published since."""
        return self.content.based_on != self.place.latest


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A template, live or not, and a page of its revisions, newest first."""

    place: PlaceRow
    revisions: Part[RevisionRow]


async def list_histories(
    world: World,
    tenant_id: str,
    page: Page | None,
    *,
    owner: Owner | None = None,
    language_tag: str | None = None,
    template_type: TemplateType | None = None,
) -> Part[HistoryRow]:
    """Everything that there is a history or a draft of, what is deleted, too."""
    of = TemplateSet(tenant_id, owner)
    return await world.database.read(
        lambda tx: templates.histories(
            tx, of, page, language_tag=language_tag, template_type=template_type
        )
    )


async def get_history(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    page: Page | None,
    *,
    owner: Owner | None = None,
) -> History:
    """What was published of a template. Raises ``EntityNotExistsWithId``."""
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> History:
        place = existing(await templates.place(tx, of, id), EntityNotExistsWithId)
        return History(place=place, revisions=await WORDS.list_all(tx, tenant_id, id, page))

    return await world.database.read(work)


async def get_revision(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    number: int,
    *,
    owner: Owner | None = None,
) -> tuple[PlaceRow, ContentRow]:
    """One revision. Raises ``EntityNotExistsWithId``, also for one that is not kept any more."""
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> tuple[PlaceRow, ContentRow]:
        place = existing(await templates.place(tx, of, id), EntityNotExistsWithId)
        row = await WORDS.get(tx, tenant_id, id, number)
        return place, existing(row, EntityNotExistsWithId)

    return await world.database.read(work)


async def get_draft(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    owner: Owner | None = None,
) -> TemplateDraft:
    """What is to be published next. Raises ``EntityNotExistsWithId``, ``EntityNotFound``."""
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> TemplateDraft:
        place = existing(await templates.place(tx, of, id), EntityNotExistsWithId)
        return await _draft(tx, place)

    return await world.database.read(work)


async def get_anybodys_draft(world: World, tenant_id: str, id: str) -> TemplateDraft:  # noqa: A002 - the wire's name
    """The same, whoever's template it is."""

    async def work(tx: Transaction) -> TemplateDraft:
        place = existing(await templates.anybodys(tx, tenant_id, id), EntityNotExistsWithId)
        return await _draft(tx, place)

    return await world.database.read(work)


async def save_draft(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    details: Mapping[str, Any],
    *,
    owner: Owner | None = None,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> TemplateDraft:
    """Keep words for a template, in place of an older draft; nothing is sent with them.

    Raises ``EntityNotExistsWithId``, ``InvalidRequestInput`` where an owner has too many.
    """
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> TemplateDraft:
        place = existing(await templates.lock(tx, of, id), EntityNotExistsWithId)
        return await _saved(tx, world, of, place, details, published(world, by, note=note))

    return await commit(world, work)


async def start_draft(
    world: World,
    tenant_id: str,
    new: NewTemplate,
    *,
    owner: Owner | None = None,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> TemplateDraft:
    """The same for a language and a type, whether there is a template for them or not yet.

    Raises ``EntityNotFound`` where there is no such owner.
    """
    of = TemplateSet(tenant_id, owner)
    publication = published(world, by, note=note)

    async def work(tx: Transaction) -> TemplateDraft:
        place = await reserve(tx, of, new, publication.at)
        return await _saved(tx, world, of, place, json.loads(new.details), publication)

    return await commit(world, work)


async def drop_draft(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    *,
    owner: Owner | None = None,
    by: Actor = OPERATOR,
) -> None:
    """Do without the draft. Raises ``EntityNotExistsWithId``, ``EntityNotFound``."""
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> None:
        place = existing(await templates.lock(tx, of, id), EntityNotExistsWithId)
        if not await templates.drop_draft(tx, tenant_id, id):
            raise EntityNotFound
        before = {"draft": name_of(place)}
        await tell(tx, world, of, by, "DraftDropped", before=before, templateIds=[id])

    await commit(world, work)


async def publish_drafts(
    world: World,
    tenant_id: str,
    ids: Sequence[str],
    *,
    owner: Owner | None = None,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> list[TemplateRow]:
    """Make the drafts of these templates live, all or none; without a note they keep their own.

    Raises ``EntityNotExistsWithId``, ``EntityNotFound`` for one without a draft, ``DraftOutdated``.
    """
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> list[TemplateRow]:
        rows = []
        await begin(tx, world, of)
        # In one order, so that two of these do not wait for each other.
        for id_ in sorted(set(ids)):
            place = existing(await templates.lock(tx, of, id_), EntityNotExistsWithId)
            draft = await _draft(tx, place)
            if draft.is_outdated:
                raise DraftOutdated(data={"id": id_, "latest": place.latest})
            assert draft.content.details is not None
            publication = published(world, by, note=note or draft.content.note)
            rows.append(await _publish(tx, world, of, place, draft.content.details, publication))
            await templates.drop_draft(tx, tenant_id, id_)
        await require_room(tx, of)
        return rows

    return await change(world, tenant_id, work)


async def restore_revision(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    number: int,
    *,
    owner: Owner | None = None,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> TemplateRow:
    """Make the words of an older revision live again, as a new one; what was deleted, too.

    Raises ``EntityNotExistsWithId``, or ``InvalidRequestInput`` for a revision without words.
    """
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> TemplateRow:
        await begin(tx, world, of)
        place = existing(await templates.lock(tx, of, id), EntityNotExistsWithId)
        found = await WORDS.get(tx, tenant_id, id, number)
        details = existing(found, EntityNotExistsWithId).details
        if details is None:
            raise InvalidRequestInput("With this revision the template was deleted.")
        publication = published(world, by, note=note, restores=number)
        row = await _publish(tx, world, of, place, details, publication)
        await require_room(tx, of)
        return row

    return await change(world, tenant_id, work)


async def compare_revisions(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    old: Side,
    new: Side,
    *,
    owner: Owner | None = None,
) -> Changes:
    """What differs between two of a template's revisions, its draft and what is live.

    Raises ``EntityNotExistsWithId`` for one that there is not.
    """
    of = TemplateSet(tenant_id, owner)

    async def work(tx: Transaction) -> list[Mapping[str, Any] | None]:
        place = existing(await templates.place(tx, of, id), EntityNotExistsWithId)
        return [await _side(tx, place, side) for side in (old, new)]

    return await compare_sides(world, *await world.database.read(work))


async def _side(tx: Transaction, place: PlaceRow, side: Side) -> Mapping[str, Any] | None:
    number = side.number(place.revision)
    if number is None:
        return None
    row = existing(await WORDS.get(tx, place.tenant_id, place.id, number), EntityNotExistsWithId)
    details: Mapping[str, Any] | None = None if row.details is None else json.loads(row.details)
    return details


async def _draft(tx: Transaction, place: PlaceRow) -> TemplateDraft:
    content = existing(await WORDS.get(tx, place.tenant_id, place.id), EntityNotFound)
    return TemplateDraft(place=place, content=content)


async def _saved(
    tx: Transaction,
    world: World,
    of: TemplateSet,
    place: PlaceRow,
    details: Mapping[str, Any],
    publication: Publication,
) -> TemplateDraft:
    text = json.dumps(details, ensure_ascii=False)
    await WORDS.save_draft(tx, place.tenant_id, place.id, text, publication, based_on=place.latest)
    await require_room(tx, of)
    after = {"draft": name_of(place), "details": details}
    await tell(tx, world, of, publication.by, "DraftSaved", after=after, templateIds=[place.id])
    return await _draft(tx, place)


async def _publish(
    tx: Transaction,
    world: World,
    of: TemplateSet,
    place: PlaceRow,
    details: str,
    publication: Publication,
) -> TemplateRow:
    before = await templates.get(tx, of, place.id)
    row = existing(
        await templates.publish_again(tx, of, place.id, details, publication),
        EntityNotExistsWithId,
    )
    await tell(
        tx,
        world,
        of,
        publication.by,
        "Updated",
        before=None if before is None else {name_of(before): words_of(before)},
        after={name_of(row): words_of(row)},
        templateIds=[place.id],
    )
    return row
