"""Finding people by patterns: SQL made of fixed pieces; what is asked for is arguments only."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import Any

from carteiro.model.addresses import address_key
from carteiro.model.page import Page, Part
from carteiro.model.search import Condition, Search, SearchField, SearchMode
from carteiro.storage.drivers import row_counts
from carteiro.storage.drivers.conditions import compare, shape_of
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.users import COUNT, UserRow, row_of

COUNTED_AT_MOST = 10_001
"""How far a search is counted; the unfiltered list is counted exactly."""
_COLUMNS = {
    SearchField.ID: "id",
    SearchField.PRIMARY_EMAIL: "primary_email",
    SearchField.PRIMARY_PHONE: "primary_phone",
    SearchField.USERNAME: "username",
    SearchField.NAME: "name",
}
_LOWERED = {
    **{field: f"lower({column})" for field, column in _COLUMNS.items()},
    SearchField.ID: "id",
    SearchField.PRIMARY_EMAIL: "email_key",
    SearchField.PRIMARY_PHONE: "primary_phone",
    SearchField.USERNAME: "username_lower",
}
"""What is compared when case does not count: ids, numbers, and what is stored in lower case."""


async def find(tx: Transaction, tenant_id: str, search: Search, page: Page) -> Part[UserRow]:
    """A page of those who match, newest first, with how many they are.

    Raises ``InvalidRequestInput`` for a pattern that the database cannot read.
    """
    shape, values = _shape(search)
    arguments = {"tenant_id": tenant_id, **values}
    rows = await tx.all(_page_of(shape), **arguments, page_size=page.size, page_offset=page.offset)
    people = [row_of(row) for row in rows]
    if search.finds_everybody:
        return Part(people, await row_counts.read(tx, tenant_id, COUNT))
    if page.number == 1 and len(people) < page.size:
        return Part(people, len(people))
    counted = await tx.one(_count_of(shape), **arguments, counted_at_most=COUNTED_AT_MOST)
    assert counted is not None
    total: int = counted["total"]
    return Part(people, total, capped=total == COUNTED_AT_MOST)


def _shape(search: Search) -> tuple[Search, dict[str, Any]]:
    """The search with the names of arguments in place of values, and the values."""
    shape, values = shape_of(search, folded=_folded, kind=_kind)
    if search.role_id is not None:
        values["role_id"] = search.role_id
        shape = replace(shape, role_id="given")
    if search.exclude_role_id is not None:
        values["exclude_role_id"] = search.exclude_role_id
        shape = replace(shape, exclude_role_id="given")
    if search.exclude_organization_id is not None:
        values["exclude_organization_id"] = search.exclude_organization_id
        shape = replace(shape, exclude_organization_id="given")
    return shape, values


def _kind(value: str) -> str:
    """What an argument is called: one beyond ASCII may be part of a domain that keys spell out."""
    return "value" if value.isascii() else "wide"


def _folded(mode: SearchMode, value: str) -> str:
    """What is looked for as keys have it: an address in its one spelling, else in lower case."""
    if "@" not in value or mode not in {SearchMode.EXACT, SearchMode.LIKE}:
        return unicodedata.normalize("NFC", value.lower())
    inner = value.strip("%") if mode is SearchMode.LIKE else value
    before, _, after = value.partition(inner)
    return f"{before}{address_key(inner)}{after}"


@lru_cache(maxsize=256)
def _page_of(shape: Search) -> Statement:
    return _statement(
        "users.search",
        shape,
        "SELECT * FROM users WHERE {0} ORDER BY created_at DESC, id "
        "LIMIT :page_size OFFSET :page_offset",
    )


@lru_cache(maxsize=256)
def _count_of(shape: Search) -> Statement:
    return _statement(
        "users.count_found",
        shape,
        "SELECT COUNT(*) AS total FROM "
        "(SELECT 1 FROM users WHERE {0} LIMIT :counted_at_most) AS found",
    )


def _statement(name: str, shape: Search, text: str) -> Statement:
    return Statement.of(
        name,
        text.format(_where(shape, sqlite=False)),
        sqlite=text.format(_where(shape, sqlite=True)),
    )


def _where(shape: Search, *, sqlite: bool) -> str:
    parts = ["tenant_id = :tenant_id"]
    if shape.conditions:
        wanted = [
            _condition(condition, shape.case_sensitive, sqlite=sqlite)
            for condition in shape.conditions
        ]
        parts.append("(" + f" {shape.joint.upper()} ".join(wanted) + ")")
    if shape.role_id:
        parts.append(
            "EXISTS (SELECT 1 FROM user_roles WHERE user_roles.tenant_id = users.tenant_id "
            "AND user_roles.user_id = users.id AND user_roles.role_id = :role_id)"
        )
    if shape.exclude_role_id:
        parts.append(
            "NOT EXISTS (SELECT 1 FROM user_roles WHERE user_roles.tenant_id = users.tenant_id "
            "AND user_roles.user_id = users.id AND user_roles.role_id = :exclude_role_id)"
        )
    if shape.exclude_organization_id:
        parts.append(
            "NOT EXISTS (SELECT 1 FROM organization_users "
            "WHERE organization_users.tenant_id = users.tenant_id "
            "AND organization_users.user_id = users.id "
            "AND organization_users.organization_id = :exclude_organization_id)"
        )
    return " AND ".join(parts)


def _condition(condition: Condition, case_sensitive: bool, *, sqlite: bool) -> str:
    ways = [
        _match(condition.mode, SearchField(field), value, case_sensitive, sqlite=sqlite)
        for field in condition.fields
        for value in condition.values
    ]
    return "(" + " OR ".join(ways) + ")"


def _match(
    mode: SearchMode, field: SearchField, value: str, case_sensitive: bool, *, sqlite: bool
) -> str:
    wide = field is SearchField.PRIMARY_EMAIL and value.startswith("wide")
    if wide and not case_sensitive:
        ways = [
            compare(mode, column, value, case_sensitive, sqlite=sqlite)
            for column in ("email_key", "lower(primary_email)")
        ]
        return f"({' OR '.join(ways)})"
    if sqlite and mode is not SearchMode.EXACT and not case_sensitive:
        column = "email_key" if field is SearchField.PRIMARY_EMAIL else _COLUMNS[field]
        return compare(mode, column, value, case_sensitive, sqlite=sqlite)
    if case_sensitive and mode is SearchMode.LIKE and not sqlite and not wide:
        # The first condition has an index, the second is the one that is meant.
        near = f"{_LOWERED[field]} LIKE lower(CAST(:{value} AS VARCHAR))"
        exactly = compare(mode, _COLUMNS[field], value, case_sensitive, sqlite=sqlite)
        return f"({near} AND {exactly})"
    column = (_COLUMNS if case_sensitive else _LOWERED)[field]
    return compare(mode, column, value, case_sensitive, sqlite=sqlite)
