"""Answers about what was published, what is drafted, and what differs."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Members, Moment
from carteiro.api.management.email_templates.schemas import TemplateDetails
from carteiro.model.kinds import TemplateType
from carteiro.model.word_diff import PieceKind


class Author(TypedDict):
    """Who called; neither is there for the command line, and for what is older than histories."""

    applicationId: str | None
    userId: str | None


class _Written(TypedDict):
    note: str | None
    author: Author
    createdAt: Moment


class Revision(_Written):
    """What was published, without its content; `restores` is the number of what it brought back."""

    number: int
    event: Literal["published", "restored", "deleted"]
    isLive: bool
    restores: int | None


class TemplateRevision(Revision):
    """A revision with its words."""

    details: TemplateDetails | None


class ConnectorRevision(Revision):
    """A revision with its config; secrets are masked."""

    config: Members


class _Draft(_Written):
    basedOn: int
    isOutdated: bool


class TemplateDraft(_Draft):
    """Words that are not live; outdated when something was published after they were saved."""

    id: str
    languageTag: str
    templateType: TemplateType
    details: TemplateDetails


class ConnectorDraft(_Draft):
    """A config that nothing is sent through; secrets are masked."""

    config: Members


class TemplateHistory(TypedDict):
    """A language and a type: live, deleted, or not published yet."""

    id: str
    languageTag: str
    templateType: TemplateType
    liveRevision: int | None
    latestRevision: int | None
    hasDraft: bool


class Piece(TypedDict):
    """A piece of text, without its words where it is `omitted`."""

    kind: PieceKind
    text: str
    characters: int


class FieldChange(TypedDict):
    """A field that is not the same; of a secret that is all that is said."""

    field: str
    isSecret: bool
    pieces: list[Piece]


Difference = TypedDict(
    "Difference",
    {"from": str, "to": str, "changes": list[FieldChange], "omittedFields": int},
)
