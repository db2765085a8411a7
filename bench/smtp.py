"""SMTP with STARTTLS: kept connections beside fresh ones and beside the bare library."""

from __future__ import annotations

import asyncio
import multiprocessing
import ssl
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiosmtplib
import trustme
import uvloop

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.mime import build
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.model.addresses import Mailbox, parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Rendered
from carteiro.testing.clock import FrozenClock
from carteiro.testing.smtp_server import SmtpSink

MESSAGES = 300
ROUNDS = 5
CLIENTS = 5
_KINDS = ("SignIn", "Register", "ForgotPassword", "Generic")


def _serve(certificate: bytes, ready: Any) -> None:
    """The sink, in a process of its own."""

    async def main() -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with trustme.Blob(certificate).tempfile() as path:
            context.load_cert_chain(path)
        async with SmtpSink(tls=context) as sink:
            ready.send(sink.port)
            await asyncio.Event().wait()

    uvloop.run(main())


def _message() -> Message:
    return Message(
        id="m" * 21,
        to=parse_address("to@example.com"),
        type=TemplateType.SIGN_IN,
        payload={},
        created_at=1_800_000_000_000,
        content=Rendered(
            subject="Your code is 123456",
            text="Your code is 123456.\n" * 20,
            html="<p>Your code is <b>123456</b>.</p>\n" * 60,
        ),
    )


async def _rate(send: Callable[[], Awaitable[Any]]) -> float:
    async def worker() -> None:
        for _ in range(MESSAGES // CLIENTS):
            await send()

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CLIENTS)))
    return MESSAGES / (time.perf_counter() - begin)


async def _measure(port: int, authority: str) -> dict[str, float]:
    services = Services(http=HttpClient(EgressPolicy(enabled=False)), clock=FrozenClock())
    config = {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login"},
        "fromEmail": "f@example.com",
        "tls": {"ca": authority},
        "templates": [
            {"usageType": kind, "contentType": "text/plain", "subject": "S", "content": "C"}
            for kind in _KINDS
        ],
    }
    parsed = SmtpConnector.parse(config)
    pooled = SmtpConnector(parsed, services)
    message = _message()
    context = ssl.create_default_context(cadata=authority)
    data = build(
        message, message.content, sender=Mailbox(parse_address("f@example.com")), reply_to=None
    )

    async def fresh() -> None:
        connector = SmtpConnector(parsed, services)
        await connector.send(message)
        await connector.close()

    free: asyncio.Queue[aiosmtplib.SMTP] = asyncio.Queue()
    for _ in range(CLIENTS):
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, tls_context=context, start_tls=True
        )
        await client.connect()
        free.put_nowait(client)

    async def bare() -> None:
        client = await free.get()
        await client.sendmail("f@example.com", ["to@example.com"], data)
        free.put_nowait(client)

    rates: dict[str, list[float]] = {"pooled": [], "fresh": [], "bare": []}
    ways: dict[str, Callable[[], Awaitable[Any]]] = {
        "pooled": lambda: pooled.send(message),
        "fresh": fresh,
        "bare": bare,
    }
    for round_ in range(ROUNDS + 1):
        for name, send in ways.items():
            rate = await _rate(send)
            if round_:
                rates[name].append(rate)
    await pooled.close()
    while not free.empty():
        free.get_nowait().close()
    return {name: statistics.median(values) for name, values in rates.items()}


def measure() -> dict[str, float]:
    """Messages per second: medians over interleaved rounds."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes()
    ours, theirs = multiprocessing.Pipe()
    sink = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(certificate, theirs), daemon=True
    )
    sink.start()
    try:
        return uvloop.run(_measure(ours.recv(), authority.cert_pem.bytes().decode()))
    finally:
        sink.terminate()
