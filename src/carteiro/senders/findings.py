"""What has been found of a sender's domain, in words, with the record that would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carteiro.model.verdict import Verdict


class Check(StrEnum):
    """What was looked at."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    ALIGNMENT = "alignment"
    MX = "mx"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """A record to publish; ``value`` is in one piece, as forms of DNS hosts take it."""

    type: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a report."""

    check: Check
    verdict: Verdict
    message: str
    record: DnsRecord | None = None
    """What would mend it."""
