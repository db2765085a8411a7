"""Where connections may go: administrators type addresses, and some of those must not be reached.

The guard works where a socket is made, on the very address that is connected to. A name that
resolves differently the second time, a number written in octal, an IPv4 address inside an IPv6 one:
all of them have become an address by then. Every way out of a process takes its sockets from here:
the HTTP client and, for mail servers, ``dialing``.
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

from carteiro.connectors.egress.proxies import Proxies

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

_LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_INSIDE: tuple[Network, ...] = (
    *_LOOPBACK,
    *map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")),
    IPv6Network("fc00::/7"),
)
"""This machine, and the networks that RFC 1918 and RFC 4193 set aside for private use."""

PRIVATE = (
    "The endpoint's address is private, local or reserved. CARTEIRO_EGRESS_ALLOW opens networks."
)
PLAIN = (
    "The endpoint must be https: plain http only reaches networks that CARTEIRO_EGRESS_ALLOW names."
)
MAIL_SERVER = (
    "The mail server's address is private, local or reserved. CARTEIRO_EGRESS_ALLOW opens networks."
)


class EgressRefused(OSError):
    """The policy does not let this address through; the text says which setting would."""


class EgressPolicy:
    """Which addresses may be connected to; without ``enabled`` it is all of them.

    ``proxies`` are the operator's own ways out, so their addresses are not asked about.
    """

    def __init__(
        self,
        *,
        enabled: bool,
        allow: Sequence[Network] = (),
        proxies: Proxies | None = None,
    ) -> None:
        self.enabled = enabled
        self.proxies = proxies or Proxies()
        self._allow = tuple(allow)

    def with_own_networks(self) -> EgressPolicy:
        """The same, open to loopback and private networks as well.

        For a mail server that the operator or the program names, not a tenant's administrator.
        """
        allow = (*self._allow, *_INSIDE)
        return EgressPolicy(enabled=self.enabled, allow=allow, proxies=self.proxies)

    def permits(self, address: str) -> bool:
        """Whether a numeric address may be connected to: it is public, or on the allow-list."""
        return self.permits_plain(address) or _is_public(_embedded(_parsed(address)))

    def permits_plain(self, address: str) -> bool:
        """Whether even plain http may go there: somebody opened its network on purpose."""
        if not self.enabled:
            return True
        return _is_in(address, self._allow)

    def permits_scheme(self, scheme: str) -> bool:
        """Whether there is any address that ``scheme`` may go to."""
        return scheme == "https" or not self.enabled or bool(self._allow)

    def socket_factory(self, scheme: str) -> Callable[[AddressInfo], socket.socket]:
        """What makes the sockets of a client that speaks ``scheme``: https, http or smtp.

        It raises ``EgressRefused``. One client has one refusal text: a name of several refused
        addresses fails as one.
        """
        permits, refusal = {
            "https": (self.permits, PRIVATE),
            "http": (self.permits_plain, PLAIN),
            "smtp": (self.permits, MAIL_SERVER),
        }[scheme]

        def make(info: AddressInfo) -> socket.socket:
            family, kind, protocol, _, address = info
            if not permits(address[0]):
                raise EgressRefused(refusal)
            return socket.socket(family=family, type=kind, proto=protocol)

        return make


def is_loopback(address: str | None) -> bool:
    """Whether what is sent to a numeric address stays on this machine; not where it is unknown."""
    return address is not None and _is_in(address, _LOOPBACK)


def is_inside(address: str | None) -> bool:
    """Whether it stays on this machine or in a private network."""
    return address is not None and _is_in(address, _INSIDE)


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    ip = _parsed(address)
    return any(form in network for network in networks for form in (ip, _embedded(ip)))


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
