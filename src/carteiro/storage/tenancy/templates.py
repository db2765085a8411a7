"""A tenant's templates: one for each language and type, pointing to the revision that is live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carteiro import secrets
from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of
from carteiro.storage.tenancy.revisions import DRAFT, RevisionRow, written

_TOGETHER = 50
"""Writes of revisions in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """A live template; ``details`` is the wire's JSON, ``revision`` the number of its revision."""

    tenant_id: str
    id: str
    language_tag: str
    template_type: str
    details: str
    created_at: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A language and a type, live or not: ``revision`` is ``None`` before and after.

    ``latest`` is the number of the newest revision, 0 where there has been none.
    """

    tenant_id: str
    id: str
    language_tag: str
    template_type: str
    created_at: int
    revision: int | None
    latest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow(PlaceRow):
    """The same, with whether there is a draft."""

    has_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRow(RevisionRow):
    """A revision or a draft with its content; ``None`` where it says that nothing is live."""

    details: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """Words for a language and a type."""

    language_tag: str
    template_type: str
    details: str


async def publish(
    tx: Transaction,
    tenant_id: str,
    new: Sequence[NewTemplate],
    publication: Publication,
    *,
    unless_live: bool = False,
) -> list[TemplateRow]:
    """Create each, or replace what is live of its language and type; none is given twice.

    With ``unless_live`` what is live stays, and is not in the answer.
    """
    rows, taken = [], []
    for one in new:
        row = await tx.one(
            "templates.publish_new" if unless_live else "templates.publish",
            tenant_id=tenant_id,
            id=secrets.standard_id(),
            language_tag=one.language_tag,
            template_type=one.template_type,
            created_at=publication.at,
        )
        if row is not None:
            rows.append(row)
            taken.append(one)
    calls = [
        call
        for row, one in zip(rows, taken, strict=True)
        for call in _revision(row, one.details, publication)
    ]
    for first in range(0, len(calls), _TOGETHER):
        await tx.together(*calls[first : first + _TOGETHER])
    return [_pointed(row, one.details) for row, one in zip(rows, taken, strict=True)]


async def publish_again(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    details: str,
    publication: Publication,
) -> TemplateRow | None:
    """New words for a template, live or not; ``None`` when it is gone."""
    row = await tx.one(
        "templates.publish_again", tenant_id=tenant_id, id=id, created_at=publication.at
    )
    if row is None:
        return None
    await tx.put(*_revision(row, details, publication))
    return _pointed(row, details)


async def retract(tx: Transaction, tenant_id: str, id: str, publication: Publication) -> bool:  # noqa: A002 - the column's name
    """Make a template not live any more; its history stays. False when it is not."""
    row = await tx.one("templates.retract", tenant_id=tenant_id, id=id)
    if row is None:
        return False
    await tx.put(*_revision(row, None, publication))
    return True


async def lock(tx: Transaction, tenant_id: str, id: str) -> PlaceRow | None:  # noqa: A002 - the column's name
    """A template, live or not; whoever changes it next waits for this unit."""
    row = await tx.one("templates.lock", tenant_id=tenant_id, id=id)
    return value_of(PlaceRow, row) if row else None


async def place(tx: Transaction, tenant_id: str, id: str) -> PlaceRow | None:  # noqa: A002 - the column's name
    """A template, live or not, without its content."""
    row = await tx.one("templates.place", tenant_id=tenant_id, id=id)
    return value_of(PlaceRow, row) if row else None


async def reserve(tx: Transaction, tenant_id: str, new: NewTemplate, at: int) -> PlaceRow:
    """The place of a language and a type, locked; a new one is not live."""
    row = await tx.one(
        "templates.reserve",
        tenant_id=tenant_id,
        id=secrets.standard_id(),
        language_tag=new.language_tag,
        template_type=new.template_type,
        created_at=at,
    )
    assert row is not None
    return value_of(PlaceRow, row)


async def list_all(
    tx: Transaction,
    tenant_id: str,
    *,
    language_tag: str | None = None,
    template_type: str | None = None,
) -> list[TemplateRow]:
    """Live templates by language and type; a filter matches exactly."""
    rows = await tx.all(
        "templates.list",
        tenant_id=tenant_id,
        language_tag=language_tag,
        template_type=template_type,
    )
    return [value_of(TemplateRow, row) for row in rows]


async def keys(tx: Transaction, tenant_id: str) -> list[tuple[str, str, str, int]]:
    """Id, language tag, type and revision of every live template."""
    rows = await tx.all("templates.keys", tenant_id=tenant_id)
    return [(row["id"], row["language_tag"], row["template_type"], row["revision"]) for row in rows]


async def get(tx: Transaction, tenant_id: str, id: str) -> TemplateRow | None:  # noqa: A002 - the column's name
    """One live template."""
    row = await tx.one("templates.get", tenant_id=tenant_id, id=id)
    return value_of(TemplateRow, row) if row else None


async def histories(
    tx: Transaction,
    tenant_id: str,
    page: Page | None,
    *,
    language_tag: str | None,
    template_type: str | None,
) -> Part[HistoryRow]:
    """What there is a history or a draft of, live or not, by language and type."""
    return await part_of(
        tx,
        "templates.histories",
        "templates.count_histories",
        page,
        HistoryRow,
        tenant_id=tenant_id,
        language_tag=language_tag,
        template_type=template_type,
    )


async def revisions(
    tx: Transaction,
    tenant_id: str,
    id: str,  # noqa: A002 - the column's name
    page: Page | None,
) -> Part[RevisionRow]:
    """The revisions that are kept of a template, newest first."""
    return await part_of(
        tx,
        "template_revisions.list",
        "template_revisions.count",
        page,
        RevisionRow,
        tenant_id=tenant_id,
        template_id=id,
    )


async def revision(tx: Transaction, tenant_id: str, id: str, number: int) -> ContentRow | None:  # noqa: A002 - the column's name
    """One revision, or the draft, with its content."""
    row = await tx.one("template_revisions.get", tenant_id=tenant_id, template_id=id, number=number)
    return value_of(ContentRow, row) if row else None


async def draft(tx: Transaction, tenant_id: str, id: str) -> ContentRow | None:  # noqa: A002 - the column's name
    """What is to be published next."""
    return await revision(tx, tenant_id, id, DRAFT)


async def save_draft(
    tx: Transaction, place: PlaceRow, details: str, publication: Publication
) -> None:
    """Keep words for a template that nobody sees until they are published."""
    columns = written(publication)
    del columns["restores"]
    await tx.run(
        "template_revisions.save_draft",
        tenant_id=place.tenant_id,
        template_id=place.id,
        details=details,
        based_on=place.latest,
        **columns,
    )


async def drop_draft(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Do without the draft; false when there is none. What was never live goes with it."""
    found = await tx.run("template_revisions.drop_draft", tenant_id=tenant_id, template_id=id)
    if found:
        await tx.run("templates.drop_unpublished", tenant_id=tenant_id, id=id)
    return found > 0


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` templates that were deleted before a time, with their history."""
    return await tx.run("templates.discard", before=before, batch=batch)


def _pointed(row: Row, details: str) -> TemplateRow:
    """The live template, whose newest revision holds these details."""
    return value_of(TemplateRow, {**row, "details": details})


def _revision(row: Row, details: str | None, publication: Publication) -> Sequence[Call]:
    """The newest revision of a template, and the oldest ones that it pushes out."""
    names: dict[str, Any] = {
        "tenant_id": row["tenant_id"],
        "template_id": row["id"],
        "number": row["latest"],
    }
    return (
        Call("template_revisions.create", {**names, "details": details, **written(publication)}),
        Call("template_revisions.prune", {**names, "keep": publication.keep}),
    )
