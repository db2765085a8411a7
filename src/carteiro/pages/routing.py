"""The pages of this process: a front page, the API documentation, in development the mailbox."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from carteiro.pages import api_docs, front
from carteiro.pages.mailbox import routes as mailbox_routes


def install(app: FastAPI, *, mailbox: Path | None) -> None:
    """Put the pages into an application; there is a mailbox only where one is configured."""
    app.router.routes.extend(front.routes(has_mailbox=mailbox is not None))
    app.router.routes.extend(api_docs.routes(development=mailbox is not None))
    if mailbox is not None:
        app.router.routes.extend(mailbox_routes.routes)
