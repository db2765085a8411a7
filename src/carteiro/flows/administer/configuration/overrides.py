"""The overrides of a configuration: by the ids of organizations and applications, which stay.

A configuration brings no organizations and no applications: what it says of one that the tenant
does not have is left out, and told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from carteiro import secrets as random
from carteiro.flows.administer.configuration.connectors import reserved_name
from carteiro.flows.administer.configuration.snapshot import Json, Snapshot
from carteiro.flows.administer.configuration.stored_overrides import (
    KINDS,
    OverrideKey,
    names_of,
    owner_of,
)
from carteiro.flows.administer.mail.overrides import begun
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organizations
from carteiro.storage.tenancy import applications, overrides
from carteiro.storage.tenancy.overrides import OverrideRow, OverrideTemplateRow, Owner, OwnerKind


async def without_strangers(
    tx: Transaction, tenant_id: str, before: Snapshot, wanted: Snapshot
) -> tuple[Snapshot, tuple[str, ...]]:
    """A configuration without overrides of whom the tenant does not have; a line for each.

    A connector that only those named, and that the tenant does not have either, is left out, too.
    """
    strangers = {
        key for key in sorted(wanted.owners) if not await _is_there(tx, tenant_id, owner_of(key))
    }
    if not strangers:
        return wanted, ()
    named = {key: str(one.get("connector")) for key, one in wanted.overrides.items()}
    kept = {name for key, name in named.items() if key not in strangers}
    lost = {name for key, name in named.items() if key in strangers} - kept
    gone = {name for name in lost - before.connectors.keys() if name.startswith(reserved_name(""))}
    known = replace(
        wanted,
        overrides={key: one for key, one in wanted.overrides.items() if key not in strangers},
        override_templates={
            key: one for key, one in wanted.override_templates.items() if key not in strangers
        },
        connectors={name: one for name, one in wanted.connectors.items() if name not in gone},
    )
    told = [
        f"There is no {KINDS[folder]} {id_} here: what overrides/{folder}/{id_} says is left out."
        for folder, id_ in sorted(strangers)
    ]
    return known, tuple(told)


async def _is_there(tx: Transaction, tenant_id: str, owner: Owner) -> bool:
    if owner.kind is OwnerKind.ORGANIZATION:
        return await organizations.get(tx, tenant_id, owner.id) is not None
    return await applications.get(tx, tenant_id, owner.id) is not None


@dataclass(frozen=True, slots=True)
class OverrideWriter:
    """Writes what differs, when the connectors are as they are to be."""

    tx: Transaction
    world: World
    tenant_id: str
    before: Snapshot = field(repr=False)
    after: Snapshot = field(repr=False)

    async def write(self) -> None:
        """All of it."""
        rows = {row.owner: row for row in await overrides.digest(self.tx, self.tenant_id)}
        for key in self.before.owners - self.after.owners:
            await overrides.delete(self.tx, self.tenant_id, rows[owner_of(key)].id)
        if not self.after.owners:
            return
        ids = await self._ids()
        for key in sorted(self.after.owners):
            owner = owner_of(key)
            row = rows.get(owner)
            row = row or await begun(self.tx, self.world, self.tenant_id, owner)
            await self._sender(row, self.after.overrides.get(key, {}), ids)
            await self._templates(row, key)

    async def _sender(self, row: OverrideRow, said: Json, ids: Mapping[str, str]) -> None:
        wanted = replace(
            row,
            connector_id=ids[said["connector"]] if said.get("connector") else None,
            from_name=said.get("fromName"),
            reply_to=said.get("replyTo"),
        )
        if wanted != row:
            await overrides.update(self.tx, wanted)

    async def _templates(self, row: OverrideRow, key: OverrideKey) -> None:
        before = self.before.override_templates.get(key, {})
        after = self.after.override_templates.get(key, {})
        if before == after:
            return
        stored = {
            (one.language_tag, one.template_type): one.id
            for one in await overrides.templates(self.tx, self.tenant_id, row.id)
        }
        for place in before.keys() - after.keys():
            await overrides.delete_template(self.tx, self.tenant_id, row.id, stored[place])
        for (tag, kind), details in after.items():
            if before.get((tag, kind)) != details:
                await overrides.put_template(
                    self.tx,
                    OverrideTemplateRow(
                        tenant_id=self.tenant_id,
                        id=random.standard_id(),
                        override_id=row.id,
                        language_tag=tag,
                        template_type=kind,
                        details=json.dumps(details, ensure_ascii=False),
                        created_at=self.world.clock.now(),
                    ),
                )

    async def _ids(self) -> dict[str, str]:
        """The connectors by the names of their files."""
        return {name: id_ for id_, name in (await names_of(self.tx, self.tenant_id)).items()}
