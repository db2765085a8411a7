"""Answers about operations that people confirm."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from carteiro.api.answers.shapes import Moment

_Second = Annotated[int, Field(description="Seconds since the epoch.")]


class Confirmation(TypedDict):
    """An operation that waits for its code."""

    id: str
    userId: str
    applicationId: str
    operation: str
    parametersHash: str
    createdAt: Moment
    expiresAt: Moment


class SignedStatement(TypedDict):
    """A JWT that says who has confirmed what; `expiresIn` is in seconds."""

    statement: str
    expiresIn: int


class StatementClaims(TypedDict):
    """What the statement says."""

    iss: str
    aud: str
    sub: str
    operation: str
    parameters_hash: str
    operation_shown: bool
    txn: str
    jti: str
    iat: _Second
    auth_time: _Second
    exp: _Second
    acr: str
    amr: list[str]
