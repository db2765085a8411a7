"""What somebody gives to be written to, as something that can be."""

from __future__ import annotations

from carteiro.errors import InvalidAddress, ValueTooLong
from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.model.addresses import parse_address
from carteiro.model.message import Recipient
from carteiro.model.phones import parse_phone


def recipient_of(kind: IdentifierType, value: str) -> Recipient:
    """An address or a number to send to. Raises ``InvalidAddress`` or ``ValueTooLong``."""
    return parse_phone(value) if kind is IdentifierType.PHONE else parse_address(value)


def on_record(identifier: Identifier) -> dict[str, str]:
    """An identifier as the log keeps it: whose it is shows, and nobody learns it from there."""
    try:
        masked = recipient_of(identifier.type, identifier.value).masked
    except (InvalidAddress, ValueTooLong):
        return {"type": identifier.type.value}
    return {"type": identifier.type.value, "value": masked}
