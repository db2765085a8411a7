"""Which keys a database knows, what it keeps under them, and which processes hold them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum

from carteiro.storage.drivers.database import Call, Transaction


class KeyState(StrEnum):
    """What a key is to a database."""

    OPENS = "opens"
    """It is configured and has not sealed anything yet."""
    SEALS = "seals"
    """It seals; there is one."""
    SEALED = "sealed"
    """It sealed, and what it sealed may still be there."""
    RETIRED = "retired"
    """Nothing is sealed with it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key as the database knows it: never the key itself."""

    id: str
    fingerprint: bytes = field(repr=False)
    state: KeyState
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that lives long, the ids of its keys and the one it seals with."""

    id: str
    kind: str
    host: str
    pid: int
    key_ids: tuple[str, ...]
    sealing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedCodes:
    """Codes that were hashed with one key, and when the last one was."""

    key_id: str
    total: int
    last_at: int


async def known(tx: Transaction) -> list[KnownKey]:
    """The keys that this database knows, in the order in which it met them."""
    return [
        KnownKey(
            id=row["id"],
            fingerprint=bytes(row["fingerprint"]),
            state=KeyState(row["state"]),
            since=row["since"],
        )
        for row in await tx.all("keys.list")
    ]


def know(id: str, fingerprint: bytes, state: KeyState, now: int) -> Call:  # noqa: A002 - the column's name
    """A key is known from now on; one that is known already stays as it is."""
    arguments = {"id": id, "fingerprint": fingerprint, "state": state, "now": now}
    return Call("keys.know", arguments)


async def take_turn(tx: Transaction) -> None:
    """Go after everybody else who changes which key seals, or begins to hold keys."""
    await tx.run("keys.take_turn")


async def let_seal(tx: Transaction, id: str, now: int) -> None:  # noqa: A002 - the column's name
    """Seal with this key from now on; a retired one stays retired."""
    await tx.run("keys.step_back", id=id, now=now)
    await tx.run("keys.step_forward", id=id, now=now)


async def retire(tx: Transaction, id: str, now: int) -> bool:  # noqa: A002 - the column's name
    """Nothing is sealed with a key any more: false for one that seals or is unknown."""
    return bool(await tx.run("keys.retire", id=id, now=now))


async def secret(tx: Transaction, name: str) -> bytes | None:
    """A secret of the deployment itself, sealed."""
    row = await tx.one("keys.secret", name=name)
    return None if row is None else bytes(row["value_sealed"])


def keep_secret(name: str, sealed: bytes) -> Call:
    """Store a secret of the deployment; the first one that is stored stays."""
    return Call("keys.keep_secret", {"name": name, "value_sealed": sealed})


async def is_begun(tx: Transaction) -> bool:
    """Whether the database has served before."""
    return await tx.one("keys.is_begun") is not None


async def hold(tx: Transaction, holder: Holder, now: int) -> None:
    """A process lives, and has these keys."""
    values = {**asdict(holder), "key_ids": "\n".join(holder.key_ids), "now": now}
    await tx.run("keys.held", **values)


def let_go(id: str) -> Call:  # noqa: A002 - the column's name
    """A process ends in good order."""
    return Call("keys.let_go", {"id": id})


async def forget_holders(tx: Transaction, before: int) -> None:
    """Forget processes that ended long ago, without a word."""
    await tx.run("keys.forget_holders", before=before)


async def holders(tx: Transaction, since: int) -> list[Holder]:
    """The processes that were seen since a time."""
    return [
        Holder(
            id=row["id"],
            kind=row["kind"],
            host=row["host"],
            pid=row["pid"],
            key_ids=tuple(row["key_ids"].split("\n")),
            sealing=row["sealing"],
        )
        for row in await tx.all("keys.holders", since=since)
    ]


async def codes(tx: Transaction, since: int) -> list[HashedCodes]:
    """How many codes were hashed with each key since a time."""
    return [HashedCodes(**dict(row)) for row in await tx.all("keys.codes", since=since)]
