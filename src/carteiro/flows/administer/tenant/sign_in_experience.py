"""An administrator decides how people sign in, in which languages, and how long codes live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carteiro.connectors.metadata import ConnectorType
from carteiro.directory.passwords.rules import password_issues, password_policy, personal_words
from carteiro.directory.settings.experience_record import record
from carteiro.directory.settings.experience_rules import Surroundings, accepted
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import InvalidRequestInput
from carteiro.flows.administer.mail.completeness import look_ahead, require_complete
from carteiro.flows.administer.people.users import get_user
from carteiro.flows.announce import announce
from carteiro.flows.change import change
from carteiro.flows.leaked_passwords import has_leaked
from carteiro.flows.world import World
from carteiro.languages.tags import LanguageLibrary
from carteiro.model.actor import OPERATOR, Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import users
from carteiro.storage.tenancy import connectors, experience, phrases, tenants


async def get_experience(world: World, tenant_id: str) -> dict[str, Any]:
    """The full record."""

    async def work(tx: Transaction) -> dict[str, Any]:
        return await experience.get(tx, tenant_id)

    return record(tenant_id, await world.database.read(work))


async def update_experience(
    world: World, tenant_id: str, changes: Mapping[str, Any], *, by: Actor = OPERATOR
) -> dict[str, Any]:
    """Replace the given fields, each as a whole; an empty change is no change.

    Raises the error of the first rule that the changes break (``directory.experience_rules``), and
    ``LanguageIncomplete`` for a fallback language that the tenant does not want so.
    """
    now = world.clock.now()
    workspace = await world.workspaces.of(tenant_id)
    wished = (changes.get("languageInfo") or {}).get("fallbackLanguage")
    ahead = await look_ahead(world, tenant_id, wished, fallback=wished) if wished else None

    async def work(tx: Transaction) -> dict[str, Any]:
        # Two changes at once, or a change and the deletion of a connector, follow one another.
        await tenants.lock(tx, tenant_id)
        stored = await experience.get(tx, tenant_id)
        if not changes:
            return stored
        around = await surroundings(tx, tenant_id)
        kept = accepted(changes, record(tenant_id, stored), around, now)
        merged = {**stored, **kept}
        language = record(tenant_id, merged)["languageInfo"]["fallbackLanguage"]
        if language != record(tenant_id, stored)["languageInfo"]["fallbackLanguage"]:
            await require_complete(tx, workspace, language, ahead, fallback=language)
        await experience.put(tx, tenant_id, json.dumps(merged, ensure_ascii=False))
        await announce(
            tx,
            world,
            tenant_id,
            by,
            "SignInExperience.Updated",
            before=record(tenant_id, stored),
            after=record(tenant_id, merged),
            fields=sorted(changes),
        )
        return merged

    return record(tenant_id, await change(world, tenant_id, work))


async def surroundings(tx: Transaction, tenant_id: str) -> Surroundings:
    """What the rules ask of the tenant beside the record."""
    kinds = {row.type for row in await connectors.list_all(tx, tenant_id)}
    return Surroundings(
        has_email=ConnectorType.EMAIL in kinds,
        has_sms=ConnectorType.SMS in kinds,
        library=LanguageLibrary(await phrases.tags(tx, tenant_id)),
        username_conflicts=await users.username_conflicts(tx, tenant_id),
    )


async def check_new_password(
    world: World, tenant_id: str, password: str, user_id: str | None
) -> list[dict[str, Any]]:
    """What is wrong with a password by the tenant's policy.

    Raises ``EntityNotFound``, or ``InvalidRequestInput`` where the policy asks whose it would be
    and nobody is named.
    """
    policy = password_policy((await get_experience(world, tenant_id))["passwordPolicy"])
    personal: list[str] = []
    if user_id is not None:
        person = await get_user(world, tenant_id, user_id)
        personal = personal_words(
            name=person.name,
            username=person.username,
            email=person.primary_email,
            phone=person.primary_phone,
        )
    elif policy.user_info:
        words = "User information data is required to check user information."
        raise InvalidRequestInput(words, data={"message": words})
    protection = (await world.workspaces.of(tenant_id)).settings.get(SettingName.PROTECTION)
    leaked = await has_leaked(world, policy, protection, password)
    return password_issues(password, policy, personal, leaked=leaked)
