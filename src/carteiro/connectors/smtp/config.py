"""The form and the config of the SMTP connector."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from carteiro.connectors.address_headers import require_addresses
from carteiro.connectors.config_templates import ContentTypeText, Covering, HtmlTemplate
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.form import HostText, MailboxText, OptionalMailboxText
from carteiro.connectors.metadata import FormItem, FormItemType
from carteiro.connectors.mime import FIELD_NAME, RESERVED
from carteiro.connectors.smtp.tls import TlsOptions
from carteiro.model.default_templates import default_templates
from carteiro.model.message import ContentType
from carteiro.model.wire import Strict

_HELO = re.compile(r"[A-Za-z0-9._-]{0,255}|\[[A-Za-z0-9.:]{2,64}\]")
"""A domain or an address literal (RFC 5321 §4.1.2, §4.1.3), and the blank of a form."""


class _Part(Strict):
    model_config = ConfigDict(frozen=True)


class LoginAuth(_Part):
    """User and password; without both, the server lets us in by our address."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["login", "Login", "LOGIN"] | None = None
    user: str | None = None
    password: str | None = Field(None, alias="pass", repr=False)


class PrivateKey(_Part):
    """An encrypted private key."""

    key: str = Field(repr=False)
    passphrase: str = Field(repr=False)


class OAuthKeyAuth(_Part):
    """XOAUTH2 for a service account: tokens are asked for with a signed assertion (RFC 7523)."""

    type: Literal["oauth2", "OAuth2", "OAUTH2"] | None = None
    user: str
    service_client: str = Field(alias="serviceClient")
    private_key: str | PrivateKey = Field(alias="privateKey", repr=False)
    access_url: TokenAddress | None = Field(None, alias="accessUrl")


class OAuthTokenAuth(_Part):
    """XOAUTH2 with a token, or with a refresh token that gets new ones."""

    type: Literal["oauth2", "OAuth2", "OAUTH2"] | None = None
    user: str
    client_id: str | None = Field(None, alias="clientId")
    client_secret: str | None = Field(None, alias="clientSecret", repr=False)
    refresh_token: str | None = Field(None, alias="refreshToken", repr=False)
    access_token: str | None = Field(None, alias="accessToken", repr=False)
    expires: float | None = Field(None, description="Milliseconds since the epoch.")
    access_url: TokenAddress | None = Field(None, alias="accessUrl")


_LOGIN = ("login", "Login", "LOGIN")
Auth = LoginAuth | OAuthKeyAuth | OAuthTokenAuth


def _auth(value: Any) -> Auth:
    """The first form that fits, in the wire's order.

    A password beside keys that no form has fits the last one on the wire, and is a login there.
    """
    if isinstance(value, dict) and value.get("type", "login") in _LOGIN and "pass" in value:
        value = {name: value[name] for name in ("type", "user", "pass") if name in value}
    for form in (LoginAuth, OAuthKeyAuth, OAuthTokenAuth):
        try:
            return form.model_validate(value)
        except ValidationError:
            continue
    raise PydanticCustomError("union_of_auth", "Invalid input")


