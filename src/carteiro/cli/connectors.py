"""``carteiro connectors``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.output import Json, console, print_json, read_object, table

if TYPE_CHECKING:
    from carteiro.connectors.metadata import Capabilities

_MARKS = "RNTI"
app = typer.Typer(
    no_args_is_help=True,
    help="List the installed connectors, test one, and change the config of one that is set up.",
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the installed connectors and what each can express."""
    from carteiro.connectors.registry import Registry

    factories = Registry.discover().factories()
    if as_json:
        print_json(
            [
                {
                    "id": factory.metadata.id,
                    "type": factory.kind,
                    "name": factory.metadata.name["en"],
                    "capabilities": factory.capabilities.model_dump(by_alias=True, mode="json"),
                }
                for factory in factories
            ]
        )
        return
    rows = []
    for factory in factories:
        able = factory.capabilities
        marks = zip(_MARKS, _expresses(able), strict=True)
        shown = "".join(mark if can else "·" for mark, can in marks)
        rows.append([factory.metadata.id, factory.metadata.name["en"], able.templates, shown])
    console().print(table(["id", "name", "words", "can"], rows))
    typer.echo("\nR reply-to · N sender name · T text part · I idempotency key")


def _expresses(able: Capabilities) -> tuple[bool, ...]:
    return able.reply_to, able.sender_name, able.text_part, able.idempotency_key


@app.command()
def test(
    id: Annotated[str, typer.Argument(help="The connector's id, as `connectors list` shows it.")],  # noqa: A002 - the wire's name
    to: Annotated[str, typer.Option(help="Where the test mail goes.")],
    config: Annotated[Path, typer.Option(help="The config: a JSON file.", exists=True)],
    locale: Annotated[str | None, typer.Option(help="A BCP 47 tag, such as pt-BR.")] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Use this tenant's templates; needs its database.")
    ] = None,
) -> None:
    """Send a mail with the code 000000 through a connector, on the production path.

    Nothing needs to be stored or running. Exit status 0 means that the provider took it.
    """
    from carteiro.cli.trial import try_connector
    from carteiro.settings import read_settings

    given = read_object(config)
    took = asyncio.run(
        try_connector(read_settings(), id, to=to, config=given, locale=locale, tenant=tenant)
    )
    typer.echo(took)
