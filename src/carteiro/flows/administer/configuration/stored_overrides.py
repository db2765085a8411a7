"""The overrides of a tenant as a configuration has them: by owner, with connectors by name."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from carteiro.flows.administer.configuration.connectors import further_name, reserved_name
from carteiro.model.owners import Owner, OwnerKind
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import connectors, fallbacks, overrides, templates

OverrideKey = tuple[str, str]
"""``organizations`` or ``applications``, and an id."""
Templates = Mapping[tuple[str, str], Mapping[str, Any]]
"""Details by language tag and type."""
KINDS = {"organizations": OwnerKind.ORGANIZATION, "applications": OwnerKind.APPLICATION}
_FOLDERS = {kind: folder for folder, kind in KINDS.items()}


def owner_of(key: OverrideKey) -> Owner:
    """Whose override stands under a key."""
    return Owner(KINDS[key[0]], key[1])


def _key(owner: Owner) -> OverrideKey:
    return _FOLDERS[owner.kind], owner.id


async def read_overrides(
    tx: Transaction, tenant_id: str
) -> tuple[dict[OverrideKey, Mapping[str, Any]], dict[OverrideKey, Templates]]:
    """The senders of those that have one, and the templates of those that have some."""
    rows = await overrides.digest(tx, tenant_id)
    if not rows:
        return {}, {}
    names = await names_of(tx, tenant_id)
    senders: dict[OverrideKey, Mapping[str, Any]] = {}
    for row in rows:
        said = {
            "connector": names.get(row.connector_id or ""),
            "fromName": row.from_name,
            "replyTo": row.reply_to,
        }
        given = {name: value for name, value in said.items() if value is not None}
        if given:
            senders[_key(row.owner)] = given
    words: defaultdict[OverrideKey, dict[tuple[str, str], Any]] = defaultdict(dict)
    for one in await templates.owned(tx, tenant_id):
        place = (one.language_tag, one.template_type)
        assert one.whose is not None
        words[_key(one.whose)][place] = json.loads(one.details)
    return senders, dict(words)


async def names_of(tx: Transaction, tenant_id: str) -> dict[str, str]:
    """The names of the files of the connectors, by id."""
    names = {row.id: row.type.lower() for row in await connectors.list_all(tx, tenant_id)}
    for position, row in enumerate(await fallbacks.list_all(tx, tenant_id), 1):
        names[row.id] = further_name(position)
    reserved = await fallbacks.list_reserved(tx, tenant_id, None)
    return {**names, **{row.id: reserved_name(row.id) for row in reserved.rows}}
