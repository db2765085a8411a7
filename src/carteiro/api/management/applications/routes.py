"""`/api/applications`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Query, Request, Response

from carteiro.api.answers import people
from carteiro.api.answers.answer import Answer
from carteiro.api.answers.shapes import Members
from carteiro.api.management.applications.schemas import (
    ApplicationExperience,
    CreateApplication,
    NewSecret,
    RenamedSecret,
    UpdateApplication,
    secret_response,
)
from carteiro.api.pagination import MaybePaged, tell_total
from carteiro.api.preconditions import Shown
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.directory.applications import application_info, experience_info
from carteiro.errors import FeatureNotSupported, InvalidRequestInput, UseSamlApi
from carteiro.flows.administer.access import application_secrets as details
from carteiro.flows.administer.access import applications as flow
from carteiro.model.search import EVERYTHING, Condition, Search, SearchMode, ThingField
from carteiro.storage.tenancy.applications import ApplicationFilter

router = ApiRouter(
    tag="Applications",
    answers={
        "list_applications": list[people.Application],
        "create_application": people.Application,
        "get_application": people.Application,
        "update_application": people.Application,
        "merge_application_custom_data": Members,
        "get_application_experience": people.ApplicationLook,
        "put_application_experience": Answer(body=people.ApplicationLook, also="201"),
        "list_secrets": list[people.ApplicationSecret],
        "add_secret": people.ApplicationSecret,
        "rename_secret": people.ApplicationSecret,
    },
    shown={
        "merge_application_custom_data": Shown(by="get_application"),
    },
)
_TYPES_AT_MOST = 10


@router.get("/applications")
async def list_applications(
    caller: Caller,
    request: Request,
    response: Response,
    page: MaybePaged,
    *,
    types: Annotated[list[str] | None, Query()] = None,
    isThirdParty: str | None = None,
    search: str | None = None,
    excludeRoleId: str | None = None,
    excludeOrganizationId: str | None = None,
) -> list[dict[str, Any]]:
    """Applications, newest first. `search` is a pattern such as `%name%` over id and texts."""
    if excludeRoleId and excludeOrganizationId:
        raise InvalidRequestInput("Exclude a role or an organization, not both.")
    if types and len(types) > _TYPES_AT_MOST:
        raise InvalidRequestInput(f"At most {_TYPES_AT_MOST} types.")
    wanted = ApplicationFilter(
        types=types or (),
        is_third_party=None if isThirdParty is None else isThirdParty.lower() == "true",
        search=_pattern(search),
        exclude_role_id=excludeRoleId or None,
        exclude_organization_id=excludeOrganizationId or None,
    )
    found = await flow.find_applications(caller.world, caller.tenant_id, wanted, page)
    tell_total(request, response, page, found.total)
    return [application_info(row) for row in found.rows]


@router.post("/applications")
async def create_application(caller: Caller, body: CreateApplication) -> dict[str, Any]:
    """Register an application. One that can keep a secret gets a first one."""
    if body.type == "SAML":
        raise UseSamlApi
    _require_offered(body, body.type)
    row = await flow.register_application(
        caller.world, caller.tenant_id, body.columns(), by=caller.by
    )
    return application_info(row)


@router.get("/applications/{id}")
async def get_application(caller: Caller, id: str) -> dict[str, Any]:
    """One application, and whether it may manage."""
    row, is_admin = await flow.get_application(caller.world, caller.tenant_id, id)
    return {**application_info(row), "isAdmin": is_admin}


@router.patch("/applications/{id}")
async def update_application(caller: Caller, id: str, body: UpdateApplication) -> dict[str, Any]:
    """Change an application; JSON members are replaced as a whole."""
    _require_offered(body)
    row = await flow.update_application(
        caller.world,
        caller.tenant_id,
        id,
        body.columns(),
        is_admin=body.is_admin,
        by=caller.by,
    )
    return application_info(row)


@router.delete("/applications/{id}", status_code=204, response_class=Response)
async def delete_application(caller: Caller, id: str) -> None:
    """Delete an application with its secrets."""
    await flow.delete_application(caller.world, caller.tenant_id, id, by=caller.by)


@router.patch("/applications/{id}/custom-data")
async def merge_application_custom_data(
    caller: Caller, id: str, body: Annotated[dict[str, Any], Body()]
) -> dict[str, Any]:
    """Merge members into an application's custom data, one level deep."""
    return await flow.merge_custom_data(caller.world, caller.tenant_id, id, body, by=caller.by)


@router.get("/applications/{id}/sign-in-experience")
async def get_application_experience(caller: Caller, id: str) -> dict[str, Any]:
    """How an application's pages look."""
    return experience_info(await details.get_experience(caller.world, caller.tenant_id, id))


@router.put("/applications/{id}/sign-in-experience")
async def put_application_experience(
    caller: Caller, response: Response, id: str, body: ApplicationExperience
) -> dict[str, Any]:
    """Decide how an application's pages look; 201 the first time. Only given members change."""
    row, created = await details.put_experience(
        caller.world, caller.tenant_id, id, body.columns(), by=caller.by
    )
    response.status_code = 201 if created else 200
    return experience_info(row)


@router.get("/applications/{id}/secrets")
async def list_secrets(caller: Caller, id: str) -> list[dict[str, Any]]:
    """An application's secrets with their values, expired ones too."""
    secrets = await details.list_secrets(caller.world, caller.tenant_id, id)
    return [secret_response(caller.tenant_id, id, secret) for secret in secrets]


@router.post("/applications/{id}/secrets", status_code=201)
async def add_secret(caller: Caller, id: str, body: NewSecret) -> dict[str, Any]:
    """Give an application one more secret: any that has not expired opens."""
    secret = await details.add_secret(
        caller.world, caller.tenant_id, id, body.name, body.expires_at, by=caller.by
    )
    return secret_response(caller.tenant_id, id, secret)


@router.patch("/applications/{id}/secrets/{name}")
async def rename_secret(caller: Caller, id: str, name: str, body: RenamedSecret) -> dict[str, Any]:
    """Give a secret another name."""
    secret = await details.rename_secret(
        caller.world, caller.tenant_id, id, name, body.name, by=caller.by
    )
    return secret_response(caller.tenant_id, id, secret)


@router.delete("/applications/{id}/secrets/{name}", status_code=204, response_class=Response)
async def delete_secret(caller: Caller, id: str, name: str) -> None:
    """Let a secret open nothing any more."""
    await details.delete_secret(caller.world, caller.tenant_id, id, name, by=caller.by)


def _require_offered(body: UpdateApplication, type: str | None = None) -> None:
    """Refuse what would be stored and never work. Raises ``FeatureNotSupported``."""
    if type == "Protected":
        raise FeatureNotSupported("Protected applications are not offered here: nothing proxies.")
    if body.custom_client_metadata and body.custom_client_metadata.is_device_flow:
        raise FeatureNotSupported("The device flow (isDeviceFlow) is not offered here.")
    if body.app_level_access_control_enabled:
        raise FeatureNotSupported(
            "Access control of applications (appLevelAccessControlEnabled) is not offered here: "
            "everybody who signs in would get in."
        )


def _pattern(search: str | None) -> Search:
    if not search:
        return EVERYTHING
    return Search((Condition(tuple(ThingField), SearchMode.LIKE, (search,)),))
