"""A bank that has transfers confirmed by a code: `uvicorn app:app --port 3000`."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import jwt
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

CARTEIRO = os.environ["CARTEIRO_URL"]
APP_ID, APP_SECRET = os.environ["APP_ID"], os.environ["APP_SECRET"]
# Who is signed in: a real application asks its session.
PERSON = os.environ["PERSON_ID"]
app = FastAPI()
keys = jwt.PyJWKClient(f"{CARTEIRO}/oidc/jwks")


class Wanted(BaseModel):
    """A transfer that somebody asks for."""

    to: str
    amount: Decimal


class Typed(BaseModel):
    """The code from the mail."""

    code: str


@dataclass
class Transfer:
    """What waits for its code; ``parameters_hash`` is how Carteiro names just this."""

    wanted: Wanted
    confirmation: str
    parameters_hash: str
    done: bool = False


# One process, one memory: a real application keeps this in its database.
transfers: dict[str, Transfer] = {}


async def ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Call Carteiro in the application's own name."""
    async with httpx.AsyncClient(base_url=CARTEIRO, auth=(APP_ID, APP_SECRET)) as client:
        answer = await client.post(f"/api/confirmations{path}", json=body)
    if not answer.is_success:
        raise HTTPException(answer.status_code, answer.json())
    found: dict[str, Any] = answer.json()
    return found


def verified(statement: str) -> dict[str, Any]:
    """The claims of a statement that is one, is fresh, and is for this application."""
    if jwt.get_unverified_header(statement).get("typ") != "confirmation+jwt":
        raise jwt.InvalidTokenError("this is another kind of token")
    claims: dict[str, Any] = jwt.decode(
        statement,
        keys.get_signing_key_from_jwt(statement),
        algorithms=["ES384"],
        audience=APP_ID,
        issuer=f"{CARTEIRO}/oidc",
        options={"require": ["exp", "iat", "aud", "iss", "sub", "jti"]},
    )
    return claims


@app.post("/transfers", status_code=202)
async def begin(wanted: Wanted) -> dict[str, str]:
    """Keep the transfer, and have a code sent that says what it is for."""
    asked = await ask(
        "",
        {
            "userId": PERSON,
            "operation": "transfer",
            "words": f"Transfer of {wanted.amount:.2f} EUR to {wanted.to}",
            "parameters": {"to": wanted.to, "amount": f"{wanted.amount:.2f}"},
        },
    )
    name = secrets.token_urlsafe(16)
    transfers[name] = Transfer(wanted, asked["id"], asked["parametersHash"])
    return {"transfer": name}


@app.post("/transfers/{name}/confirm")
async def confirm(name: str, typed: Typed) -> dict[str, str]:
    """Do it, once, if the statement is about just this transfer and this person."""
    transfer = transfers.get(name)
    if transfer is None or transfer.done:
        raise HTTPException(404)
    redeemed = await ask(f"/{transfer.confirmation}/redeem", {"code": typed.code})
    claims = await asyncio.to_thread(verified, redeemed["statement"])
    about = (claims["sub"], claims["operation"], claims["parameters_hash"])
    if about != (PERSON, "transfer", transfer.parameters_hash) or not claims["operation_shown"]:
        raise HTTPException(403)
    # From here on nobody else acts on it, in whatever process.
    await ask("/use", {"statement": redeemed["statement"]})
    transfer.done = True
    return {"sent": f"{transfer.wanted.amount:.2f} EUR to {transfer.wanted.to}"}
