"""Revisions, drafts and differences on the wire: of templates and of connectors alike."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field

from carteiro.flows.administer.mail.comparing import DRAFT_NAME, LIVE_NAME
from carteiro.model.config_diff import Changes
from carteiro.model.publication import MAX_NOTE
from carteiro.model.wire import Wire
from carteiro.storage.tenancy.revisions import RevisionRow

JsonObject = dict[str, Any]
_SIDE = rf"^({LIVE_NAME}|{DRAFT_NAME}|[1-9][0-9]{{0,8}})$"
_SIDES = "`live`, `draft`, or the number of a revision."
From = Annotated[str, Query(alias="from", pattern=_SIDE, description=_SIDES)]
To = Annotated[str, Query(alias="to", pattern=_SIDE, description=_SIDES)]
Number = Annotated[int, Path(ge=1, le=999_999_999)]
Note = Annotated[str, Field(min_length=1, max_length=MAX_NOTE)]


class Why(Wire):
    """Why something is published."""

    note: Note | None = None


def revision_response(row: RevisionRow, live: int | None) -> JsonObject:
    """A revision without its content."""
    return {
        "number": row.number,
        "event": _event(row),
        "isLive": row.number == live,
        "restores": row.restores,
        **_written(row),
    }


def draft_response(row: RevisionRow, *, is_outdated: bool) -> JsonObject:
    """A draft without its content."""
    return {"basedOn": row.based_on, "isOutdated": is_outdated, **_written(row)}


def changes_response(changes: Changes) -> JsonObject:
    """What differs, field by field."""
    return {
        "changes": [
            {
                "field": change.field,
                "isSecret": change.is_secret,
                "pieces": [
                    {"kind": piece.kind, "text": piece.text, "characters": piece.characters}
                    for piece in change.pieces
                ],
            }
            for change in changes.fields
        ],
        "omittedFields": changes.omitted,
    }


def _event(row: RevisionRow) -> str:
    if row.deleted:
        return "deleted"
    return "published" if row.restores is None else "restored"


def _written(row: RevisionRow) -> JsonObject:
    return {
        "note": row.note,
        "author": {"applicationId": row.application_id, "userId": row.user_id},
        "createdAt": row.created_at,
    }
