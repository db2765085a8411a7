"""What a later attempt needs to know of a message: sealed until its final state, then erased."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro.errors import InvalidAddress, SealBroken
from carteiro.model.actor import Actor
from carteiro.model.addresses import parse_address
from carteiro.model.message import Recipient
from carteiro.model.origin import NOWHERE, Origin
from carteiro.model.phones import PhoneNumber, parse_phone
from carteiro.secrets import Keyring
from carteiro.storage.mail.messages import MessageRow

_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The secrets of a message. ``stamp`` is its place in the recipient's limit for ``action``.

    It has the same place in the limits called ``further``.

    ``payload`` is what the caller gave; ``variables`` are added where words are rendered here.
    ``counted_by`` is the connector whose usage it is counted in. Whether a ``discreet`` one was
    sent cannot be told from outside; one that is ``withheld`` is not. What it is sent for, its
    ``origin``, decides on every attempt whose words and sender it has.
    """

    to: Recipient
    payload: Mapping[str, Any] = field(repr=False)
    variables: Mapping[str, Any] = field(repr=False)
    action: str
    stamp: str
    further: Sequence[str] = ()
    counted_by: str | None = None
    by: Actor
    discreet: bool = False
    withheld: bool = False
    origin: Origin = NOWHERE

    @property
    def is_sms(self) -> bool:
        """Whether it goes to a phone."""
        return isinstance(self.to, PhoneNumber)

    def seal(self, keyring: Keyring, tenant_id: str, message_id: str) -> bytes:
        """Sealed for exactly this message."""
        by = self.by
        fields = {
            "phone" if self.is_sms else "email": str(self.to),
            "payload": self.payload,
            "variables": self.variables,
            "action": self.action,
            "stamp": self.stamp,
            "further": self.further,
            "counted": self.counted_by,
            "by": [by.application_id, by.user_id, by.ip, by.user_agent],
            "discreet": self.discreet,
            "withheld": self.withheld,
        }
        if self.origin != NOWHERE:
            fields["origin"] = [self.origin.organization_id, self.origin.application_id]
        return keyring.seal(_write_json(fields).encode(), message_context(tenant_id, message_id))


def open_parcel(keyring: Keyring, row: MessageRow) -> Parcel:
    """Open what a message's row holds. Raises ``SealBroken``, also for what cannot be read."""
    sealed = bytes(row.payload_sealed or b"")
    try:
        return _read(json.loads(keyring.open(sealed, message_context(row.tenant_id, row.id))))
    except (KeyError, ValueError, InvalidAddress) as error:
        raise SealBroken from error


def _read(fields: Mapping[str, Any]) -> Parcel:
    application_id, user_id, ip, user_agent = fields["by"]
    phone = fields.get("phone")
    organization_id, origin_id = fields.get("origin", (None, None))
    return Parcel(
        to=parse_address(fields["email"]) if phone is None else parse_phone(phone),
        payload=fields["payload"],
        variables=fields["variables"],
        action=fields["action"],
        stamp=fields["stamp"],
        further=fields.get("further", ()),
        counted_by=fields["counted"],
        by=Actor(application_id=application_id, user_id=user_id, ip=ip, user_agent=user_agent),
        discreet=fields.get("discreet", False),
        withheld=fields.get("withheld", False),
        origin=Origin(organization_id=organization_id, application_id=origin_id),
    )


def message_context(tenant_id: str, message_id: str) -> str:
    """What a message's sealed contents are bound to."""
    return f"messages/{tenant_id}/{message_id}"
