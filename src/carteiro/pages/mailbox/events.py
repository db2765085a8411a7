"""`/mailbox/events`: mails as they arrive, as server-sent events (HTML standard §9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from carteiro.connectors.builtin.maildir import MaildirRelay

_LOOK_SECONDS = 0.5
_ALIVE_SECONDS = 15
"""A comment now and then: whoever has gone is found out, and nothing between gives up."""
_LISTENERS_AT_MOST = 20
_SHOWN = 50
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def get_events(request: Request) -> Response:
    """A stream of the mails that are newer than ``after``, or than the last one that was sent."""
    app = request.app
    listeners: int = getattr(app.state, "mailbox_listeners", 0)
    if listeners >= _LISTENERS_AT_MOST:
        return PlainTextResponse("Too many pages listen already.\n", 503)
    seen = request.headers.get("last-event-id") or request.query_params.get("after", "")

    async def stream() -> AsyncIterator[str]:
        app.state.mailbox_listeners = getattr(app.state, "mailbox_listeners", 0) + 1
        try:
            async for event in _events(app.state.world.services.relay, seen):
                yield event
        finally:
            app.state.mailbox_listeners -= 1

    return StreamingResponse(stream(), media_type="text/event-stream", headers=_HEADERS)


async def _events(mailbox: MaildirRelay, seen: str) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    quiet = 0.0
    while True:
        newest = await asyncio.to_thread(mailbox.newest)
        if newest is not None and newest > seen:
            for mail in reversed(await mailbox.read_latest(_SHOWN)):
                if mail.id > seen:
                    entry = {
                        "id": mail.id,
                        "subject": mail.subject,
                        "to": mail.to,
                        "code": mail.code,
                    }
                    yield f"id: {mail.id}\nevent: mail\ndata: {json.dumps(entry)}\n\n"
            seen, quiet = newest, 0.0
        elif quiet >= _ALIVE_SECONDS:
            yield ": still here\n\n"
            quiet = 0.0
        await asyncio.sleep(_LOOK_SECONDS)
        quiet += _LOOK_SECONDS
