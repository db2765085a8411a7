"""An administrator adds a language of their own to the tenant's library, or takes it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carteiro import secrets
from carteiro.directory.settings.experience_record import record
from carteiro.errors import (
    CannotDeleteDefaultLanguage,
    EntityNotFound,
    InvalidTranslationStructure,
)
from carteiro.flows.administer.mail.completeness import look_ahead, require_complete
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.languages.phrases import misplaced, without_empty
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import experience, phrases
from carteiro.storage.tenancy.phrases import PhraseRow


async def list_phrases(world: World, tenant_id: str) -> list[PhraseRow]:
    """The tenant's own languages by tag."""
    return await world.database.read(lambda tx: phrases.list_all(tx, tenant_id))


async def get_phrases(world: World, tenant_id: str, tag: str) -> PhraseRow:
    """One language. Raises ``EntityNotFound``."""
    found = await world.database.read(lambda tx: phrases.get(tx, tenant_id, tag))
    return existing(found, EntityNotFound)


async def put_phrases(
    world: World,
    tenant_id: str,
    tag: str,
    translation: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> PhraseRow:
    """Add or replace a language; empty texts are left out.

    Raises ``InvalidTranslationStructure`` for what is no text of a page (``languages.phrases``),
    and ``LanguageIncomplete`` for a new language that the tenant does not want so.
    """
    texts = without_empty(translation)
    if (place := misplaced(texts)) is not None:
        raise InvalidTranslationStructure(f"No page has a text {'.'.join(place)!r}.")

    workspace = await world.workspaces.of(tenant_id)
    ahead = await look_ahead(world, tenant_id, tag)

    async def work(tx: Transaction) -> PhraseRow:
        before = await _texts(tx, tenant_id, tag)
        if before is None:
            await require_complete(tx, workspace, tag, ahead)
        row = await phrases.upsert(
            tx,
            tenant_id=tenant_id,
            id=secrets.standard_id(),
            language_tag=tag,
            translation=json.dumps(texts, ensure_ascii=False),
        )
        after = json.loads(row.translation)
        name = "CustomPhrase.Updated"
        await announce(tx, world, tenant_id, by, name, before=before, after=after, languageTag=tag)
        return row

    return await change(world, tenant_id, work)


async def delete_phrases(world: World, tenant_id: str, tag: str, *, by: Actor = OPERATOR) -> None:
    """Delete. Raises ``CannotDeleteDefaultLanguage`` or ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        settings = record(tenant_id, await experience.get(tx, tenant_id))
        if settings["languageInfo"]["fallbackLanguage"] == tag:
            raise CannotDeleteDefaultLanguage
        before = await _texts(tx, tenant_id, tag)
        if not await phrases.delete(tx, tenant_id, tag):
            raise EntityNotFound
        name = "CustomPhrase.Deleted"
        await announce(tx, world, tenant_id, by, name, before=before, languageTag=tag)

    await change(world, tenant_id, work)


async def _texts(tx: Transaction, tenant_id: str, tag: str) -> dict[str, Any] | None:
    row = await phrases.get(tx, tenant_id, tag)
    return None if row is None else json.loads(row.translation)
