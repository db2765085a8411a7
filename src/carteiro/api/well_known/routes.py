"""`/api/.well-known`: how to sign in, for whoever is not signed in yet."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path, Query, Request, Response
from pydantic import Field

from carteiro.api.answers import tenant
from carteiro.api.answers.shapes import Members
from carteiro.api.context import Site
from carteiro.api.route import AnonymousRoute, Visitor
from carteiro.api.router import ApiRouter
from carteiro.flows.sign_in import show_settings as flow
from carteiro.model.did_you_mean import did_you_mean
from carteiro.model.wire import Wire

router = ApiRouter(
    tag="Well-known",
    prefix="/api/.well-known",
    route_class=AnonymousRoute,
    answers={
        "get_sign_in_experience": tenant.PublicSignInExperience,
        "get_phrases": Members,
        "get_account_center": tenant.AccountCenter,
        "get_endpoints": tenant.Endpoints,
        "did_you_mean": tenant.DidYouMean,
    },
)
TenantId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,21}$")]


@router.get("/sign-in-exp")
async def get_sign_in_experience(
    visitor: Visitor, organizationId: str | None = None, appId: str | None = None
) -> dict[str, Any]:
    """How to sign in, in the look of the application and the organization."""
    return await flow.show_experience(
        visitor.world, visitor.tenant_id, application_id=appId, organization_id=organizationId
    )


@router.get("/phrases")
async def get_phrases(
    visitor: Visitor,
    response: Response,
    lng: str | None = None,
    locale: Annotated[list[str] | None, Query()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """The texts of the pages, in the language that the visitor gets (`Content-Language`)."""
    found = await flow.show_phrases(
        visitor.world,
        visitor.tenant_id,
        wanted=lng,
        locales=locale or (),
        accept_language=accept_language,
    )
    response.headers["Content-Language"] = found.language
    return {"translation": dict(found.texts)}


@router.get("/endpoints/{tenantId}")
async def get_endpoints(request: Request, tenantId: TenantId) -> dict[str, str]:
    """Where people reach a tenant. Whether there is such a tenant is not said."""
    site: Site = request.app.state.site
    return {"user": f"{site.origin_of(tenantId)}/"}


class TypedAddress(Wire):
    """What somebody has typed where an address is asked for."""

    email: Annotated[str, Field(max_length=320)]


@router.post("/did-you-mean", name="did_you_mean")
async def ask_whether_meant(visitor: Visitor, body: TypedAddress) -> dict[str, str | None]:  # noqa: ARG001 - its tenant is there
    """The address that was most likely meant, where its domain looks misspelt; else `null`.

    To be asked and not decided: what was typed may be right. Nothing is looked up or kept.
    """
    return {"suggestion": did_you_mean(body.email)}


@router.get("/account-center")
async def get_account_center(visitor: Visitor) -> dict[str, Any]:
    """What people may see and change of their own account."""
    return await flow.show_account_center(visitor.world, visitor.tenant_id)
