"""Statements: what somebody has confirmed by a code, signed for the application that asked.

A statement is a JWT of a type of its own (RFC 8725 §3.11), so that it stands for no other token and
no other token for it. ``txn`` is the confirmation (RFC 8417 §2.2), ``auth_time``, ``acr`` and
``amr`` say how and when the person was asked, in the words of step-up authentication (RFC 9470 §6,
RFC 8176 §2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from carteiro import secrets
from carteiro.errors import InvalidStatement, StatementExpired
from carteiro.oidc.keys import ALGORITHM, TenantKeys

TYPE = "confirmation+jwt"
LIFETIME = 120
"""Seconds that an application has to act on it."""
BY_MAIL = "urn:carteiro:acr:code-by-mail"
"""``acr``: a code that was sent to the account's address, and nothing stronger."""
_BY_CODE = ("otp",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Who has confirmed what, to whom. Times are seconds since the epoch.

    ``shown`` says whether the mail with the code named the operation. The person was there no
    earlier than ``asked_at``.
    """

    issuer: str
    application_id: str
    user_id: str
    operation: str
    parameters_hash: str
    shown: bool
    confirmation_id: str
    jti: str
    asked_at: int
    issued_at: int
    expires_at: int

    def claims(self) -> dict[str, Any]:
        """What is signed."""
        return {
            "iss": self.issuer,
            "aud": self.application_id,
            "sub": self.user_id,
            "operation": self.operation,
            "parameters_hash": self.parameters_hash,
            "operation_shown": self.shown,
            "txn": self.confirmation_id,
            "jti": self.jti,
            "iat": self.issued_at,
            "auth_time": self.asked_at,
            "exp": self.expires_at,
            "acr": BY_MAIL,
            "amr": list(_BY_CODE),
        }


def stated(
    *,
    issuer: str,
    application_id: str,
    user_id: str,
    operation: str,
    parameters_hash: str,
    shown: bool,
    confirmation_id: str,
    asked_at: int,
    now: int,
) -> Statement:
    """A statement that is made ``now``; both times are in milliseconds here."""
    return Statement(
        issuer=issuer,
        application_id=application_id,
        user_id=user_id,
        operation=operation,
        parameters_hash=parameters_hash,
        shown=shown,
        confirmation_id=confirmation_id,
        jti=secrets.standard_id(),
        asked_at=asked_at // 1000,
        issued_at=now // 1000,
        expires_at=now // 1000 + LIFETIME,
    )


def sign_statement(keys: TenantKeys, statement: Statement) -> str:
    """The statement as an application gets it."""
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": keys.signing.kid}
    return jwt.encode(header, statement.claims(), keys.signing, algorithms=[ALGORITHM])


def read_statement(
    keys: TenantKeys, token: str, *, issuer: str, application_id: str, now: int
) -> Statement:
    """Verify a statement for an application; ``now`` is in seconds.

    Raises ``InvalidStatement`` for one that is none, or is for somebody else, and
    ``StatementExpired``.
    """
    try:
        read = jwt.decode(token, keys.verifying, algorithms=[ALGORITHM])
    except (JoseError, ValueError) as error:
        raise InvalidStatement from error
    claims = read.claims
    if read.header.get("typ") != TYPE or claims.get("iss") != issuer:
        raise InvalidStatement
    if claims.get("aud") != application_id:
        raise InvalidStatement
    found = _read(claims)
    if found.expires_at <= now:
        raise StatementExpired
    return found


def _read(claims: Mapping[str, Any]) -> Statement:
    """What ``claims`` wrote: the signature says that nobody else did."""
    return Statement(
        issuer=claims["iss"],
        application_id=claims["aud"],
        user_id=claims["sub"],
        operation=claims["operation"],
        parameters_hash=claims["parameters_hash"],
        shown=claims["operation_shown"],
        confirmation_id=claims["txn"],
        jti=claims["jti"],
        asked_at=claims["auth_time"],
        issued_at=claims["iat"],
        expires_at=claims["exp"],
    )
