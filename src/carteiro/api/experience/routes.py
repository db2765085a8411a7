"""`/api/experience`: the interaction itself, who somebody is, what they add, the end."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from carteiro.api.answers import experience as answers
from carteiro.api.answers.answer import Answer
from carteiro.api.experience import schemas
from carteiro.api.experience.calls import body_of, first_body_of, union_of
from carteiro.api.experience.describing import route
from carteiro.api.guests import guest_of, put_browser
from carteiro.api.route import tagged
from carteiro.errors import InvalidInput, VerificationSessionNotFound
from carteiro.experience.proofs import IdentifierType
from carteiro.experience.record import InteractionEvent
from carteiro.flows.sign_in.door import begin, complete_profile, identify, second_factor
from carteiro.flows.sign_in.door import submit as ending
from carteiro.model.issues import issue

_KINDS: Mapping[str, type[BaseModel]] = {
    "username": schemas.SetUsername,
    "password": schemas.SetPassword,
    "email": schemas.SetProven,
    "phone": schemas.SetProven,
    "social": schemas.SetProven,
    "extraProfile": schemas.SetExtra,
}


async def begin_interaction(request: Request) -> Response:
    """Begin: somebody signs in, registers or has forgotten a password. Begins anew at any time."""
    guest = guest_of(request)
    body = await first_body_of(request, guest, schemas.Begin)
    await begin.begin(guest, body.event, captcha_token=body.captcha_token)
    return Response(status_code=204)


async def change_interaction_event(request: Request) -> Response:
    """Register instead of signing in, or the other way round. What is proven stays proven."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.ChangeEvent)
    await begin.change_event(guest, body.event)
    return Response(status_code=204)


async def get_interaction(request: Request) -> Response:
    """The interaction as it stands, without anything secret."""
    return tagged(request, JSONResponse(await begin.show(guest_of(request))))


async def identify_person(request: Request) -> Response:
    """Say who one is by a proof, or make an account of it (201)."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.Identification)
    event = await identify.identify(guest, body.verification_id)
    if event is InteractionEvent.REGISTER:
        return PlainTextResponse("Created", 201)
    return Response(status_code=204)


async def add_to_profile(request: Request) -> Response:
    """Add what the account still needs. It counts from the submit on."""
    guest = guest_of(request)
    body = await union_of(request, guest, _KINDS, schemas.AddToProfile)
    match body:
        case schemas.SetUsername():
            await complete_profile.set_username(guest, body.value)
        case schemas.SetPassword():
            await complete_profile.set_password(guest, body.value)
        case schemas.SetProven(type="social"):
            await complete_profile.refuse(guest, VerificationSessionNotFound())
        case schemas.SetProven():
            kind = IdentifierType(body.type)
            await complete_profile.set_address(guest, kind, body.verification_id)
        case schemas.SetExtra():
            await complete_profile.set_extra(guest, body.values)
    return Response(status_code=204)


async def reset_password(request: Request) -> Response:
    """Choose a new password in place of a forgotten one. It counts from the submit on."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.NewPassword)
    await complete_profile.reset_password(guest, body.password)
    return Response(status_code=204)


async def bind_second_factor(request: Request) -> Response:
    """Make a proven address the account's, and a second factor with that."""
    guest = guest_of(request)
    body = await body_of(request, guest, schemas.BindFactor)
    kind = {
        "EmailVerificationCode": IdentifierType.EMAIL,
        "PhoneVerificationCode": IdentifierType.PHONE,
    }.get(body.type)
    if kind is None:
        await second_factor.bind_other(guest, body.type, body.verification_id)
    else:
        await second_factor.bind_address(guest, kind, body.verification_id)
    return Response(status_code=204)


async def turn_on_second_factor(request: Request) -> Response:
    """The person wants a second factor."""
    await second_factor.turn_on(guest_of(request))
    return Response(status_code=204)


async def skip_second_factor(request: Request) -> Response:
    """The person does without a second factor, where the tenant lets them."""
    await second_factor.skip(guest_of(request))
    return Response(status_code=204)


async def skip_second_factor_suggestion(request: Request) -> Response:
    """The person wants no further second factor."""
    await second_factor.skip_suggestion(guest_of(request))
    return Response(status_code=204)


async def skip_passkey(request: Request) -> Response:
    """The person wants no passkey."""
    await second_factor.skip_passkey(guest_of(request))
    return Response(status_code=204)


async def submit_interaction(request: Request) -> Response:
    """Finish. The browser goes on at `redirectTo`; after a reset there is nothing to go on to."""
    submitted = await ending.submit(guest_of(request))
    if submitted.redirect_to is None:
        return Response(status_code=204)
    response = JSONResponse({"redirectTo": submitted.redirect_to})
    put_browser(request, response, submitted.browser)
    return response


async def list_sso_connectors(request: Request) -> Response:
    """Single sign-on for an address: there is none."""
    guest = guest_of(request)
    await begin.show(guest)
    email = request.query_params.get("email", "")
    local, _, domain = email.partition("@")
    if not local or "." not in domain or len(email) > 256 or any(c.isspace() for c in email):
        problem = issue("invalid_string", ["email"], "Invalid", validation="regex")
        raise InvalidInput([problem], "Error in request query: invalid input.")
    return tagged(request, JSONResponse({"connectorIds": []}))


routes = [
    route("PUT", "", begin_interaction, body=schemas.Begin),
    route("PUT", "/interaction-event", change_interaction_event, body=schemas.ChangeEvent),
    route(
        "GET",
        "/interaction",
        get_interaction,
        answers={"200": "The interaction."},
        shape=answers.InteractionState,
    ),
    route(
        "POST",
        "/identification",
        identify_person,
        body=schemas.Identification,
        answers={"201": "There is an account now.", "204": "The person is known."},
        shape=Answer(is_plain=True),
    ),
    route("POST", "/profile", add_to_profile, body=schemas.AddToProfile),
    route("PUT", "/profile/password", reset_password, body=schemas.NewPassword),
    route("POST", "/profile/mfa", bind_second_factor, body=schemas.BindFactor),
    route("POST", "/profile/mfa/mfa-enabled", turn_on_second_factor),
    route("POST", "/profile/mfa/mfa-skipped", skip_second_factor),
    route("POST", "/profile/mfa/mfa-suggestion-skipped", skip_second_factor_suggestion),
    route("POST", "/profile/mfa/passkey-skipped", skip_passkey),
    route(
        "POST",
        "/submit",
        submit_interaction,
        answers={"200": "Where the browser goes on.", "204": "The password is the new one."},
        shape=answers.WayOn,
    ),
    route(
        "GET",
        "/sso-connectors",
        list_sso_connectors,
        answers={"200": "None."},
        shape=answers.SsoConnectors,
    ),
]
