"""A database knows its keys: with others nothing is opened, and nothing is written."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from carteiro.errors import KeysDoNotFit
from carteiro.flows.administer.mail.connectors import delete_connector, list_connectors
from carteiro.flows.administer.mail.fallbacks import delete_fallback, list_fallbacks
from carteiro.flows.administer.tenant.hooks import delete_hook, list_hooks
from carteiro.flows.administer.tenant.settings import delete_captcha_provider
from carteiro.flows.operate.feedback import delete_feedback
from carteiro.flows.operate.keys.places import PLACES
from carteiro.runtime.databases import open_database
from carteiro.runtime.key_file import path_of
from carteiro.runtime.opening import open_world
from carteiro.secrets import Key, Keyring
from carteiro.settings import Settings, read_settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.tenancy import keys
from carteiro.storage.tenancy.keys import KnownKey
from key_parts import T, fill, key, read_all, with_keys

_FORGET = Statement.of("test.forget", "DELETE FROM secret_keys RETURNING id")
_FORGET_LOOKUP = Statement.of("test.forget_lookup", "DELETE FROM deployment_secrets RETURNING name")


async def known(settings: Settings) -> list[KnownKey]:
    database = await open_database(settings)
    try:
        return await database.read(keys.known)
    finally:
        await database.close()


async def as_before_fingerprints(settings: Settings) -> None:
    """A database as the migration leaves one that was used before it."""
    database = await open_database(settings)
    await database.write(lambda tx: tx.all(_FORGET))
    await database.write(lambda tx: tx.all(_FORGET_LOOKUP))
    await database.close()


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([key("other")], "sealed with the key mine, which is not configured; configured: other"),
        ([key("mine", "x")], "'mine' is not the one that this database knows"),
        ([key("other"), key("mine", "x")], "'mine' is not the one"),
    ],
)
async def test_other_keys_do_not_open_a_database(
    settings: Settings, entries: list[str], said: str
) -> None:
    async with open_world(with_keys(settings, key("mine"))) as world:
        await fill(world)
        before = await read_all(world)

    with pytest.raises(KeysDoNotFit, match=said):
        async with open_world(with_keys(settings, *entries)):
            pass

    assert [entry.id for entry in await known(settings)] == ["mine"]
    async with open_world(with_keys(settings, key("mine"))) as world:
        assert await read_all(world) == before


async def test_a_further_key_is_known_from_then_on_and_does_not_seal(settings: Settings) -> None:
    async with open_world(with_keys(settings, key("mine"))):
        pass
    async with open_world(with_keys(settings, key("fresh"), key("mine"))) as world:
        assert world.keyring.primary == "mine"

    states = {entry.id: entry.state for entry in await known(settings)}
    assert states == {"mine": "seals", "fresh": "opens"}
    with pytest.raises(KeysDoNotFit, match="'fresh' is not the one"):
        async with open_world(with_keys(settings, key("mine"), key("fresh", "z"))):
            pass


async def test_a_database_of_an_earlier_version_takes_the_keys_that_open_it(
    settings: Settings,
) -> None:
    # An earlier version found rows by a sub-key of the oldest key.
    one = with_keys(settings, key("mine"))
    database = await open_database(one)
    await database.write(lambda tx: tx.all(Statement.of("test.begin", _BEGIN)))
    await database.close()
    async with open_world(one) as world:
        await fill(world)
        before = await read_all(world)
    await as_before_fingerprints(settings)

    for wrong in (key("other"), key("mine", "x")):
        with pytest.raises(KeysDoNotFit):
            async with open_world(with_keys(settings, wrong)):
                pass
        assert await known(settings) == []
    async with open_world(with_keys(settings, key("fresh"), key("mine"))) as world:
        assert await read_all(world) == before
    assert {entry.id for entry in await known(settings)} == {"mine", "fresh"}


_BEGIN = (
    "INSERT INTO tenants (id, name, tag, created_at, is_suspended) "
    "VALUES ('default', 'My Project', 'development', 0, FALSE) RETURNING id"
)


async def test_of_two_that_start_at_once_with_other_keys_one_is_refused(
    settings: Settings,
) -> None:
    async def start(entry: str) -> str | None:
        try:
            async with open_world(with_keys(settings, entry)) as world:
                return world.keyring.primary
        except KeysDoNotFit:
            return None

    started = await asyncio.gather(start(key("one")), start(key("two")))

    [entry] = await known(settings)
    assert sorted(filter(None, started)) == [entry.id]


async def test_a_fingerprint_is_a_derived_key_and_no_hash_of_the_key(settings: Settings) -> None:
    async with open_world(with_keys(settings, key("mine"))):
        pass

    [entry] = await known(settings)
    # HKDF-SHA256 (RFC 5869) with one block, by hand.
    extracted = hmac.digest(b"carteiro", b"m" * 32, hashlib.sha256)
    assert entry.fingerprint == hmac.digest(extracted, b"fingerprint\x01", hashlib.sha256)


async def test_a_key_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    settings = read_settings({}, database_url=f"sqlite:///{tmp_path / 'c.db'}")
    async with open_world(settings) as world:
        await fill(world)
    file = path_of(settings)
    assert file is not None
    kept = file.read_text()
    file.unlink()

    with pytest.raises(KeysDoNotFit, match=r"carteiro\.key is gone"):
        async with open_world(settings):
            pass

    assert not file.exists()
    file.write_text(kept)
    async with open_world(settings) as world:
        await read_all(world)


def test_every_sealed_column_is_a_place(migrated_file: Path) -> None:
    with sqlite3.connect(migrated_file) as link:
        found = link.execute(
            "SELECT tables.name, columns.name FROM sqlite_master AS tables "
            "JOIN pragma_table_info(tables.name) AS columns "
            "WHERE tables.type = 'table' AND columns.name LIKE '%sealed%'"
        ).fetchall()
    link.close()

    assert sorted(found) == sorted((p.column.table, p.column.name) for p in PLACES)


async def test_what_no_key_opens_can_be_deleted_all_the_same(settings: Settings) -> None:
    async with open_world(with_keys(settings, key("mine"))) as world:
        await fill(world)
        [connector] = await list_connectors(world, T)
        [further] = await list_fallbacks(world, T)
        [hook] = (await list_hooks(world, T, None)).rows
        blind = replace(world, keyring=Keyring([Key("other", b"o" * 32)]))

        await delete_feedback(blind, T, connector.row.id)
        await delete_fallback(blind, T, further.row.id)
        await delete_hook(blind, T, hook.row.id)
        await delete_captcha_provider(blind, T)
        await delete_connector(blind, T, connector.row.id)

        left = [await list_connectors(world, T), await list_fallbacks(world, T)]
        assert left == [[], []]
        assert not (await list_hooks(world, T, None)).rows
