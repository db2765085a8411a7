"""`/api/verification-codes`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.bodies import read_model
from carteiro.api.hot import HotRoute, Operation, caller
from carteiro.api.management.verification_codes.schemas import RedeemCode, RequestCode
from carteiro.errors import ConnectorNotFound, InvalidInput
from carteiro.flows.verify_address import Asked, redeem_code, send_code
from carteiro.model.issues import issue

_TAG = "Verification codes"


async def request_verification_code(request: Request) -> Response:
    """Mail a code to an address. It replaces an older code for the same address."""
    context = await caller(request)
    body = await read_model(request, RequestCode)
    asked = Asked(
        email=_email(body),
        locale=body.locale,
        ui_locales=body.ui_locales,
        by=context.by,
    )
    await send_code(context.world, context.tenant_id, asked)
    return Response(status_code=204)


async def verify_verification_code(request: Request) -> Response:
    """Redeem the code that was mailed to an address. It works once."""
    context = await caller(request)
    body = await read_model(request, RedeemCode)
    await redeem_code(
        context.world,
        context.tenant_id,
        _email(body),
        body.verification_code,
        by=context.by,
    )
    return Response(status_code=204)


def _email(body: RequestCode | RedeemCode) -> str:
    if body.email is not None:
        return body.email
    if body.phone is not None:
        raise ConnectorNotFound("Sms")
    raise InvalidInput([issue("custom", [], "Give an email or a phone number.")])


routes = [
    HotRoute(
        "/api/verification-codes",
        request_verification_code,
        method="POST",
        operation=Operation(tag=_TAG, body=RequestCode),
    ),
    HotRoute(
        "/api/verification-codes/verify",
        verify_verification_code,
        method="POST",
        operation=Operation(tag=_TAG, body=RedeemCode),
    ),
]
