"""The buckets that a message takes a place in before it is sent: each refuses it alone.

The one of the deployment (ten messages in ten minutes for each recipient and action) is always
there. The others are the tenant's to set: a pause between two messages of one purpose to a
recipient, how many a recipient gets in an hour and in a day, and how many a network and the tenant
as a whole may ask for in an hour. All are taken in the statement that puts the message on record.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carteiro.model.kinds import TemplateType
from carteiro.secrets import Keyring
from carteiro.storage import limits, rates
from carteiro.storage.database import Call, Transaction
from carteiro.storage.rates import Rate

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_PREFIX = 64
"""Bits of an IPv6 address that one household or machine owns: it is free to use all the others."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPolicy:
    """The tenant's settings under ``protection``. ``cooldown`` is in seconds; ``None`` is none."""

    cooldown: int | None = None
    recipient_hour: int | None = None
    recipient_day: int | None = None
    network_hour: int | None = None
    tenant_hour: int | None = None


def sending_policy(stored: Mapping[str, Any] | None) -> SendingPolicy:
    """Read the settings as they are stored."""
    stored = stored or {}
    return SendingPolicy(
        cooldown=stored.get("cooldown"),
        recipient_hour=stored.get("sendsPerHour"),
        recipient_day=stored.get("sendsPerDay"),
        network_hour=stored.get("networkSendsPerHour"),
        tenant_hour=stored.get("tenantSendsPerHour"),
    )


def network_of(address: str) -> str | None:
    """What is counted as one network: an IPv4 address, or the first 64 bits of an IPv6 one.

    ``None`` for what is no address. An IPv4 address written as IPv6 counts as itself.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _PREFIX), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where one message takes its places: the windows of its recipient, the rates of others."""

    tenant_id: str
    recipient_hash: str
    stamp: str
    windows: Sequence[SendLimit]
    rates: Sequence[Rate]

    @property
    def further(self) -> tuple[str, ...]:
        """The windows beside the first one, by name: a message that is not sent frees them, too."""
        return tuple(one.action for one in self.windows[1:])

    def own(self, now: int) -> list[Call]:
        """Take the recipient's, at ``now`` (milliseconds)."""
        return [
            limits.reserve(
                tenant_id=self.tenant_id,
                action=one.action,
                recipient_hash=self.recipient_hash,
                stamp=self.stamp,
                now=now,
                window=one.window,
                max_sends=one.sends,
            )
            for one in self.windows
        ]

    def shared(self, now: int) -> list[Call]:
        """Take those that others take from, too, at ``now`` (milliseconds).

        They stand last among the calls of a unit: PostgreSQL runs the writes of one statement last
        first, so whoever has waited for a shared row holds nothing that another waits for.
        """
        return [rates.take(rate, now) for rate in self.rates]

    async def wait(self, tx: Transaction, now: int) -> tuple[int, Bucket]:
        """Milliseconds until every bucket has a place, and the one that takes longest."""
        waits = [(await self._window_wait(tx, one, now), one.bucket) for one in self.windows]
        waits += [(await rates.wait(tx, rate, now), Bucket(rate.bucket)) for rate in self.rates]
        return max(waits, key=lambda one: one[0])

    async def _window_wait(self, tx: Transaction, one: SendLimit, now: int) -> int:
        return await limits.wait(
            tx,
            tenant_id=self.tenant_id,
            action=one.action,
            recipient_hash=self.recipient_hash,
            now=now,
            window=one.window,
            max_sends=one.sends,
        )


def places(
    policy: SendingPolicy,
    limit: SendLimit,
    *,
    tenant_id: str,
    recipient_hash: str,
    stamp: str,
    kind: TemplateType,
    network: str | None,
    keys: Keyring,
) -> Places:
    """The buckets of one message. ``network`` is the address of whoever it is sent for, if known.

    A recipient's buckets other than ``limit`` count every action together, but for the pause, which
    counts each purpose on its own.
    """
    windows = [limit]
    if policy.cooldown is not None:
        windows.append(
            SendLimit(
                action=f"wait:{kind}",
                sends=1,
                window=policy.cooldown * 1000,
                bucket=Bucket.COOLDOWN,
            )
        )
    for sends, window, bucket in (
        (policy.recipient_hour, _HOUR, Bucket.RECIPIENT_HOUR),
        (policy.recipient_day, _DAY, Bucket.RECIPIENT_DAY),
    ):
        if sends is not None:
            windows.append(SendLimit(action=bucket, sends=sends, window=window, bucket=bucket))
    return Places(
        tenant_id=tenant_id,
        recipient_hash=recipient_hash,
        stamp=stamp,
        windows=windows,
        rates=_rates(policy, tenant_id, network, keys),
    )


def _rates(policy: SendingPolicy, tenant_id: str, network: str | None, keys: Keyring) -> list[Rate]:
    found = []
    name = network_of(network) if network is not None else None
    if policy.network_hour is not None and name is not None:
        found.append(
            (Bucket.NETWORK, keys.index_digest("network", tenant_id, name), policy.network_hour)
        )
    if policy.tenant_hour is not None:
        found.append((Bucket.TENANT, "", policy.tenant_hour))
    return [
        Rate(tenant_id=tenant_id, bucket=bucket, owner_hash=owner, sends=sends, window=_HOUR)
        for bucket, owner, sends in found
    ]
