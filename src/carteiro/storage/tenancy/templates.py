"""Templates: one for each language and type of a set, pointing to the revision that is live.

A set is the tenant's own, or that of an organization or an application.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro import secrets
from carteiro.model.owners import Owner
from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Call, Row, Transaction
from carteiro.storage.drivers.rows import part_of, value_of
from carteiro.storage.tenancy.revisions import RevisionRow, Revisions

_TOGETHER = 50
"""Writes of revisions in one statement."""


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """Whose templates: the tenant's own where there is no ``owner``."""

    tenant_id: str
    owner: Owner | None = None

    @property
    def names(self) -> dict[str, str]:
        """The columns that find its templates."""
        owner = "" if self.owner is None else f"{self.owner.kind}/{self.owner.id}"
        return {"tenant_id": self.tenant_id, "owner": owner}

    @property
    def columns(self) -> dict[str, str | None]:
        """The columns of a template of it."""
        owner = self.owner
        return {
            "tenant_id": self.tenant_id,
            "organization_id": None if owner is None else owner.organization_id,
            "application_id": None if owner is None else owner.application_id,
        }


class _Owned:
    """What has an owner, by the columns that say which."""

    __slots__ = ()
    organization_id: str | None
    application_id: str | None

    @property
    def whose(self) -> Owner | None:
        """Its owner; ``None`` for the tenant's own."""
        return Owner.of(self.organization_id, self.application_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow(_Owned):
    """A live template; ``details`` is the wire's JSON, ``revision`` the number of its revision."""

    tenant_id: str
    id: str
    organization_id: str | None
    application_id: str | None
    language_tag: str
    template_type: str
    details: str
    created_at: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow(_Owned):
    """A language and a type, live or not: ``revision`` is ``None`` before and after.

    ``latest`` is the number of the newest revision, 0 where there has been none.
    """

    tenant_id: str
    id: str
    organization_id: str | None
    application_id: str | None
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


WORDS = Revisions(topic="template_revisions", key="template_id", content="details", row=ContentRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """Words for a language and a type."""

    language_tag: str
    template_type: str
    details: str


async def publish(
    tx: Transaction,
    of: TemplateSet,
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
            **of.columns,
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
    of: TemplateSet,
    id: str,  # noqa: A002 - the column's name
    details: str,
    publication: Publication,
) -> TemplateRow | None:
    """New words for a template, live or not; ``None`` when it is gone."""
    row = await tx.one("templates.publish_again", **of.names, id=id, created_at=publication.at)
    if row is None:
        return None
    await tx.put(*_revision(row, details, publication))
    return _pointed(row, details)


async def retract(tx: Transaction, of: TemplateSet, id: str, publication: Publication) -> bool:  # noqa: A002 - the column's name
    """Make a template not live any more; its history stays. False when it is not."""
    row = await tx.one("templates.retract", **of.names, id=id)
    if row is None:
        return False
    await tx.put(*_revision(row, None, publication))
    return True


async def lock(tx: Transaction, of: TemplateSet, id: str) -> PlaceRow | None:  # noqa: A002 - the column's name
    """A template, live or not; whoever changes it next waits for this unit."""
    row = await tx.one("templates.lock", **of.names, id=id)
    return value_of(PlaceRow, row) if row else None


async def place(tx: Transaction, of: TemplateSet, id: str) -> PlaceRow | None:  # noqa: A002 - the column's name
    """A template, live or not, without its content."""
    row = await tx.one("templates.place", **of.names, id=id)
    return value_of(PlaceRow, row) if row else None


async def reserve(tx: Transaction, of: TemplateSet, new: NewTemplate, at: int) -> PlaceRow:
    """The place of a language and a type, locked; a new one is not live."""
    row = await tx.one(
        "templates.reserve",
        **of.columns,
        id=secrets.standard_id(),
        language_tag=new.language_tag,
        template_type=new.template_type,
        created_at=at,
    )
    assert row is not None
    return value_of(PlaceRow, row)


async def list_all(
    tx: Transaction,
    of: TemplateSet,
    *,
    language_tag: str | None = None,
    template_type: str | None = None,
) -> list[TemplateRow]:
    """Live templates by language and type; a filter matches exactly."""
    rows = await tx.all(
        "templates.list",
        **of.names,
        language_tag=language_tag,
        template_type=template_type,
    )
    return [value_of(TemplateRow, row) for row in rows]


async def keys(tx: Transaction, of: TemplateSet) -> list[tuple[str, str, str, int]]:
    """Id, language tag, type and revision of every live template."""
    rows = await tx.all("templates.keys", **of.names)
    return [(row["id"], row["language_tag"], row["template_type"], row["revision"]) for row in rows]


async def get(tx: Transaction, of: TemplateSet, id: str) -> TemplateRow | None:  # noqa: A002 - the column's name
    """One live template."""
    row = await tx.one("templates.get", **of.names, id=id)
    return value_of(TemplateRow, row) if row else None


async def owned(tx: Transaction, tenant_id: str) -> list[TemplateRow]:
    """The live templates of all organizations and applications, by owner, language and type."""
    rows = await tx.all("templates.owned", tenant_id=tenant_id)
    return [value_of(TemplateRow, row) for row in rows]


async def serving(tx: Transaction, tenant_id: str, id: str) -> TemplateRow | None:  # noqa: A002 - the column's name
    """One live template, whoever's it is."""
    row = await tx.one("templates.serving", tenant_id=tenant_id, id=id)
    return value_of(TemplateRow, row) if row else None


async def anybodys(tx: Transaction, tenant_id: str, id: str) -> PlaceRow | None:  # noqa: A002 - the column's name
    """A template, live or not, whoever's it is, without its content."""
    row = await tx.one("templates.anybodys", tenant_id=tenant_id, id=id)
    return value_of(PlaceRow, row) if row else None


async def count(tx: Transaction, of: TemplateSet) -> int:
    """How many templates of a set are live or have a draft."""
    row = await tx.one("templates.count", **of.names)
    assert row is not None
    return int(row["total"])


async def histories(
    tx: Transaction,
    of: TemplateSet,
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
        **of.names,
        language_tag=language_tag,
        template_type=template_type,
    )


async def drop_draft(tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
    """Do without the draft; false when there is none. What was never live goes with it."""
    found = await WORDS.drop_draft(tx, tenant_id, id)
    if found:
        await tx.run("templates.drop_unpublished", tenant_id=tenant_id, id=id)
    return found


async def discard(tx: Transaction, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` templates that were deleted before a time, with their history."""
    return await tx.run("templates.discard", before=before, batch=batch)


def _pointed(row: Row, details: str) -> TemplateRow:
    """The live template, whose newest revision holds these details."""
    return value_of(TemplateRow, {**row, "details": details})


def _revision(row: Row, details: str | None, publication: Publication) -> Sequence[Call]:
    """The newest revision of a template, and the oldest ones that it pushes out."""
    return WORDS.added(row["tenant_id"], row["id"], row["latest"], details, publication)
