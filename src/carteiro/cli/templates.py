"""``carteiro templates``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.output import Json, print_json
from carteiro.model.kinds import TemplateType

if TYPE_CHECKING:
    from carteiro.model.message import TemplateSource

app = typer.Typer(no_args_is_help=True, help="Check, preview and publish templates.")
Type = Annotated[TemplateType, typer.Option("--type", help="What the template is for.")]
Subject = Annotated[str, typer.Option(help="The subject line.")]
Source = Annotated[
    Path,
    typer.Argument(
        help="The content: `.html`, or `.txt` for plain text.", exists=True, dir_okay=False
    ),
]


@app.command()
def lint(
    file: Source,
    type: Type = TemplateType.GENERIC,  # noqa: A002 - the wire's name
    subject: Subject = "{{code}}",
    as_json: Json = False,
) -> None:
    """Check a template: missing code or link, unknown variables, unsafe links, size.

    Exit status 1 when there is an error; warnings alone are 0.
    """
    from carteiro.templates.checks.template import Severity, check

    findings = check(_read(file, subject), type)
    if as_json:
        print_json(
            [
                {
                    "severity": finding.severity,
                    "code": finding.code,
                    "message": finding.message,
                    "where": finding.where,
                    "line": finding.line,
                    "column": finding.column,
                }
                for finding in findings
            ]
        )
    else:
        for finding in findings:
            place = f"{file if finding.where == 'content' else finding.where}"
            typer.echo(
                f"{place}:{finding.line}:{finding.column}: {finding.severity}: "
                f"{finding.message} [{finding.code}]"
            )
        if not findings:
            typer.echo(f"{file}: nothing to say.")
    if any(finding.severity is Severity.ERROR for finding in findings):
        sys.exit(1)


@app.command()
def preview(
    file: Annotated[
        Path | None,
        typer.Argument(help="The content; without it, the prebuilt template.", dir_okay=False),
    ] = None,
    type: Type = TemplateType.GENERIC,  # noqa: A002 - the wire's name
    subject: Subject = "{{code}}",
    locale: Annotated[str, typer.Option(help="A BCP 47 tag, such as pt-BR.")] = "en",
    html: Annotated[
        Path | None, typer.Option(help="Write the HTML part here, to open in a browser.")
    ] = None,
) -> None:
    """Render a template with sample values: subject, text part and, with --html, the HTML part."""
    from carteiro.templates import builtin
    from carteiro.templates.compiled import compile_template
    from carteiro.templates.kinds import sample_context

    compiled = (
        compile_template(_read(file, subject), language=locale)
        if file
        else builtin.find(type, locale)
    )
    rendered = compiled.render(sample_context(type, locale))
    typer.echo(f"Subject: {rendered.subject}\n\n{rendered.text}")
    if html is not None:
        html.write_text(rendered.html or f"<pre>{rendered.text}</pre>", "utf-8")
        typer.echo(f"\nThe HTML part is in {html}.")


def _read(file: Path, subject: str) -> TemplateSource:
    from carteiro.model.message import ContentType, TemplateSource

    plain = file.suffix.lower() in {".txt", ".text"}
    return TemplateSource(
        subject=subject,
        content=file.read_text("utf-8"),
        content_type=ContentType.PLAIN if plain else ContentType.HTML,
    )
