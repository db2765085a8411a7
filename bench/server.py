"""The server under load: issuing and redeeming codes, beside its own cheapest answer."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import uvloop

from bench.load import get, post, rate
from bench.sink import sinking
from carteiro.testing.postgres import PostgresServer, free_port

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
REQUESTS = 3000
KEYS = "bench:" + "A" * 43 + "="


class Server:
    """A `carteiro serve` of its own on a database of its own."""

    def __init__(self, database_url: str) -> None:
        self.port = free_port()
        self.environment = {
            **os.environ,
            "CARTEIRO_DATABASE_URL": database_url,
            "CARTEIRO_SECRET_KEYS": KEYS,
            "CARTEIRO_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "CARTEIRO_PORT": str(self.port),
            "CARTEIRO_EGRESS_GUARD": "false",
            "CARTEIRO_LOG_LEVEL": "warning",
        }
        self.run("migrate", "--quiet")
        made = json.loads(self.run("apps", "create", "Bench", "--json"))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "carteiro", "serve"], env=self.environment
        )
        self._wait()
        self.token = self._token(made)

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "carteiro", *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def call(self, method: str, path: str, body: object) -> object:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=40)

    def _wait(self) -> None:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/status")
                return
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise RuntimeError("the server did not start")

    def _token(self, made: dict[str, str]) -> str:
        data = (
            f"grant_type=client_credentials&client_id={made['id']}&client_secret={made['secret']}"
            f"&resource={made['resource']}&scope=all"
        )
        url = f"http://127.0.0.1:{self.port}/oidc/token"
        with urllib.request.urlopen(url, data=data.encode()) as answer:
            return str(json.loads(answer.read())["access_token"])


@contextmanager
def serving(database_url: str) -> Iterator[Server]:
    """A server for the time of a measurement."""
    server = Server(database_url)
    try:
        yield server
    finally:
        server.stop()


def crowd(database_url: str) -> None:
    """Old codes that are not yet discarded; templates of other languages, with a history."""
    now = time.time_ns() // 1_000_000
    connection = sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=10)
    connection.executemany(
        "INSERT INTO codes "
        "VALUES ('default', ?, ?, 'Generic', 'bench', 'salt', x'00', ?, 0, ?, ?, NULL)",
        ((f"old{n}", f"old{n}", f"r{n}", now, now) for n in range(100_000)),
    )
    details = json.dumps({"subject": "S", "content": "x" * 2000})
    connection.executemany(
        "INSERT INTO email_templates (tenant_id, id, language_tag, template_type, created_at, "
        "revision, latest) VALUES ('default', ?, ?, 'SignIn', ?, 2, 2)",
        ((f"t{n}", f"xx-{n}", now) for n in range(5_000)),
    )
    connection.executemany(
        "INSERT INTO template_revisions (tenant_id, template_id, number, details, created_at) "
        "VALUES ('default', ?, ?, ?, ?)",
        ((f"t{n}", number, details, now) for n in range(5_000) for number in (1, 2)),
    )
    connection.commit()
    connection.close()


async def measure(database_url: str, *, crowded: bool = False) -> dict[str, float]:
    """Medians over interleaved rounds: status, issue and redeem, in requests per second.

    ``crowded`` puts 100,000 old codes and 5,000 templates into the database first.
    """
    rates: dict[str, list[float]] = {"status": [], "issue": [], "redeem": []}
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(sinking())
        server = stack.enter_context(serving(database_url))
        if crowded:
            crowd(database_url)
        idle = server.memory()
        config = {"endpoint": sink.url}
        server_call = asyncio.to_thread(
            server.call, "POST", "/api/connectors", {"connectorId": "http-email", "config": config}
        )
        await server_call
        for round_ in range(ROUNDS + 1):
            emails = [f"user{round_}x{number}@example.com" for number in range(REQUESTS)]
            status = await rate(server.port, get("/api/status"), total=REQUESTS)
            issue = await rate(
                server.port,
                post(
                    "/api/verification-codes", server.token, lambda n: f'{{"email":"{emails[n]}"}}'
                ),
                total=REQUESTS,
            )
            redeem = await rate(
                server.port,
                post(
                    "/api/verification-codes/verify",
                    server.token,
                    lambda n: (
                        f'{{"email":"{emails[n]}","verificationCode":"{sink.codes[emails[n]]}"}}'
                    ),
                ),
                total=REQUESTS,
            )
            if round_:
                for name, value in (("status", status), ("issue", issue), ("redeem", redeem)):
                    rates[name].append(value)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    return {**medians, "idle_mb": idle}


def sqlite(*, crowded: bool = False) -> dict[str, float]:
    """On one SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        return uvloop.run(measure(f"sqlite:///{folder}/bench.db", crowded=crowded))


def postgresql() -> dict[str, float]:
    """On PostgreSQL."""
    server = PostgresServer()
    try:
        return uvloop.run(measure(server.dsn("bench")))
    finally:
        server.stop()
