"""Nothing is held of people that export and erasure do not know: every table, every column."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from carteiro.api.answers.people import PersonalData
from carteiro.storage.people.holdings import HOLDINGS, PERSON
from privacy_parts import NOBODYS

_PERSONAL = re.compile(r"user|account|email|phone|recipient|invite|inviter|person|address|ip\b")
_HARMLESS = {
    ("consent_user_scopes", "user_scope"): "the name of a claim",
    ("organization_jit_email_domains", "email_domain"): "a domain",
}


@pytest.fixture(scope="module")
def schema(migrated_file: Path) -> Mapping[str, set[str]]:
    """Every table with its columns."""
    connection = sqlite3.connect(migrated_file)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found = {
        name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
        for (name,) in tables
        if not name.startswith("sqlite_")
    }
    connection.close()
    return found


def test_every_table_is_a_persons_or_nobodys(schema: Mapping[str, set[str]]) -> None:
    held = {holding.table for holding in (PERSON, *HOLDINGS)}

    assert held | set(NOBODYS) == set(schema)
    assert not held & set(NOBODYS)


def test_every_column_of_what_is_held_is_shown_or_named(schema: Mapping[str, set[str]]) -> None:
    for holding in (PERSON, *HOLDINGS):
        known = {*holding.shown, *holding.withheld}

        assert known == schema[holding.table] - {"tenant_id"}, holding.table
        assert not set(holding.shown) & set(holding.withheld), holding.table


def test_what_is_nobodys_has_no_column_that_names_somebody(schema: Mapping[str, set[str]]) -> None:
    named = {
        (table, column) for table in NOBODYS for column in schema[table] if _PERSONAL.search(column)
    }

    assert named == set(_HARMLESS)


def test_the_document_that_is_described_is_the_one_that_is_made() -> None:
    assert list(PersonalData.__annotations__) == [one.name for one in (PERSON, *HOLDINGS)]


def test_nothing_secret_is_shown() -> None:
    secret = re.compile(r"hash|sealed|digest|salt|password_encrypted|stamps|secret")

    shown = {name for holding in (PERSON, *HOLDINGS) for name in holding.shown}

    assert not [name for name in shown if secret.search(name)]
