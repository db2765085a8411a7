"""Signing in: beside its floor, beside a flood of passwords, beside a million old rows.

``python -m bench.sign_in whole|flood|crowd sqlite|postgresql N`` runs one of them with N sign-ins a
round; ``whole`` takes a further number, of how many sign in at once.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from itertools import chain, islice
from pathlib import Path
from typing import Any

import uvloop

from bench.browser import Browser
from bench.load import get, rate
from bench.populated import (
    PASSWORD,
    Databases,
    Populated,
    crowd,
    opened,
    populate,
    postgres_cluster,
    settings_of,
    sqlite_folder,
)
from bench.recorded import Unit, recording, replay_postgres, replay_sqlite
from bench.server import ROUNDS, Server, serving
from bench.sink import Sink, sinking
from carteiro.runtime.maintenance import INTERVAL
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement

CLIENTS = 16
SIGN_INS = 160
REDEEMED = 400
FLOODERS = 8
OLD = 1_000_000
LEAVING = 100_000
_PAUSE = 0.005
"""Seconds between two codes."""
_LEFT = [
    Statement.of(f"bench.{table}", f"SELECT 1 FROM {table}")
    for table in ("browser_sessions", "grants", "oidc_tokens", "interactions", "messages", "logs")
]
_OVER = [
    Statement.of(f"bench.{table}.over", f"SELECT 1 FROM {table} WHERE expires_at <= :now")
    for table in ("browser_sessions", "grants", "oidc_tokens")
]
DATABASES = {"sqlite": sqlite_folder, "postgresql": postgres_cluster}


async def whole(
    databases: Databases, number: int = SIGN_INS, clients: int = CLIENTS
) -> dict[str, float]:
    """Seconds of a sign-in, and of what it stands on: its requests, and its statements.

    ``ratio`` is over the sum of as many bare requests and of the same statements on the driver;
    ``clients`` sign in at once, ask at once, and have what they store committed together where the
    database can do so.
    """
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(sinking())
        base = await populate(databases.make("base"), sink.url, number * (ROUNDS + 1))
        measured, noted, bare = [
            await databases.copy(base.url, name) for name in ("measured", "noted", "bare")
        ]
        script = await _script(noted, base, sink)
        server = stack.enter_context(serving(measured))
        found: dict[str, list[float]] = {"sign_in": [], "request": [], "statements": []}
        requests = 0
        for round_ in range(ROUNDS + 1):
            part = slice(round_ * number, (round_ + 1) * number)
            took, requests = await _sign_in_all(server.port, sink, base, base.emails[part], clients)
            total = number * requests
            request = 1 / await rate(server.port, get("/api/status"), total=total, clients=clients)
            statements = await _replay(bare, script[part], clients) / number
            if round_:
                for name, value in (
                    ("sign_in", took / number),
                    ("request", request),
                    ("statements", statements),
                ):
                    found[name].append(value)
        if await _left(bare) != await _left(noted):
            raise RuntimeError("the statements did not leave what the sign-ins left")
    medians = {name: statistics.median(values) for name, values in found.items()}
    units = script[-1]
    return {
        **medians,
        "requests": requests,
        "units": len(units),
        "run": sum(len(unit.statements) for unit in units),
        "ratio": medians["sign_in"] / (requests * medians["request"] + medians["statements"]),
    }


async def _script(url: str, base: Populated, sink: Sink) -> list[list[Unit]]:
    """What each sign-in runs on the database."""
    found = []
    settings = settings_of(url)
    async with recording(settings) as database:
        browser = Browser.at(settings.port, sink, base.app)
        for email in base.emails:
            database.units.clear()
            await browser.sign_in(email)
            found.append(list(database.units))
        browser.close()
    return found


async def _replay(url: str, script: Sequence[Sequence[Unit]], clients: int) -> float:
    if url.startswith("sqlite:"):
        return replay_sqlite(Path(url.removeprefix("sqlite:///")), script, clients)
    return await replay_postgres(url, script, clients)


async def _left(url: str) -> list[int]:
    """How many rows there are of what a sign-in leaves."""

    async def work(tx: Transaction) -> list[int]:
        return [len(await tx.all(statement)) for statement in _LEFT]

    async with opened(url) as database:
        return await database.read(work)


async def _sign_in_all(
    port: int, sink: Sink, base: Populated, emails: Sequence[str], clients: int
) -> tuple[float, int]:
    """Seconds for all of them, ``clients`` at once, and how many requests each one was."""
    waiting = iter(emails)
    browsers = [Browser.at(port, sink, base.app) for _ in range(clients)]

    async def run(browser: Browser) -> None:
        for email in waiting:
            await browser.sign_in(email)

    begin = time.perf_counter()
    await asyncio.gather(*(run(browser) for browser in browsers))
    took = time.perf_counter() - begin
    for browser in browsers:
        browser.close()
    return took, sum(browser.requests for browser in browsers) // len(emails)


async def flood(databases: Databases, number: int = REDEEMED) -> dict[str, float]:
    """Seconds within which 99 of 100 codes are redeemed, alone and while passwords are compared."""
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(sinking())
        people = number * 2 * ROUNDS + FLOODERS
        base = await populate(databases.make("base"), sink.url, people)
        server = stack.enter_context(serving(base.url))
        waiting = iter(base.emails[FLOODERS:])
        door = Browser.at(server.port, sink, base.app)
        took: dict[bool, list[list[float]]] = {False: [], True: []}
        compared = 0
        for round_ in range(ROUNDS):
            for flooded in (False, True) if round_ % 2 else (True, False):
                proven = [await _begun(door, email) for email in islice(waiting, number)]
                started = asyncio.Semaphore(0)
                floods = [
                    asyncio.create_task(_compare(server, sink, base, email, started))
                    for email in (base.emails[:FLOODERS] if flooded else ())
                ]
                for _ in floods:
                    await started.acquire()
                took[flooded].append([])
                for browser, email, proof in proven:
                    await browser.redeem(email, proof)
                    took[flooded][-1].append(browser.took)
                    await asyncio.sleep(_PAUSE)
                for task in floods:
                    task.cancel()
                compared += sum(await asyncio.gather(*floods))
        door.close()
    # Of each round its own: where the disk stands still for a moment, one round tells of it.
    tails = {name: [statistics.quantiles(part, n=100)[98] for part in took[name]] for name in took}
    return {
        "alone": statistics.median(tails[False]),
        "flooded": statistics.median(tails[True]),
        "median alone": statistics.median(chain.from_iterable(took[False])),
        "median flooded": statistics.median(chain.from_iterable(took[True])),
        "compared": compared - FLOODERS * ROUNDS,
        "ratio": statistics.median(
            beside / alone for alone, beside in zip(tails[False], tails[True], strict=True)
        ),
    }


async def _begun(door: Browser, email: str) -> tuple[Browser, str, str]:
    browser = door.another()
    return browser, email, await browser.begin(email)


async def _compare(
    server: Server, sink: Sink, base: Populated, email: str, started: asyncio.Semaphore
) -> int:
    """Type a right password again and again; how often it was compared, once this is cancelled.

    ``started`` is released before the second time.
    """
    browser, done = Browser.at(server.port, sink, base.app), 0
    await browser.arrive()
    try:
        while True:
            await browser.password(email, PASSWORD)
            done += 1
            if done == 1:
                started.release()
    except asyncio.CancelledError:
        browser.close()
        return done


async def crowded(databases: Databases, number: int = SIGN_INS, old: int = OLD) -> dict[str, float]:
    """How much longer each of them takes beside old sessions, grants and tokens.

    ``leaving`` is a sign-in while housekeeping deletes some of them: a mean, in which whoever waits
    for a batch counts.
    """
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(sinking())
        base = await populate(databases.make("base"), sink.url, number * (ROUNDS + 2))
        alone, beside = [await databases.copy(base.url, name) for name in ("alone", "beside")]
        await crowd(beside, old)
        servers = {url: stack.enter_context(serving(url)) for url in (alone, beside)}
        took: dict[tuple[str, str], list[float]] = {}
        for round_ in range(ROUNDS + 1):
            part = base.emails[round_ * number : (round_ + 1) * number]
            for url in (alone, beside) if round_ % 2 else (beside, alone):
                entry, refresh = await _one_by_one(servers[url].port, sink, base, part)
                for name, values in (("sign_in", entry), ("refresh", refresh)):
                    if round_:
                        took.setdefault((name, url), []).extend(values)
        await crowd(beside, LEAVING, over=True, mark="over")
        due = await _under_way(beside)
        for email in base.emails[-number:]:
            for url in (alone, beside):
                entry, _ = await _one_by_one(servers[url].port, sink, base, [email])
                took.setdefault(("leaving", url), []).extend(entry)
        left = await _due(beside)
        if not 0 < left < due:
            raise RuntimeError(f"housekeeping was not under way all the time: {due}, then {left}")
    names = ("sign_in", "refresh", "leaving")
    typical = {
        key: (statistics.fmean if key[0] == "leaving" else statistics.median)(values)
        for key, values in took.items()
    }
    return {
        **{f"{name} alone": typical[name, alone] for name in names},
        **{f"{name} beside": typical[name, beside] for name in names},
        **{name: typical[name, beside] / typical[name, alone] for name in names},
        "gone": due - left,
    }


async def _under_way(url: str) -> int:
    """How many rows are due, once housekeeping has begun to delete them."""
    before = now = await _due(url)
    async with asyncio.timeout(2 * INTERVAL):
        while now >= before:
            before = now
            await asyncio.sleep(0.5)
            now = await _due(url)
    return now


async def _due(url: str) -> int:
    now = time.time_ns() // 1_000_000

    async def work(tx: Transaction) -> int:
        return sum([len(await tx.all(statement, now=now)) for statement in _OVER])

    async with opened(url) as database:
        return await database.read(work)


async def _one_by_one(
    port: int, sink: Sink, base: Populated, emails: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Seconds of each sign-in and of each refresh."""
    browser = Browser.at(port, sink, base.app)
    entries, refreshes = [], []
    for email in emails:
        begin = time.perf_counter()
        given = await browser.sign_in(email)
        entries.append(time.perf_counter() - begin)
        await browser.refresh(given["refresh_token"])
        refreshes.append(browser.took)
    browser.close()
    return entries, refreshes


def measure(
    what: Callable[..., Coroutine[Any, Any, dict[str, float]]], database: str, *numbers: int
) -> dict[str, float]:
    """One of the three on ``sqlite`` or ``postgresql``."""
    with DATABASES[database]() as databases:
        return uvloop.run(what(databases, *numbers))


if __name__ == "__main__":
    wanted = {"whole": whole, "flood": flood, "crowd": crowded}[sys.argv[1]]
    for label, value in measure(wanted, sys.argv[2], *map(int, sys.argv[3:])).items():
        print(f"{label:16} {value:10.5f}")
