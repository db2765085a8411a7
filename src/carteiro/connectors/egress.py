"""Where connections may go: administrators type addresses, and some of those must not be reached.

The guard works where a socket is made, on the very address that is connected to. A name that
resolves differently the second time, a number written in octal, an IPv4 address inside an IPv6 one:
all of them have become an address by then.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

Network = IPv4Network | IPv6Network
_NAT64 = ip_network("64:ff9b::/96")


class EgressRefused(OSError):
    """The address is one that the policy does not let through."""


class EgressPolicy:
    """Which addresses may be connected to."""

    def __init__(self, *, enabled: bool, allow: Sequence[Network] = ()) -> None:
        self.enabled = enabled
        self._allow = tuple(allow)

    def permits(self, address: str) -> bool:
        """Whether a numeric address may be connected to."""
        ip = _unwrapped(ip_address(address.partition("%")[0]))
        if not self.enabled or any(ip in network for network in self._allow):
            return True
        return ip.is_global and not ip.is_multicast

    def permits_scheme(self, scheme: str) -> bool:
        """Plain http is for networks that somebody opened on purpose."""
        return scheme == "https" or (scheme == "http" and (not self.enabled or bool(self._allow)))

    def socket_for(self, info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
        """Make the socket for one resolved address. Raises ``EgressRefused``."""
        family, kind, protocol, _, address = info
        if not self.permits(address[0]):
            raise EgressRefused("the address is private, local or reserved")
        return socket.socket(family=family, type=kind, proto=protocol)


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4)."""
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFF_FFFF)
        return ip.ipv4_mapped or ip.sixtofour or ip
    return ip
