"""Real processes, a provider that misbehaves, and what is killed under way.

Every message that a request was told of must have ended in the end: sent, or with its reason. What
the provider took twice has a try on record that was lost with its process or was not answered. A
process that ends and was not killed is a fault, whatever becomes of the messages.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from carteiro.testing.http_sink import Answer, HttpSink, refused
from carteiro.testing.postgres import PostgresServer, free_port

_KEY = "whsec_" + "QUJD" * 10
_TAKEN = Answer(200, b"{}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of what. ``kill_every`` is seconds; 0 is never.

    There are more messages where a quick machine would be done with these before ``kills``.
    """

    messages: int
    kills: int = 0
    serves: int = 1
    workers: int = 0
    kill_every: float = 0
    restart_database: bool = False
    cut_connections: bool = False
    faults: bool = True
    mode: str = "queued"
    settle: float = 600
    """Seconds until all must have ended; a code lives no longer."""


@dataclass(slots=True)
class Report:
    """What came of it."""

    accepted: int = 0
    refused: int = 0
    unanswered: int = 0
    kills: int = 0
    in_hand_at_kills: int = 0
    seconds: float = 0
    states: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    unsent: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    duplicates: int = 0

    def __str__(self) -> str:
        lines = {
            "requests answered 204": self.accepted,
            "requests refused or without an answer": f"{self.refused}, {self.unanswered}",
            "processes killed": self.kills,
            "messages in the hands of those": self.in_hand_at_kills,
            "messages that the provider took twice": self.duplicates,
            "of those without a lost or unanswered try": len(self.repeated),
            "processes that ended by themselves": ", ".join(self.gone) or "none",
            "accepted and not on record": len(self.lost),
            "on record without an end or a reason": len(self.unexplained),
            "sent and never taken by the provider": len(self.unsent),
            "taken by the provider and not on record": len(self.strangers),
            "states": dict(self.states),
            "seconds": round(self.seconds, 1),
        }
        return "\n".join(f"{name:42} {value}" for name, value in lines.items())


class Provider(HttpSink):
    """Takes most messages; fails, throttles, hangs on and drops the others, without taking them."""

    def __init__(self, *, faults: bool) -> None:
        super().__init__(_TAKEN)
        self.taken: Counter[str] = Counter()
        self.under_way = 0
        self._faults = faults
        self._chance = random.Random(5)

    async def _say(self, answer: Any, reader: Any, writer: Any) -> None:
        """The base answers; what it answers is decided here, with the request that was read last."""
        request = self.requests.pop()
        fate = self._chance.random() if self._faults else 1.0
        if fate < 0.02:
            answer = refused(503)
        elif fate < 0.021:
            answer = Answer(429, b"slow", {"Retry-After": "1"})
        elif fate < 0.03:
            answer = Answer(hang=True)
        elif fate < 0.04:
            writer.close()
            return
        else:
            self.taken[request.headers["webhook-id"]] += 1
            answer = _TAKEN
        await super()._say(answer, reader, writer)


class Process:
    """A ``carteiro serve`` or ``carteiro worker``, started again whenever it is killed."""

    def __init__(self, command: str, environment: Mapping[str, str], log: Path) -> None:
        self.command = command
        self.port = free_port() if command == "serve" else 0
        self._environment = {**environment, "CARTEIRO_PORT": str(self.port)}
        self._log = log
        self.start()

    def start(self) -> None:
        self._killed = False
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "carteiro", self.command],
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> str | None:
        """How it ended, if it did by itself."""
        status = self._process.poll()
        return None if self._killed or status is None else f"{self.command} with {status}"

    def kill(self) -> int:
        """As the kernel does when memory runs out."""
        pid = self._process.pid
        self._killed = True
        self._process.kill()
        self._process.wait()
        return pid

    def stop(self) -> None:
        """In good order."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=120)


class Books:
    """A look into the database beside the processes."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ask(self, sql: str) -> list[dict[str, Any]]:
        if self._url.startswith("sqlite:///"):
            connection = sqlite3.connect(self._url.removeprefix("sqlite:///"), timeout=10)
            connection.row_factory = sqlite3.Row
            try:
                found = [dict(row) for row in connection.execute(sql)]
                connection.commit()
                return found
            finally:
                connection.close()
        for _ in range(600):
            try:
                link = await asyncpg.connect(self._url)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.2)
                continue
            try:
                return [dict(row) for row in await link.fetch(sql)]
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.2)
            finally:
                link.terminate()
        raise RuntimeError("the database does not come back")

    async def in_hand(self, pid: int) -> int:
        """How many messages the process had in hand."""
        (row,) = await self.ask(
            "SELECT COUNT(*) AS total FROM messages JOIN processes "
            f"ON processes.id = messages.owner WHERE processes.pid = {pid} "
            "AND messages.state = 'sending'"
        )
        return int(row["total"])

    async def unfinished(self) -> int:
        (row,) = await self.ask("SELECT COUNT(*) AS total FROM messages WHERE finished_at IS NULL")
        return int(row["total"])


