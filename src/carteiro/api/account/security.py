"""`/api/my-account`: second factors, sessions and what applications were granted."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Response

from carteiro.api.account.route import AccountRoute, Person
from carteiro.api.account.schemas import AddFactor, Choices, MfaSettings, given
from carteiro.api.answers import account
from carteiro.api.answers.shapes import Members
from carteiro.api.router import ApiRouter
from carteiro.flows.account import second_factor, sessions
from carteiro.flows.account.sessions import Party, RevokedGrants

router = ApiRouter(
    tag="Account",
    route_class=AccountRoute,
    answers={
        "get_own_mfa_settings": account.MfaSpared,
        "change_own_mfa_settings": account.MfaSpared,
        "get_own_choices": account.OwnChoices,
        "change_own_choices": account.OwnChoices,
        "list_own_factors": list[Members],
        "list_own_sessions": account.SignedInSessions,
        "list_own_grants": account.AccountGrants,
    },
)


@router.get("/my-account/mfa-settings")
async def get_own_mfa_settings(person: Person) -> dict[str, Any]:
    """Whether the person is spared a second factor at sign-in."""
    return await second_factor.show_settings(person)


@router.patch("/my-account/mfa-settings")
async def change_own_mfa_settings(person: Person, body: MfaSettings) -> dict[str, Any]:
    """Be spared a second factor at sign-in, where the tenant lets people; needs a proof."""
    return await second_factor.change_settings(person, skips=body.skip_mfa_on_sign_in)


@router.get("/my-account/logto-configs")
async def get_own_choices(person: Person) -> dict[str, Any]:
    """What the person has decided about second factors and passkeys."""
    return await second_factor.show_choices(person)


@router.patch("/my-account/logto-configs")
async def change_own_choices(person: Person, body: Choices) -> dict[str, Any]:
    """Decide about second factors and passkeys; needs a proof of identity."""
    return await second_factor.decide(person, given(body))


@router.get("/my-account/mfa-verifications")
async def list_own_factors(person: Person) -> list[dict[str, Any]]:
    """Stored second factors. Email and phone are none of them: the policy makes them one."""
    return await second_factor.list_factors(person)


@router.post("/my-account/mfa-verifications", status_code=204, response_class=Response)
async def add_own_factor(person: Person, body: AddFactor) -> None:
    """No second factor is set up here: a code by mail needs nothing but the address."""
    await second_factor.add_factor(person, body.type)


@router.delete(
    "/my-account/mfa-verifications/{verificationId}", status_code=204, response_class=Response
)
async def remove_own_factor(person: Person, verificationId: str) -> None:
    """Take a stored second factor away; needs a proof of identity."""
    await second_factor.remove_factor(person, verificationId)


@router.get("/my-account/sessions")
async def list_own_sessions(person: Person) -> dict[str, Any]:
    """Where the person is signed in; needs a proof of identity."""
    return {"sessions": await sessions.list_sessions(person)}


@router.delete("/my-account/sessions/{sessionId}", status_code=204, response_class=Response)
async def end_own_session(
    person: Person,
    sessionId: str,
    revokeGrantsTarget: Literal["all", "firstParty"] | None = None,
) -> None:
    """Sign out there. What applications may do longer than that ends with `revokeGrantsTarget`."""
    revoked = None if revokeGrantsTarget is None else RevokedGrants(revokeGrantsTarget)
    await sessions.end_browser_session(person, sessionId, revoked)


@router.get("/my-account/grants")
async def list_own_grants(
    person: Person, appType: Literal["firstParty", "thirdParty"] | None = None
) -> dict[str, Any]:
    """Which applications the person let in; needs a proof of identity."""
    party = None if appType is None else Party(appType)
    return {"grants": await sessions.list_grants(person, party)}


@router.delete("/my-account/grants/{grantId}", status_code=204, response_class=Response)
async def end_own_grant(person: Person, grantId: str) -> None:
    """Take back what an application was granted: its tokens end."""
    await sessions.end_grant(person, grantId)
