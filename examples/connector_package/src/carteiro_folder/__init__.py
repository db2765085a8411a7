"""A connector that writes every mail into a folder: the smallest one that is complete."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from carteiro.connectors.contract import Connector, ConnectorConfig
from carteiro.connectors.metadata import (
    Capabilities,
    FormItem,
    FormItemType,
    Metadata,
    TemplateSupport,
)
from carteiro.connectors.mime import build
from carteiro.errors import DeliveryFailed, Disposition, InvalidAddress, TemplateNotFound
from carteiro.model.addresses import Mailbox, parse_mailbox
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, Message, Receipt, TemplateSource

LOGO = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'%3E"
    "%3Cpath fill='%23946b2d' d='M4 10h12l4 4h16v18H4z'/%3E%3C/svg%3E"
)


def _mailbox(text: str) -> str:
    try:
        parse_mailbox(text)
    except InvalidAddress:
        raise ValueError("Expected address or Name <address>") from None
    return text


class FolderConfig(ConnectorConfig):
    """Where the mails go, and whom they are from."""

    folder: str = Field(description="An existing folder.")
    from_email: Annotated[str, AfterValidator(_mailbox)] = Field(
        alias="fromEmail", description="`address` or `Name <address>`."
    )


class FolderConnector(Connector):
    """One ``.eml`` file for each message."""

    metadata = Metadata(
        id="folder-email",
        target="folder-email",
        name={"en": "Folder", "pt-BR": "Pasta"},
        description={
            "en": "Write every mail into a folder.",
            "pt-BR": "Grave cada mensagem em uma pasta.",
        },
        logo=LOGO,
        readme="# Folder\n\nWrites each mail as an `.eml` file.\n",
        form_items=[
            FormItem(key="folder", type=FormItemType.TEXT, label="Folder", required=True),
            FormItem(key="fromEmail", type=FormItemType.TEXT, label="From email", required=True),
        ],
    )
    capabilities = Capabilities(
        templates=TemplateSupport.OWN,
        reply_to=True,
        sender_name=True,
        sender_address=True,
        text_part=True,
    )
    config_model = FolderConfig

    def template(self, kind: TemplateType) -> TemplateSource:
        """What is sent where the tenant has no template of its own."""
        return TemplateSource(
            subject=f"{kind}: {{{{code}}}}{{{{link}}}}",
            content="{{code}}{{link}}",
            content_type=ContentType.PLAIN,
        )

    async def send(self, message: Message) -> Receipt:
        """Write one file. A folder that is not there may come back: transient."""
        content = message.content
        if content is None:
            raise TemplateNotFound
        own = parse_mailbox(self.config.from_email)
        sender = Mailbox(content.sender.address or own.address, content.sender.name or own.name)
        data = build(message, content, sender=sender, reply_to=content.reply_to)
        # The id comes from the caller, and a path must not.
        path = Path(self.config.folder) / f"{re.sub(r'[^A-Za-z0-9-]', '_', message.id)}.eml"
        try:
            await asyncio.to_thread(path.write_bytes, data)
        except OSError as error:
            raise DeliveryFailed(
                f"The folder cannot be written: {error.strerror}.",
                disposition=Disposition.TRANSIENT,
            ) from error
        return Receipt(provider_id=message.id, detail="written")
