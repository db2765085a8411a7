"""The short form of `make chaos`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from carteiro.testing.postgres import PostgresServer
from chaos.harness import Chaos, Plan, Process, Report, verdict


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that may be restarted."""
    server = PostgresServer()
    yield server
    server.stop()


async def test_a_process_that_ends_by_itself_is_a_fault(tmp_path: Path) -> None:
    # On SQLite there are no workers.
    given = {**os.environ, "CARTEIRO_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    process = Process("worker", given, tmp_path / "log")
    while (how := process.ended) is None:
        await asyncio.sleep(0.05)
    process.start()
    process.kill()

    assert how == "worker with 1"
    assert process.ended is None, "this one was killed"
    assert verdict(Report(gone=[how])) == ["gone: ['worker with 1']"]
    assert verdict(Report()) == []


async def test_processes_are_killed_and_the_database_restarts(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    plan = Plan(
        messages=1_000,
        kills=4,
        serves=2,
        workers=2,
        kill_every=1.5,
        restart_database=True,
        cut_connections=True,
    )
    report = await Chaos(plan, own_postgres.dsn("chaos"), tmp_path, own_postgres).run()
    assert not verdict(report), f"{report}\n{(tmp_path / 'log').read_text()[-3000:]}"
    assert report.kills >= 4


async def test_the_one_process_on_sqlite_is_killed(tmp_path: Path) -> None:
    plan = Plan(messages=600, kills=2, kill_every=1.5)
    report = await Chaos(plan, f"sqlite:///{tmp_path}/chaos.db", tmp_path).run()
    assert not verdict(report), f"{report}\n{(tmp_path / 'log').read_text()[-3000:]}"
    assert report.kills >= 2


async def test_many_workers_send_each_message_once(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    plan = Plan(messages=1_500, serves=1, workers=4, faults=False)
    report = await Chaos(plan, own_postgres.dsn("calm"), tmp_path, own_postgres).run()
    assert not verdict(report), f"{report}\n{(tmp_path / 'log').read_text()[-3000:]}"
    assert report.duplicates == 0
    assert report.states == {"sent": 1_500}
