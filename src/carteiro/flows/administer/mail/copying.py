"""An administrator starts a language from another one, or from the prebuilt mails."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.errors import EntityNotFound
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.kinds import TemplateType
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.templates import TemplateSet
from carteiro.templates import builtin


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was stored, what was there and stays, and what there was nothing to copy of."""

    stored: Sequence[TemplateType]
    kept: Sequence[TemplateType]
    without: Sequence[TemplateType]


async def copy_language(
    world: World,
    tenant_id: str,
    language: str,
    *,
    source: str | None,
    types: Sequence[TemplateType] = tuple(TemplateType),
    replace: bool = False,
    by: Actor = OPERATOR,
) -> Copied:
    """Store the templates of ``source``, a language of the tenant's, under another language.

    Without a ``source``, the prebuilt mails in the language nearest to this one, or in English.
    What is there already stays, unless it is to be replaced. Raises ``EntityNotFound`` where the
    source has none of the types.
    """
    found = _prebuilt(language) if source is None else await _own(world, tenant_id, source)
    wanted = [kind for kind in TemplateType if kind in types]
    drafts = [
        Draft(language_tag=language, template_type=kind, details=found[kind])
        for kind in wanted
        if kind in found
    ]
    if not drafts:
        raise EntityNotFound
    rows = await put_templates(world, tenant_id, drafts, unless_there=not replace, by=by)
    stored = {row.template_type for row in rows}
    return Copied(
        stored=[kind for kind in wanted if kind in stored],
        kept=[kind for kind in wanted if kind in found and kind not in stored],
        without=[kind for kind in wanted if kind not in found],
    )


def _prebuilt(language: str) -> Mapping[TemplateType, Mapping[str, Any]]:
    found = {kind: builtin.source(kind, language) for kind in TemplateType}
    return {
        kind: {
            "subject": one.subject,
            "content": one.content,
            "contentType": one.content_type.value,
        }
        for kind, one in found.items()
    }


async def _own(
    world: World, tenant_id: str, source: str
) -> Mapping[TemplateType, Mapping[str, Any]]:
    rows = await world.database.read(
        lambda tx: templates.list_all(tx, TemplateSet(tenant_id), language_tag=source)
    )
    return {TemplateType(row.template_type): json.loads(row.details) for row in rows}
