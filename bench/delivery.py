"""The queue on PostgreSQL: beside the engine alone, beside sending in the request, in a crowd."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import asyncpg
import uvloop
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries

from bench.load import post, rate
from bench.server import KEYS, ROUNDS, Server, serving
from bench.sink import sinking
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.tenant.settings import update_delivery
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.messages import Wanted, find_messages
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import read_settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import messages as messages_storage
from carteiro.testing.postgres import PostgresServer

MESSAGES = 3000
WORKERS = 2
ASKED = 300
PER_SECOND = 60
OLD = 1_000_000
_SEND = "/api/verification-codes"
_SLOW = 0.1
"""Seconds that a provider takes; what peers' users report is more."""


@contextmanager
def processes(command: list[str], environment: dict[str, str], count: int) -> Iterator[None]:
    """Workers for the time of a measurement."""
    running = [subprocess.Popen(command, env=environment) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(timeout=60)


def workers(server: Server, count: int = WORKERS) -> Any:
    command = [sys.executable, "-m", "carteiro", "worker"]
    return processes(command, server.environment, count)


async def _until(link: asyncpg.Connection, sql: str, wanted: int) -> None:
    while await link.fetchval(sql) != wanted:  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.02)


async def engine_alone(dsn: str) -> float:
    """Empty jobs per second: two workers of PGQueuer with nothing to do, set up as ours are."""
    link = await asyncpg.connect(dsn)
    await link.execute("TRUNCATE pgqueuer, pgqueuer_log")
    await link.execute(
        "INSERT INTO pgqueuer (priority, entrypoint, status, payload, dedupe_key) "
        "SELECT 0, 'empty', 'queued', 'x', 'e' || n FROM generate_series(1, $1) AS n",
        MESSAGES,
    )
    command = [sys.executable, "-m", "bench.engine", dsn]
    with processes(command, dict(os.environ), WORKERS):
        await _until(link, "SELECT COUNT(*) FROM pgqueuer", 0)
    row = await link.fetchrow(
        "SELECT COUNT(*) AS n, EXTRACT(EPOCH FROM MAX(created) - MIN(created)) AS seconds "
        "FROM pgqueuer_log WHERE status = 'successful'"
    )
    await link.close()
    return float(row["n"]) / float(row["seconds"])


async def engine_fed(dsn: str) -> float:
    """The same while each job is enqueued in a transaction of its own, as a request does it."""
    link = await asyncpg.connect(dsn)
    await link.execute("TRUNCATE pgqueuer, pgqueuer_log")
    pool = await asyncpg.create_pool(dsn, min_size=8, max_size=8)
    numbers = iter(range(MESSAGES))

    async def feed() -> None:
        for number in numbers:
            async with pool.acquire() as connection, connection.transaction():
                queries = Queries(AsyncpgDriver(connection))
                await queries.enqueue("empty", b"x", dedupe_key=f"e{number}")

    command = [sys.executable, "-m", "bench.engine", dsn]
    with processes(command, dict(os.environ), WORKERS):
        await asyncio.sleep(3)
        begin = time.perf_counter()
        await asyncio.gather(*(feed() for _ in range(16)))
        await _until(link, "SELECT COUNT(*) FROM pgqueuer", 0)
        took = time.perf_counter() - begin
    await pool.close()
    await link.close()
    return MESSAGES / took


async def messages_fed(server: Server, dsn: str, round_: int) -> float:
    """Requests answered and messages handed over per second, both at once."""
    link = await asyncpg.connect(dsn)
    body = post(_SEND, server.token, lambda n: f'{{"email":"f{round_}x{n}@example.com"}}')
    with workers(server):
        await asyncio.sleep(3)
        begin = time.perf_counter()
        await rate(server.port, body, total=MESSAGES)
        await _until(link, "SELECT COUNT(*) FROM messages WHERE finished_at IS NULL", 0)
        took = time.perf_counter() - begin
    await link.execute("DELETE FROM messages")
    await link.close()
    return MESSAGES / took


