"""What a provider wants to find in the DNS of a domain that it sends for."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderDns:
    """A provider's records as its documentation names them; what it does not name is empty."""

    spf: str | None = None
    """The name whose SPF record lists its servers."""
    spf_also: tuple[str, ...] = ()
    """Other names that do as well: those of other regions, or of earlier years."""
    selectors: tuple[str, ...] = ()
    """Of its DKIM records, as far as they are the same for everybody."""
    varies: bool = False
    """Whether it gives some domains other selectors than those: then one not found says little."""
    ask_for: str = ""
    """Where its records for one domain are found: a sentence."""
    envelope: str | None = None
    """Where bounces go: the label below the sender's domain, ``""`` for that domain itself,
    ``None`` for a domain of the provider's, of which SPF does not speak for the sender's."""
    envelope_varies: bool = False
    """Whether people may choose another label: then a record not found there says little."""
    server: str | None = None
    """The mail server, where it is one of ours."""
    servers: tuple[str, ...] = ()
    """The provider's own mail servers, as patterns: whoever uses it by SMTP needs the same."""
    sources: tuple[str, ...] = ()
    """Where this is published, looked up in November 2026."""

    def has_server(self, name: str) -> bool:
        """Whether a mail server is the provider's."""
        return any(fnmatchcase(name, pattern) for pattern in self.servers)


UNNAMED = SenderDns(ask_for="The provider says which records it needs.")
"""Only what is true of every sender is looked at."""
