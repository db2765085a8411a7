"""An administrator decides how people sign in, in which languages, and how long codes live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carteiro.directory.sign_in_experience import record
from carteiro.errors import InvalidRequestInput, UnsupportedDefaultLanguage
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.world import World
from carteiro.languages.tags import LanguageLibrary
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage import experience, phrases, tenants
from carteiro.storage.database import Transaction


async def get_experience(world: World, tenant_id: str) -> dict[str, Any]:
    """The full record."""

    async def work(tx: Transaction) -> dict[str, Any]:
        return await experience.get(tx, tenant_id)

    return record(tenant_id, await world.database.read(work))


async def update_experience(
    world: World, tenant_id: str, changes: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Replace the given fields, each as a whole; an empty change is no change.

    Raises ``UnsupportedDefaultLanguage``, or ``InvalidRequestInput`` for what only a hosted
    service offers.
    """
    if changes.get("hideLogtoBranding"):
        raise InvalidRequestInput("The branding cannot be hidden in a self-hosted deployment.")
    if (changes.get("emailBlocklistPolicy") or {}).get("blockDisposableAddresses"):
        raise InvalidRequestInput("Disposable addresses cannot be looked up in this deployment.")

    async def work(tx: Transaction) -> dict[str, Any]:
        if "languageInfo" in changes:
            tag = changes["languageInfo"]["fallbackLanguage"]
            if not LanguageLibrary(await phrases.tags(tx, tenant_id)).has(tag):
                raise UnsupportedDefaultLanguage
        await tenants.lock(tx, tenant_id)
        stored = await experience.get(tx, tenant_id)
        if not changes:
            return stored
        merged = {**stored, **changes}
        await experience.put(tx, tenant_id, json.dumps(merged, ensure_ascii=False))
        await announce(tx, world, tenant_id, by, "SignInExperience.Updated", fields=sorted(changes))
        return merged

    return record(tenant_id, await change(world, tenant_id, work))
