"""Old data with two spellings of one mailbox migrates, on both databases."""

from __future__ import annotations

import asyncio
import unicodedata
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

import carteiro.storage.migrations as package
from carteiro.testing.postgres import PostgresServer

SCRIPTS = Path(package.__file__).parent
BEFORE = "0004"
NFC = "jörg@exämple.com"
NFD = unicodedata.normalize("NFD", NFC)
KEY = "jörg@xn--exmple-cua.com"
LONG = "a@" + ".".join(["".join(chr(0x4E00 + i * 977) for i in range(14))] * 4) + ".com"
"""Shorter than 128 characters, with a key that is longer."""
LONG_KEY = "a@" + LONG.removeprefix("a@").encode("idna").decode()
MANY = 2_500
"""More than are read at a time."""


def to_revision(link: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = link
    command.upgrade(config, revision)


def insert(link: Connection, table: str, **values: Any) -> None:
    columns = sa.inspect(link).get_columns(table)
    row = {column["name"]: _dull(column) for column in columns if not column["nullable"]}
    row |= {**({} if table == "tenants" else {"tenant_id": "acme"}), **values}
    made = sa.table(table, *(sa.column(name) for name in row))
    link.execute(made.insert().values(**row))


def _dull(column: Any) -> Any:
    kind = str(column["type"]).upper()
    if "BLOB" in kind or "BYTEA" in kind:
        return b"x"
    if "BOOL" in kind:
        return False
    return 1 if "INT" in kind else "{}"


def old_data(link: Connection) -> None:
    """Rows as they were written when an address was compared in lower case only."""
    insert(link, "tenants", id="acme", name="acme")
    people = [
        ("young", NFC, 9),
        ("old", NFD, 1),
        ("plain", "Ann@Example.com", 2),
        ("long", LONG, 3),
    ]
    for id_, address, at in people:
        insert(
            link,
            "users",
            id=id_,
            primary_email=address,
            email_key=address.lower(),
            created_at=at,
        )
    insert(link, "organizations", id="o", name="o")
    for number, address in enumerate((NFC, NFD)):
        insert(
            link,
            "organization_invitations",
            id=f"i{number}",
            invitee=address,
            invitee_key=address.lower(),
            organization_id="o",
            status="Pending",
            created_at=number,
        )
    insert(link, "one_time_tokens", id="t0", email=NFD, email_key=NFD, token_hash=b"t0")
    insert(link, "one_time_tokens", id="long", email=LONG, email_key=LONG, token_hash=b"long")
    row = dict(
        link.execute(sa.text("SELECT * FROM one_time_tokens WHERE id = 't0'")).mappings().one()
    )
    table = sa.table("one_time_tokens", *map(sa.column, row))
    copies = range(1, MANY)
    link.execute(
        table.insert(),
        [{**row, "id": f"t{copy}", "token_hash": b"t%d" % copy} for copy in copies],
    )
    for domain in ("Example.com", "example.com", "exämple.com"):
        insert(link, "organization_jit_email_domains", organization_id="o", email_domain=domain)


def keys(link: Connection, table: str, shown: str, column: str) -> dict[str, str]:
    rows = link.execute(sa.text(f"SELECT {shown}, {column} FROM {table}"))
    return {row[0]: row[1] for row in rows}


def prove(link: Connection) -> None:
    to_revision(link, BEFORE)
    old_data(link)

    to_revision(link, "head")

    assert keys(link, "users", "id", "email_key") == {
        "old": KEY,
        "young": NFC,
        "plain": "ann@example.com",
        "long": LONG_KEY,
    }
    assert len(LONG) < 128 < len(LONG_KEY)
    assert keys(link, "organization_invitations", "id", "invitee_key") == {"i0": KEY, "i1": NFD}
    tokens = keys(link, "one_time_tokens", "id", "email_key")
    assert tokens.pop("long") == LONG_KEY
    assert len(tokens) == MANY
    assert set(tokens.values()) == {KEY}
    assert keys(link, "organization_jit_email_domains", "email_domain", "domain_key") == {
        "Example.com": "Example.com",
        "example.com": "example.com",
        "exämple.com": "xn--exmple-cua.com",
    }


def test_on_sqlite(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as link:
        prove(link)
    engine.dispose()


def test_on_postgresql(postgres: PostgresServer) -> None:
    async def run() -> None:
        scheme, _, rest = postgres.dsn("spellings").partition("://")
        assert scheme in {"postgres", "postgresql"}
        engine = create_async_engine(f"postgresql+asyncpg://{rest}")
        async with engine.begin() as link:
            await link.run_sync(prove)
        await engine.dispose()

    asyncio.run(run())
