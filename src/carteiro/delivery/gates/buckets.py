"""The buckets that a message takes a place in before it is sent: each refuses it alone.

The one of the deployment (ten messages in ten minutes for each recipient and action) is always
there. The others are the tenant's to set: a pause between two messages of one purpose to a
recipient, how many a recipient gets in an hour and in a day, and how many a network and the tenant
as a whole may ask for in an hour. All are taken in the statement that puts the message on record.

Who has no account here may never have heard of the service. Somebody who signs in by their address
has fewer messages sent to it, and is not told when there are no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carteiro.model.kinds import TemplateType
from carteiro.model.networks import network_of
from carteiro.secrets import Keyring
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.mail import limits, rates
from carteiro.storage.mail.rates import Rate

_HOUR = 3_600_000
_DAY = 24 * _HOUR


class Bucket(StrEnum):
    """Which limit a message has met, as the answer names it."""

    RECIPIENT = "recipient"
    COOLDOWN = "cooldown"
    RECIPIENT_HOUR = "recipient-hour"
    RECIPIENT_DAY = "recipient-day"
    NETWORK = "network-hour"
    TENANT = "tenant-hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimit:
    """How many messages of one action a recipient gets in a rolling window (milliseconds)."""

    action: str
    sends: int
    window: int
    bucket: Bucket = Bucket.RECIPIENT


STRANGER_SENDS, STRANGER_WINDOW = 10, _HOUR
"""How many messages go to an address or a number that is nobody's yet, in how many milliseconds."""
STRANGERS = SendLimit(action="stranger", sends=STRANGER_SENDS, window=-_DAY)
"""The places of those messages. A window that is over before it begins refuses none, which the
answer would show: whoever sends looks first, and withholds what is too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPolicy:
    """The tenant's settings under ``protection``. ``cooldown`` is in seconds; ``None`` is none."""

    cooldown: int | None = None
    recipient_hour: int | None = None
    recipient_day: int | None = None
    network_hour: int | None = None
    tenant_hour: int | None = None
    checks_domains: bool = False
    """Whether the DNS is asked if a recipient's domain takes mail, before the first one to it."""


_UNLIMITED = SendingPolicy()
_NO_RATES: tuple[Rate, ...] = ()


def sending_policy(stored: Mapping[str, Any] | None) -> SendingPolicy:
    """Read the settings as they are stored."""
    stored = stored or {}
    read = SendingPolicy(
        cooldown=stored.get("cooldown"),
        recipient_hour=stored.get("sendsPerHour"),
        recipient_day=stored.get("sendsPerDay"),
        network_hour=stored.get("networkSendsPerHour"),
        tenant_hour=stored.get("tenantSendsPerHour"),
        checks_domains=bool(stored.get("checkRecipientDomains")),
    )
    return _UNLIMITED if read == _UNLIMITED else read


def windows_of(
    policy: SendingPolicy, limit: SendLimit, kind: TemplateType
) -> tuple[SendLimit, ...]:
    """The windows of a message's recipient: the deployment's ``limit``, then the tenant's own.

    Those count every action together, but for the pause, which counts each purpose on its own.
    """
    if policy is _UNLIMITED:
        return (limit,)
    return (limit, *_further(policy, kind))


def _further(policy: SendingPolicy, kind: TemplateType) -> Iterator[SendLimit]:
    for bucket, action, sends, window in (
        (Bucket.COOLDOWN, f"wait:{kind}", policy.cooldown and 1, 1000 * (policy.cooldown or 0)),
        (Bucket.RECIPIENT_HOUR, Bucket.RECIPIENT_HOUR, policy.recipient_hour, _HOUR),
        (Bucket.RECIPIENT_DAY, Bucket.RECIPIENT_DAY, policy.recipient_day, _DAY),
    ):
        if sends is not None:
            yield SendLimit(action=action, sends=sends, window=window, bucket=bucket)


def rates_of(
    policy: SendingPolicy, *, tenant_id: str, network: str | None, keys: Keyring
) -> Sequence[Rate]:
    """The rates that a message shares with others; ``network`` is an address, where it is known."""
    if policy is _UNLIMITED:
        return _NO_RATES
    found = []
    if policy.network_hour is not None and network is not None:
        owner = network_hash(keys, tenant_id, network)
        if owner is not None:
            found.append((Bucket.NETWORK, owner, policy.network_hour))
    if policy.tenant_hour is not None:
        found.append((Bucket.TENANT, "", policy.tenant_hour))
    return [
        Rate(tenant_id=tenant_id, bucket=bucket, owner_hash=owner, sends=sends, window=_HOUR)
        for bucket, owner, sends in found
    ]


def network_hash(keys: Keyring, tenant_id: str, address: str) -> str | None:
    """Under what a network's buckets are kept; ``None`` for what is no address."""
    name = network_of(address)
    return None if name is None else keys.index_digest("network", tenant_id, name)


async def longest_wait(
    tx: Transaction,
    windows: Sequence[SendLimit],
    shared: Sequence[Rate],
    *,
    tenant_id: str,
    recipient_hash: str,
    now: int,
) -> tuple[int, Bucket]:
    """Milliseconds until every bucket has a place, and the one that takes longest."""
    waits = [
        (
            await limits.wait(
                tx,
                tenant_id=tenant_id,
                action=one.action,
                recipient_hash=recipient_hash,
                now=now,
                window=one.window,
                max_sends=one.sends,
            ),
            one.bucket,
        )
        for one in windows
    ]
    waits += [(await rates.wait(tx, rate, now), Bucket(rate.bucket)) for rate in shared]
    return max(waits, key=lambda one: one[0])
