"""What ``templates`` and ``connectors`` have in common: revisions and differences as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carteiro.cli.output import console, print_json, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carteiro.model.config_diff import Changes
    from carteiro.model.word_diff import Piece
    from carteiro.storage.tenancy.revisions import RevisionRow

Note = Annotated[
    str | None, typer.Option("--note", help="Why; it stands in the history.", metavar="TEXT")
]
Number = Annotated[
    int | None,
    typer.Argument(
        help="The revision; without it, the one before the newest.", min=1, max=999_999_999
    ),
]
From = Annotated[str, typer.Argument(help="`live`, `draft`, or a revision's number.")]
To = Annotated[str, typer.Argument(help="The same.")]


def side(given: str) -> str:
    """What is compared. Raises ``typer.BadParameter``."""
    if given in {"live", "draft"} or re.fullmatch("[1-9][0-9]{0,8}", given):
        return given
    raise typer.BadParameter("Give `live`, `draft`, or the number of a revision.")


def noted(note: str | None) -> str | None:
    """A note that fits. Raises ``typer.BadParameter``."""
    from carteiro.model.publication import MAX_NOTE

    if note is not None and not 0 < len(note) <= MAX_NOTE:
        raise typer.BadParameter(f"A note has 1 to {MAX_NOTE} characters.")
    return note


def before_last(rows: Sequence[RevisionRow]) -> int:
    """The number of the revision before the newest one. Raises ``typer.BadParameter``."""
    if len(rows) < 2:
        raise typer.BadParameter("There is no older revision to go back to.")
    return rows[1].number


def print_revisions(rows: Sequence[RevisionRow], live: int | None, *, as_json: bool) -> None:
    """Newest first."""
    if as_json:
        print_json([_as_json(row, live) for row in rows])
        return
    shown = [
        [str(row.number), _event(row, live), _time(row.created_at), _author(row), row.note or ""]
        for row in rows
    ]
    console().print(table(["number", "event", "time", "by", "note"], _escaped(shown)))


def print_changes(changes: Changes, *, as_json: bool) -> None:
    """Field by field: ``[-what went-]``, ``{+what came+}``."""
    if as_json:
        print_json(
            [
                {
                    "field": change.field,
                    "isSecret": change.is_secret,
                    "pieces": [{"kind": p.kind, "text": p.text} for p in change.pieces],
                }
                for change in changes.fields
            ]
        )
        return
    for change in changes.fields:
        typer.secho(f"{change.field}:", bold=True)
        text = "".join(map(_piece, change.pieces))
        typer.echo("  (another secret)" if change.is_secret else f"  {text or '(empty)'}")
    if changes.omitted:
        typer.echo(f"… and {changes.omitted} more fields")
    if not changes.fields:
        typer.echo("No difference.")


def _piece(piece: Piece) -> str:
    from carteiro.model.word_diff import PieceKind

    match piece.kind:
        case PieceKind.REMOVED:
            return typer.style(f"[-{piece.text}-]", fg="red")
        case PieceKind.ADDED:
            return typer.style(f"{{+{piece.text}+}}", fg="green")
        case PieceKind.OMITTED:
            return typer.style(f" … {piece.characters} characters … ", dim=True)
        case _:
            return piece.text


def _event(row: RevisionRow, live: int | None) -> str:
    said = "published" if row.restores is None else f"restored {row.restores}"
    return f"{'deleted' if row.deleted else said}{' (live)' if row.number == live else ''}"


def _author(row: RevisionRow) -> str:
    return row.user_id or row.application_id or "-"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _as_json(row: RevisionRow, live: int | None) -> dict[str, Any]:
    return {
        "number": row.number,
        "deleted": row.deleted,
        "isLive": row.number == live,
        "restores": row.restores,
        "createdAt": row.created_at,
        "applicationId": row.application_id,
        "userId": row.user_id,
        "note": row.note,
    }


def _escaped(rows: list[list[str]]) -> list[list[str]]:
    """A note is anybody's: it neither styles nor moves the terminal."""
    from rich.markup import escape

    from carteiro.model.word_diff import visible

    return [[escape(visible(cell).replace("\n", " ")) for cell in row] for row in rows]
