"""An administrator asks what a language lacks, and is told or held back before it goes live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.delivery.coverage import Coverage, coverage, found_for
from carteiro.delivery.workspaces.workspace import Workspace, source_of
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import LanguageIncomplete
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import templates, tenant_settings
from carteiro.templates.choose import TemplateIndex

_REFUSE = "refuse"


async def completeness(world: World, tenant_id: str, language: str) -> Coverage:
    """Type by type, by the first connector where there is one that works."""
    workspace = await world.workspaces.of(tenant_id)
    return await world.database.read(lambda tx: coverage_in(tx, workspace, language))


async def coverage_in(
    tx: Transaction, workspace: Workspace, language: str, *, fallback: str | None = None
) -> Coverage:
    """The same with the templates as they are in a unit; ``fallback`` may be about to change."""
    connector = workspace.email.connector if workspace.email else None
    fallback = fallback or workspace.fallback_language
    index = TemplateIndex(await templates.keys(tx, workspace.tenant_id))
    found = found_for(index, language, fallback)
    sources = {}
    for id_ in {one.id for one in found.values()}:
        row = await templates.get(tx, workspace.tenant_id, id_)
        assert row is not None
        sources[id_] = source_of(row.details)
    return coverage(language, fallback=fallback, connector=connector, found=found, sources=sources)


async def require_complete(
    tx: Transaction, workspace: Workspace, language: str, *, fallback: str | None = None
) -> None:
    """Hold back a language that goes live in this unit, where the tenant says so.

    Without a connector that works there is nothing to hold it against. Raises
    ``LanguageIncomplete``.
    """
    delivery = await tenant_settings.get(tx, workspace.tenant_id, SettingName.DELIVERY)
    if delivery is None or not _refuses(delivery.value) or not _has_connector(workspace):
        return
    judged(await coverage_in(tx, workspace, language, fallback=fallback), delivery.value)


def judged(seen: Coverage, delivery: Mapping[str, Any] | None) -> str | None:
    """What is to be said of a language that goes live, by the tenant's settings for delivery.

    Raises ``LanguageIncomplete`` where they want no such language.
    """
    if not seen.lacking:
        return None
    if _refuses(delivery or {}):
        types = [one.type for one in seen.lacking]
        raise LanguageIncomplete(seen.words, data={"languageTag": seen.language, "types": types})
    return seen.words


def _refuses(delivery: Mapping[str, Any]) -> bool:
    return delivery.get("incompleteLanguages") == _REFUSE


async def warning(world: World, tenant_id: str, language: str) -> str | None:
    """What is to be said of a language that is live by now, in ASCII; ``None`` for nothing."""
    if not _has_connector(await world.workspaces.of(tenant_id)):
        return None
    seen = await completeness(world, tenant_id, language)
    return seen.words if seen.lacking else None


def _has_connector(workspace: Workspace) -> bool:
    return workspace.email is not None and workspace.email.connector is not None
