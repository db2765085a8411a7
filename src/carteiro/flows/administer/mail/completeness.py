"""An administrator asks what a language lacks, and is told or held back before it goes live."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.delivery.coverage import Coverage, coverage, found_for
from carteiro.delivery.workspaces.workspace import Workspace, source_of
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import InvalidRequestInput, LanguageIncomplete
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.message import TemplateSource
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import templates, tenant_settings
from carteiro.templates.choose import Found, TemplateIndex

_REFUSE = "refuse"
_LONG = 32_768
"""Characters of templates from which they are not judged within a unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What there is for a language, as it stands in the database."""

    found: Mapping[TemplateType, Found]
    sources: Mapping[str, TemplateSource]


async def completeness(world: World, tenant_id: str, language: str) -> Coverage:
    """Type by type, by the first connector where there is one that works."""
    workspace = await world.workspaces.of(tenant_id)
    fallback = workspace.fallback_language
    words = await world.database.read(lambda tx: _words(tx, tenant_id, language, fallback))
    # Long templates take their time, and others wait for this thread.
    async with world.long_looks:
        return await asyncio.to_thread(_judge, workspace, language, fallback, words)


async def _words(tx: Transaction, tenant_id: str, language: str, fallback: str) -> _Words:
    index = TemplateIndex(key[:3] for key in await templates.keys(tx, tenant_id))
    found = found_for(index, language, fallback)
    sources = {}
    for id_ in {one.id for one in found.values()}:
        row = await templates.get(tx, tenant_id, id_)
        if row is not None:
            sources[id_] = source_of(row.details)
    there = {kind: one for kind, one in found.items() if one.id in sources}
    return _Words(found=there, sources=sources)


def _judge(workspace: Workspace, language: str, fallback: str, words: _Words) -> Coverage:
    return coverage(
        language,
        fallback=fallback,
        connector=workspace.email.connector if workspace.email else None,
        found=words.found,
        sources=words.sources,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen of a language before the unit in which it goes live, and in which words."""

    language: str
    fallback: str
    words: _Words
    seen: Coverage


async def look_ahead(
    world: World, tenant_id: str, language: str, *, fallback: str | None = None
) -> Look | None:
    """What ``require_complete`` is going to ask; ``None`` where the tenant does not want it asked.

    Long templates take their time: a unit of work that read them would hold up every other.
    """
    workspace = await world.workspaces.of(tenant_id)
    fallback = fallback or workspace.fallback_language
    if not _refuses(workspace.settings.get(SettingName.DELIVERY, {})):
        return None
    words = await world.database.read(lambda tx: _words(tx, tenant_id, language, fallback))
    async with world.long_looks:
        seen = await asyncio.to_thread(_judge, workspace, language, fallback, words)
    return Look(language=language, fallback=fallback, words=words, seen=seen)


async def require_complete(
    tx: Transaction,
    workspace: Workspace,
    language: str,
    ahead: Look | None,
    *,
    fallback: str | None = None,
) -> None:
    """Hold back a language that goes live in this unit, where the tenant says so.

    ``ahead`` is what was seen before the unit; what has changed since is judged again.
    ``fallback`` is the fallback language where it is about to change.
    Without a connector that works there is nothing to hold it against. Raises
    ``LanguageIncomplete``, and ``InvalidRequestInput`` where long templates have just changed.
    """
    row = await tenant_settings.get(tx, workspace.tenant_id, SettingName.DELIVERY)
    if row is None or not _refuses(row.value) or not _has_connector(workspace):
        return
    fallback = fallback or workspace.fallback_language
    words = await _words(tx, workspace.tenant_id, language, fallback)
    if ahead and (ahead.language, ahead.fallback, ahead.words) == (language, fallback, words):
        judged(ahead.seen, row.value)
        return
    if sum(len(source.content) for source in words.sources.values()) > _LONG:
        raise InvalidRequestInput("The templates of the language have just changed: try again.")
    judged(_judge(workspace, language, fallback, words), row.value)


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
