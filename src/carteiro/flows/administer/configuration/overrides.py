"""The overrides of a configuration: by the ids of organizations and applications, which stay.

A configuration brings no organizations and no applications: what it says of one that the tenant
does not have is left out, and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from carteiro.flows.administer.configuration.connectors import reserved_name
from carteiro.flows.administer.configuration.snapshot import Json, Snapshot
from carteiro.flows.administer.configuration.stored_overrides import (
    KINDS,
    names_of,
    owner_of,
)
from carteiro.flows.administer.configuration.writing import Writing, write_templates
from carteiro.flows.administer.mail.overrides import begun, ended
from carteiro.model.owners import Owner, OwnerKind
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organizations
from carteiro.storage.tenancy import applications, overrides
from carteiro.storage.tenancy.overrides import OverrideRow
from carteiro.storage.tenancy.templates import TemplateSet


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


class OverrideWriter(Writing):
    """Writes what differs, when the connectors are as they are to be."""

    async def write(self) -> None:
        """All of it."""
        rows = {row.owner: row for row in await overrides.digest(self.tx, self.tenant_id)}
        for key in self.before.owners - self.after.owners:
            await ended(self.tx, rows[owner_of(key)], self.publication)
        if not self.after.owners:
            return
        ids = await self._ids()
        for key in sorted(self.after.owners):
            owner = owner_of(key)
            row = rows.get(owner)
            row = row or await begun(self.tx, self.world, self.tenant_id, owner)
            await self._sender(row, self.after.overrides.get(key, {}), ids)
            of = TemplateSet(self.tenant_id, owner)
            had = self.before.override_templates.get(key, {})
            words = self.after.override_templates.get(key, {})
            await write_templates(self.tx, of, had, words, self.publication)

    async def _sender(self, row: OverrideRow, said: Json, ids: Mapping[str, str]) -> None:
        wanted = replace(
            row,
            connector_id=ids[said["connector"]] if said.get("connector") else None,
            from_name=said.get("fromName"),
            reply_to=said.get("replyTo"),
        )
        if wanted != row:
            await overrides.update(self.tx, wanted)

    async def _ids(self) -> dict[str, str]:
        """The connectors by the names of their files."""
        return {name: id_ for id_, name in (await names_of(self.tx, self.tenant_id)).items()}
