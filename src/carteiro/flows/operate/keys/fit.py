"""Whether the configured keys are the database's: asked by every root before it does anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carteiro import secrets
from carteiro.errors import KeysDoNotFit, SealBroken
from carteiro.flows.operate.keys.places import LOOKUP, PLACES, Place, deployment_context
from carteiro.secrets import Keyring, same, sealed_by
from carteiro.storage.drivers.database import Database, Row, Transaction
from carteiro.storage.tenancy import keys, sealed
from carteiro.storage.tenancy.keys import KeyState, KnownKey

_NEEDED = frozenset({KeyState.SEALS, KeyState.SEALED})
_LOOKED_AT = 500
"""Values of a place that are looked at to know the keys of a database that has no fingerprint."""


@dataclass(frozen=True, slots=True)
class _Stored:
    known: Sequence[KnownKey]
    lookup: bytes | None


async def fit_keys(database: Database, keyring: Keyring, now: int, *, learn: bool = True) -> None:
    """Have the keyring seal and look up as this database does.

    A database that knows no key yet takes these, if they open what is sealed in it; a further key
    is known from now on. Without ``learn`` nothing is written. Raises ``KeysDoNotFit``.
    """
    stored = await database.read(_stored)
    if not stored.known:
        await require_opening(database, keyring)
        if not learn:
            return
        await _adopt(database, keyring, now)
        stored = await database.read(_stored)
    require_fit(stored.known, keyring)
    [sealing] = [key.id for key in stored.known if key.state is KeyState.SEALS]
    keyring.use(sealing=sealing, lookup_key=_open_lookup(keyring, stored.lookup))
    if learn:
        met = {key.id for key in stored.known}
        for id_ in keyring.key_ids:
            if id_ not in met:
                print_ = keyring.fingerprint(id_)
                await database.apply(keys.know(id_, print_, KeyState.OPENS, now))


async def has_keys(database: Database) -> bool:
    """Whether something is sealed in the database, or keys are on record for it."""
    if (await database.read(_stored)).known:
        return True
    for place in PLACES:
        if await _some(database, place, 1):
            return True
    return False


async def require_opening(database: Database, keyring: Keyring) -> None:
    """The keys open what is there: each key that sealed something is configured, and is the one."""
    opened: dict[str, bool] = {}
    for place in PLACES:
        for row in await _some(database, place, _LOOKED_AT):
            value = bytes(row["sealed"])
            try:
                id_ = sealed_by(value)
            except SealBroken:
                continue  # a damaged value says nothing of the keys
            opened[id_] = opened.get(id_, False) or _opens(keyring, value, place.context(row))
    missing = [id_ for id_ in opened if id_ not in keyring.key_ids]
    if missing:
        raise _lacking(missing, keyring.key_ids)
    if wrong := [id_ for id_, right in opened.items() if not right]:
        raise KeysDoNotFit(f"The configured key {wrong[0]!r} does not open this database.")


def require_fit(known: Sequence[KnownKey], keyring: Keyring) -> None:
    """Every key that sealed is there, and each is what its name says. Raises ``KeysDoNotFit``."""
    configured = keyring.key_ids
    for key in known:
        if key.id in configured and not same(key.fingerprint, keyring.fingerprint(key.id)):
            raise KeysDoNotFit(
                f"The configured key {key.id!r} is not the one that this database knows by that "
                "name."
            )
    missing = [key.id for key in known if key.state in _NEEDED and key.id not in configured]
    if missing:
        raise _lacking(missing, configured)


def _lacking(missing: Sequence[str], configured: Sequence[str]) -> KeysDoNotFit:
    plural = len(missing) > 1
    return KeysDoNotFit(
        f"This database is sealed with the key{'s' * plural} {', '.join(missing)}, which "
        f"{'are' if plural else 'is'} not configured; configured: {', '.join(configured)}."
    )


async def _stored(tx: Transaction) -> _Stored:
    return _Stored(await keys.known(tx), await keys.secret(tx, LOOKUP))


def _open_lookup(keyring: Keyring, value: bytes | None) -> bytes:
    try:
        return keyring.open(value or b"", deployment_context(LOOKUP))
    except SealBroken as error:
        raise KeysDoNotFit("The configured keys do not open this database's own key.") from error


async def _some(database: Database, place: Place, most: int) -> list[Row]:
    rows = await database.read(lambda tx: sealed.some(tx, place.column, most))
    return [row for row in rows if row["sealed"] is not None]


def _opens(keyring: Keyring, value: bytes, context: str) -> bool:
    try:
        keyring.open(value, context)
    except SealBroken:
        return False
    return True


async def _adopt(database: Database, keyring: Keyring, now: int) -> None:
    """These are the database's keys from now on; of several that come at once, the first ones are.

    Where rows are found already by the hashes of the oldest key, they go on to be.
    """

    async def work(tx: Transaction) -> None:
        lookup = keyring.first_lookup_key if await keys.is_begun(tx) else secrets.lookup_key()
        calls = [keys.keep_secret(LOOKUP, keyring.seal(lookup, deployment_context(LOOKUP)))]
        for id_ in keyring.key_ids:
            state = KeyState.SEALS if id_ == keyring.primary else KeyState.SEALED
            calls.append(keys.know(id_, keyring.fingerprint(id_), state, now))
        await tx.put(*calls)

    await database.write(work)
