"""Rows of signing in are looked up by their keys, whatever a planner believes of their tables."""

from __future__ import annotations

import json
import pkgutil
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from carteiro import storage
from carteiro.storage.drivers.statements import STATEMENTS, Statement
from carteiro.storage.migrations.run import migrate
from carteiro.storage.people import visitors
from carteiro.storage.sign_in import ahead, interactions, sessions, tokens
from carteiro.storage.sign_in.tokens import TokenKind

from .test_storage import opened

_OTHERWISE = {"grants.of_bearer", "browser_sessions.of_bearer", "grants.end_of_client"}
"""What somebody has, by the key or by whose it is, and what is asked once for an application."""
_TOPICS = ("interactions.", "browser_sessions.", "grants.", "oidc_tokens.", "ahead.")
_T, _HASH = "acme", b"\x00"
_INDEX = re.compile(r"(?:using|Index Scan on) (\w+_\w+)")
_READS = re.compile(r"SCAN (?!held)|SEARCH .*(?<!held) USING INDEX \w+_by_end \(expires_at>")
"""What reads more than it looks for; ``held`` is a session's own list."""
_BY = {
    "browser_sessions.by_secret": {"browser_sessions_secret"},
    "browser_sessions.lock": {"browser_sessions_secret"},
    "browser_sessions.of_account": {"browser_sessions_by_account"},
    "grants.of_account": {"grants_by_account"},
    "grants.of_pair": {"grants_by_account"},
    "browser_sessions.end_others": {"browser_sessions_by_account"},
    "grants.end_others": {"grants_by_account"},
    "interactions.end_of_account": {"interactions_by_account"},
    "oidc_tokens.end_with_session": {"oidc_tokens_by_session"},
    "oidc_tokens.end_of_session_but": {"oidc_tokens_by_session"},
    "oidc_tokens.end_of_grant_but": {"oidc_tokens_by_grant"},
    **{
        f"{table}.discard": {f"{table}_by_end", f"{table}_pkey"}
        for table in ("browser_sessions", "grants", "interactions", "oidc_tokens")
    },
    "oidc_tokens.get": {"oidc_tokens_pkey", "browser_sessions_pkey"},
    "oidc_tokens.lock": {"oidc_tokens_pkey", "browser_sessions_pkey"},
    "ahead.person_of_session": {"browser_sessions_secret"},
    "ahead.person_of_interaction": {"interactions_pkey"},
    "ahead.person_of_token": {"oidc_tokens_pkey"},
    "ahead.grant_of_interaction": {"interactions_pkey", "grants_pkey"},
    "ahead.grant_of_token": {"oidc_tokens_pkey", "grants_pkey"},
    "ahead.grant_of_session": {"browser_sessions_secret", "grants_pkey"},
    "ahead.grant_of_session_there": {
        "browser_sessions_secret",
        "grants_pkey",
        "interactions_pkey",
    },
}
"""What goes by something else than the key of its own table, and by what; people are left out."""

