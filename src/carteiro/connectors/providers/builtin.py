"""The built-in email service: prebuilt templates, a fixed sender, the deployment's own way out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.connectors import logos
from carteiro.connectors.builtin.branding import Branding, holds_address
from carteiro.connectors.contract import Connector, ConnectorConfig, Relay, SignsWith, Written
from carteiro.connectors.metadata import (
    Capabilities,
    FormItem,
    FormItemType,
    Metadata,
    TemplateSupport,
)
from carteiro.connectors.smtp.sender_records import records_of
from carteiro.errors import NotSupportedByConnector
from carteiro.model.addresses import EmailAddress, parse_address
from carteiro.model.display_names import read_name
from carteiro.model.message import Message, Receipt
from carteiro.model.sender_dns import UNNAMED, SenderDns


def _no_address(value: str) -> str:
    if holds_address(value):
        raise PydanticCustomError("custom", "Web and mail addresses are not allowed here.")
    return value


def _logo_address(value: str) -> str:
    # The reference takes any scheme. Of those only https shows an image in a mail; javascript: and
    # data: have no business there.
    try:
        parts = urlsplit(value)
        usable = parts.scheme == "https" and bool(parts.hostname) and value.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in value:
        raise PydanticCustomError("invalid_string:url", "Expected the https address of an image.")
    return value


PlainWords = Annotated[str, AfterValidator(_no_address)]
LogoAddress = Annotated[str, AfterValidator(_logo_address)]


class BuiltinConfig(ConnectorConfig):
    """The branding. Five fields more are taken from configs of the reference, and not used."""

    endpoint: str | None = Field(None, description="Not used.")
    token_endpoint: str | None = Field(None, alias="tokenEndpoint", description="Not used.")
    resource: str | None = Field(None, description="Not used.")
    app_id: str | None = Field(None, alias="appId", description="Not used.")
    app_secret: str | None = Field(
        None, alias="appSecret", repr=False, description="Not used, and kept as a secret."
    )
    sender_name: PlainWords | None = Field(
        None, alias="senderName", description="The name in From, without addresses."
    )
    company_information: PlainWords | None = Field(
        None,
        alias="companyInformation",
        description="Name and postal address at the foot of the mail, without web addresses.",
    )
    app_logo: LogoAddress | None = Field(
        None, alias="appLogo", description="The https address of a PNG or JPEG image."
    )


FORM_ITEMS = [
    FormItem(
        key="senderName",
        type=FormItemType.TEXT,
        label="Sender name",
        required=False,
        description="The name in From, without addresses.",
    ),
    FormItem(
        key="companyInformation",
        type=FormItemType.TEXT,
        label="Company information",
        required=False,
        description="Name and postal address at the foot of the mail, without web addresses.",
    ),
    FormItem(
        key="appLogo",
        type=FormItemType.TEXT,
        label="Email logo",
        required=False,
        placeholder="https://example.com/logo.png",
        description="The https address of a PNG or JPEG image.",
    ),
]


class BuiltinConnector(Connector):
    """Nothing to sign up for: the deployment's relay sends, the mails are ready."""

    metadata = Metadata(
        id="logto-email",
        target="logto-email",
        name={"en": "Carteiro email service", "pt-BR": "Serviço de e-mail do Carteiro"},
        description={
            "en": "Ready to use: prebuilt mails in twenty languages, with your branding.",
            "pt-BR": "Pronto para usar: mensagens prontas em vinte idiomas, com a sua marca.",
        },
        logo=logos.BUILT_IN,
        readme=(
            "# Carteiro email service\n\n"
            "Mails come from this deployment's fixed address, in the person's language. You choose "
            "the sender name, a logo and the company line. Own words, links and styles are not "
            "possible: for those pick another connector.\n"
        ),
        form_items=FORM_ITEMS,
    )
    capabilities = Capabilities(
        templates=TemplateSupport.PREBUILT,
        sender_name=True,
        text_part=True,
        headers=True,
        counts_usage=True,
    )
    signs_with = SignsWith.RELAY
    config_model = BuiltinConfig

    @property
    def from_email(self) -> str | None:
        """The deployment's fixed sender address; ``None`` where it has no relay."""
        relay = self.services.relay
        return None if relay is None else relay.from_address

    def branding(self) -> Branding:
        """What the prebuilt templates show of the tenant; a blank value is none."""
        config = self.config
        return Branding(
            sender_name=config.sender_name or None,
            company_information=config.company_information or None,
            app_logo=config.app_logo,
        )

    def sends_from(self) -> EmailAddress | None:
        relay = self.services.relay
        # What is kept on this machine is seen by no receiver.
        return None if relay is None or relay.server is None else parse_address(relay.from_address)

    def sender_dns(self) -> SenderDns:
        relay = self.services.relay
        return UNNAMED if relay is None or relay.server is None else records_of(relay.server)

    def written(self, message: Message) -> Written:
        signer = self.services.relay_signer
        return self._relay().written(message, self._name(message), signer)

    async def send(self, message: Message) -> Receipt:
        signer = self.services.relay_signer
        return await self._relay().send(message, self._name(message), signer)

    async def check(self) -> str:
        return await self._relay().check()

    def _name(self, message: Message) -> str | None:
        """The name that the mail asks for, under the rule of the configured one."""
        own = message.content.sender.name if message.content else None
        if own and not holds_address(own):
            return own
        return read_name(self.config.sender_name or "") or None

    def _relay(self) -> Relay:
        if self.services.relay is None:
            raise NotSupportedByConnector(
                "This deployment has no relay for its email service: set CARTEIRO_RELAY_URL."
            )
        return self.services.relay
