"""Tables that hold nothing but which rows go together, and the statements that all of them share.

Many pairs are written by one statement: their ids come as one list.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from carteiro.errors import RelationNotFound
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.storage.drivers.database import Question, Transaction
from carteiro.storage.drivers.statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A column that keeps the type of the child, so that a check lets in only the right ones."""

    column: str
    target: str
    """The table that knows the type."""
    only: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table of pairs: ``parent`` columns, which are given, and the ``child`` that goes with them.

    ``dated`` says that a pair knows since when it is there; ``longest`` is how long a child's id
    can be at most.
    """

    table: str
    parent: tuple[str, ...]
    child: str
    typed: Typed | None = None
    dated: bool = False
    longest: int = 21


_ROLE = Typed(column="role_type", target="organization_roles", only=MACHINE_TO_MACHINE)
ROLE_SCOPES = Relation(
    table="organization_role_scopes",
    parent=("organization_role_id",),
    child="organization_scope_id",
)
ROLE_RESOURCE_SCOPES = Relation(
    table="organization_role_resource_scopes",
    parent=("organization_role_id",),
    child="scope_id",
)
JIT_ROLES = Relation(
    table="organization_jit_roles",
    parent=("organization_id",),
    child="organization_role_id",
)
ORGANIZATION_APPLICATIONS = Relation(
    table="organization_applications",
    parent=("organization_id",),
    child="application_id",
    typed=Typed(column="application_type", target="applications", only=MACHINE_TO_MACHINE),
    dated=True,
)
APPLICATION_ROLES = Relation(
    table="organization_application_roles",
    parent=("organization_id", "application_id"),
    child="organization_role_id",
    typed=_ROLE,
)
CONSENT_ORGANIZATIONS = Relation(
    table="consent_organizations",
    parent=("application_id", "user_id"),
    child="organization_id",
)
CONSENT_ORGANIZATION_SCOPES = Relation(
    table="consent_organization_scopes",
    parent=("application_id",),
    child="organization_scope_id",
)
CONSENT_RESOURCE_SCOPES = Relation(
    table="consent_resource_scopes",
    parent=("application_id",),
    child="scope_id",
)
CONSENT_ORGANIZATION_RESOURCE_SCOPES = Relation(
    table="consent_organization_resource_scopes",
    parent=("application_id",),
    child="scope_id",
)
CONSENT_USER_SCOPES = Relation(
    table="consent_user_scopes",
    parent=("application_id",),
    child="user_scope",
    longest=64,
)
PEOPLE_OF_ROLE = Relation(
    table="user_roles",
    parent=("role_id",),
    child="user_id",
    typed=Typed(column="role_type", target="roles", only="User"),
)
APPLICATIONS_OF_ROLE = Relation(
    table="application_roles",
    parent=("role_id",),
    child="application_id",
    typed=Typed(column="role_type", target="roles", only=MACHINE_TO_MACHINE),
)

Parent = Mapping[str, str]
"""The parent's columns with their values."""


async def add(
    tx: Transaction,
    relation: Relation,
    tenant_id: str,
    parent: Parent,
    ids: Collection[str],
    *,
    now: int = 0,
) -> list[str]:
    """Have these go with the parent too; returns those that did not.

    Raises ``ConstraintViolated`` for one of the wrong type, else ``RelationNotFound`` for one that
    does not exist, as for a parent that does not. ``now`` is for pairs that know their time.
    """
    if any(len(one) > relation.longest for one in (*ids, *parent.values())):
        # No column holds such an id, so there is no row that has it.
        raise RelationNotFound
    arguments = {"now": now} if relation.dated else {}
    rows = await tx.all(_add(relation), tenant_id=tenant_id, **parent, **arguments, ids=listed(ids))
    return sorted(row["id"] for row in rows)


async def keep_only(
    tx: Transaction, relation: Relation, tenant_id: str, parent: Parent, ids: Collection[str]
) -> list[str]:
    """Part the parent from all but these; returns those that went."""
    rows = await tx.all(_keep_only(relation), tenant_id=tenant_id, **parent, ids=listed(ids))
    return sorted(row["id"] for row in rows)


async def remove(
    tx: Transaction,
    relation: Relation,
    tenant_id: str,
    parent: Parent,
    id: str,  # noqa: A002 - the wire's name
) -> bool:
    """Part one from the parent; false when it did not go with it."""
    return bool(await tx.all(_remove(relation), tenant_id=tenant_id, **parent, id=id))


async def held(tx: Transaction, relation: Relation, tenant_id: str, parent: Parent) -> list[str]:
    """The ids of all that go with the parent."""
    rows = await tx.all(_held(relation), tenant_id=tenant_id, **parent)
    return [row["id"] for row in rows]


