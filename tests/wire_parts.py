"""What the tests of single answers share: short calls of the management API."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from carteiro.testing.http_sink import HttpSink


async def made(client: httpx.AsyncClient, path: str, body: Any = None) -> dict[str, Any]:
    """What a successful POST answers."""
    answer = await client.post(f"/api{path}", json=body if body is not None else {})
    assert answer.is_success, answer.text
    shown: dict[str, Any] = answer.json() if answer.content else {}
    return shown


async def made_id(client: httpx.AsyncClient, path: str, body: Any = None) -> str:
    """The id of what a successful POST made."""
    return str((await made(client, path, body))["id"])


def said(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def told(client: httpx.AsyncClient, sink: HttpSink, *events: str) -> None:
    """Have a hook tell ``sink`` of these events from now on."""
    await made(client, "/hooks", {"events": list(events), "config": {"url": sink.url}})


async def arrivals(sink: HttpSink, count: int) -> list[dict[str, Any]]:
    """The bodies of the first ``count`` webhooks, as they came."""
    async with asyncio.timeout(30):
        while len(sink.requests) < count:
            await asyncio.sleep(0.02)
    return [request.json() for request in sink.requests]
