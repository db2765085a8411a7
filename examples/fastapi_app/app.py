"""A FastAPI application that signs people in with a mailed code, on Carteiro as a library.

    SMTP_PORT=1025 uvicorn app:app

Codes wait in memory here, as keyed hashes and for ten minutes: enough for one process. Several
processes share a `carteiro.SqlCodeStore` and a key.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

import carteiro

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
codes = carteiro.Codes(carteiro.MemoryCodeStore(), secrets.token_bytes(32))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one connector open while the application runs."""
    async with carteiro.open_sender("simple-mail-transfer-protocol", SMTP) as sender:
        app.state.sender = sender
        yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(carteiro.CarteiroError)
async def refuse(_: Request, error: carteiro.CarteiroError) -> JSONResponse:
    """What a person can mend is a 400 with words for them; a provider's trouble is not theirs."""
    if isinstance(error, carteiro.ConnectorError):
        return JSONResponse({"detail": "The mail could not be sent."}, 502)
    return JSONResponse({"detail": error.message}, 400)


class Begin(BaseModel):
    """Who wants to sign in."""

    email: str


class Finish(Begin):
    """What they typed."""

    code: str


@app.post("/sign-in", status_code=204)
async def begin(body: Begin, accept_language: Annotated[str | None, Header()] = None) -> None:
    """Mail a code in the language that the browser asks for."""
    decision = carteiro.negotiate(accept_language=accept_language, library=LANGUAGES)
    template = TEMPLATES.get(decision.tag, TEMPLATES["en"])
    code = await codes.issue("sign-in", body.email)
    await app.state.sender.send(
        body.email, carteiro.TemplateType.SIGN_IN, {"code": code}, template=template
    )


@app.post("/sign-in/code", status_code=204)
async def finish(body: Finish) -> None:
    """Redeem the code, once."""
    await codes.redeem("sign-in", body.email, body.code)
