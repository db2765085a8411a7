"""What counts as one network where something is limited for each of them."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network

_PREFIX = 64
"""Bits of an IPv6 address that one household or machine owns: it is free to use all the others."""


def network_of(address: str) -> str | None:
    """An IPv4 address, or the first 64 bits of an IPv6 one; ``None`` for what is no address.

    An IPv4 address written as IPv6 counts as itself.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _PREFIX), strict=False))
