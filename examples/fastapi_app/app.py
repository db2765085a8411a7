"""A FastAPI application that signs people in with a mailed code, on Carteiro as a library.

    SMTP_PORT=1025 uvicorn app:app

Codes wait in memory here, as keyed hashes and for ten minutes: enough for one process. A service
with several processes lets Carteiro's server keep them.
"""

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

import carteiro

LIFETIME = 600
TRIES = 5
KEY = secrets.token_bytes(32)
LANGUAGES = carteiro.LanguageLibrary()
TEMPLATES = {
    tag: carteiro.compile_template(
        carteiro.TemplateSource(subject=subject, content=f"<p>{line} <b>{{{{code}}}}</b></p>"),
        language=tag,
    )
    for tag, subject, line in (
        ("en", "Your sign-in code", "Your code:"),
        ("pt-BR", "Seu código para entrar", "Seu código:"),
    )
}
SMTP = {
    "host": os.environ.get("SMTP_HOST", "127.0.0.1"),
    "port": int(os.environ.get("SMTP_PORT", "1025")),
    "auth": {"type": "login"},
    "fromEmail": "Example <no-reply@example.com>",
    "templates": [
        {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
        for kind in ("SignIn", "Register", "ForgotPassword", "Generic")
    ],
}


class Waiting:
    """A code that waits to be typed."""

    def __init__(self, code: str) -> None:
        self.digest = digest(code)
        self.dies = time.monotonic() + LIFETIME
        self.tries = TRIES


waiting: dict[str, Waiting] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one connector open while the application runs."""
    async with carteiro.open_sender("simple-mail-transfer-protocol", SMTP) as sender:
        app.state.sender = sender
        yield


app = FastAPI(lifespan=lifespan)


class Begin(BaseModel):
    """Who wants to sign in."""

    email: str


class Finish(Begin):
    """What they typed."""

    code: str


@app.post("/sign-in", status_code=204)
async def begin(body: Begin, accept_language: Annotated[str | None, Header()] = None) -> None:
    """Mail a code in the language that the browser asks for."""
    try:
        address = carteiro.parse_address(body.email)
    except carteiro.CarteiroError as error:
        raise HTTPException(422, error.message) from error
    decision = carteiro.negotiate(accept_language=accept_language, library=LANGUAGES)
    code = carteiro.numeric_code()
    waiting[address.key] = Waiting(code)
    template = TEMPLATES.get(decision.tag, TEMPLATES["en"])
    try:
        await app.state.sender.send(
            address, carteiro.TemplateType.SIGN_IN, {"code": code}, template=template
        )
    except carteiro.ConnectorError as error:
        raise HTTPException(502, "The mail could not be sent.") from error


@app.post("/sign-in/code", status_code=204)
async def finish(body: Finish) -> None:
    """Redeem the code."""
    key = carteiro.parse_address(body.email).key
    entry = waiting.get(key)
    if entry is None or entry.dies < time.monotonic() or entry.tries == 0:
        raise HTTPException(400, "Ask for a new code.")
    entry.tries -= 1
    if not hmac.compare_digest(entry.digest, digest(body.code)):
        raise HTTPException(400, "That is not the code.")
    del waiting[key]


def digest(code: str) -> bytes:
    """A keyed hash, so that a memory dump holds no code."""
    return hmac.new(KEY, code.encode(), hashlib.sha256).digest()
