"""Whose templates are changed: the tenant's own, or those of an organization or an application."""

from __future__ import annotations

import json
from typing import Any

from carteiro.errors import InvalidRequestInput, RelationNotFound
from carteiro.flows.administer.mail.overrides import begun, no_such, target_of
from carteiro.flows.announce import announce
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.limits import MAX_TEMPLATES
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import overrides, templates, tenants
from carteiro.storage.tenancy.templates import NewTemplate, PlaceRow, TemplateRow, TemplateSet


async def begin(tx: Transaction, world: World, of: TemplateSet) -> None:
    """Have whoever's templates go live an override, and nobody else change it meanwhile.

    The tenant's own need none. Raises ``EntityNotFound`` where there is no such owner.
    """
    if of.owner is None:
        return
    await tenants.lock(tx, of.tenant_id)
    if await overrides.of(tx, of.tenant_id, of.owner) is None:
        await begun(tx, world, of.tenant_id, of.owner)


async def reserve(tx: Transaction, of: TemplateSet, new: NewTemplate, at: int) -> PlaceRow:
    """The place of a language and a type, locked. Raises ``EntityNotFound`` for no such owner."""
    try:
        return await templates.reserve(tx, of, new, at)
    except RelationNotFound:
        assert of.owner is not None
        raise no_such(of.owner) from None


async def require_room(tx: Transaction, of: TemplateSet) -> None:
    """Raises ``InvalidRequestInput`` where an owner has too many templates by now."""
    if of.owner is not None and await templates.count(tx, of) > MAX_TEMPLATES:
        raise InvalidRequestInput(f"An override has {MAX_TEMPLATES} templates at most.")


async def tell(
    tx: Transaction, world: World, of: TemplateSet, by: Actor, what: str, **members: Any
) -> None:
    """Announce that templates are ``Updated``, ``Deleted``, drafted."""
    name = f"EmailTemplate.{what}" if of.owner is None else f"MailOverride.Templates.{what}"
    target = None if of.owner is None else target_of(of.owner)
    await announce(tx, world, of.tenant_id, by, name, target=target, **members)


def name_of(row: TemplateRow | PlaceRow) -> str:
    """What the audit log calls a template."""
    return f"{row.language_tag}/{row.template_type}"


def words_of(row: TemplateRow) -> Any:
    """What a template says."""
    return json.loads(row.details)