class Chaos:
    """One run."""

    def __init__(
        self, plan: Plan, url: str, folder: Path, postgres: PostgresServer | None = None
    ) -> None:
        self._plan = plan
        self._url = url
        self._folder = folder
        self._postgres = postgres
        self._books = Books(url)
        self._environment = {
            **os.environ,
            "CARTEIRO_DATABASE_URL": url,
            "CARTEIRO_SECRET_KEYS": "chaos:" + "A" * 43 + "=",
            "CARTEIRO_PUBLIC_URL": "http://127.0.0.1:3001",
            "CARTEIRO_EGRESS_GUARD": "false",
            # A provider that hangs is given up soon; one that only has to share a busy machine, not.
            "CARTEIRO_SEND_TIMEOUT": "2" if plan.faults else "60",
            "CARTEIRO_LOG_LEVEL": "warning",
        }
        self._report = Report()
        self._sending = True
        self._processes: list[Process] = []

    async def run(self) -> Report:
        begin = time.monotonic()
        self._carteiro("migrate", "--quiet")
        made = json.loads(self._carteiro("apps", "create", "Chaos", "--json"))
        log = self._folder / "log"
        plan = self._plan
        async with Provider(faults=plan.faults) as provider:
            names = ["serve"] * plan.serves + ["worker"] * plan.workers
            self._processes = [Process(name, self._environment, log) for name in names]
            try:
                await self._set_up(provider, made)
                await self._unless_gone(self._play())
            finally:
                for process in self._processes:
                    process.stop()
            await self._count(provider)
        self._report.seconds = time.monotonic() - begin
        return self._report

    async def _play(self) -> None:
        killing = asyncio.create_task(self._break_things())
        await self._send_all()
        self._sending = False
        await killing
        await self._settle()

    async def _unless_gone(self, play: Coroutine[Any, Any, None]) -> None:
        """Play to the end, or to the moment at which a process ends that nobody killed."""
        task = asyncio.create_task(play)
        while not (await asyncio.wait([task], timeout=0.5))[0]:
            self._report.gone = [how for process in self._processes if (how := process.ended)]
            if self._report.gone:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                return
        task.result()

    def _carteiro(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "carteiro", *arguments]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    @property
    def _serves(self) -> list[Process]:
        return [process for process in self._processes if process.port]

    async def _set_up(self, provider: Provider, made: dict[str, str]) -> None:
        base = f"http://127.0.0.1:{self._serves[0].port}"
        form = {
            "grant_type": "client_credentials",
            "client_id": made["id"],
            "client_secret": made["secret"],
            "resource": made["resource"],
            "scope": "all",
        }
        async with aiohttp.ClientSession() as session:
            for _ in range(1_200):
                try:
                    async with session.post(f"{base}/oidc/token", data=form) as answer:
                        self._token = (await answer.json())["access_token"]
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
            headers = {"Authorization": f"Bearer {self._token}"}
            config = {"endpoint": provider.url, "signingKey": _KEY}
            body = {"connectorId": "http-email", "config": config}
            async with session.post(f"{base}/api/connectors", json=body, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
            mode = {"mode": self._plan.mode}
            async with session.patch(f"{base}/api/delivery", json=mode, headers=headers) as answer:
                assert answer.status == 200, await answer.text()

    async def _send_all(self) -> None:
        numbers = self._numbers()
        timeout = aiohttp.ClientTimeout(total=60)
        headers = {"Authorization": f"Bearer {self._token}"}
        async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
            await asyncio.gather(*(self._client(session, numbers) for _ in range(16)))

    def _numbers(self) -> Iterator[int]:
        plan = self._plan
        for number in count():
            if number >= plan.messages and self._report.kills >= plan.kills:
                return
            yield number

    async def _client(self, session: aiohttp.ClientSession, numbers: Any) -> None:
        for number in numbers:
            while True:
                port = random.choice(self._serves).port
                url = f"http://127.0.0.1:{port}/api/verification-codes"
                try:
                    async with session.post(url, json={"email": f"a{number}@x.example"}) as answer:
                        if answer.status == 204:
                            self._report.accepted += 1
                            break
                        self._report.refused += 1
                        if answer.status != 503:
                            break
                except (aiohttp.ClientConnectorError, ConnectionRefusedError):
                    pass  # it was not asked
                except (aiohttp.ClientError, TimeoutError):
                    self._report.unanswered += 1
                    break
                await asyncio.sleep(0.1)

    async def _break_things(self) -> None:
        plan, at = self._plan, 0.0
        if not plan.kill_every:
            return
        restarted = False
        chance = random.Random(7)
        while self._sending:
            await asyncio.sleep(plan.kill_every)
            at += plan.kill_every
            victims = await self._victims()
            if not victims:
                continue
            victim = chance.choice(victims)
            pid = await asyncio.to_thread(victim.kill)
            self._report.kills += 1
            self._report.in_hand_at_kills += await self._books.in_hand(pid)
            victim.start()
            if plan.restart_database and not restarted and at >= 3 * plan.kill_every:
                restarted = True
                assert self._postgres is not None
                await asyncio.to_thread(self._postgres.restart)
            if plan.cut_connections and self._report.kills % 4 == 0:
                await self._books.ask(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name LIKE 'carteiro%'"
                )

    async def _victims(self) -> list[Process]:
        """Who is up beside another of its kind, or alone: else a slow machine only ever starts."""
        pids = {row["pid"] for row in await self._books.ask("SELECT pid FROM processes")}
        up = [process for process in self._processes if process.pid in pids]
        kinds = Counter(process.command for process in up)
        few = len(self._processes) == 1
        return [process for process in up if few or kinds[process.command] > 1]

    async def _settle(self) -> None:
        """Until every message has ended."""
        end = time.monotonic() + self._plan.settle
        while await self._books.unfinished() and time.monotonic() < end:
            await asyncio.sleep(0.25)

    async def _count(self, provider: Provider) -> None:
        report = self._report
        rows = await self._books.ask("SELECT id, state, failure FROM messages")
        known = {row["id"]: row for row in rows}
        report.states = Counter(f"{row['state']} {row['failure'] or ''}".strip() for row in rows)
        if len(known) < report.accepted:
            report.lost = [f"{report.accepted - len(known)} of {report.accepted}"]
        for row in rows:
            ended = row["state"] in {"sent", "delivered", "bounced"}
            explained = row["state"] in {"failed", "cancelled"} and row["failure"]
            if not ended and not explained:
                report.unexplained.append(row["id"])
            if ended and not provider.taken[row["id"]]:
                report.unsent.append(row["id"])
        doubtful = await self._books.ask(
            "SELECT message_id, COUNT(*) AS tries FROM attempts "
            "WHERE outcome = 'lost' OR disposition = 'unknown' GROUP BY message_id"
        )
        doubts = Counter({row["message_id"]: row["tries"] for row in doubtful})
        report.repeated = [id_ for id_, n in provider.taken.items() if n - 1 > doubts[id_]]
        report.strangers = [id_ for id_ in provider.taken if id_ not in known]
        report.duplicates = sum(count - 1 for count in provider.taken.values() if count > 1)


def verdict(report: Report) -> list[str]:
    """What is wrong with a run; nothing, as it should be."""
    kinds = ("gone", "lost", "unexplained", "unsent", "strangers", "repeated")
    return [f"{kind}: {found[:5]}" for kind in kinds if (found := getattr(report, kind))]
