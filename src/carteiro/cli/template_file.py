"""A template in a file, and what is said of it on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.model.kinds import TemplateType

if TYPE_CHECKING:
    from carteiro.model.message import TemplateSource

Type = Annotated[TemplateType, typer.Option("--type", help="What the template is for.")]
Subject = Annotated[str, typer.Option(help="The subject line.")]


def read_source(file: Path, subject: str) -> TemplateSource:
    """The content with its subject; ``.txt`` is plain text. Raises ``typer.BadParameter``."""
    from carteiro.model.message import ContentType, TemplateSource

    plain = file.suffix.lower() in {".txt", ".text"}
    try:
        content = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file} is not UTF-8 from byte {error.start} on.") from None
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from None
    return TemplateSource(
        subject=subject,
        content=content,
        content_type=ContentType.PLAIN if plain else ContentType.HTML,
    )
