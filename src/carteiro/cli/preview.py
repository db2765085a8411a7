"""``carteiro templates preview``."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import read_object
from carteiro.cli.template_file import Subject, Type, read_source
from carteiro.model.kinds import TemplateType
from carteiro.templates.samples import Sample

if TYPE_CHECKING:
    from carteiro.delivery.previews import Preview
    from carteiro.flows.administer.mail.preview import Wish

_SENDER = "no-reply@example.com"
_TO = "person@example.com"
_Id = Annotated[str | None, typer.Option(metavar="ID", help="Of the tenant's: what it is about.")]


def preview(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="The content; without it, what is stored, or the prebuilt template.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    type: Type = TemplateType.GENERIC,  # noqa: A002 - the wire's name
    subject: Subject = "{{code}}",
    locale: Annotated[
        str | None, typer.Option(help="A BCP 47 tag, such as pt-BR.", show_default="en")
    ] = None,
    sample: Annotated[Sample, typer.Option(help="The values that are not given.")] = Sample.RICH,
    data: Annotated[
        Path | None,
        typer.Option(help="A JSON file with values.", exists=True, dir_okay=False),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(metavar="ID", help="As this tenant would send it; needs its database."),
    ] = None,
    draft: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Of the tenant's: a template, whose draft is shown."),
    ] = None,
    organization: _Id = None,
    application: _Id = None,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="Of the tenant's: whom the mail is for.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Write a page here that shows the mail at three widths, light and dark.",
            file_okay=False,
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the HTML part here.")] = None,
    eml: Annotated[Path | None, typer.Option(help="Write the mail here, as it is sent.")] = None,
    open_: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open",
            help="Show the page in the browser; by default where nothing is to be written.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show a mail before anybody gets it; nothing is sent.

    Without --tenant, a file or a prebuilt template with sample values, and no server.
    """
    named = (draft, organization, application, user)
    if tenant is None and any(named):
        raise typer.BadParameter("--draft, --organization, --application and --user need --tenant.")
    if draft and file:
        raise typer.BadParameter("Either a file is shown or a draft.")
    from carteiro.flows.administer.mail.preview import Wish

    wish = Wish(
        type=type,
        language=locale,
        application_id=application,
        organization_id=organization,
        user_id=user,
        sample=sample,
        data=read_object(data) if data else {},
        template=read_source(file, subject) if file else None,
        draft_of=draft,
    )
    shown = _alone(wish) if tenant is None else asyncio.run(_of_tenant(tenant, wish))
    _print(shown)
    written = [
        _write(path, part) for path, part in ((html, _html(shown)), (eml, shown.eml)) if path
    ]
    if open_ is None:
        open_ = not (folder or written) and sys.stdout.isatty()
    if folder or open_:
        _page(shown, folder, show=open_)


async def _of_tenant(tenant: str, wish: Wish) -> Preview:
    from carteiro.flows.administer.mail.preview import preview as preview_of
    from carteiro.flows.administer.mail.revisions import get_draft

    async with opened_world(tenant) as world:
        if wish.draft_of is not None and wish.type is TemplateType.GENERIC:
            place = (await get_draft(world, tenant, wish.draft_of)).place
            wish = replace(wish, type=TemplateType(place.template_type))
        return await preview_of(world, tenant, wish)


def _alone(wish: Wish) -> Preview:
    """Without a tenant: no connector and no settings, a sender of nobody's."""
    from carteiro.clock import SystemClock
    from carteiro.connectors.contract import Written
    from carteiro.delivery.compose import GIVEN, Letter
    from carteiro.delivery.previews import show
    from carteiro.languages.negotiate import LanguageDecision, LanguageReason
    from carteiro.model.addresses import Mailbox, parse_address
    from carteiro.model.message import Message
    from carteiro.templates import builtin
    from carteiro.templates.compiled import compile_template
    from carteiro.templates.samples import sample_values

    locale = wish.language or "en"
    values: dict[str, Any] = {**sample_values(wish.type, wish.sample, locale), **wish.data}
    if wish.template:
        compiled, name = compile_template(wish.template, language=locale), GIVEN
    else:
        compiled = builtin.find(wish.type, locale, values)
        name = f"builtin:{compiled.language}"
    content = compiled.render(values)
    message = Message(
        id="preview",
        to=parse_address(_TO),
        type=wish.type,
        payload=values,
        created_at=SystemClock().now(),
        content=content,
    )
    letter = Letter(content=content, template=name, compiled=compiled)
    decision = LanguageDecision(tag=locale, reason=LanguageReason.EXPLICIT)
    sender = Mailbox(parse_address(_SENDER), content.sender.name)
    written = Written(sender=sender, reply_to=content.reply_to)
    return show(message, letter, values, decision, written)


def _html(shown: Preview) -> bytes | None:
    content = shown.content
    return content.html.encode() if content and content.html is not None else None


def _print(shown: Preview) -> None:
    if shown.content is None:
        typer.echo("The words are kept elsewhere; these values are handed over:")
        typer.echo(", ".join(sorted(shown.payload)))
        return
    typer.echo(f"Subject: {shown.content.subject}\n\n{shown.content.text}")
    if not shown.serves:
        typer.echo("\nThe connector has words of its own: it would not send these.", err=True)
    for gap in shown.missing:
        typer.echo(f"without a value: {{{{{gap.variable}}}}}", err=True)
    if shown.unused:
        typer.echo(f"not used: {', '.join(shown.unused)}", err=True)


def _write(path: Path, part: bytes | None) -> Path:
    if part is None:
        raise typer.BadParameter(f"There is nothing to write to {path}: the mail has no such part.")
    path.write_bytes(part)
    typer.echo(f"\nWrote {path}.")
    return path


def _page(shown: Preview, folder: Path | None, *, show: bool) -> None:
    import tempfile
    import webbrowser

    from carteiro.pages.mail_preview import PAGE, files_of
    from carteiro.private_files import make_file, make_folder

    # A browser reads it after this has ended, so it stays.
    folder = folder or Path(tempfile.mkdtemp(prefix="carteiro-preview-"))
    make_folder(folder)
    for name, part in files_of(shown).items():
        (folder / name).unlink(missing_ok=True)
        make_file(folder / name, part)
    page = (folder / PAGE).resolve()
    typer.echo(f"\nThe page is {page}.")
    if show and not webbrowser.open(page.as_uri()):
        typer.echo("No browser could be opened.", err=True)
