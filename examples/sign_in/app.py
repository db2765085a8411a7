"""A web application that signs people in with the official SDK: `uvicorn app:app --port 3000`."""

from __future__ import annotations

import os
import secrets
from typing import Annotated

from fastapi import Cookie, FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse
from logto import LogtoClient, LogtoConfig
from logto.Storage import MemoryStorage

HERE = os.environ.get("APP_URL", "http://localhost:3000")
CONFIG = LogtoConfig(
    endpoint=os.environ["CARTEIRO_URL"],
    appId=os.environ["APP_ID"],
    appSecret=os.environ["APP_SECRET"],
)
app = FastAPI()
# One process, one memory: a real application keeps this where all of its processes find it.
_browsers: dict[str, LogtoClient] = {}
Browser = Annotated[str | None, Cookie()]


def client_of(browser: str | None) -> LogtoClient | None:
    """The SDK of a browser that has been here before."""
    return _browsers.get(browser or "")


@app.get("/")
async def home(browser: Browser = None) -> PlainTextResponse:
    """Greet whoever is signed in."""
    client = client_of(browser)
    if client is None or not client.isAuthenticated():
        return PlainTextResponse("Nobody is signed in: open /sign-in")
    person = await client.fetchUserInfo()
    return PlainTextResponse(f"Hello, {person.name or person.sub}")


@app.get("/sign-in")
async def sign_in() -> RedirectResponse:
    """Send the browser to Carteiro."""
    browser = secrets.token_urlsafe(32)
    client = _browsers[browser] = LogtoClient(CONFIG, MemoryStorage())
    answer = RedirectResponse(await client.signIn(redirectUri=f"{HERE}/callback"))
    answer.set_cookie("browser", browser, httponly=True, samesite="lax")
    return answer


@app.get("/callback")
async def callback(request: Request, browser: Browser = None) -> RedirectResponse:
    """Take the browser back."""
    client = client_of(browser)
    if client is None:
        return RedirectResponse("/")
    await client.handleSignInCallback(str(request.url))
    return RedirectResponse("/")


@app.get("/sign-out")
async def sign_out(browser: Browser = None) -> RedirectResponse:
    """Forget the person here, and end their session there."""
    client = _browsers.pop(browser or "", None)
    if client is None:
        return RedirectResponse("/")
    return RedirectResponse(await client.signOut(postLogoutRedirectUri=HERE))
