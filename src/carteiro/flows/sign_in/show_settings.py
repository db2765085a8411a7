"""Somebody who is not signed in yet asks how to: what the pages show, and in which words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.settings.experience_rules import Surroundings
from carteiro.directory.settings.public_experience import public_experience, with_looks
from carteiro.directory.settings.tenant_settings import SettingName, account_center_record
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.languages.phrases import built_in_texts, merged
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organizations
from carteiro.storage.people.organizations import OrganizationRow
from carteiro.storage.tenancy import applications, phrases
from carteiro.storage.tenancy.applications import ApplicationExperienceRow


@dataclass(frozen=True, slots=True)
class Phrases:
    """The texts of the pages in a language, the tenant's own among them."""

    language: str
    texts: Mapping[str, Any]


async def show_experience(
    world: World, tenant_id: str, *, application_id: str | None, organization_id: str | None
) -> dict[str, Any]:
    """How to sign in, in the look of the tenant, then the application, then the organization.

    From memory, unless one of the two is named. Raises ``UnknownTenant``.
    """
    workspace = await world.workspaces.of(tenant_id)
    shown = experience_of(workspace)
    if application_id is None and organization_id is None:
        return shown

    async def work(
        tx: Transaction,
    ) -> tuple[ApplicationExperienceRow | None, OrganizationRow | None]:
        own = None
        application = await applications.get(tx, tenant_id, application_id or "")
        if application is not None and not application.is_third_party:
            own = await applications.get_experience(tx, tenant_id, application.id)
        return own, await organizations.get(tx, tenant_id, organization_id or "")

    own, organization = await world.database.read(work)
    for row in (own, organization):
        if row is not None:
            look = {
                "color": json.loads(row.color),
                "branding": json.loads(row.branding),
                "customCss": row.custom_css,
            }
            shown = with_looks(shown, look)
    return shown


async def show_account_center(world: World, tenant_id: str) -> dict[str, Any]:
    """What people may do with their own account. Raises ``UnknownTenant``."""
    workspace = await world.workspaces.of(tenant_id)
    return account_center_record(tenant_id, workspace.settings.get(SettingName.ACCOUNT_CENTER))


async def show_phrases(
    world: World,
    tenant_id: str,
    *,
    wanted: str | None,
    locales: Sequence[str] = (),
    accept_language: str | None,
) -> Phrases:
    """The pages' texts in the language that the person gets, the tenant's in place of ours.

    Raises ``UnknownTenant``.
    """
    workspace = await world.workspaces.of(tenant_id)
    decision = negotiate(
        ui_locales=wanted,
        query_locales=tuple(locales),
        accept_language=accept_language,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )

    return Phrases(decision.tag, await texts_of(world, workspace, decision.tag))


async def texts_of(world: World, workspace: Workspace, tag: str) -> Mapping[str, Any]:
    """The pages' texts in one of the tenant's languages. Of the built-in ones from memory."""
    texts = built_in_texts(tag)
    if tag not in workspace.library.custom:
        return texts
    row = await world.database.read(lambda tx: phrases.get(tx, workspace.tenant_id, tag))
    return texts if row is None else merged(texts, json.loads(row.translation))


def experience_of(workspace: Workspace) -> dict[str, Any]:
    """How to sign in, in the tenant's own look."""
    return public_experience(
        workspace.experience,
        _around(workspace),
        is_development=workspace.tag == "development",
        captcha=workspace.settings.get(SettingName.CAPTCHA_PROVIDER),
    )


def _around(workspace: Workspace) -> Surroundings:
    return Surroundings(
        has_email=workspace.email is not None,
        has_sms=workspace.sms is not None,
        library=workspace.library,
    )
