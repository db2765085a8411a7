"""The built-in email service: prebuilt templates, a fixed sender, the deployment's own way out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.connectors import logos
from carteiro.connectors.branding import holds_address
from carteiro.connectors.contract import Connector, ConnectorConfig
from carteiro.connectors.metadata import (
    Capabilities,
    FormItem,
    FormItemType,
    Metadata,
    TemplateSupport,
)
from carteiro.errors import NotSupportedByConnector
from carteiro.model.message import Message, Receipt


def _no_address(value: str) -> str:
    if holds_address(value):
        raise PydanticCustomError("custom", "URLs are not allowed here")
    return value


def _logo_address(value: str) -> str:
    # The reference takes any scheme; only https shows an image in a mail and nothing else.
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname:
        raise PydanticCustomError("invalid_string:url", "Expected an https address")
    return value


PlainWords = Annotated[str, AfterValidator(_no_address)]


class BuiltinConfig(ConnectorConfig):
    """The branding; the first five fields are taken for compatibility and not used."""

    endpoint: str | None = Field(None, description="Not used.")
    token_endpoint: str | None = Field(None, alias="tokenEndpoint", description="Not used.")
    resource: str | None = Field(None, description="Not used.")
    app_id: str | None = Field(None, alias="appId", description="Not used.")
    app_secret: str | None = Field(None, alias="appSecret", description="Not used.")
    sender_name: PlainWords | None = Field(
        None, alias="senderName", description="The sender's name, without addresses."
    )
    company_information: PlainWords | None = Field(
        None,
        alias="companyInformation",
        description="Name and postal address at the foot of the mail, without web addresses.",
    )
    app_logo: Annotated[str, AfterValidator(_logo_address)] | None = Field(
        None, alias="appLogo", description="The https address of an image."
    )


class BuiltinConnector(Connector):
    """Nothing to sign up for: the deployment's relay sends, the mails are ready."""

    metadata = Metadata(
        id="logto-email",
        target="logto-email",
        name={"en": "Built-in email service", "pt-BR": "Serviço de e-mail embutido"},
        description={
            "en": "Ready to use: prebuilt mails in ten languages with your branding.",
            "pt-BR": "Pronto para usar: e-mails prontos em dez idiomas com a sua marca.",
        },
        logo=logos.BUILT_IN,
        readme=(
            "# Built-in email service\n\nMails come from the deployment's fixed address. "
            "You choose the sender name, a logo and the company line; "
            "links and own texts are not possible."
        ),
        form_items=[
            FormItem(key="senderName", type=FormItemType.TEXT, label="Sender name", required=False),
            FormItem(
                key="companyInformation",
                type=FormItemType.TEXT,
                label="Company information",
                required=False,
            ),
            FormItem(key="appLogo", type=FormItemType.TEXT, label="Email logo", required=False),
        ],
    )
    capabilities = Capabilities(
        templates=TemplateSupport.PREBUILT, sender_name=True, text_part=True, counts_usage=True
    )
    config_model = BuiltinConfig

    async def send(self, message: Message) -> Receipt:
        relay = self.services.relay
        if relay is None:
            raise NotSupportedByConnector(
                "This deployment has no relay for the built-in service: set CARTEIRO_RELAY_URL."
            )
        return await relay.send(message, self.config.sender_name or None)

    async def check(self) -> str:
        relay = self.services.relay
        return "no relay is configured" if relay is None else await relay.check()
