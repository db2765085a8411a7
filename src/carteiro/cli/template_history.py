"""``carteiro templates history|draft|diff|publish|rollback``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carteiro.cli.history import (
    From,
    Note,
    Number,
    To,
    before_last,
    noted,
    print_changes,
    print_revisions,
    side,
)
from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, Tenant, console, print_json, table
from carteiro.model.kinds import TemplateType

if TYPE_CHECKING:
    from carteiro.flows.administer.mail.revisions import History, TemplateDraft
    from carteiro.model.config_diff import Changes
    from carteiro.storage.tenancy.templates import HistoryRow

Template = Annotated[str, typer.Argument(help="The template's id.")]
Some = Annotated[str | None, typer.Argument(help="A template's id; without it, all of them.")]
_LONGEST_TAG = 16


def history(
    id: Some = None,  # noqa: A002 - the wire's name
    tenant: Tenant = "default",
    as_json: Json = False,
) -> None:
    """List the templates, live or not, or what was published of one: by whom, when and why."""
    from carteiro.flows.administer.mail.revisions import get_history, list_histories

    async def one(id: str) -> History:  # noqa: A002 - as above
        async with opened_world(tenant) as world:
            return await get_history(world, tenant, id, None)

    async def every() -> list[HistoryRow]:
        async with opened_world(tenant) as world:
            return list((await list_histories(world, tenant, None)).rows)

    if id is None:
        _print_all(asyncio.run(every()), as_json=as_json)
        return
    found = asyncio.run(one(id))
    print_revisions(found.revisions.rows, found.place.revision, as_json=as_json)


def draft(
    file: Annotated[
        Path,
        typer.Argument(
            help="The content: `.html`, or `.txt` for plain text.", exists=True, dir_okay=False
        ),
    ],
    type: Annotated[TemplateType, typer.Option("--type", help="What the template is for.")],  # noqa: A002 - the wire's name
    language: Annotated[str, typer.Option(help="A BCP 47 tag, such as pt-BR.")],
    subject: Annotated[str, typer.Option(help="The subject line.")],
    note: Note = None,
    tenant: Tenant = "default",
) -> None:
    """Save a draft for a language and a type; nobody is mailed it until it is published."""
    from carteiro.flows.administer.mail.revisions import start_draft
    from carteiro.storage.tenancy.templates import NewTemplate

    if not 0 < len(language) <= _LONGEST_TAG:
        raise typer.BadParameter(f"A language tag has 1 to {_LONGEST_TAG} characters.")
    plain = file.suffix.lower() in {".txt", ".text"}
    details = {
        "subject": subject,
        "content": file.read_text("utf-8"),
        "contentType": "text/plain" if plain else "text/html",
    }
    new = NewTemplate(
        language_tag=language,
        template_type=type,
        details=json.dumps(details, ensure_ascii=False),
    )

    async def run() -> TemplateDraft:
        async with opened_world(tenant) as world:
            return await start_draft(world, tenant, new, note=noted(note))

    typer.echo(f"Saved the draft of {asyncio.run(run()).place.id}.")


def diff(
    id: Template,  # noqa: A002 - the wire's name
    old: From = "live",
    new: To = "draft",
    tenant: Tenant = "default",
    as_json: Json = False,
) -> None:
    """Show what differs between two revisions, the draft and what is live, word by word."""
    from carteiro.flows.administer.mail.comparing import Side
    from carteiro.flows.administer.mail.revisions import compare_revisions

    sides = [Side(side(given)) for given in (old, new)]

    async def run() -> Changes:
        async with opened_world(tenant) as world:
            return await compare_revisions(world, tenant, id, *sides)

    print_changes(asyncio.run(run()), as_json=as_json)


def publish(
    ids: Annotated[list[str], typer.Argument(help="The templates' ids.")],
    note: Note = None,
    tenant: Tenant = "default",
) -> None:
    """Make the drafts of templates live, all or none."""
    from carteiro.flows.administer.mail.revisions import publish_drafts

    async def run() -> list[tuple[str, int]]:
        async with opened_world(tenant) as world:
            rows = await publish_drafts(world, tenant, ids, note=noted(note))
            return [(row.id, row.revision) for row in rows]

    for id_, number in asyncio.run(run()):
        typer.echo(f"{id_}: revision {number} is live.")


def rollback(
    id: Template,  # noqa: A002 - the wire's name
    number: Number = None,
    note: Note = None,
    tenant: Tenant = "default",
) -> None:
    """Make the words of an older revision live again; a deleted template comes back with it."""
    from carteiro.flows.administer.mail.revisions import get_history, restore_revision

    async def run() -> int:
        async with opened_world(tenant) as world:
            wanted = number
            if wanted is None:
                found = await get_history(world, tenant, id, None)
                wanted = before_last(found.revisions.rows)
            row = await restore_revision(world, tenant, id, wanted, note=noted(note))
            return row.revision

    typer.echo(f"{id}: revision {asyncio.run(run())} is live.")


def add_to(app: typer.Typer) -> None:
    """Add these commands to another command's."""
    for command in (history, draft, diff, publish, rollback):
        app.command()(command)


def _print_all(rows: list[HistoryRow], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "id": row.id,
                    "languageTag": row.language_tag,
                    "templateType": row.template_type,
                    "liveRevision": row.revision,
                    "hasDraft": row.has_draft,
                }
                for row in rows
            ]
        )
        return
    shown = [
        [
            row.id,
            row.language_tag,
            row.template_type,
            "-" if row.revision is None else str(row.revision),
            "draft" if row.has_draft else "",
        ]
        for row in rows
    ]
    console().print(table(["id", "language", "type", "live", ""], shown))
