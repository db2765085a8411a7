"""Whether a domain takes mail (RFC 5321 §5.1), or says that it takes none (RFC 7505)."""

from __future__ import annotations

from enum import StrEnum

from carteiro.senders.asking import Dns, Inquiry


class Reception(StrEnum):
    """What the DNS says."""

    TAKES = "takes"
    """It names a host for mail, or has an address itself."""
    REFUSES = "refuses"
    """It says with a null MX that it takes none."""
    NOWHERE = "nowhere"
    """It names no host and has no address."""
    NO_DOMAIN = "no-domain"
    """There is no such domain."""


async def reception_of(dns: Dns | Inquiry, domain: str) -> Reception:
    """Ask for a domain's MX records, and for its address where it has none.

    Raises ``NameUnavailable``.
    """
    found, exists = await dns.exchanges(domain)
    if not exists:
        return Reception.NO_DOMAIN
    if any(one.host for one in found):
        return Reception.TAKES
    if found:
        return Reception.REFUSES
    return Reception.TAKES if await dns.has_address(domain) else Reception.NOWHERE
