"""Half-sent requests, over real sockets: none holds its connection, and none is answered wrongly.

What is waited for is that a connection ends; how fast the machine is does not matter.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from carteiro.api.envelope import Envelope
from carteiro.model.limits import MAX_HEAD
from carteiro.runtime.listening import ClientLimits, listener

CEILING = 20.0
"""Seconds after which a connection counts as held for ever."""
SOON = 0.3
LATE = 600.0
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
WHOLE = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body; `/early` answers before it is there, `/big` with a lot."""
    body = b""
    if scope["path"] == "/big":
        body = b"x" * 4_000_000
    elif scope["path"] != "/early":
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(
    *, head: float = LATE, body: float = LATE, per_address: int | None = None, **where: Any
) -> AsyncIterator[tuple[ClientLimits, int]]:
    limits = ClientLimits(head=head, body=body, per_address=per_address)
    config = uvicorn.Config(
        echo,
        http=listener(limits),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=int(LATE),
        timeout_graceful_shutdown=1,
        **(where or {"host": "127.0.0.1", "port": 0}),
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield limits, server.servers[0].sockets[0].getsockname()[1] if not where else 0
    finally:
        server.should_exit = True
        await task


async def answer_to(port: int, *pieces: bytes, drip: bytes = b"") -> bytes:
    """Everything until the server ends the connection; `drip` goes on and on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def write() -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while drip:
            writer.write(drip)
            await writer.drain()
            await asyncio.sleep(SOON / 10)

    writing = asyncio.create_task(write())
    try:
        return await asyncio.wait_for(_until_closed(reader), CEILING)
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        writer.close()


async def _until_closed(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    ("pieces", "drip"),
    [
        ([b"POST / HT"], b""),
        ([b"POST / HTTP/1.1\r\n"], b"A: b\r\n"),
        ([WHOLE, b"POST / HTTP/1.1\r\n"], b""),
        ([WHOLE, b"POST / HTTP/1.1\r\n"], b"A: b\r\n"),
    ],
)
async def test_a_head_that_is_not_whole_in_time_is_408(pieces: list[bytes], drip: bytes) -> None:
    async with serving(head=SOON) as (_, port):
        said = await answer_to(port, *pieces, drip=drip)

    assert said.count(b"HTTP/1.1 200") == pieces.count(WHOLE)
    assert b"HTTP/1.1 408 Request Timeout" in said
    assert said.endswith(b'{"message": "The request did not arrive in time."}')


@pytest.mark.parametrize(("pieces", "drip"), [([], b""), ([], b"\r\n"), ([WHOLE], b"\r\n")])
async def test_a_connection_on_which_nothing_is_asked_ends(
    pieces: list[bytes], drip: bytes
) -> None:
    async with serving(head=SOON) as (_, port):
        said = await answer_to(port, *pieces, drip=drip)

    assert said.count(b"HTTP/1.1 ") == len(pieces)


@pytest.mark.parametrize(
    "head", [HEAD, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"]
)
@pytest.mark.parametrize("drip", [b"", b"1\r\na\r\n"])
async def test_a_body_that_is_not_whole_in_time_is_408(head: bytes, drip: bytes) -> None:
    head = head.replace(b": 10", b": 100000")
    async with serving(body=SOON) as (_, port):
        said = await answer_to(port, head, b"a", drip=drip)

    assert said.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_trails_an_early_answer_ends_the_connection() -> None:
    early = HEAD.replace(b" / ", b" /early ").replace(b": 10", b": 100000")
    async with serving(body=SOON) as (_, port):
        said = await answer_to(port, early, drip=b"a")

    assert said.count(b"HTTP/1.1 ") == 1
    assert said.startswith(b"HTTP/1.1 200 ")


async def test_a_client_that_reads_no_answer_is_left() -> None:
    ask = b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n"
    async with serving(body=SOON, per_address=1) as (limits, port):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(ask * 20)
            async with asyncio.timeout(CEILING):
                while not limits.connections:
                    await asyncio.sleep(0.01)
                while limits.connections:
                    await asyncio.sleep(0.01)

    assert not limits.connections


@pytest.mark.parametrize(
    "pieces",
    [
        [WHOLE[:9], WHOLE[9:]],
        [HEAD, b"abcde", b"fghij"],
        [WHOLE + WHOLE[:20], WHOLE[20:] + WHOLE],
        [b"\r\n\r\n", WHOLE],
    ],
)
async def test_a_request_in_pieces_is_answered(pieces: list[bytes]) -> None:
    async with serving() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        whole = b"".join(pieces).count(b"POST")
        for _ in range(whole):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), CEILING)
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            assert head.startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_time_for_one_request_is_not_that_of_the_next() -> None:
    async with serving(head=3, body=3) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        # Each piece ends one request and begins another, for longer than one may take.
        middle = len(HEAD) // 2
        writer.write(WHOLE[:middle])
        for _ in range(35):
            writer.write(WHOLE[middle:] + WHOLE[:middle])
            await writer.drain()
            assert await asyncio.wait_for(reader.readuntil(b"abc"), CEILING)
            await asyncio.sleep(0.1)
        writer.close()


async def test_endless_headers_are_431() -> None:
    async with serving() as (_, port):
        start = b"GET / HTTP/1.1\r\nA: "
        said = await answer_to(port, start, b"x" * 20_000, drip=b"x" * 20_000)

    assert said.startswith(b"HTTP/1.1 431 ")
    assert MAX_HEAD < 20_000 * 10


async def test_an_address_has_so_many_connections_and_gets_them_back() -> None:
    async with serving(per_address=2) as (limits, port):
        first, second = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        third = await answer_to(port)
        first[1].close()
        while limits.connections["127.0.0.1"] == 2:
            await asyncio.sleep(0.01)
        second[1].write(WHOLE)
        again = await asyncio.open_connection("127.0.0.1", port)
        again[1].write(WHOLE)
        kept = [await asyncio.wait_for(one[0].readline(), CEILING) for one in (second, again)]
        second[1].close()
        again[1].close()
        while limits.connections:
            await asyncio.sleep(0.01)

    assert third.startswith(b"HTTP/1.1 429 ")
    assert kept == [b"HTTP/1.1 200 OK\r\n"] * 2


@pytest.mark.parametrize("where", [{}, {"uds": True}])
async def test_nobody_is_counted_without_a_limit_or_without_an_address(
    where: dict[str, Any], tmp_path: Path
) -> None:
    path = str(tmp_path / "socket")
    given = {"uds": path} if where else {}
    async with serving(per_address=1 if where else None, **given) as (_, port):
        connect: Callable[[], Any] = (
            (lambda: asyncio.open_unix_connection(path))
            if where
            else (lambda: asyncio.open_connection("127.0.0.1", port))
        )
        opened = [await connect() for _ in range(5)]
        for _, writer in opened:
            writer.write(WHOLE)
        first = [await asyncio.wait_for(reader.readline(), CEILING) for reader, _ in opened]
        for _, writer in opened:
            writer.close()

    assert first == [b"HTTP/1.1 200 OK\r\n"] * 5


async def test_a_client_that_leaves_in_a_body_is_no_defect(capsys: Any) -> None:
    class Application:
        state = None

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        from starlette.requests import Request

        await Request(scope, receive, send).body()

    async def left() -> Any:
        return {"type": "http.disconnect"}

    async def nowhere(message: Any) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "path": "/", "query_string": b"", "headers": [], "method": "POST"}

    await Envelope(reads)({**scope, "app": Application()}, left, nowhere)

    assert "unexpected error" not in capsys.readouterr().out
