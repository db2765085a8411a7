"""`/api/applications/:id/user-consent-scopes` and `…/users/:userId/consent-organizations`."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse

from carteiro.api.answers import access
from carteiro.api.answers.answer import Answer
from carteiro.api.management.consent.schemas import (
    AllOrganizationIds,
    NewConsentScopes,
    SomeOrganizationIds,
    scopes_response,
)
from carteiro.api.pagination import Paged, tell_total
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.directory.organizations import organization_info
from carteiro.flows.administer.access import consent_organizations as organizations
from carteiro.flows.administer.access import consent_scopes as scopes
from carteiro.flows.administer.access.consent_scopes import Kind

router = ApiRouter(
    tag="Applications",
    answers={
        "list_consent_scopes": access.ConsentScopes,
        "list_consent_organizations": access.ConsentOrganizations,
        "add_consent_scopes": Answer(is_plain=True),
        "add_consent_organizations": Answer(is_plain=True),
    },
)


async def _require_asked(caller: Caller, id: str, userId: str) -> None:
    await organizations.require_asked(caller.world, caller.tenant_id, id, userId)


_ASKED = [Depends(_require_asked)]
"""Asked before a page or a body is looked at."""


@router.get("/applications/{applicationId}/user-consent-scopes")
async def list_consent_scopes(caller: Caller, applicationId: str) -> dict[str, Any]:
    """What a third-party application may ask people for."""
    found = await scopes.list_scopes(caller.world, caller.tenant_id, applicationId)
    return scopes_response(found)


@router.post(
    "/applications/{applicationId}/user-consent-scopes", status_code=201, response_class=Response
)
async def add_consent_scopes(
    caller: Caller, applicationId: str, body: NewConsentScopes
) -> Response:
    """Let a third-party application ask people for more."""
    await scopes.add_scopes(
        caller.world, caller.tenant_id, applicationId, body.by_kind(), by=caller.by
    )
    return PlainTextResponse("Created", 201)


@router.delete(
    "/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}",
    status_code=204,
    response_class=Response,
)
async def remove_consent_scope(
    caller: Caller, applicationId: str, scopeType: Kind, scopeId: str
) -> None:
    """Let an application ask for a scope no more; of `user-scopes` the id is the name."""
    await scopes.remove_scope(
        caller.world, caller.tenant_id, applicationId, scopeType, scopeId, by=caller.by
    )


@router.get("/applications/{id}/users/{userId}/consent-organizations", dependencies=_ASKED)
async def list_consent_organizations(
    caller: Caller, request: Request, response: Response, page: Paged, id: str, userId: str
) -> dict[str, Any]:
    """The organizations that somebody let a third-party application into, newest first."""
    found = await organizations.find_organizations(caller.world, caller.tenant_id, id, userId, page)
    tell_total(request, response, page, found.total)
    return {"organizations": [organization_info(row) for row in found.rows]}


@router.post(
    "/applications/{id}/users/{userId}/consent-organizations",
    status_code=201,
    response_class=Response,
    dependencies=_ASKED,
)
async def add_consent_organizations(
    caller: Caller, id: str, userId: str, body: SomeOrganizationIds
) -> Response:
    """Let a third-party application into more of somebody's organizations."""
    await organizations.let_in(
        caller.world, caller.tenant_id, id, userId, body.organization_ids, by=caller.by
    )
    return PlainTextResponse("Created", 201)


@router.put(
    "/applications/{id}/users/{userId}/consent-organizations",
    status_code=204,
    response_class=Response,
    dependencies=_ASKED,
)
async def replace_consent_organizations(
    caller: Caller, id: str, userId: str, body: AllOrganizationIds
) -> None:
    """Let a third-party application into exactly these of somebody's organizations."""
    await organizations.let_in(
        caller.world,
        caller.tenant_id,
        id,
        userId,
        body.organization_ids,
        replacing=True,
        by=caller.by,
    )


@router.delete(
    "/applications/{id}/users/{userId}/consent-organizations/{organizationId}",
    status_code=204,
    response_class=Response,
    dependencies=_ASKED,
)
async def remove_consent_organization(
    caller: Caller, id: str, userId: str, organizationId: str
) -> None:
    """Shut a third-party application out of one of somebody's organizations."""
    await organizations.shut_out(
        caller.world, caller.tenant_id, id, userId, organizationId, by=caller.by
    )
