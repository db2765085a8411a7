"""The one HTTP client of a process: kept alive, guarded, bounded, silent about its requests."""

from __future__ import annotations

import json
import re
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from carteiro.connectors.egress.dialing import require_open
from carteiro.connectors.egress.guard import PLAIN, EgressPolicy, EgressRefused
from carteiro.connectors.egress.proxies import Proxy
from carteiro.errors import DeliveryFailed, Disposition, InvalidResponse

LARGEST_REPLY = 64 * 1024
"""How many bytes of an answer are read."""
_KEPT_ALIVE = 30.0
_LOOKED_UP_AT_MOST = 256
_ZLIB_OR_GZIP = zlib.MAX_WBITS + 32
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_LONGEST_LABEL = 63
_HEADERS = {
    "User-Agent": "carteiro",
    "Accept": "application/json, text/plain;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """What came back: the body is what arrived in time, at most ``LARGEST_REPLY`` bytes of it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8, where what is not is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises ``InvalidResponse``."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise InvalidResponse("The provider's answer is not JSON.") from None

    def retry_after(self, now: int) -> float | None:
        """Seconds that ``Retry-After`` asks to wait (RFC 9110 §10.2.3), seen from ``now`` in ms."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit() and len(value) < 10:
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return max(0.0, moment.timestamp() - now / 1000)
        except (ValueError, TypeError, OverflowError):
            return None


class HttpClient:
    """POST and nothing else: no redirects, no cookies, no retries, and the policy's proxy alone.

    ``timeout`` is the default for every request, in seconds. ``tls`` and ``resolver`` replace the
    system's certificate authorities and names.
    """

    def __init__(
        self,
        egress: EgressPolicy,
        *,
        limit: int = 100,
        timeout: float = 10.0,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.egress = egress
        self._limit = limit
        self._timeout = timeout
        self._tls = tls
        self._resolver = resolver
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._proxied: dict[str, float] = {}
        """Hosts behind the proxy, and until when what was found of them stands."""
        self._closed = False
        self.sessions_opened = 0
        """How many clients were made: one for each scheme in use."""

    async def post(
        self,
        url: str,
        *,
        data: bytes,
        headers: Mapping[str, str],
        timeout: float | None = None,  # noqa: ASYNC109 - the client's own knows what had been sent
    ) -> HttpReply:
        """Send a body. ``timeout`` seconds are for everything, from the name to the last byte.

        Raises ``DeliveryFailed``: permanent for an address that cannot or may not be used,
        transient when nothing was sent, unknown when no answer came to what was sent.
        """
        return await self._ask("POST", url, data=data, headers=headers, timeout=timeout)

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
        largest: int = LARGEST_REPLY,
    ) -> HttpReply:
        """Fetch something, with the same bounds, of up to ``largest`` bytes.

        Raises ``DeliveryFailed``.
        """
        return await self._ask(
            "GET", url, data=None, headers=headers or {}, timeout=timeout, largest=largest
        )

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        data: bytes | None,
        headers: Mapping[str, str],
        timeout: float | None,  # noqa: ASYNC109 - as above
        largest: int = LARGEST_REPLY,
    ) -> HttpReply:
        target = _target(url)
        if not self.egress.permits_scheme(target.scheme):
            raise DeliveryFailed(PLAIN)
        proxy = self.egress.proxies.for_https(target.host or "") if _is_https(target) else None
        session = self._session(target.scheme, proxy)
        seconds = self._timeout if timeout is None else timeout
        try:
            if proxy is not None:
                await self._look_at(target.host or "")
            async with session.request(
                method,
                target,
                data=data,
                headers=headers,
                timeout=_limits(seconds),
                allow_redirects=False,
                **_asking(proxy),
            ) as response:
                body = _plain(await _read(response, largest), response.headers, largest)
                return HttpReply(status=response.status, headers=response.headers, body=body)
        except (aiohttp.ClientError, OSError, ValueError, OverflowError) as error:
            # The cause names the address, and may hold the request.
            raise _failure(error) from None

    async def close(self) -> None:
        """Close the connections; nothing can be sent any more."""
        self._closed = True
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.close()

    def _session(self, scheme: str, proxy: Proxy | None) -> aiohttp.ClientSession:
        name = scheme if proxy is None else "proxy"
        return self._sessions.get(name) or self._open(name)

    def _open(self, name: str) -> aiohttp.ClientSession:
        if self._closed:
            raise DeliveryFailed("The process is shutting down.", disposition=Disposition.TRANSIENT)
        self.sessions_opened += 1
        # The socket to a proxy is to a place that the operator named.
        sockets = None if name == "proxy" else self.egress.socket_factory(name)
        session = self._sessions[name] = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._limit,
                socket_factory=sockets,
                keepalive_timeout=_KEPT_ALIVE,
                resolver=self._resolver,
                ssl=self._tls or True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            trust_env=False,
            auto_decompress=False,
        )
        return session

    async def _look_at(self, host: str) -> None:
        """Ask the guard about a host that the proxy connects to, as often as one connects anew."""
        now = time.monotonic()
        if self._proxied.get(host, 0.0) > now:
            return
        await require_open(self.egress, host)
        if len(self._proxied) >= _LOOKED_UP_AT_MOST:
            self._proxied.clear()
        self._proxied[host] = now + _KEPT_ALIVE


def _is_https(target: URL) -> bool:
    return target.scheme == "https"


def _asking(proxy: Proxy | None) -> dict[str, Any]:
    if proxy is None:
        return {}
    way = URL.build(scheme="http", host=proxy.host, port=proxy.port)
    return {"proxy": way, "proxy_headers": proxy.headers}


@lru_cache(maxsize=256)
def _target(url: str) -> URL:
    try:
        target = URL(url)
    except ValueError:
        target = URL()
    host = target.raw_host or ""
    # RFC 1035 §2.3.4. TLS would fail on a longer label where nobody sees it.
    fits = all(len(label) <= _LONGEST_LABEL for label in host.split("."))
    if target.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or not fits:
        raise DeliveryFailed("The endpoint is not an http(s) address.")
    return target


@lru_cache(maxsize=64)
def _limits(seconds: float) -> aiohttp.ClientTimeout:
    # A connection gets the first half: when the total runs out, the request had gone out.
    return aiohttp.ClientTimeout(total=seconds, connect=seconds / 2)


async def _read(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """What comes of the body in time, up to the cap. The status is known and stands without it."""
    body = bytearray()
    try:
        while not response.content.at_eof():
            body += await response.content.readany()
            if len(body) > largest:
                response.close()
                break
    except (aiohttp.ClientError, OSError):
        response.close()
    return bytes(body[:largest])


def _plain(body: bytes, headers: Mapping[str, str], largest: int) -> bytes:
    """The body without an encoding that nobody asked for; nothing where it cannot be undone.

    Not left to the client library: a decompression bomb must end at the cap, and a body that is
    broken does not take a status back.
    """
    encoding = headers.get("Content-Encoding")
    if encoding is None or encoding == "identity":
        return body
    try:
        return zlib.decompressobj(_ZLIB_OR_GZIP).decompress(body, largest)
    except zlib.error:
        return b""


_FAILURES: tuple[tuple[type[Exception], str, Disposition], ...] = (
    (
        aiohttp.ClientProxyConnectionError,
        "The proxy cannot be reached.",
        Disposition.TRANSIENT,
    ),
    (
        aiohttp.ClientHttpProxyError,
        "The proxy did not connect to the endpoint (HTTP {status}).",
        Disposition.TRANSIENT,
    ),
    (
        aiohttp.ClientConnectorCertificateError,
        "The endpoint cannot be reached: its certificate is not valid.",
        Disposition.TRANSIENT,
    ),
    (
        aiohttp.ClientConnectorDNSError,
        "The endpoint cannot be reached: its name cannot be resolved.",
        Disposition.TRANSIENT,
    ),
    (
        aiohttp.ClientConnectorSSLError,
        "The endpoint cannot be reached: it does not speak TLS as expected.",
        Disposition.TRANSIENT,
    ),
    (
        aiohttp.ClientConnectorError,
        "The endpoint cannot be reached: it does not accept connections.",
        Disposition.TRANSIENT,
    ),
    (
        aiohttp.ConnectionTimeoutError,
        "The endpoint cannot be reached: no connection came about in time.",
        Disposition.TRANSIENT,
    ),
    (TimeoutError, "The endpoint did not answer in time.", Disposition.UNKNOWN),
    (aiohttp.InvalidURL, "The endpoint is not an http(s) address.", Disposition.PERMANENT),
    (
        ValueError,
        "The endpoint's address or a header cannot be used in a request.",
        Disposition.PERMANENT,
    ),
    (OverflowError, "The endpoint's port does not exist.", Disposition.PERMANENT),
    (aiohttp.ClientResponseError, "The endpoint did not answer in HTTP.", Disposition.UNKNOWN),
)
"""The first line that fits; the order goes from the particular to the general."""


def _failure(error: Exception) -> DeliveryFailed:
    refused = getattr(error, "os_error", error)
    if isinstance(refused, EgressRefused):
        return DeliveryFailed(str(refused))
    for kind, text, disposition in _FAILURES:
        if isinstance(error, kind):
            said = text.format(status=getattr(error, "status", None))
            return DeliveryFailed(said, disposition=disposition)
    return DeliveryFailed(
        "The connection to the endpoint broke before an answer.", disposition=Disposition.UNKNOWN
    )
