"""An administrator drafts a template, publishes it, looks at its history and goes back in it."""

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
from carteiro.flows.announce import announce
from carteiro.flows.change import change, commit
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.config_diff import Changes
from carteiro.model.kinds import TemplateType
from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.revisions import RevisionRow
from carteiro.storage.tenancy.templates import (
    ContentRow,
    HistoryRow,
    NewTemplate,
    PlaceRow,
    TemplateRow,
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
    language_tag: str | None = None,
    template_type: TemplateType | None = None,
) -> Part[HistoryRow]:
    """Everything that there is a history or a draft of, what is deleted, too."""
    return await world.database.read(
        lambda tx: templates.histories(
            tx, tenant_id, page, language_tag=language_tag, template_type=template_type
        )
    )


async def get_history(world: World, tenant_id: str, id: str, page: Page | None) -> History:  # noqa: A002 - the wire's name
    """What was published of a template. Raises ``EntityNotExistsWithId``."""

    async def work(tx: Transaction) -> History:
        place = existing(await templates.place(tx, tenant_id, id), EntityNotExistsWithId)
        return History(place=place, revisions=await templates.revisions(tx, tenant_id, id, page))

    return await world.database.read(work)


async def get_revision(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    number: int,
) -> tuple[PlaceRow, ContentRow]:
    """One revision. Raises ``EntityNotExistsWithId``, also for one that is not kept any more."""

    async def work(tx: Transaction) -> tuple[PlaceRow, ContentRow]:
        place = existing(await templates.place(tx, tenant_id, id), EntityNotExistsWithId)
        row = await templates.revision(tx, tenant_id, id, number)
        return place, existing(row, EntityNotExistsWithId)

    return await world.database.read(work)


async def get_draft(world: World, tenant_id: str, id: str) -> TemplateDraft:  # noqa: A002 - the wire's name
    """What is to be published next. Raises ``EntityNotExistsWithId``, ``EntityNotFound``."""

    async def work(tx: Transaction) -> TemplateDraft:
        place = existing(await templates.place(tx, tenant_id, id), EntityNotExistsWithId)
        return await _draft(tx, place)

    return await world.database.read(work)


