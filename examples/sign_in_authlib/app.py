"""A web application that signs people in with Authlib: `uvicorn app:app --port 3000`."""

from __future__ import annotations

import os
from urllib.parse import urlencode

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware

HERE = os.environ.get("APP_URL", "http://localhost:3000")
APP_ID = os.environ["APP_ID"]
app = FastAPI()
# The session is a signed cookie that its owner can read: it holds who they are, and no token.
app.add_middleware(SessionMiddleware, secret_key=os.environ["SESSION_SECRET"])
carteiro = OAuth().register(
    "carteiro",
    client_id=APP_ID,
    client_secret=os.environ["APP_SECRET"],
    server_metadata_url=f"{os.environ['CARTEIRO_URL']}/oidc/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@app.get("/")
async def home(request: Request) -> PlainTextResponse:
    """Greet whoever is signed in."""
    person = request.session.get("person")
    if person is None:
        return PlainTextResponse("Nobody is signed in: open /sign-in")
    return PlainTextResponse(f"Hello, {person['name'] or person['email']}")


@app.get("/sign-in")
async def sign_in(request: Request) -> Response:
    """Send the browser to Carteiro."""
    answer: Response = await carteiro.authorize_redirect(request, f"{HERE}/callback")
    return answer


@app.get("/callback")
async def callback(request: Request) -> Response:
    """Take the browser back; Authlib verifies the id token with Carteiro's published keys."""
    try:
        token = await carteiro.authorize_access_token(request)
    except (OAuthError, JoseError) as error:
        return PlainTextResponse(f"Not signed in: {error.error}", status_code=400)
    claims = token["userinfo"]
    request.session["person"] = {name: claims.get(name) for name in ("sub", "name", "email")}
    return RedirectResponse("/")


@app.get("/sign-out")
async def sign_out(request: Request) -> RedirectResponse:
    """Forget the person here, and end their session there."""
    request.session.clear()
    where = (await carteiro.load_server_metadata())["end_session_endpoint"]
    query = urlencode({"client_id": APP_ID, "post_logout_redirect_uri": HERE})
    return RedirectResponse(f"{where}?{query}")
