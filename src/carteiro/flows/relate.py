"""Changing what goes with what: pairs come, go and are replaced, and that is put on record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic.alias_generators import to_camel

from carteiro.errors import (
    EntityNotFound,
    OrganizationRelationNotFound,
    RelationNotFound,
    UniqueViolation,
)
from carteiro.flows.announce import announce
from carteiro.flows.change import commit
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Transaction, Work
from carteiro.storage.people import relations
from carteiro.storage.people.relations import Parent, Relation

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs of a kind that one parent has, and how changing them is told.

    ``shown`` is what the children's ids are called on record.
    """

    tenant_id: str
    relation: Relation
    parent: Parent
    event: str
    shown: str


async def add(tx: Transaction, world: World, by: Actor, pairs: Pairs, ids: Collection[str]) -> None:
    """Add these, all or none; what is there stays. Raises as ``relations.add`` does."""
    added = await relations.add(tx, pairs.relation, pairs.tenant_id, pairs.parent, ids)
    await _announce(tx, world, by, pairs, [], added)


async def replace(
    tx: Transaction, world: World, by: Actor, pairs: Pairs, ids: Sequence[str]
) -> None:
    """Have exactly these. Raises as ``relations.add`` does; ``UniqueViolation`` for doubles."""
    removed = await relations.keep_only(tx, pairs.relation, pairs.tenant_id, pairs.parent, ids)
    added = await relations.add(tx, pairs.relation, pairs.tenant_id, pairs.parent, ids)
    if len(set(ids)) < len(ids):
        raise UniqueViolation
    await _announce(tx, world, by, pairs, removed, added)


async def remove(
    tx: Transaction,
    world: World,
    by: Actor,
    pairs: Pairs,
    id: str,  # noqa: A002 - the wire's name
) -> None:
    """Part one. Raises ``EntityNotFound`` where it is not there, whatever is missing."""
    if not await relations.remove(tx, pairs.relation, pairs.tenant_id, pairs.parent, id):
        raise EntityNotFound
    await _announce(tx, world, by, pairs, [id], [])


async def commit_in_organization(world: World, work: Work[T]) -> T:
    """Commit; whoever or whatever is named and does not exist is the organization's error."""
    try:
        return await commit(world, work)
    except RelationNotFound:
        raise OrganizationRelationNotFound from None


async def _announce(
    tx: Transaction,
    world: World,
    by: Actor,
    pairs: Pairs,
    removed: Sequence[str],
    added: Sequence[str],
) -> None:
    """Tell of the difference alone: a parent may have a million others."""
    await announce(
        tx,
        world,
        pairs.tenant_id,
        by,
        pairs.event,
        target={to_camel(column): value for column, value in pairs.parent.items()},
        before={pairs.shown: list(removed)},
        after={pairs.shown: list(added)},
    )
