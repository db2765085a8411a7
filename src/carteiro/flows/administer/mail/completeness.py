"""An administrator asks what a language lacks, and is told or held back before it goes live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from carteiro.delivery.coverage import Coverage, coverage, found_for
from carteiro.delivery.workspaces.workspace import Workspace, source_of
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import InvalidRequestInput, LanguageIncomplete
from carteiro.flows.world import World
from carteiro.languages.spelling import canonical
from carteiro.model.kinds import TemplateType
from carteiro.model.message import TemplateSource
from carteiro.model.page import Page, Part
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import phrases, templates, tenant_settings
from carteiro.storage.tenancy.templates import TemplateSet
from carteiro.templates.choose import Found, TemplateIndex

MOST_READ = 4_000_000
"""Characters of templates that are read for one answer about several languages."""
LONGEST_LOOK = 10.0
"""Seconds after which such an answer leaves out what it has not looked at."""
_REFUSE = "refuse"
_LONG = 32_768
"""Characters of templates from which they are not judged within a unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What there is for a language, as it stands in the database."""

    found: Mapping[TemplateType, Found]
    sources: Mapping[str, TemplateSource]


@dataclass(frozen=True, slots=True)
class Looked:
    """A language of a tenant; ``coverage`` is ``None`` where looking would have taken too long."""

    language: str
    coverage: Coverage | None


async def completeness(world: World, tenant_id: str, language: str) -> Coverage:
    """Type by type, by the first connector where there is one that works."""
    workspace = await world.workspaces.of(tenant_id)
    fallback = workspace.fallback_language
    words = await world.database.read(lambda tx: _words(tx, tenant_id, language, fallback))
    # Long templates take their time, and others wait for this thread.
    return await world.long_looks(_judge, workspace, language, fallback, words)


async def completeness_of_all(world: World, tenant_id: str, page: Page) -> Part[Looked]:
    """The languages of a tenant by their tags: of its own texts, of its templates, the fallback.

    What the first ones take is no longer there for the others: these are told without an answer.
    """
    workspace = await world.workspaces.of(tenant_id)
    fallback = workspace.fallback_language
    part = await world.database.read(lambda tx: _words_of_all(tx, tenant_id, page, fallback))
    rows = await world.long_looks(_judge_all, workspace, fallback, part.rows, LONGEST_LOOK)
    return Part(rows, part.total)


async def _words_of_all(
    tx: Transaction, tenant_id: str, page: Page, fallback: str
) -> Part[tuple[str, _Words | None]]:
    keys = await templates.keys(tx, TemplateSet(tenant_id))
    index = TemplateIndex(key[:3] for key in keys)
    tags = {fallback, *await phrases.tags(tx, tenant_id), *(key[1] for key in keys)}
    languages = sorted({tag for tag in map(canonical, tags) if tag is not None})
    rows: list[tuple[str, _Words | None]] = []
    sources: dict[str, TemplateSource] = {}
    for language in languages[page.offset : page.offset + page.size]:
        read = sum(len(source.content) for source in sources.values())
        found = found_for(index, language, fallback)
        words = await _read(tx, tenant_id, found, sources) if read < MOST_READ else None
        rows.append((language, words))
    return Part(rows, len(languages))


def _judge_all(
    workspace: Workspace,
    fallback: str,
    rows: Sequence[tuple[str, _Words | None]],
    seconds: float,
) -> list[Looked]:
    end = monotonic() + seconds
    return [
        Looked(
            language,
            None
            if words is None or monotonic() > end
            else _judge(workspace, language, fallback, words),
        )
        for language, words in rows
    ]


async def _words(tx: Transaction, tenant_id: str, language: str, fallback: str) -> _Words:
    index = TemplateIndex(key[:3] for key in await templates.keys(tx, TemplateSet(tenant_id)))
    return await _read(tx, tenant_id, found_for(index, language, fallback), {})


async def _read(
    tx: Transaction,
    tenant_id: str,
    found: Mapping[TemplateType, Found],
    sources: dict[str, TemplateSource],
) -> _Words:
    """What was found with its contents; ``sources`` are those that have been read already."""
    for id_ in {one.id for one in found.values()} - sources.keys():
        row = await templates.get(tx, TemplateSet(tenant_id), id_)
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
    seen = await world.long_looks(_judge, workspace, language, fallback, words)
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
