"""Opening a connection to a mail server: looked up once, checked by the guard, then connected to.

What comes back is connected already, so nothing looks the name up a second time. Behind a proxy the
guard knows as much as is looked up here: of ``socks5`` the very address, of ``socks5h`` and of
``http`` what the name means to this machine, if it means anything.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohappyeyeballs import start_connection

from carteiro.connectors.egress.guard import (
    MAIL_SERVER,
    PRIVATE,
    AddressInfo,
    EgressPolicy,
    EgressRefused,
)
from carteiro.connectors.egress.proxies import Proxy, ProxyKind

_SECOND_FAMILY_AFTER = 0.25
"""Seconds after which another address is tried beside one that does not answer (RFC 8305 §5)."""
_LONGEST_ANSWER = 8192
_AWAY = "the proxy cannot be reached"
"""Without its address: tenants are told, and it is the operator's."""
_NO_NAME = "its name cannot be resolved"


@dataclass(frozen=True, slots=True)
class Line:
    """An open connection; ``address`` is where it leads, ``None`` where only the proxy knows."""

    socket: socket.socket
    address: str | None


async def dial(
    egress: EgressPolicy,
    host: str,
    port: int,
    *,
    local_address: str | None = None,
    dns_timeout: float = 30.0,
    connect_timeout: float = 30.0,
) -> Line:
    """Connect to a mail server. Times are seconds; ``local_address`` is an IP address.

    Raises ``EgressRefused`` before a packet is sent, or another ``OSError``.
    """
    proxy = egress.proxies.for_smtp(host)
    if proxy is not None and proxy.kind is not ProxyKind.SOCKS5:
        await require_open(egress, host, dns_timeout=dns_timeout, refusal=MAIL_SERVER)
        async with _within(connect_timeout):
            return Line(await _through(proxy, host, port), None)
    found = await _look_up(host, port, dns_timeout)
    permitted = [info for info in found if egress.permits(info[4][0])]
    if not permitted:
        raise EgressRefused(MAIL_SERVER)
    async with _within(connect_timeout):
        if proxy is not None:
            return await _first(proxy, permitted)
        local = await _local(local_address)
        opened = await start_connection(
            permitted,
            local_addr_infos=local,
            happy_eyeballs_delay=_SECOND_FAMILY_AFTER,
            socket_factory=egress.socket_factory("smtp"),
        )
    try:
        return Line(opened, opened.getpeername()[0])
    except OSError:  # gone again
        opened.close()
        raise


async def require_open(
    egress: EgressPolicy, host: str, *, dns_timeout: float = 5.0, refusal: str = PRIVATE
) -> None:
    """Before a proxy that looks names up itself is asked: none of what we find may be closed.

    A name that means nothing to this machine is the proxy's to judge. Raises ``EgressRefused``.
    """
    if not egress.enabled:
        return
    try:
        found = await _look_up(host, 0, dns_timeout)
    except OSError:
        return
    if not all(egress.permits(info[4][0]) for info in found):
        raise EgressRefused(refusal)


async def _look_up(host: str, port: int, seconds: float) -> Sequence[AddressInfo]:
    """Every address, within its own time: a silent resolver is not a silent server."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise OSError("its name was not resolved in time") from None
    except ValueError:  # what IDNA cannot express
        raise OSError(_NO_NAME) from None


async def _local(address: str | None) -> Sequence[AddressInfo] | None:
    if address is None:
        return None
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(address, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """``asyncio.timeout``, whose end says what did not come about."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise TimeoutError("no connection came about in time") from None


async def _first(proxy: Proxy, found: Sequence[AddressInfo]) -> Line:
    """The first address that the proxy connects to."""
    for info in found[:-1]:
        address, port = info[4][:2]
        try:
            return Line(await _through(proxy, address, port), address)
        except OSError:
            continue
    address, port = found[-1][4][:2]
    return Line(await _through(proxy, address, port), address)


async def _through(proxy: Proxy, host: str, port: int) -> socket.socket:
    try:
        host = host.encode("idna").decode()
    except ValueError:
        raise OSError(_NO_NAME) from None
    if proxy.kind is ProxyKind.HTTP:
        return await _tunnel(proxy, host, port)
    # Loaded only where there is such a proxy.
    from python_socks import ProxyConnectionError, ProxyError, ProxyType  # noqa: PLC0415
    from python_socks.async_.asyncio import Proxy as SocksProxy  # noqa: PLC0415

    client = SocksProxy(
        ProxyType.SOCKS5,
        proxy.host,
        proxy.port,
        username=proxy.user or None,
        password=proxy.password,
        rdns=True,
    )
    try:
        return await client.connect(host, port)
    except ProxyConnectionError:
        raise OSError(_AWAY) from None
    except ProxyError as error:
        raise OSError(f"the proxy did not connect ({error})") from None


async def _tunnel(proxy: Proxy, host: str, port: int) -> socket.socket:
    """A connection through ``CONNECT`` (RFC 9110 §9.3.6).

    The answer is read byte by byte: what follows its blank line is the mail server's greeting.
    """
    loop = asyncio.get_running_loop()
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        opened = await start_connection(await _look_up(proxy.host, proxy.port, 5.0))
    except OSError:
        raise OSError(_AWAY) from None
    done = False
    try:
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
        await loop.sock_sendall(opened, ("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = bytearray()
        while not answer.endswith(b"\r\n\r\n") and len(answer) < _LONGEST_ANSWER:
            if not (byte := await loop.sock_recv(opened, 1)):
                break
            answer += byte
        status = answer.split(b" ", 2)[1:2]
        if not answer.endswith(b"\r\n\r\n") or status != [b"200"]:
            shown = status[0].decode("ascii", "replace")[:3] if status else "no answer"
            raise OSError(f"the proxy did not connect ({shown})")
        done = True
        return opened
    finally:
        if not done:
            opened.close()
