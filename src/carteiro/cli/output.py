"""What a command prints: for people on a terminal, or one JSON document for a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carteiro.model.unicode import are_whole

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for a script.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Which tenant.", metavar="ID")]


def console() -> Console:
    """Standard output for people."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises ``typer.BadParameter``, without the file's text."""
    try:
        value = json.loads(path.read_text("utf-8"))
        whole = are_whole(value)
    except (OSError, ValueError, RecursionError) as error:
        # A syntax error holds the text, and that may hold keys.
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise typer.BadParameter(f"{path} is not readable JSON{where}.") from None
    if not whole:
        raise typer.BadParameter(f"{path} holds half a character (\\ud800 to \\udfff).")
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{path} holds no JSON object.")
    return value


def counted(count: int, noun: str) -> str:
    """``1 file``, ``2 files``: for nouns that take an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def print_json(value: Any) -> None:
    """One document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A plain table."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold", no_wrap=column == "id")
    for row in rows:
        shown.add_row(*row)
    return shown
