"""One network is one subscriber, however an address is written."""

from __future__ import annotations

import pytest

from carteiro.model.networks import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:a:b:c:d:e:f", "2001:db8:a:b::/64"),
        ("2001:DB8:A:B::", "2001:db8:a:b::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", None),
        ("somewhere", None),
        ("", None),
        ("999.1.1.1", None),
    ],
)
def test_a_network_is_an_ipv4_address_or_64_bits(address: str, network: str | None) -> None:
    assert network_of(address) == network
