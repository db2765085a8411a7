"""Where connections may go: administrators type addresses, and some of those must not be reached.

The guard works where a socket is made, on the very address that is connected to. A name that
resolves differently the second time, a number written in octal, an IPv4 address inside an IPv6 one:
all of them have become an address by then.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Any

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
"""One answer of ``getaddrinfo``."""

# The registries of special-purpose addresses (IANA, RFC 6890) as they stand, so that the rule does
# not change with the Python release. One entry of practice is in no registry: 168.63.129.16 is the
# metadata service of Azure's virtual machines.
_CLOSED_4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",
        ),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_CLOSED_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64 = IPv6Network("64:ff9b::/96")

PRIVATE = (
    "The endpoint's address is private, local or reserved. CARTEIRO_EGRESS_ALLOW opens networks."
)
PLAIN = (
    "The endpoint must be https: plain http only reaches networks that CARTEIRO_EGRESS_ALLOW names."
)


class EgressRefused(OSError):
    """The policy does not let this address through; the text says which setting would."""


class EgressPolicy:
    """Which addresses may be connected to; without ``enabled`` it is all of them."""

    def __init__(self, *, enabled: bool, allow: Sequence[Network] = ()) -> None:
        self.enabled = enabled
        self._allow = tuple(allow)

    def permits(self, address: str) -> bool:
        """Whether a numeric address may be connected to: it is public, or on the allow-list."""
        return self.permits_plain(address) or _is_public(_embedded(_parsed(address)))

    def permits_plain(self, address: str) -> bool:
        """Whether even plain http may go there: somebody opened its network on purpose."""
        if not self.enabled:
            return True
        ip = _parsed(address)
        return any(form in network for network in self._allow for form in (ip, _embedded(ip)))

    def permits_scheme(self, scheme: str) -> bool:
        """Whether there is any address that ``scheme`` may go to."""
        return scheme == "https" or not self.enabled or bool(self._allow)

    def socket_factory(self, scheme: str) -> Callable[[AddressInfo], socket.socket]:
        """What makes the sockets of a client that speaks ``scheme``; it raises ``EgressRefused``.

        One client has one refusal text: a name of several refused addresses fails as one.
        """
        https = scheme == "https"
        permits, refusal = (self.permits, PRIVATE) if https else (self.permits_plain, PLAIN)

        def make(info: AddressInfo) -> socket.socket:
            family, kind, protocol, _, address = info
            if not permits(address[0]):
                raise EgressRefused(refusal)
            return socket.socket(family=family, type=kind, proto=protocol)

        return make


def _parsed(address: str) -> Address:
    return ip_address(address.partition("%")[0])


def _is_public(ip: Address) -> bool:
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _CLOSED_4)
    return ip in _GLOBAL_6 and not any(ip in network for network in _CLOSED_6)


def _embedded(ip: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to (mapped, NAT64, 6to4), else the address itself."""
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFF_FFFF)
        return ip.ipv4_mapped or ip.sixtofour or ip
    return ip
