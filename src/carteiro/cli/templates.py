"""``carteiro templates``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carteiro.cli.mail_languages import languages
from carteiro.cli.output import Json, print_json
from carteiro.cli.preview import preview
from carteiro.cli.template_file import Subject, Type, read_source
from carteiro.model.kinds import TemplateType

app = typer.Typer(no_args_is_help=True, help="Check, preview and publish templates.")
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
    """Check a template: missing code or link, unknown variables, unsafe links, size, mail clients.

    Exit status 1 when there is an error; warnings alone are 0.
    """
    from carteiro.templates.checks.findings import as_told
    from carteiro.templates.checks.template import Severity, check

    findings = check(read_source(file, subject), type)
    if as_json:
        print_json([as_told(finding) for finding in findings])
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


app.command()(preview)
app.command()(languages)