async def messages(server: Server, dsn: str, round_: int) -> float:
    """Messages per second: as many, with everything that a message is."""
    link = await asyncpg.connect(dsn)
    mails = [f"q{round_}x{n}@example.com" for n in range(MESSAGES)]
    body = post(_SEND, server.token, lambda n: f'{{"email":"{mails[n]}"}}')
    await rate(server.port, body, total=MESSAGES)
    with workers(server):
        await _until(link, "SELECT COUNT(*) FROM messages WHERE finished_at IS NULL", 0)
    row = await link.fetchrow(
        "SELECT COUNT(*) AS n, MAX(finished_at) - MIN(finished_at) AS milliseconds FROM messages "
        "WHERE mode = 'queued' AND state = 'sent'"
    )
    await link.execute("DELETE FROM messages")
    await link.close()
    assert row["n"] == MESSAGES
    return MESSAGES / (float(row["milliseconds"]) / 1000)


async def one_by_one(server: Server, dsn: str) -> float:
    """Median milliseconds from the commit's time to the hand-over, one message at a time."""
    link = await asyncpg.connect(dsn)
    await link.execute("DELETE FROM messages")
    headers = {"Authorization": f"Bearer {server.token}"}
    url = f"http://127.0.0.1:{server.port}{_SEND}"
    async with aiohttp.ClientSession(headers=headers) as session:
        for number in range(40):
            email = {"email": f"one{time.monotonic_ns()}{number}@example.com"}
            async with session.post(url, json=email) as answer:
                assert answer.status == 204
            await _until(link, "SELECT COUNT(*) FROM messages WHERE finished_at IS NULL", 0)
    found = await link.fetch("SELECT finished_at - created_at AS took FROM messages")
    await link.execute("DELETE FROM messages")
    await link.close()
    return statistics.median(row["took"] for row in found)


async def at_a_pace(server: Server, dsn: str) -> float:
    """The 99th percentile of a request's milliseconds, at so many a second whatever comes back."""
    headers = {"Authorization": f"Bearer {server.token}"}
    url = f"http://127.0.0.1:{server.port}{_SEND}"
    took: list[float] = []

    async def ask(session: aiohttp.ClientSession, number: int) -> None:
        begin = time.perf_counter()
        email = {"email": f"pace{time.monotonic_ns()}{number}@example.com"}
        async with session.post(url, json=email) as answer:
            assert answer.status == 204
        took.append((time.perf_counter() - begin) * 1000)

    async with aiohttp.ClientSession(headers=headers) as session:
        asking = []
        for number in range(ASKED):
            asking.append(asyncio.create_task(ask(session, number)))
            await asyncio.sleep(1 / PER_SECOND)
        await asyncio.gather(*asking)
    link = await asyncpg.connect(dsn)
    await _until(link, "SELECT COUNT(*) FROM messages WHERE finished_at IS NULL", 0)
    await link.close()
    return statistics.quantiles(took, n=100)[98]


async def crowd(dsn: str) -> None:
    """Old messages with their attempts."""
    link = await asyncpg.connect(dsn)
    await link.execute(
        "INSERT INTO messages (tenant_id, id, type, mode, state, recipient_hash, recipient_masked, "
        "language, language_reason, template, connector_id, created_at, expires_at, finished_at) "
        "SELECT 'default', '0old' || n, 'Generic', 'direct', 'sent', md5(n::text), 'a***@x.org', "
        "'en', 'fallback', 'provider', 'c', n, n, n FROM generate_series(1, $1) AS n",
        OLD,
        timeout=600,
    )
    await link.execute("VACUUM ANALYZE messages", timeout=600)
    await link.close()


async def issuing(server: Server, round_: str) -> float:
    body = post(_SEND, server.token, lambda n: f'{{"email":"i{round_}x{n}@example.com"}}')
    return await rate(server.port, body, total=MESSAGES)


def set_mode(server: Server, mode: str) -> None:
    server.call("PATCH", "/api/delivery", {"mode": mode})