def asked_held(relation: Relation, tenant_id: str, parent: Parent) -> Question:
    """What ``held`` asks, to be asked together with what else is needed."""
    return Question(_held(relation), {"tenant_id": tenant_id, **parent})


async def held_among(
    tx: Transaction, relation: Relation, tenant_id: str, parent: Parent, ids: Collection[str]
) -> set[str]:
    """Which of these go with the parent."""
    rows = await tx.all(_held_among(relation), tenant_id=tenant_id, **parent, ids=listed(ids))
    return {row["id"] for row in rows}


async def known(tx: Transaction, table: str, tenant_id: str, ids: Collection[str]) -> set[str]:
    """Which of these ids the rows of ``table`` have."""
    rows = await tx.all(_known(table), tenant_id=tenant_id, ids=listed(ids))
    return {row["id"] for row in rows}


def listed(ids: Collection[str]) -> str:
    """A list as ``listing`` has it, in order.

    Two units that write the same pairs then never wait for each other in a circle.
    """
    return json.dumps(sorted(set(ids)))


_IDS = "(SELECT json_array_elements_text(CAST(:ids AS JSON)) AS id) AS listed"
_IDS_SQLITE = "(SELECT value AS id FROM json_each(:ids)) AS listed"


def listing(name: str, text: str) -> Statement:
    """A statement with ``{ids}`` where it reads the list."""
    return Statement.of(name, text.format(ids=_IDS), sqlite=text.format(ids=_IDS_SQLITE))


def _where(relation: Relation) -> str:
    columns = ("tenant_id", *relation.parent)
    return " AND ".join(f"{column} = :{column}" for column in columns)


@cache
def _add(relation: Relation) -> Statement:
    """Every pair that is not there; all or none."""
    columns = ["tenant_id", *relation.parent]
    values = [f"CAST(:{column} AS VARCHAR)" for column in columns]
    columns.append(relation.child)
    values.append("listed.id")
    if typed := relation.typed:
        key = "listed.id" if typed.target != "roles" else f"CAST(:{relation.parent[0]} AS VARCHAR)"
        columns.append(typed.column)
        # A row that does not exist is not of the wrong type: the reference is what fails.
        values.append(
            f"COALESCE((SELECT type FROM {typed.target} AS target "  # noqa: S608 - fixed pieces
            f"WHERE target.tenant_id = CAST(:tenant_id AS VARCHAR) AND target.id = {key}), "
            f"'{typed.only}')"
        )
    if relation.dated:
        columns.append("created_at")
        values.append("CAST(:now AS BIGINT)")
    return listing(
        f"{relation.table}.add",
        f"INSERT INTO {relation.table} ({', '.join(columns)}) "  # noqa: S608 - fixed pieces
        f"SELECT {', '.join(values)} FROM {{ids}} WHERE TRUE "
        f"ON CONFLICT DO NOTHING RETURNING {relation.child} AS id",
    )


@cache
def _keep_only(relation: Relation) -> Statement:
    """No pair is left whose child is not listed."""
    return listing(
        f"{relation.table}.keep_only",
        f"DELETE FROM {relation.table} WHERE {_where(relation)} "  # noqa: S608 - fixed pieces
        f"AND {relation.child} NOT IN (SELECT listed.id FROM {{ids}}) "
        f"RETURNING {relation.child} AS id",
    )


@cache
def _remove(relation: Relation) -> Statement:
    """One pair less."""
    return listing(
        f"{relation.table}.remove",
        f"DELETE FROM {relation.table} WHERE {_where(relation)} "  # noqa: S608 - fixed pieces
        f"AND {relation.child} = :id RETURNING {relation.child} AS id",
    )


@cache
def _held(relation: Relation) -> Statement:
    """All that go with the parent, by id."""
    return listing(
        f"{relation.table}.held",
        f"SELECT {relation.child} AS id FROM {relation.table} "  # noqa: S608 - fixed pieces
        f"WHERE {_where(relation)} ORDER BY {relation.child}",
    )


@cache
def _held_among(relation: Relation) -> Statement:
    """Those of the list that go with the parent."""
    return listing(
        f"{relation.table}.held_among",
        f"SELECT {relation.child} AS id FROM {relation.table} "  # noqa: S608 - fixed pieces
        f"WHERE {_where(relation)} AND {relation.child} IN (SELECT listed.id FROM {{ids}})",
    )


@cache
def _known(table: str) -> Statement:
    """Those of the list that there are."""
    return listing(
        f"{table}.known",
        f"SELECT id FROM {table} "  # noqa: S608 - fixed pieces
        "WHERE tenant_id = :tenant_id AND id IN (SELECT listed.id FROM {ids})",
    )
