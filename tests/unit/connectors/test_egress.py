"""Which addresses the guard lets through, by the registries of special-purpose addresses."""

import socket
from contextlib import closing
from ipaddress import ip_network

import pytest

from carteiro.connectors.egress.guard import (
    MAIL_SERVER,
    PLAIN,
    PRIVATE,
    EgressPolicy,
    EgressRefused,
    is_inside,
    is_loopback,
)
from carteiro.connectors.egress.proxies import Proxies

GUARD = EgressPolicy(enabled=True)

CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254"),
    *("127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1"),
    *("2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1", "3fff::1", "5f00::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1"),
]
OPEN = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
    *("172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255"),
    *("2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"),
]


@pytest.mark.parametrize("address", CLOSED)
def test_special_purpose_addresses_are_closed(address: str) -> None:
    assert not GUARD.permits(address)


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_are_open_to_https_alone(address: str) -> None:
    assert GUARD.permits(address)
    assert not GUARD.permits_plain(address)


@pytest.mark.parametrize("address", [*CLOSED, *OPEN])
def test_without_the_guard_every_address_is_open(address: str) -> None:
    assert EgressPolicy(enabled=False).permits(address)
    assert EgressPolicy(enabled=False).permits_plain(address)


@pytest.mark.parametrize(
    ("network", "address", "open_"),
    [
        ("127.0.0.0/8", "127.0.0.1", True),
        ("127.0.0.0/8", "::ffff:127.0.0.1", True),
        ("127.0.0.0/8", "10.0.0.1", False),
        ("127.0.0.1/32", "127.0.0.2", False),
        ("fd00::/8", "fd12::1", True),
        ("fd00::/8", "fe80::1", False),
        ("::1/128", "::1", True),
        ("::1/128", "127.0.0.1", False),
        ("64:ff9b::/96", "64:ff9b::a00:1", True),
    ],
)
def test_an_allowed_network_is_open_to_both_schemes(
    network: str, address: str, open_: bool
) -> None:
    policy = EgressPolicy(enabled=True, allow=[ip_network(network)])

    assert policy.permits(address) is open_
    assert policy.permits_plain(address) is open_


def test_the_refusal_names_the_setting_and_not_the_address() -> None:
    with pytest.raises(EgressRefused) as caught:
        GUARD.socket_factory("https")((2, 1, 6, "", ("10.11.12.13", 443)))

    assert "CARTEIRO_EGRESS_ALLOW" in str(caught.value)
    assert "10.11.12.13" not in str(caught.value)


INSIDE = [
    *("127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "10.0.0.1", "172.16.0.1"),
    *("192.168.255.255", "fc00::1", "fd12::1", "::ffff:10.0.0.1", "2002:c0a8:101::1"),
]
OUTSIDE = ["169.254.169.254", "100.64.0.1", "fe80::1", "::", "198.18.0.1"]


@pytest.mark.parametrize("address", [*INSIDE, "198.51.100.1", *OPEN])
def test_the_operators_own_mail_server_may_be_inside(address: str) -> None:
    allowed = EgressPolicy(enabled=True, allow=[ip_network("198.51.100.0/24")])

    assert allowed.with_own_networks().permits(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_its_own_networks_are_not_every_closed_address(address: str) -> None:
    assert not GUARD.with_own_networks().permits(address)
    assert EgressPolicy(enabled=False).with_own_networks().permits(address)


def test_the_operators_proxies_stay_with_its_own_networks() -> None:
    proxies = Proxies()

    assert EgressPolicy(enabled=True, proxies=proxies).with_own_networks().proxies is proxies


@pytest.mark.parametrize(
    ("address", "loopback", "inside"),
    [
        (None, False, False),
        ("127.9.9.9", True, True),
        ("::1", True, True),
        ("::ffff:127.0.0.1", True, True),
        ("::1%lo", True, True),
        ("127.0.0.1%lo", True, True),
        ("10.0.0.1", False, True),
        ("fd00::1", False, True),
        ("8.8.8.8", False, False),
        ("::ffff:8.8.8.8", False, False),
        ("64:ff9b::a00:1", False, True),
        ("64:ff9b::1:a00:1", False, False),
    ],
)
def test_what_stays_on_this_machine_and_what_in_its_networks(
    address: str | None, loopback: bool, inside: bool
) -> None:
    assert (is_loopback(address), is_inside(address)) == (loopback, inside)


@pytest.mark.parametrize(
    ("policy", "schemes"),
    [
        (GUARD, ["https"]),
        (EgressPolicy(enabled=True, allow=[ip_network("10.0.0.0/8")]), ["https", "http"]),
        (EgressPolicy(enabled=False), ["https", "http"]),
    ],
)
def test_plain_http_goes_where_a_network_was_opened(
    policy: EgressPolicy, schemes: list[str]
) -> None:
    assert [scheme for scheme in ("https", "http") if policy.permits_scheme(scheme)] == schemes


@pytest.mark.parametrize(
    ("scheme", "address", "words"),
    [
        ("https", "10.0.0.1", PRIVATE),
        ("http", "10.0.0.1", PLAIN),
        ("http", "8.8.8.8", PLAIN),
        ("smtp", "10.0.0.1", MAIL_SERVER),
    ],
)
def test_each_client_has_its_own_refusal(scheme: str, address: str, words: str) -> None:
    with pytest.raises(EgressRefused) as caught:
        GUARD.socket_factory(scheme)((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)))

    assert str(caught.value) == words


@pytest.mark.parametrize("scheme", ["https", "smtp"])
@pytest.mark.parametrize(
    ("family", "kind", "protocol", "address"),
    [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "8.8.8.8"),
        (socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_UDP, "2606:4700:4700::1111"),
    ],
)
def test_a_socket_is_what_the_resolver_says(
    scheme: str, family: int, kind: int, protocol: int, address: str
) -> None:
    made = GUARD.socket_factory(scheme)((family, kind, protocol, "", (address, 443)))

    with closing(made):
        assert (made.family, made.type, made.proto) == (family, kind, protocol)
