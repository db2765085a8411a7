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
from carteiro.cli.template_file import Subject, Type, read_source

if TYPE_CHECKING:
    from carteiro.flows.administer.mail.revisions import History, TemplateDraft
    from carteiro.model.config_diff import Changes
    from carteiro.model.owners import Owner
    from carteiro.storage.tenancy.templates import HistoryRow

Template = Annotated[str, typer.Argument(help="The template's id.")]
Organization = Annotated[
    str | None,
    typer.Option("--organization", help="The organization whose template it is.", metavar="ID"),
]
Application = Annotated[
    str | None,
    typer.Option("--application", help="The application whose template it is.", metavar="ID"),
]
Some = Annotated[str | None, typer.Argument(help="A template's id; without it, all of them.")]
_LONGEST_TAG = 16


def history(
    id: Some = None,  # noqa: A002 - the wire's name
    organization: Organization = None,
    application: Application = None,
    tenant: Tenant = "default",
    as_json: Json = False,
) -> None:
    """List the templates, live or not, or what was published of one: by whom, when and why."""
    from carteiro.flows.administer.mail.revisions import get_history, list_histories

    owner = _owner(organization, application)

    async def one(id: str) -> History:  # noqa: A002 - as above
        async with opened_world(tenant) as world:
            return await get_history(world, tenant, id, None, owner=owner)

    async def every() -> list[HistoryRow]:
        async with opened_world(tenant) as world:
            return list((await list_histories(world, tenant, None, owner=owner)).rows)

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
    type: Type,  # noqa: A002 - the wire's name
    language: Annotated[str, typer.Option(help="A BCP 47 tag, such as pt-BR.")],
    subject: Subject,
    note: Note = None,
    organization: Organization = None,
    application: Application = None,
    tenant: Tenant = "default",
) -> None:
    """Save a draft for a language and a type; nobody is mailed it until it is published."""
    from carteiro.flows.administer.mail.revisions import start_draft
    from carteiro.storage.tenancy.templates import NewTemplate

    if not 0 < len(language) <= _LONGEST_TAG:
        raise typer.BadParameter(f"A language tag has 1 to {_LONGEST_TAG} characters.")
    source = read_source(file, subject)
    details = {
        "subject": source.subject,
        "content": source.content,
        "contentType": source.content_type,
    }
    new = NewTemplate(
        language_tag=language,
        template_type=type,
        details=json.dumps(details, ensure_ascii=False),
    )

    owner = _owner(organization, application)

    async def run() -> TemplateDraft:
        async with opened_world(tenant) as world:
            return await start_draft(world, tenant, new, owner=owner, note=noted(note))

    typer.echo(f"Saved the draft of {asyncio.run(run()).place.id}.")


def diff(
    id: Template,  # noqa: A002 - the wire's name
    old: From = "live",
    new: To = "draft",
    organization: Organization = None,
    application: Application = None,
    tenant: Tenant = "default",
    as_json: Json = False,
) -> None:
    """Show what differs between two revisions, the draft and what is live, word by word."""
    from carteiro.flows.administer.mail.comparing import Side
    from carteiro.flows.administer.mail.revisions import compare_revisions

    sides = [Side(side(given)) for given in (old, new)]
    owner = _owner(organization, application)

    async def run() -> Changes:
        async with opened_world(tenant) as world:
            return await compare_revisions(world, tenant, id, *sides, owner=owner)

    print_changes(asyncio.run(run()), as_json=as_json)


def publish(
    ids: Annotated[list[str], typer.Argument(help="The templates' ids.")],
    note: Note = None,
    organization: Organization = None,
    application: Application = None,
    tenant: Tenant = "default",
) -> None:
    """Make the drafts of templates live, all or none."""
    from carteiro.flows.administer.mail.revisions import publish_drafts

    owner = _owner(organization, application)

    async def run() -> list[tuple[str, int]]:
        async with opened_world(tenant) as world:
            rows = await publish_drafts(world, tenant, ids, owner=owner, note=noted(note))
            return [(row.id, row.revision) for row in rows]

    for id_, number in asyncio.run(run()):
        typer.echo(f"{id_}: revision {number} is live.")


def rollback(
    id: Template,  # noqa: A002 - the wire's name
    number: Number = None,
    note: Note = None,
    organization: Organization = None,
    application: Application = None,
    tenant: Tenant = "default",
) -> None:
    """Make the words of an older revision live again; a deleted template comes back with it."""
    from carteiro.flows.administer.mail.revisions import get_history, restore_revision

    owner = _owner(organization, application)

    async def run() -> int:
        async with opened_world(tenant) as world:
            wanted = number
            if wanted is None:
                found = await get_history(world, tenant, id, None, owner=owner)
                wanted = before_last(found.revisions.rows)
            row = await restore_revision(world, tenant, id, wanted, owner=owner, note=noted(note))
            return row.revision

    typer.echo(f"{id}: revision {asyncio.run(run())} is live.")


def add_to(app: typer.Typer) -> None:
    """Add these commands to another command's."""
    for command in (history, draft, diff, publish, rollback):
        app.command()(command)


def _owner(organization: str | None, application: str | None) -> Owner | None:
    """Whose templates are meant. Raises ``typer.BadParameter`` where two are named."""
    from carteiro.model.owners import Owner

    if organization is not None and application is not None:
        raise typer.BadParameter("Name an organization or an application, not both.")
    return Owner.of(organization, application)


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
