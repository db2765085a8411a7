"""A line for each request: what was asked and what came of it, and nothing that a client chose."""

from __future__ import annotations

import httpx
import structlog
from starlette.responses import PlainTextResponse

from carteiro.api.request_lines import RequestLines


async def test_a_line_has_no_query_and_is_one_line() -> None:
    app = RequestLines(PlainTextResponse("No", 404))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://carteiro.test") as client:
        with structlog.testing.capture_logs() as lines:
            await client.get("/api/users/a%0A%1B[2Jadmin?token=very-secret")

    [line] = lines
    assert (line["event"], line["status"]) == ("GET /api/users/a%0A%1B%5B2Jadmin", 404)
    assert "very-secret" not in str(line)
