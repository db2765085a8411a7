"""`/api/experience/verification`: proofs of an address, a password, a link, a second factor."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carteiro.api.answers.experience import ProofMade
from carteiro.api.experience import schemas
from carteiro.api.experience.calls import body_of
from carteiro.api.experience.describing import PROVEN, route
from carteiro.api.guests import guest_of
from carteiro.experience.proofs import IdentifierType
from carteiro.flows.sign_in.door import (
    second_factor,
    verify_by_code,
    verify_by_password,
    verify_by_token,
)


async def send_code_at_door(request: Request) -> Response:
    """Send a code. It is answered the same whether or not the address is somebody's."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.SendCode)
    return _proof(await verify_by_code.send_code(guest, body.identifier.named(), body.event))


async def verify_code_at_door(request: Request) -> Response:
    """Redeem a code. It works once."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.VerifyCode)
    named = body.identifier.named()
    return _proof(await verify_by_code.verify_code(guest, named, body.verification_id, body.code))


async def verify_password_at_door(request: Request) -> Response:
    """Compare a password. Somebody who does not exist is answered as a wrong password is."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.VerifyPassword)
    named = body.identifier.named()
    return _proof(await verify_by_password.verify_password(guest, named, body.password))


async def bring_user_name(request: Request) -> Response:
    """Choose a user name and a password for a new account."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.NewPasswordIdentity)
    return _proof(await verify_by_password.bring_name(guest, body.identifier.value, body.password))


async def verify_link_token(request: Request) -> Response:
    """Use the token of a magic link. It works once."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.VerifyToken)
    return _proof(await verify_by_token.verify_token(guest, body.identifier.value, body.token))


async def send_second_factor_code(request: Request) -> Response:
    """Send a second factor's code to an address that the account has."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.SendSecondCode)
    kind = IdentifierType(body.identifier_type)
    return _proof(await second_factor.send_second_code(guest, kind))


async def verify_second_factor_code(request: Request) -> Response:
    """Redeem a second factor's code. It works once."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.VerifySecondCode)
    kind = IdentifierType(body.identifier_type)
    proof = await second_factor.verify_second_code(guest, kind, body.verification_id, body.code)
    return _proof(proof)


def _proof(id_: str) -> Response:
    return JSONResponse({"verificationId": id_})


_BELOW = "/verification"
routes = [
    route(
        "POST",
        f"{_BELOW}/verification-code",
        send_code_at_door,
        body=schemas.SendCode,
        answers=PROVEN,
        shape=ProofMade,
    ),
    route(
        "POST",
        f"{_BELOW}/verification-code/verify",
        verify_code_at_door,
        body=schemas.VerifyCode,
        answers=PROVEN,
        shape=ProofMade,
    ),
    route(
        "POST",
        f"{_BELOW}/password",
        verify_password_at_door,
        body=schemas.VerifyPassword,
        answers=PROVEN,
        shape=ProofMade,
    ),
    route(
        "POST",
        f"{_BELOW}/new-password-identity",
        bring_user_name,
        body=schemas.NewPasswordIdentity,
        answers=PROVEN,
        shape=ProofMade,
    ),
    route(
        "POST",
        f"{_BELOW}/one-time-token/verify",
        verify_link_token,
        body=schemas.VerifyToken,
        answers=PROVEN,
        shape=ProofMade,
    ),
    route(
        "POST",
        f"{_BELOW}/mfa-verification-code",
        send_second_factor_code,
        body=schemas.SendSecondCode,
        answers=PROVEN,
        shape=ProofMade,
    ),
    route(
        "POST",
        f"{_BELOW}/mfa-verification-code/verify",
        verify_second_factor_code,
        body=schemas.VerifySecondCode,
        answers=PROVEN,
        shape=ProofMade,
    ),
]
