"""What operators do and see: workers, metrics, traces, readiness, `carteiro queue`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

import command_parts
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.operate.status import delivery_status
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.runtime.checkup import Verdict, examine
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.queues import processes
from carteiro.storage.queues.processes import ProcessRow
from carteiro.testing.http_sink import Answer, HttpSink, refused
from carteiro.testing.postgres import PostgresServer, free_port
from carteiro.testing.smtp_server import SmtpSink
from override_parts import application, connect, draft, organization, override, read
from smtp_parts import config as smtp_config

from .conftest import Post, T, eventually, working

WELL = Answer(200, b"{}")


def environment(settings: Settings, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "CARTEIRO_DATABASE_URL": settings.database_url,
        "CARTEIRO_SECRET_KEYS": "test:" + "A" * 43 + "=",
        "CARTEIRO_PUBLIC_URL": "http://carteiro.test",
        "CARTEIRO_EGRESS_GUARD": "false",
        **more,
    }


@asynccontextmanager
async def process(
    command: str, settings: Settings, log: Path, **more: str
) -> AsyncIterator[subprocess.Popen[bytes]]:
    with log.open("ab") as file:
        running = subprocess.Popen(
            [sys.executable, "-m", "carteiro", command],
            env=environment(settings, **more),
            stdout=file,
            stderr=file,
        )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
            await asyncio.to_thread(running.wait, 60)


async def carteiro(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        command_parts.carteiro, *arguments, folder=Path(), **environment(settings)
    )


def gauges(text: str) -> Mapping[tuple[str, str], float]:
    """Every sample by its name and labels."""
    return {
        (sample.name, ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def on_postgresql(settings: Settings) -> None:
    if settings.sqlite_path is not None:
        pytest.skip("a worker needs PostgreSQL")


async def test_a_worker_delivers_is_measured_and_drains(
    post: Post, settings: Settings, tmp_path: Path, on_postgresql: None
) -> None:
    port, log = free_port(), tmp_path / "log"
    async with HttpSink(WELL) as sink:
        await post.connect(sink, mode="queued")
        async with process("worker", settings, log, CARTEIRO_METRICS_PORT=str(port)) as worker:
            sink.script.append(refused(503))
            for number in range(5):
                await post.ask(f"a{number}@example.com")
            await post.ended(5)
            async with httpx.AsyncClient() as client:
                scraped = gauges((await client.get(f"http://127.0.0.1:{port}/metrics")).text)

            # One more is under way when it is asked to end.
            sink.answer = Answer(200, b"{}", delay=1)
            count = len(sink.requests)
            await post.ask("last@example.com")
            await eventually(lambda: _more(sink, count))
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(worker.wait, 30) == 0
        rows = await post.rows()

    assert {row.state for row in rows} == {"sent"}
    assert len(rows) == 6
    assert scraped["carteiro_attempts_total", "connector=http-email,outcome=accepted"] == 5
    assert scraped["carteiro_attempts_total", "connector=http-email,outcome=transient"] == 1
    assert scraped["carteiro_messages_ended_total", "reason=,state=sent"] == 5
    assert scraped["carteiro_handover_seconds_count", "mode=queued"] == 5
    assert scraped["carteiro_breaker_open", "connector=http-email"] == 0
    assert ("carteiro_queue_oldest_due_seconds", "") in scraped
    assert scraped["carteiro_queue_undriven_seconds", ""] == 0
    assert ("carteiro_suppressed_addresses", "") in scraped
    text = log.read_text()
    assert "example.com" not in text
    for line in text.splitlines():
        json.loads(line)


async def _more(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) > count


async def test_a_worker_on_sqlite_says_what_to_do(settings: Settings) -> None:
    if settings.sqlite_path is None:
        pytest.skip("PostgreSQL has workers")
    done = await carteiro(settings, "worker")
    assert (done.returncode, done.stdout) == (1, "")
    assert "carteiro serve" in done.stderr


async def test_the_queue_on_the_command_line(post: Post, settings: Settings) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, mode="queued")
        await post.ask()
        (row,) = await post.rows()
        stats = await carteiro(settings, "queue", "stats", "--json")
        shown = json.loads(stats.stdout)
        assert shown["waiting"][0]["state"] == "queued"
        assert shown["waiting"][0]["messages"] == 1
        assert "Nothing" not in (await carteiro(settings, "queue", "stats")).stdout
        assert (await carteiro(settings, "queue", "retry", row.id)).returncode == 0
        assert (await carteiro(settings, "queue", "cancel", row.id)).returncode == 0
        again = await carteiro(settings, "queue", "cancel", row.id)
    assert (again.returncode, "[message.not_waiting]" in again.stderr) == (1, True)
    (row,) = await post.rows()
    assert (row.state, sink.requests) == ("cancelled", [])


async def test_doctor_says_what_goes_unencrypted(world: World, settings: Settings) -> None:
    async with SmtpSink() as sink:
        given = {**smtp_config(sink.port), "ignoreTLS": True}
        new = NewConnector(connector_id="simple-mail-transfer-protocol", config=given)
        await create_connector(world, T, new)
        findings = {one.check: one for one in await examine(settings, T)}
        inside = settings.model_copy(update={"egress_guard": True})
        guarded = {one.check: one for one in await examine(inside, T)}

    told = findings["connector"]
    assert told.verdict is Verdict.WARNING
    assert "not encrypted (on this machine), without signing in" in told.message
    assert "`ignoreTLS` lets mails and the password go unencrypted" in told.message
    assert guarded["connector"].verdict is Verdict.ERROR
    assert "private, local or reserved" in guarded["connector"].message


async def test_doctor_misses_a_worker(post: Post, settings: Settings) -> None:
    async with HttpSink(WELL) as sink:
        await post.connect(sink, mode="queued")
        findings = {one.check: one for one in await examine(settings, "default")}
    assert findings["queue"].verdict is Verdict.ERROR
    assert "nobody drives the queue: start `carteiro" in findings["queue"].message


async def test_readiness_follows_the_database(anonymous: httpx.AsyncClient, app: Any) -> None:
    answer = await anonymous.get("/api/status/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    await app.state.world.database.close()
    answer = await anonymous.get("/api/status/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert (await anonymous.get("/api/status")).status_code == 204


async def test_delivery_status(client: httpx.AsyncClient, app: Any) -> None:
    async with HttpSink(Answer(503, b"busy")) as sink:
        body = {"connectorId": "http-email", "config": {"endpoint": sink.url}}
        await client.post("/api/connectors", json=body)
        for number in range(5):
            await client.post("/api/verification-codes", json={"email": f"a{number}@x.org"})
        status = (await client.get("/api/delivery/status")).json()
    assert status["connectors"][0]["circuit"] == "open"
    assert status["processes"] == {"serve": 1}
    assert (status["queue"], status["suppressed"]) == ({}, 0)


async def test_traces_reach_a_collector_and_hold_nothing_secret(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if settings.sqlite_path is None:
        pytest.skip("once is enough")
    async with HttpSink() as collector, HttpSink(WELL) as sink:
        async with open_world(settings) as world:
            post = Post(world)
            await post.connect(sink, mode="queued")
            await post.ask("ana@example.com")
        port = str(free_port())
        where = collector.url.removesuffix("/hook")
        async with process(
            "serve", settings, tmp_path / "log", CARTEIRO_OTLP_ENDPOINT=where, CARTEIRO_PORT=port
        ):
            assert await eventually(lambda: _more(sink, 0))
        assert await eventually(lambda: _more(collector, 0))
    told = b"".join(request.body for request in collector.requests)
    assert collector.requests[0].path == "/v1/traces"
    assert b"carteiro.attempt" in told
    assert b"carteiro-serve" in told
    code = sink.requests[0].json()["payload"]["code"].encode()
    assert code not in told
    assert b"ana@example.com" not in told


async def test_a_database_that_restarts_under_a_worker(tmp_path: Path) -> None:
    server = PostgresServer()
    settings = Settings(database_url=server.dsn("restart"), secret_keys="test:" + "A" * 43 + "=")
    try:
        assert (await carteiro(settings, "migrate")).returncode == 0
        async with HttpSink(WELL) as sink, process("worker", settings, tmp_path / "log"):
            options = settings.model_copy(update={"egress_guard": False})
            async with open_world(options) as world:
                post = Post(world)
                await post.connect(sink, mode="queued")
                await post.ask("before@example.com")
                await post.ended(1)
                await asyncio.to_thread(server.restart)
                await post.ask("after@example.com")
                await post.ended(2)
        assert len(sink.requests) == 2
    finally:
        server.stop()


async def test_a_rate_is_divided_among_those_that_send(post: Post) -> None:
    world = post.world
    world.presence.kind = "worker"
    for number, kind in enumerate(("serve", "serve", "serve", "worker", "command")):
        row = ProcessRow(id=f"p{number}", kind=kind, host="h", pid=number, started_at=0)
        await world.database.apply(processes.seen(row, now=world.clock.now()))
    async with HttpSink(WELL) as sink:
        await post.connect(sink, mode="queued", rateLimit={"perSecond": 4})
        async with working(world):
            await post.ask()
            await post.ended()

    status = await delivery_status(world, T)
    # Two workers; those that serve send nothing that waits in the queue.
    assert [connector.rate for connector in status.connectors] == [2]


async def test_a_mail_by_hand_has_the_words_of_whom_it_is_for(
    settings: Settings, world: World
) -> None:
    owner, other = await organization(world), await application(world)
    async with SmtpSink() as sink:
        await connect(world, sink)
        await override(world, owner, draft("Globex's", TemplateType.GENERIC))
        await override(world, other, draft("Shop's", TemplateType.GENERIC))

        for option, who in (("--organization", owner), ("--application", other)):
            done = await carteiro(settings, "send", "--to", "a@example.com", option, who.id)
            assert done.returncode == 0, done.stderr

        assert [read(sink, place).subject for place in (0, 1)] == ["Globex's", "Shop's"]