_ALL_OF_A_TENANT = re.compile(
    r"SCAN (?!CONSTANT|\w+ VIRTUAL)|SEARCH .* \(tenant_id=\?\)( LEFT-JOIN)?$"
)
_ALL = {
    "listed, searched or counted": {
        "applications.list",
        "dkim_keys.count",
        "dkim_keys.list",
        "fallbacks.count_reserved",
        "fallbacks.list",
        "fallbacks.list_reserved",
        "hooks.count",
        "hooks.enabled",
        "hooks.list",
        "invitations.find",
        "one_time_tokens.count_found",
        "one_time_tokens.find",
        "organization_roles.count_found",
        "organization_roles.find",
        "organization_scopes.count_found",
        "organization_scopes.find",
        "organizations.count_found",
        "organizations.find",
        "overrides.count",
        "overrides.digest",
        "overrides.find",
        "overrides.repoint",
        "overrides.users_of",
        "phrases.list",
        "resources.count",
        "resources.list",
        "signing_keys.end_others",
        "signing_keys.list",
        "suppressions.count",
        "suppressions.list",
        "suppressions.total",
        "tenant_settings.list",
        "tenants.list",
        "users.reached",
    },
    "one or few in a tenant": {
        "connectors.list",
        "dkim_keys.signing",
        "experience.get",
        "fallbacks.create",
        "resources.clear_default",
        "resources.default",
        "roles.give_defaults",
    },
    "few in a deployment": {
        "health.revision",
        "keys.forget_holders",
        "keys.holders",
        "keys.is_begun",
        "keys.list",
        "processes.discard",
        "processes.list",
    },
    "what was found before": {
        "active_users.distinct",
        "consents.resource_scopes",
        "interactions.owner",
        "invitations.opened",
        "logs.naming",
    },
    "what waits, by an index of just that": {
        "messages.backlog",
        "messages.due",
        "messages.orphans",
        "templates.discard",
    },
    "of the deployment, by whoever watches or cleans": {
        "logs.discard",
        "messages.depth",
        "messages.discard",
        "one_time_tokens.discard",
        "signing_keys.discard",
        "suppressions.discard",
    },
    "when something big is deleted": {
        "grants.end_of_client",
        "hooks.delete",
        "limits.clear",
        "message_events.erase",
        "organizations.delete",
        "users.delete",
    },
    "of one page of invitations": {"invitations.all_roles"},
}
"""What SQLite reads from end to end, or all of a tenant, and why it may."""


def wanted(name: str) -> set[str]:
    return _BY.get(name) or {f"{name.partition('.')[0]}_pkey"}


def put_together() -> list[Statement]:
    """Statements that stand in no file."""
    asked = [
        ahead.grant_of_session(_T, _HASH, "app", 0),
        ahead.grant_of_session_there(_T, _HASH, "uid", 0),
        sessions.asked_lock(_T, _HASH, 0),
        tokens.asked_lock(_T, TokenKind.CODE, _HASH),
    ]
    found = [question.statement for question in asked]
    return [*(one for one in found if isinstance(one, Statement)), interactions._LOCK]


def statements() -> list[Statement]:
    named = [STATEMENTS[name] for name in STATEMENTS if name.startswith(_TOPICS)]
    found = [*named, *put_together()]
    return [one for one in found if "INSERT" not in one.sql and one.name not in _OTHERWISE]


