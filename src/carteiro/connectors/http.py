"""The one HTTP client of a process: kept alive, guarded, bounded, silent about its requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from yarl import URL

from carteiro.connectors.egress import EgressPolicy, EgressRefused
from carteiro.errors import DeliveryFailed, Disposition, InvalidResponse

LARGEST_REPLY = 64 * 1024
_HEADERS = {"User-Agent": "carteiro", "Accept": "application/json, text/plain;q=0.9, */*;q=0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """What came back; the body is cut at ``LARGEST_REPLY`` bytes."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8; what is not is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises ``InvalidResponse``."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise InvalidResponse("The provider's answer is not JSON.") from error

    def retry_after(self, now: int) -> float | None:
        """Seconds that the ``Retry-After`` header asks to wait (RFC 9110 §10.2.3)."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit() and len(value) < 10:
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.fromtimestamp(now / 1000, UTC)).total_seconds())


class HttpClient:
    """POST and nothing else: no redirects, no cookies, no proxies, no retries."""

    def __init__(self, egress: EgressPolicy, *, limit: int = 100) -> None:
        self._egress = egress
        self._limit = limit
        self._session: aiohttp.ClientSession | None = None
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}
        self.sessions_opened = 0

    async def post(
        self,
        url: str,
        *,
        data: bytes,
        headers: Mapping[str, str],
        timeout: float = 10.0,  # noqa: ASYNC109 - the client's own, which tells what had been sent
    ) -> HttpReply:
        """Send a body. ``timeout`` seconds are for everything, from the name to the last byte.

        Raises ``DeliveryFailed``: permanent for an address that cannot or may not be used,
        transient when nothing was sent, unknown when no answer came to what was sent.
        """
        target = self._target(url)
        session = self._session or self._open()
        try:
            async with session.post(
                target,
                data=data,
                headers=headers,
                timeout=self._timeout(timeout),
                allow_redirects=False,
            ) as response:
                body = await self._read(response)
                return HttpReply(status=response.status, headers=response.headers, body=body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _failure(error, timeout) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _target(self, url: str) -> URL:
        try:
            target = URL(url)
        except ValueError:
            target = URL()
        if not target.host or target.scheme not in {"http", "https"}:
            raise DeliveryFailed("The endpoint is not an http(s) address.")
        if not self._egress.permits_scheme(target.scheme):
            raise DeliveryFailed(
                "The endpoint must be https. CARTEIRO_EGRESS_ALLOW opens networks for http."
            )
        return target

    def _open(self) -> aiohttp.ClientSession:
        self.sessions_opened += 1
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._limit, socket_factory=self._egress.socket_for, keepalive_timeout=30
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            trust_env=False,
            auto_decompress=True,
        )
        return self._session

    def _timeout(self, seconds: float) -> aiohttp.ClientTimeout:
        timeout = self._timeouts.get(seconds)
        if timeout is None:
            timeout = self._timeouts[seconds] = aiohttp.ClientTimeout(total=seconds)
        return timeout

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body up to the cap; the rest is not waited for."""
        body = b""
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > LARGEST_REPLY:
                response.close()
                return body[:LARGEST_REPLY]
        return body


_TRANSIENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ServerTimeoutError,
    aiohttp.ConnectionTimeoutError,
)


def _failure(error: Exception, timeout: float) -> DeliveryFailed:
    """One table for all that can go wrong; the request itself is never part of the text."""
    cause = getattr(error, "os_error", None)
    if isinstance(error, EgressRefused) or isinstance(cause, EgressRefused) or _refused(cause):
        return DeliveryFailed(
            "The endpoint's address is private, local or reserved. CARTEIRO_EGRESS_ALLOW opens it."
        )
    if isinstance(error, (aiohttp.InvalidURL, ValueError)):
        return DeliveryFailed("The endpoint is not an http(s) address.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return DeliveryFailed("The endpoint's certificate is not valid.")
    if isinstance(error, _TRANSIENT):
        reason = getattr(cause, "strerror", None) or type(error).__name__
        return DeliveryFailed(
            f"The endpoint cannot be reached: {reason}.", disposition=Disposition.TRANSIENT
        )
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return DeliveryFailed(
            f"The endpoint did not answer within {timeout:g} seconds.",
            disposition=Disposition.UNKNOWN,
        )
    if isinstance(error, aiohttp.ClientPayloadError):
        return DeliveryFailed(
            "The endpoint's answer could not be read.", disposition=Disposition.UNKNOWN
        )
    return DeliveryFailed(
        f"The connection to the endpoint broke: {type(error).__name__}.",
        disposition=Disposition.UNKNOWN,
    )


def _refused(cause: BaseException | None) -> bool:
    """Several addresses of one name fail together."""
    nested = getattr(cause, "exceptions", ())
    return any(isinstance(entry, EgressRefused) for entry in nested)
