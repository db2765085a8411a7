"""That something is published: by whom, when and why, and how much of its history stays."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.model.actor import Actor

MAX_NOTE = 500
"""Characters of a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a revision says of itself beside its content.

    ``at`` is in milliseconds, ``restores`` the number of the revision whose content it brings back,
    ``keep`` how many revisions of one thing there are at most.
    """

    by: Actor
    at: int
    keep: int
    note: str | None = None
    restores: int | None = None
