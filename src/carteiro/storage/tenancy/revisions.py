"""What a revision says of itself, of templates and of connectors alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carteiro.model.publication import Publication

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


def written(publication: Publication) -> dict[str, Any]:
    """The columns of that."""
    return {
        "application_id": publication.by.application_id,
        "user_id": publication.by.user_id,
        "note": publication.note,
        "restores": publication.restores,
        "created_at": publication.at,
    }