@pytest.mark.parametrize("counted", ["never", "empty"])
async def test_postgresql_goes_by_the_key(database_url: str, counted: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite's planner is asked below")
    import asyncpg

    connection = await asyncpg.connect(database_url)
    if counted == "empty":
        await connection.execute("VACUUM ANALYZE")
    # An empty table that autovacuum has seen is read from end to end, there being no end.
    await connection.execute("SET enable_seqscan = off")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    plans = {}
    for number, statement in enumerate(statements()):
        await connection.execute(f"PREPARE p{number} AS {statement.numbered_from(1)}")
        nothing = ", ".join(["NULL"] * len(statement.arguments))
        plan = await connection.fetch(f"EXPLAIN EXECUTE p{number} ({nothing})")
        plans[statement.name] = "\n".join(row[0] for row in plan)
    await connection.close()
    used = {
        name: {index for index in _INDEX.findall(plan) if not index.startswith("users_")}
        for name, plan in plans.items()
    }
    assert used == {name: wanted(name) for name in plans}, plans


_PEOPLE = """
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES ('acme', 'Acme', 'production', 5, FALSE);
INSERT INTO users (tenant_id, id, primary_email, email_key, profile, identities, custom_data,
    logto_config, mfa_verifications, is_suspended, is_password_expired, created_at, updated_at)
SELECT 'acme', 'u' || n, 'p' || n || '@x.test', 'p' || n || '@x.test', '{}', '{}', '{}', '{}', '[]',
    FALSE, FALSE, n, n FROM generate_series(1, 200) AS n;
INSERT INTO interactions (tenant_id, uid, resume_hash, client_id, prompt, params, record, version,
    created_at, expires_at)
SELECT 'acme', who, who::bytea, 'app', 'login', '{}',
    '{"verificationRecords": [{"id": "proof", "key": "' || who || '@x.test"}]}', 0, 5, 9
FROM unnest(ARRAY['p1', 'p100', 'nobody']) AS who;
"""


def people_read(plan: Mapping[str, Any]) -> int:
    """How many rows of people a plan has read."""
    own = 0
    if plan.get("Relation Name") == "users":
        own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        own *= plan["Actual Loops"]
    return own + sum(people_read(part) for part in plan.get("Plans", ()))


@pytest.mark.parametrize("counted", [False, True])
async def test_postgresql_reads_as_many_people_for_nobody_as_for_somebody(
    database_url: str, *, counted: bool
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite reads people by their keys, which is held below")
    import asyncpg

    owner, read = visitors._OWNER, {}
    async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
        await pool.execute(_PEOPLE)
        if counted:
            await pool.execute("ANALYZE")
        async with pool.acquire() as connection:
            await connection.execute("SET plan_cache_mode = force_generic_plan")
            await connection.execute(f"PREPARE owner AS {owner.numbered_from(1)}")
            for who in ("p1", "p100", "nobody"):
                values = {"tenant_id": "acme", "uid": who, "proof_id": "proof"}
                given = ", ".join(f"'{values[name]}'" for name in owner.arguments)
                explained = f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE owner ({given})"
                (plan,) = json.loads(await connection.fetchval(explained))
                read[who] = people_read(plan["Plan"])

    # By their keys: one, or none. One after the other: all of them.
    assert read in ({"p1": 1, "p100": 1, "nobody": 0}, dict.fromkeys(read, 200))


async def test_sqlite_goes_by_the_key(database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL's planner is asked above")
    await (await opened(database_url)).close()
    connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
    plans = {}
    for statement in statements():
        nothing = [None] * len(statement.sqlite_arguments)
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", nothing).fetchall()
        plans[statement.name] = [row[3] for row in rows if row[3].startswith(("SCAN", "SEARCH"))]
    connection.close()
    read = {name: [step for step in plan if _READS.match(step)] for name, plan in plans.items()}
    assert read == {name: [] for name in plans}
    due = {name: plan for name, plan in plans.items() if name.endswith(".discard")}
    assert all(any("_by_end (expires_at<?)" in step for step in plan) for plan in due.values()), due


def all_statements() -> Mapping[str, Statement]:
    """Those that stand in files, and those that modules hold put together, for SQLite."""
    names = [one.name for one in pkgutil.walk_packages(storage.__path__, f"{storage.__name__}.")]
    ours = [name for name in names if not re.search(r"\.migrations|postgres", name)]
    modules = [import_module(name) for name in ours]
    held = [value for module in modules for value in vars(module).values()]
    return {**STATEMENTS, **{one.name: one for one in held if isinstance(one, Statement)}}


async def test_sqlite_reads_all_that_a_tenant_has_where_that_is_said_and_nowhere_else(
    migrated_file: Path,
) -> None:
    with closing(sqlite3.connect(migrated_file)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.create_function("carteiro_matches", 4, lambda *_: 0)
        read = {}
        for name, statement in all_statements().items():
            nothing = [None] * len(statement.sqlite_arguments)
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", nothing).fetchall()
            read[name] = [row[3] for row in plan if _ALL_OF_A_TENANT.match(row[3])]

    whole = {name: steps for name, steps in read.items() if steps}
    assert set(whole) == set().union(*_ALL.values()), whole


def test_sqlite_has_something_to_believe_of_each_index_and_a_second_time_writes_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "it.db"
    migrate(f"sqlite:///{path}")
    before = path.read_bytes()
    migrate(f"sqlite:///{path}")

    with closing(sqlite3.connect(path)) as connection:
        indexes = connection.execute(
            "SELECT indexes.name FROM sqlite_schema AS tables "
            "JOIN pragma_index_list(tables.name) AS indexes "
            "WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'"
        ).fetchall()
        believed = connection.execute("SELECT idx FROM sqlite_stat1").fetchall()
    assert sorted(indexes) == sorted(believed)
    assert path.read_bytes() == before
