"""`/api/verification-codes`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.bodies import read_model
from carteiro.api.hot import DONE, HotRoute, Operation, caller
from carteiro.api.management.verification_codes.schemas import RedeemCode, RequestCode
from carteiro.errors import InvalidInput
from carteiro.flows.backend.verify_address import Asked, redeem_code, send_code
from carteiro.model.issues import issue
from carteiro.model.management import ManagementScope as Scope

_TAG = "Verification codes"
_NEEDS = Scope.CODES_WRITE


async def request_verification_code(request: Request) -> Response:
    """Send a code to an address or a number. It replaces an older code for the same one."""
    context = await caller(request, _NEEDS)
    body = await read_model(request, RequestCode)
    _require_one(body)
    asked = Asked(
        email=body.email,
        phone=body.phone,
        locale=body.locale,
        ui_locales=body.ui_locales,
        organization_id=body.organization_id,
        application_id=body.application_id,
        by=context.by,
    )
    await send_code(context.world, context.tenant_id, asked)
    return DONE


async def verify_verification_code(request: Request) -> Response:
    """Redeem the code that was sent to an address or a number. It works once."""
    context = await caller(request, _NEEDS)
    body = await read_model(request, RedeemCode)
    _require_one(body)
    await redeem_code(
        context.world,
        context.tenant_id,
        body.verification_code,
        email=body.email,
        phone=body.phone,
        by=context.by,
    )
    return DONE


def _require_one(body: RequestCode | RedeemCode) -> None:
    if body.email is None and body.phone is None:
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