async def save_draft(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    details: Mapping[str, Any],
    *,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> TemplateDraft:
    """Keep words for a template, in place of an older draft; nothing is sent with them.

    Raises ``EntityNotExistsWithId``.
    """

    async def work(tx: Transaction) -> TemplateDraft:
        place = existing(await templates.lock(tx, tenant_id, id), EntityNotExistsWithId)
        return await _saved(tx, world, place, details, note, by)

    return await commit(world, work)


async def start_draft(
    world: World, tenant_id: str, new: NewTemplate, *, note: str | None = None, by: Actor = OPERATOR
) -> TemplateDraft:
    """The same for a language and a type, whether there is a template for them or not yet."""
    at = world.clock.now()

    async def work(tx: Transaction) -> TemplateDraft:
        place = await templates.reserve(tx, tenant_id, new, at)
        return await _saved(tx, world, place, json.loads(new.details), note, by)

    return await commit(world, work)


async def drop_draft(world: World, tenant_id: str, id: str, *, by: Actor = OPERATOR) -> None:  # noqa: A002 - the wire's name
    """Do without the draft. Raises ``EntityNotExistsWithId``, ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        place = existing(await templates.lock(tx, tenant_id, id), EntityNotExistsWithId)
        if not await templates.drop_draft(tx, tenant_id, id):
            raise EntityNotFound
        name, before = "EmailTemplate.DraftDropped", {"draft": _name(place)}
        await announce(tx, world, tenant_id, by, name, before=before, templateIds=[id])

    await commit(world, work)


async def publish_drafts(
    world: World,
    tenant_id: str,
    ids: Sequence[str],
    *,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> list[TemplateRow]:
    """Make the drafts of these templates live, all or none; without a note they keep their own.

    Raises ``EntityNotExistsWithId``, ``EntityNotFound`` for one without a draft, ``DraftOutdated``.
    """

    async def work(tx: Transaction) -> list[TemplateRow]:
        rows = []
        # In one order, so that two of these do not wait for each other.
        for id_ in sorted(set(ids)):
            place = existing(await templates.lock(tx, tenant_id, id_), EntityNotExistsWithId)
            draft = await _draft(tx, place)
            if draft.is_outdated:
                raise DraftOutdated(data={"id": id_, "latest": place.latest})
            assert draft.content.details is not None
            publication = published(world, by, note=note or draft.content.note)
            rows.append(await _publish(tx, world, place, draft.content.details, publication))
            await templates.drop_draft(tx, tenant_id, id_)
        return rows

    return await change(world, tenant_id, work)


async def restore_revision(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    number: int,
    *,
    note: str | None = None,
    by: Actor = OPERATOR,
) -> TemplateRow:
    """Make the words of an older revision live again, as a new one; what was deleted, too.

    Raises ``EntityNotExistsWithId``, or ``InvalidRequestInput`` for a revision without words.
    """

    async def work(tx: Transaction) -> TemplateRow:
        place = existing(await templates.lock(tx, tenant_id, id), EntityNotExistsWithId)
        found = await templates.revision(tx, tenant_id, id, number)
        details = existing(found, EntityNotExistsWithId).details
        if details is None:
            raise InvalidRequestInput("With this revision the template was deleted.")
        publication = published(world, by, note=note, restores=number)
        return await _publish(tx, world, place, details, publication)

    return await change(world, tenant_id, work)


async def compare_revisions(
    world: World,
    tenant_id: str,
    id: str,  # noqa: A002 - the wire's name
    old: Side,
    new: Side,
) -> Changes:
    """What differs between two of a template's revisions, its draft and what is live.

    Raises ``EntityNotExistsWithId`` for one that there is not.
    """

    async def work(tx: Transaction) -> list[Mapping[str, Any] | None]:
        place = existing(await templates.place(tx, tenant_id, id), EntityNotExistsWithId)
        return [await _side(tx, place, side) for side in (old, new)]

    return await compare_sides(world, *await world.database.read(work))


async def _side(tx: Transaction, place: PlaceRow, side: Side) -> Mapping[str, Any] | None:
    number = side.number(place.revision)
    if number is None:
        return None
    row = existing(
        await templates.revision(tx, place.tenant_id, place.id, number), EntityNotExistsWithId
    )
    details: Mapping[str, Any] | None = None if row.details is None else json.loads(row.details)
    return details


async def _draft(tx: Transaction, place: PlaceRow) -> TemplateDraft:
    content = existing(await templates.draft(tx, place.tenant_id, place.id), EntityNotFound)
    return TemplateDraft(place=place, content=content)


async def _saved(
    tx: Transaction,
    world: World,
    place: PlaceRow,
    details: Mapping[str, Any],
    note: str | None,
    by: Actor,
) -> TemplateDraft:
    text = json.dumps(details, ensure_ascii=False)
    await templates.save_draft(tx, place, text, published(world, by, note=note))
    name, after = "EmailTemplate.DraftSaved", {"draft": _name(place), "details": details}
    await announce(tx, world, place.tenant_id, by, name, after=after, templateIds=[place.id])
    return await _draft(tx, place)


async def _publish(
    tx: Transaction,
    world: World,
    place: PlaceRow,
    details: str,
    publication: Publication,
) -> TemplateRow:
    tenant_id, name = place.tenant_id, _name(place)
    before = await templates.get(tx, tenant_id, place.id)
    row = existing(
        await templates.publish_again(tx, tenant_id, place.id, details, publication),
        EntityNotExistsWithId,
    )
    await announce(
        tx,
        world,
        tenant_id,
        publication.by,
        "EmailTemplate.Updated",
        before=None if before is None else {name: json.loads(before.details)},
        after={name: json.loads(details)},
        templateIds=[place.id],
    )
    return row


def _name(place: PlaceRow) -> str:
    return f"{place.language_tag}/{place.template_type}"