async def run(dsn: str) -> dict[str, float]:
    found: dict[str, float] = {}
    async with sinking() as sink:
        # The environment's environment is the server's: one database, one key.
        with serving(dsn) as server:
            config = {"endpoint": sink.url}
            body = {"connectorId": "http-email", "config": config}
            await asyncio.to_thread(server.call, "POST", "/api/connectors", body)

            await asyncio.to_thread(set_mode, server, "queued")
            drained, fed = [], []
            for round_ in range(ROUNDS + 1):
                engine = await engine_alone(dsn)
                drained.append(await messages(server, dsn, round_) / engine)
                engine = await engine_fed(dsn)
                fed.append(await messages_fed(server, dsn, round_) / engine)
            found["drained"] = statistics.median(drained[1:])
            found["fed"] = statistics.median(fed[1:])

            for name, delay in (("slow", _SLOW), ("quick", 0.0)):
                sink.delay = delay
                await asyncio.to_thread(set_mode, server, "direct")
                direct = await one_by_one(server, dsn)
                direct_tail = await at_a_pace(server, dsn)
                await asyncio.to_thread(set_mode, server, "queued")
                with workers(server):
                    await asyncio.sleep(4)
                    queued = await one_by_one(server, dsn)
                    queued_tail = await at_a_pace(server, dsn)
                found[f"latency {name}"] = queued / direct
                found[f"tail {name}"] = queued_tail / direct_tail

            await asyncio.to_thread(set_mode, server, "direct")
            await issuing(server, "warm")
            alone = [await issuing(server, f"alone{n}") for n in range(ROUNDS)]
            await crowd(dsn)
            beside = [await issuing(server, f"crowd{n}") for n in range(ROUNDS)]
            found["fair"] = await beside_a_flood(dsn)
            found["crowded"] = statistics.median(beside) / statistics.median(alone)
    return found


async def beside_a_flood(dsn: str) -> float:
    """A tenant's median from request to hand-over while another one floods, over the same alone.

    Both use providers that take 100 ms; two workers.
    """
    settings = read_settings({}, database_url=dsn, secret_keys=KEYS, egress_guard=False)
    async with sinking(_SLOW) as sink, open_world(settings) as world:
        for tenant in ("flood", "quiet"):
            await create_tenant(world, tenant, name=tenant)
            new = NewConnector(connector_id="http-email", config={"endpoint": sink.url})
            await create_connector(world, tenant, new)
            await update_delivery(world, tenant, {"mode": "queued"})

        async def quiet(round_: str) -> float:
            for number in range(30):
                email = f"{round_}{number}@example.com"
                await send_code(world, "quiet", Asked(email=email))
                await asyncio.sleep(0.05)
            wanted = Wanted(start=begin)
            for _ in range(600):
                rows = (await find_messages(world, "quiet", wanted, Page(1, 100))).rows
                if all(row.finished_at for row in rows):
                    break
                await asyncio.sleep(0.05)
            return statistics.median((row.finished_at or 0) - row.created_at for row in rows)

        environment = {
            **os.environ,
            "CARTEIRO_DATABASE_URL": dsn,
            "CARTEIRO_SECRET_KEYS": KEYS,
            "CARTEIRO_EGRESS_GUARD": "false",
            "CARTEIRO_LOG_LEVEL": "warning",
        }
        command = [sys.executable, "-m", "carteiro", "worker"]
        with processes(command, environment, WORKERS):
            await asyncio.sleep(4)
            begin = world.clock.now()
            alone = await quiet("alone")
            for start in range(0, 2 * MESSAGES, 50):
                await asyncio.gather(
                    *(
                        send_code(world, "flood", Asked(email=f"f{number}@example.com"))
                        for number in range(start, start + 50)
                    )
                )
            begin = world.clock.now()
            busy = await quiet("busy")
            left = await world.database.read(messages_storage.backlog)
            if not left.queued:
                raise RuntimeError("the flood was over too soon")
            await world.database.write(lambda tx: tx.all(_DROP))
    return busy / alone


_DROP = Statement.of("bench.drop", "DELETE FROM messages WHERE state = 'queued' RETURNING id")


def measure() -> dict[str, float]:
    """Everything, on a server of its own."""
    server = PostgresServer()
    try:
        return uvloop.run(run(server.dsn("delivery")))
    finally:
        server.stop()


if __name__ == "__main__":
    print(measure())
