"""The operator's proxies: which of them a connection takes, by whom it goes to."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import unquote, urlsplit


class ProxyKind(StrEnum):
    """How a proxy is asked. Only ``socks5`` is given an address that was looked up here."""

    HTTP = "http"
    SOCKS5 = "socks5"
    SOCKS5H = "socks5h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where a proxy listens. ``password`` has no repr."""

    kind: ProxyKind
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str, *kinds: ProxyKind) -> Self:
        """Read ``scheme://[user:password@]host:port``; without a scheme it is ``http``.

        Raises ``ValueError`` that names what is expected.
        """
        expected = " or ".join(f"{kind}://" for kind in kinds)
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            port = parts.port
        except ValueError:
            port = None
        if parts.scheme not in kinds or not parts.hostname or not port:
            raise ValueError(f"expected {expected} with [user:password@]host:port")
        return cls(
            kind=ProxyKind(parts.scheme),
            host=parts.hostname,
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def headers(self) -> dict[str, str]:
        """What an ``http`` proxy wants to know of us (RFC 9110 §11.7.2)."""
        if not self.user:
            return {}
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {token}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """``bypass`` is a list as ``NO_PROXY`` has it: names, their domains, or ``*``."""

    https: Proxy | None = None
    smtp: Proxy | None = None
    bypass: str = ""

    def for_https(self, host: str) -> Proxy | None:
        """The proxy for an https address; plain http goes to opened networks alone, directly."""
        return self.https if self.https and not self._bypassed(host) else None

    def for_smtp(self, host: str) -> Proxy | None:
        """The proxy for a mail server."""
        return self.smtp if self.smtp and not self._bypassed(host) else None

    def _bypassed(self, host: str) -> bool:
        given = (entry.strip().lstrip(".").lower() for entry in self.bypass.split(","))
        domain = f".{host.lower()}"
        return any(entry and (entry == "*" or domain.endswith(f".{entry}")) for entry in given)
