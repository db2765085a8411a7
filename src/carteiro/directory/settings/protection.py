"""How a tenant guards its codes and its sending: the shape of its settings, and their defaults.

The defaults are those of the compatible API: six digits, and no limits beside the deployment's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from carteiro.model.wire import Wire

_LIMITS = (
    "failuresPerDay",
    "delayAfter",
    "cooldown",
    "sendsPerHour",
    "sendsPerDay",
    "networkSendsPerHour",
    "networkWrongTriesPerHour",
    "tenantSendsPerHour",
)
"""What may be ``null``: no limit, or the deployment's."""


class ProtectionUpdate(Wire):
    """How codes and sending are guarded; each given member replaces the stored one."""

    nullable = frozenset(_LIMITS)

    code_alphabet: Literal["digits", "letters"] | None = Field(
        None, description="Digits, or twenty capital letters that nobody mistakes."
    )
    code_length: Annotated[int, Field(ge=6, le=12)] | None = Field(
        None, description="Characters of a code."
    )
    failures_per_day: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None,
        description=(
            "Wrong tries that an address has in a day, over all codes; `null` is two codes' worth, "
            "20 at least."
        ),
    )
    delay_after: Annotated[int, Field(ge=1, le=99)] | None = Field(
        None,
        description=(
            "Wrong tries after which the next one has to wait: 30 seconds, then twice as long each "
            "time, an hour at most."
        ),
    )
    cooldown: Annotated[int, Field(ge=1, le=3600)] | None = Field(
        None, description="Seconds between two messages of one purpose to an address."
    )
    sends_per_hour: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Messages to an address in any hour."
    )
    sends_per_day: Annotated[int, Field(ge=1, le=500)] | None = Field(
        None, description="Messages to an address in any 24 hours."
    )
    network_sends_per_hour: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None,
        description=(
            "Messages that people of one network may ask for in an hour; a backend that asks for "
            "somebody is not counted."
        ),
    )
    network_wrong_tries_per_hour: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None,
        description=(
            "Wrong codes that people of one network may type in an hour, whatever addresses they "
            "are for. A browser in which its owner signed in before goes on, and a backend that "
            "asks for somebody is not counted."
        ),
    )
    tenant_sends_per_hour: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Messages that may be asked for in an hour in all."
    )
    block_disposable_addresses: bool | None = Field(
        None,
        description="Refuse new addresses of domains that give mailboxes away for some minutes.",
    )
    check_recipient_domains: bool | None = Field(
        None,
        description=(
            "Ask the DNS whether an address's domain takes mail before the first one to it, and "
            "refuse the address where it does not. A DNS that is silent refuses nothing."
        ),
    )
    leaked_passwords_service: bool | None = Field(
        None,
        description=(
            "Ask Pwned Passwords, too, whether a new password has leaked: it hears five of the "
            "forty digits of the password's hash."
        ),
    )


PROTECTION_DEFAULT: Mapping[str, Any] = {
    "codeAlphabet": "digits",
    "codeLength": 6,
    **dict.fromkeys(_LIMITS),
    "blockDisposableAddresses": False,
    "checkRecipientDomains": False,
    "leakedPasswordsService": False,
}
