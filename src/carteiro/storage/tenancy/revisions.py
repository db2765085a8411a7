"""Revisions of templates and of connectors' configs alike: what each says, and how it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from carteiro.model.page import Page, Part
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Call, Transaction
from carteiro.storage.drivers.rows import part_of, value_of

DRAFT = 0
"""The number under which a draft stands until it is published: revisions count from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """A revision without its content. ``created_at`` is in milliseconds.

    ``restores`` is the number of the one that it brings back, ``based_on`` that of the newest one
    when a draft was saved; ``deleted`` says that with it nothing is live any more.
    """

    number: int
    application_id: str | None
    user_id: str | None
    note: str | None
    restores: int | None
    based_on: int | None
    created_at: int
    deleted: bool


R = TypeVar("R", bound=RevisionRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions(Generic[R]):
    """The revisions and drafts of one kind of thing.

    ``topic`` is that of their statements, ``key`` and ``content`` are columns: whose a revision is,
    and what it holds. ``row`` is a revision with its content.
    """

    topic: str
    key: str
    content: str
    row: type[R]

    def added(
        self,
        tenant_id: str,
        id: str,  # noqa: A002 - the column's name
        number: int,
        content: str | bytes | None,
        publication: Publication,
    ) -> tuple[Call, Call]:
        """Writes that put a revision on record, and take away the oldest ones that it pushes out.

        They go into the unit in which a pointer gets this number.
        """
        names = {**self._names(tenant_id, id), "number": number}
        values = {self.content: content, **_written(publication)}
        return (
            Call(f"{self.topic}.create", {**names, **values, "restores": publication.restores}),
            Call(f"{self.topic}.prune", {**names, "keep": publication.keep}),
        )

    async def get(
        self,
        tx: Transaction,
        tenant_id: str,
        id: str,  # noqa: A002 - the column's name
        number: int = DRAFT,
    ) -> R | None:
        """One revision, or the draft, with its content."""
        row = await tx.one(f"{self.topic}.get", **self._names(tenant_id, id), number=number)
        return value_of(self.row, row) if row else None

    async def list_all(
        self,
        tx: Transaction,
        tenant_id: str,
        id: str,  # noqa: A002 - the column's name
        page: Page | None,
    ) -> Part[RevisionRow]:
        """The revisions that are kept of one thing, newest first, without their contents."""
        return await part_of(
            tx,
            f"{self.topic}.list",
            f"{self.topic}.count",
            page,
            RevisionRow,
            **self._names(tenant_id, id),
        )

    async def save_draft(
        self,
        tx: Transaction,
        tenant_id: str,
        id: str,  # noqa: A002 - the column's name
        content: str | bytes,
        publication: Publication,
        *,
        based_on: int,
    ) -> None:
        """Keep a content in place of an older draft; nobody sees it until it is published.

        ``based_on`` is the number of the newest revision.
        """
        values = {self.content: content, "based_on": based_on, **_written(publication)}
        await tx.run(f"{self.topic}.save_draft", **self._names(tenant_id, id), **values)

    async def drop_draft(self, tx: Transaction, tenant_id: str, id: str) -> bool:  # noqa: A002 - the column's name
        """Do without the draft; false when there is none."""
        return await tx.run(f"{self.topic}.drop_draft", **self._names(tenant_id, id)) > 0

    def _names(self, tenant_id: str, id: str) -> dict[str, Any]:  # noqa: A002 - the column's name
        return {"tenant_id": tenant_id, self.key: id}


def _written(publication: Publication) -> dict[str, Any]:
    """What a revision says of itself."""
    return {
        "application_id": publication.by.application_id,
        "user_id": publication.by.user_id,
        "note": publication.note,
        "created_at": publication.at,
    }
