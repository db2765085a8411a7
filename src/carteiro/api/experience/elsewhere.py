"""Where proofs would stand that are no part of the service: they answer as what is not enabled.

Social accounts, single sign-on, authenticator apps, passkeys, backup codes, pictures of people.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carteiro.api.guests import guest_of
from carteiro.api.pictures import looks_like_image
from carteiro.errors import (
    EntityNotFound,
    IdentifierNotFound,
    InvalidInteractionType,
    MfaFactorNotEnabled,
    MimeTypeNotAllowed,
    NotSupportedForForgotPassword,
    StorageNotConfigured,
)
from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door.guests import visited


async def _no_factor(request: Request) -> Response:
    _, record = await visited(guest_of(request))
    if record.user_id is None:
        raise IdentifierNotFound
    raise MfaFactorNotEnabled


async def _no_connector(request: Request) -> Response:
    await visited(guest_of(request))
    raise EntityNotFound


async def _no_picture(request: Request) -> Response:
    _, record = await visited(guest_of(request))
    if record.event is InteractionEvent.FORGOT_PASSWORD:
        raise NotSupportedForForgotPassword
    if record.event is InteractionEvent.SIGN_IN:
        raise InvalidInteractionType
    if not looks_like_image(await request.body()):
        raise MimeTypeNotAllowed
    raise StorageNotConfigured


_BELOW = "/api/experience"
routes = [
    Route(f"{_BELOW}/verification/totp/{{rest:path}}", _no_factor, methods=["POST"]),
    Route(f"{_BELOW}/verification/backup-code/{{rest:path}}", _no_factor, methods=["POST", "GET"]),
    Route(f"{_BELOW}/verification/web-authn/{{rest:path}}", _no_factor, methods=["POST"]),
    Route(f"{_BELOW}/verification/sign-in-passkey/{{rest:path}}", _no_factor, methods=["POST"]),
    Route(f"{_BELOW}/profile/mfa/passkey", _no_factor, methods=["POST"]),
    Route(f"{_BELOW}/profile/mfa/trusted-device", _no_factor, methods=["POST"]),
    Route(f"{_BELOW}/verification/social/{{rest:path}}", _no_connector, methods=["POST"]),
    Route(f"{_BELOW}/verification/sso/{{rest:path}}", _no_connector, methods=["POST"]),
    Route(f"{_BELOW}/user-assets/avatar", _no_picture, methods=["POST"]),
]