def _header(value: Any) -> str | list[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return value
    raise PydanticCustomError("union_of_header", "Invalid input")


def _helo(value: str) -> str:
    if not _HELO.fullmatch(value):
        raise PydanticCustomError("custom", "A host name is ASCII without blanks")
    return value


def _own_address(value: str) -> str:
    try:
        ip_address(value or "::")
    except ValueError:
        raise PydanticCustomError("custom", "Expected an IP address of this machine.") from None
    return value


def _token_address(value: str) -> str:
    if value and not value.startswith(("https://", "http://")):
        raise PydanticCustomError("custom", "Expected an http(s) address.")
    return value


TokenAddress = Annotated[str, AfterValidator(_token_address)]
Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class SmtpTemplate(HtmlTemplate):
    """A template in the connector's own config."""

    declared: ContentTypeText = Field(alias="contentType")

    def _content_type(self) -> ContentType:
        return ContentType(self.declared)


class SmtpConfig(ConnectorConfig):
    """How to reach the server, who we are, and the templates to fall back to."""

    # Its own validator says that it is none of the three forms.
    nullable = frozenset({"auth"})

    host: Annotated[HostText, Field(min_length=1)] = Field(
        description="The server's name or address."
    )
    port: int = Field(
        ge=1, le=65_535, description="465 is TLS from the start, 587 and 25 begin without."
    )
    auth: Annotated[Any, PlainValidator(_auth)] = Field(
        None,
        validate_default=True,
        description='User and password, an OAuth2 key or token, or `{"type": "login"}` for none.',
    )
    from_email: MailboxText = Field(alias="fromEmail", description="`address` or `Name <address>`.")
    reply_to: OptionalMailboxText | None = Field(
        None, alias="replyTo", description="Where answers go: `address` or `Name <address>`."
    )
    templates: Covering[SmtpTemplate] = Field(
        description="Used where the tenant has no template of its own."
    )
    logger: bool | None = Field(None, description="Taken for compatibility.")
    debug: bool | None = Field(None, description="Taken for compatibility.")
    disable_file_access: bool | None = Field(
        None, alias="disableFileAccess", description="Always the case."
    )
    disable_url_access: bool | None = Field(
        None, alias="disableUrlAccess", description="Always the case."
    )
    name: Annotated[str, AfterValidator(_helo)] | None = Field(
        None, description="The host name that we greet with."
    )
    local_address: Annotated[str, AfterValidator(_own_address)] | None = Field(
        None, alias="localAddress", description="The local address to connect from."
    )
    connection_timeout: Milliseconds = Field(
        120_000, alias="connectionTimeout", description="Milliseconds to connect."
    )
    greeting_timeout: Milliseconds = Field(
        30_000, alias="greetingTimeout", description="Milliseconds to the greeting."
    )
    socket_timeout: Milliseconds = Field(
        600_000, alias="socketTimeout", description="Milliseconds to any answer."
    )
    dns_timeout: Milliseconds = Field(
        30_000, alias="dnsTimeout", description="Milliseconds to resolve the name."
    )
    secure: bool = Field(default=False, description="TLS from the first byte.")
    tls: TlsOptions = Field(
        default_factory=TlsOptions,
        description=(
            "`ca`, `cert`, `key`, `passphrase`, `ciphers`, `minVersion`, `maxVersion`, "
            "`servername`, `rejectUnauthorized`."
        ),
    )
    servername: HostText | None = Field(None, description="The name in the server's certificate.")
    ignore_tls: bool | None = Field(
        None,
        alias="ignoreTLS",
        description=(
            "Never upgrade, even when the server offers it: mails and the password go unencrypted."
        ),
    )
    require_tls: bool | None = Field(
        None, alias="requireTLS", description="Never send without TLS."
    )
    custom_headers: dict[str, Annotated[Any, PlainValidator(_header)]] = Field(
        default_factory=dict, alias="customHeaders", description="Further headers."
    )

    @model_validator(mode="after")
    def _agreed(self) -> Self:
        if self.ignore_tls and self.require_tls:
            raise PydanticCustomError("custom", "ignoreTLS and requireTLS contradict each other.")
        return self

    @field_validator("custom_headers")
    @classmethod
    def _names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, content in value.items():
            if not FIELD_NAME.fullmatch(name) or name.lower() in RESERVED:
                raise PydanticCustomError(
                    "custom", "{name} cannot be a custom header", {"name": repr(name)}
                )
            for entry in [content] if isinstance(content, str) else content:
                require_addresses(name, entry)
        return value


def _text(key: str, label: str, **more: Any) -> FormItem:
    return FormItem(key=key, type=FormItemType.TEXT, label=label, **more)


def _switch(key: str, label: str, description: str | None = None) -> FormItem:
    return FormItem(
        key=key,
        type=FormItemType.SWITCH,
        label=label,
        required=False,
        default_value=False,
        description=description,
    )


def _milliseconds(key: str, label: str, default: str) -> FormItem:
    return FormItem(
        key=key, type=FormItemType.NUMBER, label=label, required=False, placeholder=default
    )


FORM_ITEMS = [
    _text("host", "Host", required=True, placeholder="<host>"),
    FormItem(key="port", type=FormItemType.NUMBER, label="Port", required=True, placeholder="25"),
    FormItem(
        key="auth",
        type=FormItemType.JSON,
        label="Auth",
        required=True,
        default_value={"type": "login", "user": "<username>", "pass": "<password>"},
        is_confidential=True,
    ),
    _text("fromEmail", "From email", required=True, placeholder="<noreply@example.com>"),
    _text("replyTo", "Reply to", required=False),
    FormItem(
        key="templates",
        type=FormItemType.JSON,
        label="Templates",
        required=True,
        default_value=default_templates("contentType"),
    ),
    _switch("logger", "Logger", "Has no effect: the dialogue is never logged."),
    _switch("debug", "Debug", "Has no effect: the dialogue is never logged."),
    _switch("disableFileAccess", "Disable file access", "Files are never read."),
    _switch("disableUrlAccess", "Disable URL access", "Addresses are never fetched."),
    _text("name", "Client host name", required=False),
    _text("localAddress", "Local address", required=False),
    _milliseconds("connectionTimeout", "Connection timeout", "2 * 60 * 1000 (2 minutes)"),
    _milliseconds("greetingTimeout", "Greeting timeout", "30 * 1000 (30 seconds)"),
    _milliseconds("socketTimeout", "Socket timeout", "10 * 60 * 1000 (10 minutes)"),
    _milliseconds("dnsTimeout", "DNS timeout", "30 * 1000 (30 seconds)"),
    FormItem(key="secure", type=FormItemType.SWITCH, label="Secure", default_value=False),
    FormItem(
        key="tls",
        type=FormItemType.JSON,
        label="TLS",
        required=False,
        default_value={},
        is_confidential=True,
    ),
    _text("servername", "Server name", required=False),
    _switch("ignoreTLS", "Ignore TLS"),
    _switch("requireTLS", "Require TLS"),
    FormItem(
        key="customHeaders",
        type=FormItemType.JSON,
        label="Custom headers",
        required=False,
        default_value={},
        description="Header names and their values, or lists of values.",
    ),
]
