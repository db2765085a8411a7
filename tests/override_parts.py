"""Organizations and applications with words and a sender of their own, and what their mails say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from carteiro.flows.administer.access.applications import create_application
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.fallbacks import create_fallback
from carteiro.flows.administer.mail.overrides import Sender, put_sender
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.flows.operate.send_message import Letter, send_message
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import Origin
from carteiro.model.owners import Owner, OwnerKind
from carteiro.testing.smtp_server import SmtpSink
from smtp_parts import config as smtp_config

T = "default"
SMTP = "simple-mail-transfer-protocol"


@dataclass(frozen=True, slots=True)
class Read:
    """A mail as it came to a server."""

    subject: str
    sender: str
    reply_to: str | None
    envelope: str


def read(sink: SmtpSink, place: int = -1) -> Read:
    """A mail of those that a server took, the newest."""
    mail = sink.received[place]
    head = mail.message
    return Read(head["Subject"], head["From"], head["Reply-To"], mail.mail_from)


def draft(
    subject: str,
    kind: TemplateType = TemplateType.SIGN_IN,
    tag: str = "en",
    content: str = "{{code}}",
    **details: Any,
) -> Draft:
    words = {"subject": subject, "content": content, **details}
    return Draft(language_tag=tag, template_type=kind, details=words)


async def organization(world: World, name: str = "Globex") -> Owner:
    row = await create_organization(world, T, {"name": name})
    return Owner(OwnerKind.ORGANIZATION, row.id)


async def application(world: World, name: str = "Shop") -> Owner:
    made = await create_application(world, T, name=name, is_admin=False)
    return Owner(OwnerKind.APPLICATION, made.id)


async def override(world: World, owner: Owner, *drafts: Draft, **sender: str | None) -> None:
    """Give an owner templates and a sender."""
    await put_sender(world, T, owner, Sender(**sender))
    if drafts:
        await put_templates(world, T, drafts, owner=owner)


async def reserve(world: World, sink: SmtpSink, sender: str) -> str:
    """A server that waits for an override to name it."""
    config = smtp_config(sink.port, fromEmail=sender)
    made = await create_fallback(world, T, SMTP, config, limits={}, reserved=True)
    return made.row.id


async def connect(world: World, sink: SmtpSink, **changes: Any) -> str:
    """The tenant's own server."""
    new = NewConnector(connector_id=SMTP, config=smtp_config(sink.port, **changes))
    return (await create_connector(world, T, new)).row.id


async def mail(
    world: World,
    *owners: Owner,
    kind: TemplateType = TemplateType.SIGN_IN,
    to: str = "ana@example.com",
    locale: str | None = None,
) -> None:
    """Send one mail for these."""
    ids = {owner.kind: owner.id for owner in owners}
    origin = Origin(
        organization_id=ids.get(OwnerKind.ORGANIZATION),
        application_id=ids.get(OwnerKind.APPLICATION),
    )
    await send_message(world, T, Letter(to=to, type=kind, locale=locale, origin=origin))


@asynccontextmanager
async def sinks(count: int) -> AsyncIterator[list[SmtpSink]]:
    """Real SMTP servers."""
    async with SmtpSink() as first:
        if count == 1:
            yield [first]
        else:
            async with sinks(count - 1) as others:
                yield [first, *others]
