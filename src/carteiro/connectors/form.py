"""A config's field and its line in the form, declared in one place.

    class AcmeConfig(ConnectorConfig):
        api_key: str = form.text("apiKey", "API key", "From the dashboard.", secret=True)

``items(AcmeConfig)`` is the form, in the order of the fields.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError, PydanticUndefined

from carteiro.connectors.metadata import FormItem, FormItemType, SelectItem
from carteiro.errors import InvalidAddress
from carteiro.model.addresses import parse_address, parse_mailbox

_FORM = "form"
_HOST = re.compile(r"[A-Za-z0-9._-]+")


def text(
    key: str,
    label: str,
    description: str,
    *,
    required: bool = True,
    secret: bool = False,
    placeholder: str | None = None,
    default: str | None = None,
) -> Any:
    """A line of text. A ``secret`` is never shown; a ``default`` makes the field optional."""
    required = required and default is None
    item = FormItem(
        key=key,
        type=FormItemType.TEXT,
        label=label,
        required=required,
        placeholder=placeholder,
        default_value=default,
        description=description,
        is_confidential=secret or None,
    )
    return _field(item, PydanticUndefined if required else default, secret=secret)


def number(key: str, label: str, description: str) -> Any:
    """A number that may be left out."""
    return _field(
        FormItem(
            key=key,
            type=FormItemType.NUMBER,
            label=label,
            required=False,
            description=description,
        ),
        None,
    )


def select(
    key: str, label: str, description: str, choices: Sequence[tuple[str, str]], *, default: str
) -> Any:
    """One of ``(value, title)``; the field's type is a ``Literal`` of the values."""
    return _field(
        FormItem(
            key=key,
            type=FormItemType.SELECT,
            label=label,
            required=False,
            default_value=default,
            description=description,
            select_items=[SelectItem(value=value, title=title) for value, title in choices],
        ),
        default,
    )


def json(key: str, label: str, description: str, *, default: Any) -> Any:
    """A JSON value that must be given; the form starts with ``default``."""
    return _field(
        FormItem(
            key=key,
            type=FormItemType.JSON,
            label=label,
            required=True,
            default_value=default,
            description=description,
        ),
        PydanticUndefined,
    )


def items(model: type[BaseModel]) -> list[FormItem]:
    """The form that fills in ``model``."""
    declared = (field.json_schema_extra for field in model.model_fields.values())
    return [
        FormItem.model_validate(extra[_FORM])
        for extra in declared
        if isinstance(extra, dict) and _FORM in extra
    ]


def secrets_of(config: BaseModel) -> list[str]:
    """The values of a config's secret fields."""
    values = (
        getattr(config, name) for name, field in type(config).model_fields.items() if not field.repr
    )
    return [value for value in values if isinstance(value, str) and value]


def _field(item: FormItem, default: Any, *, secret: bool = False) -> Any:
    return Field(
        default,
        alias=item.key,
        description=item.description,
        repr=not secret,
        json_schema_extra={_FORM: item.model_dump(mode="json")},
    )


def _mailbox(value: str) -> str:
    try:
        parse_mailbox(value)
    except InvalidAddress:
        raise PydanticCustomError("custom", "Expected address or Name <address>") from None
    return value


def _address(value: str) -> str:
    try:
        parse_address(value)
    except InvalidAddress:
        raise PydanticCustomError("invalid_string:email", "Invalid email") from None
    return value


def _address_or_blank(value: str) -> str:
    return _address(value) if value else value


def _host(value: str) -> str:
    try:
        named = bool(_HOST.fullmatch(value.encode("idna").decode()))
        usable = not value or named or bool(IPv6Address(value))
    except ValueError:
        usable = False
    if not usable:
        raise PydanticCustomError("custom", "Expected the name or the address of a host.")
    return value


def _header_value(value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise PydanticCustomError("custom", "Only printable ASCII characters can be sent here.")
    return value


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("custom", "Expected base64, as the portal shows it") from None
    return value


def _mailbox_or_blank(value: str) -> str:
    return _mailbox(value) if value else value


MailboxText = Annotated[str, AfterValidator(_mailbox)]
"""``address`` or ``Name <address>``."""
OptionalMailboxText = Annotated[str, AfterValidator(_mailbox_or_blank)]
"""The same for a field that forms send blank when nobody fills it in."""


def require_literal_mailbox(name: str, value: str | None) -> None:
    """Refuse a mailbox of a template that is none; what has placeholders is seen when it is sent.

    Raises ``PydanticCustomError``.
    """
    if not value or "{{" in value:
        return
    try:
        parse_mailbox(value)
    except InvalidAddress:
        expected = "{name}: expected address or Name <address>"
        raise PydanticCustomError("custom", expected, {"name": name}) from None


AddressText = Annotated[str, AfterValidator(_address)]
"""One address without a name."""
OptionalAddressText = Annotated[str, AfterValidator(_address_or_blank)]
"""The same for a field that forms send blank when nobody fills it in."""
HostText = Annotated[str, AfterValidator(_host)]
"""A host's name or address, without a port; blank where a form sends nothing."""
HeaderText = Annotated[str, AfterValidator(_header_value)]
"""A key or token that travels in an HTTP header."""
Base64Text = Annotated[str, AfterValidator(_base64)]
"""A key that the provider shows in base64."""
