"""``carteiro``: the list of commands.

A command's module imports at its top only what its options need, and the rest when it runs, so that
``carteiro --help`` answers before a web framework is loaded.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from carteiro.cli import (
    apps,
    config,
    connector_history,
    connectors,
    dev,
    dkim,
    doctor,
    keys,
    migrate,
    people,
    queue,
    send,
    serve,
    template_history,
    templates,
    tenants,
    worker,
)
from carteiro.errors import CarteiroError, InvalidConfig, InvalidInput
from carteiro.model.unicode import is_whole


def _version(wanted: bool) -> None:
    if wanted:
        from carteiro.version import VERSION

        typer.echo(f"carteiro {VERSION}")
        raise typer.Exit


app = typer.Typer(
    name="carteiro",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help=(
        "The email side of sign-in: codes, links and invitations by mail, in the person's "
        "language.\n\nStart with `carteiro dev`. Every setting is an environment variable "
        "`CARTEIRO_…`; the reference is in `docs/reference/settings.md`."
    ),
)
app.command()(dev.dev)
app.command()(serve.serve)
app.command()(worker.worker)
app.command()(migrate.migrate)
app.command()(doctor.doctor)
app.command()(send.send)
app.add_typer(keys.app, name="keys")
app.add_typer(queue.app, name="queue")
app.add_typer(apps.app, name="apps")
app.add_typer(tenants.app, name="tenants")
app.add_typer(people.app, name="people")
template_history.add_to(templates.app)
connector_history.add_to(connectors.app)
app.add_typer(templates.app, name="templates")
app.add_typer(connectors.app, name="connectors")
app.add_typer(dkim.app, name="dkim")
app.add_typer(config.app, name="config")


@app.callback()
def root(
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """What holds for every command."""
    import structlog

    # Standard output is for what a command says; a script reads it.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


_ANSWERS = ("config diff", "doctor", "templates lint")
"""Commands whose exit status 1 is an answer: there is a difference, something is to be mended."""


def main() -> None:
    """Run a command; what goes wrong is a sentence on standard error.

    The exit status is 1 then, or 2 where 1 is an answer of the command.
    """
    for stream in (sys.stdout, sys.stderr):
        # What cannot be written here is spelled out: no word of anybody's ends a command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for word in sys.argv[1:]:
        # A file may have such a name; nothing that is stored or sent may.
        if not is_whole(word) and not os.path.lexists(word):
            sys.stderr.write(f"carteiro: This is no text in UTF-8: {word!r}.\n")
            sys.exit(2)
    asked = " ".join(word for word in sys.argv[1:] if not word.startswith("-"))
    broken = 2 if asked.startswith(_ANSWERS) else 1
    try:
        app()
    except CarteiroError as error:
        sys.stderr.write(f"carteiro: {error.message} [{error.code}]\n")
        if isinstance(error, (InvalidConfig, InvalidInput)):
            from carteiro.model.issues import describe

            sys.stderr.write(describe(error.issues) + "\n")
        sys.exit(broken)
    except Exception as error:
        if os.environ.get("CARTEIRO_LOG_LEVEL") == "debug":
            raise
        # The error's own words may hold what nobody is to read.
        kind = type(error).__name__
        sys.stderr.write(
            f"carteiro: A defect of Carteiro ({kind}); CARTEIRO_LOG_LEVEL=debug shows where.\n"
        )
        sys.exit(broken)
