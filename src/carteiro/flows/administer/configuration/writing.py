"""What all that write a configuration are given, and how a set of templates is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from carteiro.flows.administer.configuration.snapshot import Snapshot
from carteiro.flows.administer.configuration.stored_overrides import Templates
from carteiro.flows.world import World
from carteiro.model.publication import Publication
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import templates
from carteiro.storage.tenancy.templates import NewTemplate, TemplateSet


@dataclass(frozen=True, slots=True)
class Writing:
    """A unit of work that makes a tenant's configuration ``after`` of what is there ``before``."""

    tx: Transaction
    world: World
    tenant_id: str
    before: Snapshot = field(repr=False)
    after: Snapshot = field(repr=False)
    publication: Publication


async def write_templates(
    tx: Transaction,
    of: TemplateSet,
    before: Templates,
    after: Templates,
    publication: Publication,
) -> None:
    """Publish what is another one in a set, and take away what is gone from it."""
    if before == after:
        return
    gone = before.keys() - after.keys()
    stored = {
        (row.language_tag, row.template_type): row for row in await templates.list_all(tx, of)
    }
    for place in gone & stored.keys():
        await templates.retract(tx, of, stored[place].id, publication)
    changed = [
        NewTemplate(
            language_tag=tag,
            template_type=kind,
            details=json.dumps(details, ensure_ascii=False),
        )
        for (tag, kind), details in after.items()
        if before.get((tag, kind)) != details
    ]
    await templates.publish(tx, of, changed, publication)
