"""`carteiro serve` as it is started: it waits for nobody who does not send."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carteiro.testing.postgres import free_port

HALF = b"GET /api/status HT"
WHOLE = b"GET /api/status HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(params=[0, 1], ids=["alone", "behind a proxy"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The port of a server on SQLite, and how many proxies it trusts."""
    port = free_port()
    given = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CARTEIRO_")},
        "CARTEIRO_DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}",
        "CARTEIRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CARTEIRO_PORT": str(port),
        "CARTEIRO_HEAD_TIMEOUT": "2",
        "CARTEIRO_CONNECTIONS_PER_ADDRESS": "2",
        "CARTEIRO_TRUSTED_PROXIES": str(request.param),
    }
    command = [sys.executable, "-m", "carteiro"]
    subprocess.run([*command, "migrate", "--quiet"], env=given, check=True, timeout=60)
    process = subprocess.Popen([*command, "serve"], env=given)
    yield port, request.param
    process.terminate()
    process.wait(30)


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(600):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
    raise AssertionError("the server does not start")


async def test_half_a_request_ends_and_an_address_has_its_share(served: tuple[int, int]) -> None:
    port, proxies = served
    held = await connect(port)
    held[1].write(HALF)
    late = await asyncio.wait_for(held[0].read(), 30)

    several = [await connect(port) for _ in range(3)]
    for _, writer in several:
        writer.write(WHOLE)
    first = [await asyncio.wait_for(reader.readline(), 30) for reader, _ in several]
    for _, writer in [held, *several]:
        writer.close()

    assert late.startswith(b"HTTP/1.1 408 ")
    assert [line.split()[1] for line in first].count(b"429") == (0 if proxies else 1)
