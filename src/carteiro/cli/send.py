"""``carteiro send``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from carteiro.cli.opened import opened_world
from carteiro.cli.output import Json, Tenant, print_json, read_object
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import Origin


def send(
    to: Annotated[str, typer.Option(help="The recipient: exactly one address.")],
    kind: Annotated[
        TemplateType, typer.Option("--type", help="Why the mail is sent.")
    ] = TemplateType.GENERIC,
    locale: Annotated[str | None, typer.Option(help="A BCP 47 tag, such as pt-BR.")] = None,
    variables: Annotated[
        Path | None, typer.Option(help="A JSON file of template variables; `code` is made up.")
    ] = None,
    organization: Annotated[
        str | None, typer.Option(help="The organization whose templates and sender it has.")
    ] = None,
    application: Annotated[
        str | None, typer.Option(help="The application whose templates and sender it has.")
    ] = None,
    tenant: Tenant = "default",
    as_json: Json = False,
) -> None:
    """Send one message through a tenant's connector, the way a flow does.

    The tenant's templates, languages, limits and records take part. The code in it can't be
    redeemed: only `POST /api/verification-codes` stores one.
    """
    from carteiro.flows.operate.send_message import Letter, send_message

    given = read_object(variables) if variables else {}

    async def run() -> dict[str, str | None]:
        async with opened_world(tenant) as world:
            origin = Origin(organization_id=organization, application_id=application)
            letter = Letter(to=to, type=kind, locale=locale, variables=given, origin=origin)
            sent = await send_message(world, tenant, letter)
            return {
                "id": sent.id,
                "providerId": sent.receipt.provider_id if sent.receipt else None,
                "state": "sent" if sent.receipt else "queued",
                "language": sent.language,
            }

    sent = asyncio.run(run())
    if as_json:
        print_json(sent)
        return
    done = "Handed over to the provider" if sent["state"] == "sent" else "Queued"
    typer.echo(f"{done} in {sent['language']} (message {sent['id']}).")
