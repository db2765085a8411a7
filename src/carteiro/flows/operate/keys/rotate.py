"""An operator replaces a key: the new one seals, what is sealed moves over, the old one goes.

Each step may be cut off anywhere and done again: which key seals is one row, every value is moved
on its own and only if it still is what was read, and a key is retired when nothing is left of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from carteiro.errors import KeyRefused, SealBroken
from carteiro.flows.operate.keys.holding import DEAD_AFTER, INTERVAL
from carteiro.flows.operate.keys.places import PLACES, Place, pages
from carteiro.flows.world import World
from carteiro.secrets import sealed_by
from carteiro.storage.drivers.database import Row, Transaction
from carteiro.storage.tenancy import keys, sealed
from carteiro.storage.tenancy.keys import HashedCodes, Holder, KeyState

_PASSES = 5
_LOOKS = 60
"""How often it is looked whether the others have followed: longer than a dead one is believed."""
_CODE_LIVES = 3_600_000
"""No policy lets a code live longer than an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """A key, whether it is configured, and how much is sealed or hashed with it."""

    id: str
    state: KeyState
    since: int
    is_configured: bool
    sealed: Mapping[str, int]
    codes: HashedCodes | None

    @property
    def total(self) -> int:
        """Values that need the key."""
        return sum(self.sealed.values()) + (self.codes.total if self.codes else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """What was moved to the key, by what it is called; and what opened with no key."""

    key_id: str
    moved: Mapping[str, int]
    unreadable: Mapping[str, int]


@dataclass(slots=True)
class _Pass:
    moved: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)


async def list_keys(world: World) -> list[KeyUse]:
    """The keys that the database knows, with everything that still needs them."""
    uses: dict[str, Counter[str]] = {}
    for place in PLACES:
        async for rows in pages(world.database, place):
            for row in rows:
                try:
                    id_ = sealed_by(bytes(row["sealed"]))
                except SealBroken:
                    continue
                uses.setdefault(id_, Counter())[place.noun] += 1
    since = world.clock.now() - _CODE_LIVES

    async def work(tx: Transaction) -> tuple[list[keys.KnownKey], list[HashedCodes]]:
        return await keys.known(tx), await keys.codes(tx, since)

    known, codes = await world.database.read(work)
    hashed = {entry.key_id: entry for entry in codes}
    return [
        KeyUse(
            id=key.id,
            state=key.state,
            since=key.since,
            is_configured=key.id in world.keyring.key_ids,
            sealed=uses.get(key.id, {}),
            codes=hashed.get(key.id),
        )
        for key in known
    ]


async def reseal(world: World) -> Resealed:
    """Seal with the newest configured key, here and in every process, and move everything to it.

    Raises ``KeyRefused``: a process that lives was started without that key.
    """
    newest = world.keyring.key_ids[0]
    await _let_seal(world, newest)
    world.keyring.use(sealing=newest)
    await _wait_for_others(world, newest)
    moved: Counter[str] = Counter()
    for _ in range(_PASSES):
        done = await _move_all(world, newest)
        moved += done.moved
        if not done.moved:
            break
    return Resealed(key_id=newest, moved=moved, unreadable=done.unreadable)


async def retire_key(world: World, key_id: str) -> None:
    """Need a key no more. Done already is done. Raises ``KeyRefused``, saying what needs it."""
    use = next((use for use in await list_keys(world) if use.id == key_id), None)
    if use is None:
        raise KeyRefused(f"This database knows no key {key_id!r}.")
    if use.state is KeyState.RETIRED:
        return
    if use.state is KeyState.SEALS:
        raise KeyRefused(
            f"The key {key_id!r} seals. Put another one first, and run: carteiro keys reseal"
        )
    if use.total:
        raise KeyRefused(f"The key {key_id!r} is still needed: {_needs(use)}.")
    now = world.clock.now()

    async def work(tx: Transaction) -> None:
        await keys.take_turn(tx)
        late = [h for h in await keys.holders(tx, now - DEAD_AFTER) if h.sealing == key_id]
        if late:
            raise KeyRefused(f"Still seal with {key_id!r}: {_named(late)}. Try again.")
        await keys.retire(tx, key_id, now)

    await world.database.write(work)


async def _let_seal(world: World, key_id: str) -> None:
    now = world.clock.now()

    async def work(tx: Transaction) -> None:
        await keys.take_turn(tx)
        holders = await keys.holders(tx, now - DEAD_AFTER)
        if without := [holder for holder in holders if key_id not in holder.key_ids]:
            raise KeyRefused(
                f"Started without the key {key_id!r}: {_named(without)}. Give it to every process, "
                "start them again, then reseal."
            )
        await keys.let_seal(tx, key_id, now)
        known = {key.id: key.state for key in await keys.known(tx)}
        if known.get(key_id) is not KeyState.SEALS:
            raise KeyRefused(f"The key {key_id!r} is retired: put another one first.")

    await world.database.write(work)


async def _wait_for_others(world: World, key_id: str) -> None:
    """Until all that live seal with the key: what they seal until then would be moved twice."""

    async def work(tx: Transaction) -> list[Holder]:
        return await keys.holders(tx, world.clock.now() - DEAD_AFTER)

    for _ in range(_LOOKS):
        if all(holder.sealing == key_id for holder in await world.database.read(work)):
            return
        await asyncio.sleep(INTERVAL / 4)


async def _move_all(world: World, key_id: str) -> _Pass:
    done = _Pass()
    for place in PLACES:
        async for rows in pages(world.database, place):
            fresh = [
                (row, again)
                for row in rows
                if (again := _again(world, place, row, key_id, done)) is not None
            ]
            if fresh:
                done.moved[place.noun] += await _swap(world, place, fresh)
    return done


def _again(world: World, place: Place, row: Row, key_id: str, done: _Pass) -> bytes | None:
    """The value under the key that seals; ``None`` where it is already, or opens with no key."""
    value, context = bytes(row["sealed"]), place.context(row)
    try:
        if sealed_by(value) == key_id:
            return None
        return world.keyring.seal(world.keyring.open(value, context), context)
    except SealBroken:
        done.unreadable[place.noun] += 1
        return None


async def _swap(world: World, place: Place, fresh: Sequence[tuple[Row, bytes]]) -> int:
    async def work(tx: Transaction) -> int:
        return sum([await sealed.swap(tx, place.column, row, again) for row, again in fresh])

    return await world.database.write(work)


def _needs(use: KeyUse) -> str:
    needs = [f"{count} {noun}" for noun, count in use.sealed.items()]
    if use.codes is not None:
        gone = datetime.fromtimestamp((use.codes.last_at + _CODE_LIVES) / 1000, UTC)
        needs.append(f"{use.codes.total} codes, the last of them until {gone:%H:%M:%S} UTC")
    return ", ".join(needs)


def _named(holders: Sequence[Holder]) -> str:
    return ", ".join(f"{holder.kind} {holder.pid} on {holder.host}" for holder in holders)
