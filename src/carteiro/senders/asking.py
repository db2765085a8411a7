"""Asking the DNS: each question has a time-out, each inquiry a number of questions and an end.

dnspython asks. What an answer says is not to be relied on: whoever runs a domain's servers writes
it, and it may be wrong, huge, endless, or not come at all.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

from carteiro.errors import NameUnavailable

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

_ASK_SECONDS = 2.0
"""Of one server, once."""
_ALL_SECONDS = 5.0
"""Of all servers together, for one question."""
_PAYLOAD = 1232
"""Octets of an answer by UDP; a longer one is asked for by TCP."""
_PORT = 53
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A host that takes a domain's mail; an empty ``host`` says that nobody does (RFC 7505)."""

    preference: int
    host: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The TXT records of a name; ``exists`` is false where there is no such name."""

    found: tuple[str, ...] = ()
    exists: bool = True


class Dns:
    """A way to the DNS. The servers are the machine's, unless others are named (``host, port``)."""

    def __init__(
        self,
        servers: Sequence[tuple[str, int]] = (),
        *,
        ask_seconds: float = _ASK_SECONDS,
        all_seconds: float = _ALL_SECONDS,
    ) -> None:
        self._servers = tuple(servers)
        self._ask_seconds = ask_seconds
        self._all_seconds = all_seconds
        self._resolver: Resolver | None = None

    async def texts(self, name: str) -> Texts:
        """The TXT records of a name, each joined from its strings. Raises ``NameUnavailable``."""
        records, exists = await self._ask(name, "TXT")
        found = tuple(b"".join(record.strings).decode("utf-8", "replace") for record in records)
        return Texts(found, exists)

    async def exchanges(self, name: str) -> tuple[list[Exchange], bool]:
        """The MX records, the preferred first, and whether there is such a name.

        Raises ``NameUnavailable``.
        """
        records, exists = await self._ask(name, "MX")
        found = [
            Exchange(record.preference, record.exchange.to_text(omit_final_dot=True).strip("."))
            for record in records
        ]
        return sorted(found, key=lambda one: (one.preference, one.host)), exists

    async def has_address(self, name: str) -> bool:
        """Whether a host has an address of either kind. Raises ``NameUnavailable``."""
        for kind in ("A", "AAAA"):
            records, _ = await self._ask(name, kind)
            if records:
                return True
        return False

    async def _ask(self, name: str, kind: str) -> tuple[list[Any], bool]:
        """The records of a name, and whether there is such a name."""
        import dns.exception  # noqa: PLC0415 - large, and rarely needed
        import dns.resolver  # noqa: PLC0415 - as above

        try:
            answer = await self._opened().resolve(
                name, kind, raise_on_no_answer=False, search=False, lifetime=self._all_seconds
            )
        except dns.resolver.NXDOMAIN:
            return [], False
        except dns.exception.Timeout:
            raise NameUnavailable(f"The DNS gives no answer about {name} in time.") from None
        except (dns.exception.DNSException, OSError, ValueError, UnicodeError) as error:
            raise NameUnavailable(
                f"The DNS cannot be asked about {name} ({type(error).__name__})."
            ) from None
        return [record for record in answer if record.rdtype == answer.rdtype], True

    def _opened(self) -> Resolver:
        if self._resolver is None:
            from dns.asyncresolver import Resolver  # noqa: PLC0415 - large, and rarely needed
            from dns.nameserver import Do53Nameserver  # noqa: PLC0415 - as above

            resolver = Resolver(configure=not self._servers)
            if self._servers:
                resolver.nameservers = [Do53Nameserver(host, port) for host, port in self._servers]
            resolver.timeout = self._ask_seconds
            resolver.use_edns(0, 0, _PAYLOAD)
            self._resolver = resolver
        return self._resolver


class Inquiry:
    """Questions that belong together: no more of them than ``most``, and none asked twice."""

    def __init__(self, dns: Dns, most: int = 60, silences: int = 3) -> None:
        """After so many ``silences`` nothing more is asked: nobody waits for each question anew."""
        self._dns = dns
        self._left = most
        self._silences = silences
        self._texts: dict[str, Texts | NameUnavailable] = {}

    async def texts(self, name: str) -> Texts:
        """``Dns.texts``. Raises ``NameUnavailable``, also when too much has been asked."""
        known = self._texts.get(name.lower())
        if known is None:
            try:
                known = await self._counted(self._dns.texts(name))
            except NameUnavailable as error:
                known = error
            self._texts[name.lower()] = known
        if isinstance(known, NameUnavailable):
            raise NameUnavailable(known.message)
        return known

    async def exchanges(self, name: str) -> tuple[list[Exchange], bool]:
        """``Dns.exchanges``. Raises ``NameUnavailable``, also when too much has been asked."""
        return await self._counted(self._dns.exchanges(name))

    async def has_address(self, name: str) -> bool:
        """``Dns.has_address``. Raises ``NameUnavailable``, also when too much has been asked."""
        return await self._counted(self._dns.has_address(name))

    async def _counted(self, question: Coroutine[None, None, T]) -> T:
        if self._left <= 0 or self._silences <= 0:
            question.close()
            if self._silences <= 0:
                raise NameUnavailable("The DNS gives no answers.")
            raise NameUnavailable("Too many questions would have to be asked.")
        self._left -= 1
        try:
            return await question
        except NameUnavailable:
            self._silences -= 1
            raise


def server_of(text: str) -> tuple[str, int]:
    """Read ``address`` or ``address:port`` (``[v6]:port``). Raises ``ValueError``."""
    host, port = text.strip(), ""
    if host.startswith("["):
        host, _, port = host[1:].partition("]")
        port = port.removeprefix(":")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    number = int(port) if port else _PORT
    if not 0 < number < 65536:
        raise ValueError("a port is between 1 and 65535")
    return str(ip_address(host)), number
