"""A tenant's settings as delivery reads them, and the buckets that follow from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carteiro.delivery.gates.buckets import (
    Bucket,
    SendingPolicy,
    SendLimit,
    network_of,
    rates_of,
    sending_policy,
    windows_of,
)
from carteiro.delivery.gates.gate import Limits
from carteiro.delivery.policy import DeliveryPolicy, OnUnknown, delivery_policy, limits_of
from carteiro.delivery.states import Mode
from carteiro.model.kinds import TemplateType
from carteiro.secrets import Key, Keyring

KEYS = Keyring([Key("k", b"k" * 32)])
OURS = SendLimit(action="send", sends=10, window=600_000)
HOUR, DAY = 3_600_000, 86_400_000


@pytest.mark.parametrize("stored", [None, {}])
def test_without_settings_mail_goes_at_once_and_unanswered_attempts_are_repeated(
    stored: dict[str, str] | None,
) -> None:
    policy = delivery_policy(stored)

    assert policy == DeliveryPolicy()
    assert (policy.mode, policy.on_unknown) == (Mode.DIRECT, OnUnknown.RETRY)
    assert policy.limits == limits_of(stored) == Limits(per_second=None, concurrent=None)


def test_each_setting_of_delivery_is_read_where_it_is_stored() -> None:
    policy = delivery_policy(
        {
            "mode": "queued",
            "onUnknownOutcome": "give-up",
            "rateLimit": {"perSecond": 2.5, "concurrent": 3},
        }
    )

    assert (policy.mode, policy.on_unknown) == (Mode.QUEUED, OnUnknown.GIVE_UP)
    assert policy.limits == Limits(per_second=2.5, concurrent=3)


@pytest.mark.parametrize("stored", [None, {}, {"codeLength": 8}])
def test_without_settings_the_deployments_limit_is_the_only_bucket(
    stored: dict[str, int] | None,
) -> None:
    policy = sending_policy(stored)

    assert windows_of(policy, OURS, TemplateType.SIGN_IN) == (OURS,)
    assert list(rates_of(policy, tenant_id="t", network="192.0.2.1", keys=KEYS)) == []


def test_each_setting_of_sending_is_a_bucket() -> None:
    policy = sending_policy(
        {
            "cooldown": 30,
            "sendsPerHour": 4,
            "sendsPerDay": 5,
            "networkSendsPerHour": 6,
            "tenantSendsPerHour": 7,
        }
    )

    windows = windows_of(policy, OURS, TemplateType.SIGN_IN)
    rates = rates_of(policy, tenant_id="t", network="192.0.2.1", keys=KEYS)

    assert [(one.bucket, one.action, one.sends, one.window) for one in windows] == [
        (Bucket.RECIPIENT, "send", 10, 600_000),
        (Bucket.COOLDOWN, "wait:SignIn", 1, 30_000),
        (Bucket.RECIPIENT_HOUR, "recipient-hour", 4, HOUR),
        (Bucket.RECIPIENT_DAY, "recipient-day", 5, DAY),
    ]
    network = KEYS.index_digest("network", "t", "192.0.2.1")
    assert [
        (one.tenant_id, one.bucket, one.owner_hash, one.sends, one.window) for one in rates
    ] == [
        ("t", "network-hour", network, 6, HOUR),
        ("t", "tenant-hour", "", 7, HOUR),
    ]


@pytest.mark.parametrize(
    ("field", "bucket"),
    [
        ("cooldown", Bucket.COOLDOWN),
        ("recipient_hour", Bucket.RECIPIENT_HOUR),
        ("recipient_day", Bucket.RECIPIENT_DAY),
    ],
)
def test_one_setting_alone_is_one_bucket_more(field: str, bucket: Bucket) -> None:
    policy = replace(SendingPolicy(), **{field: 2})

    assert [one.bucket for one in windows_of(policy, OURS, TemplateType.GENERIC)] == [
        Bucket.RECIPIENT,
        bucket,
    ]


@pytest.mark.parametrize("network", [None, "", "unknown"])
def test_whose_network_is_unknown_counts_in_none(network: str | None) -> None:
    policy = SendingPolicy(network_hour=6, tenant_hour=7)

    rates = rates_of(policy, tenant_id="t", network=network, keys=KEYS)

    assert [one.bucket for one in rates] == ["tenant-hour"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("fe80::1%eth0%1", "fe80::/64"),
        ("192.0.2.7:25", None),
    ],
)
def test_a_network_is_an_ipv4_address_or_the_first_half_of_an_ipv6_one(
    address: str, network: str | None
) -> None:
    assert network_of(address) == network
