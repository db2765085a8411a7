"""Telling what was done: the audit log always, webhooks where somebody asked for the event.

Both are written in the unit of work that they tell of, so nothing is told that did not happen and
nothing that happened goes untold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog

from carteiro.errors import CarteiroError
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.model.differences import difference
from carteiro.model.limits import MAX_ENTRIES
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import logs
from carteiro.webhooks.telling import tell

Data = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
_log = structlog.get_logger("carteiro.audit")


class Row(Protocol):
    """Something of a tenant's, with an id."""

    @property
    def tenant_id(self) -> str: ...

    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=Row)


async def announce(
    tx: Transaction,
    world: World,
    tenant_id: str,
    by: Actor,
    name: str,
    *,
    target: Mapping[str, str] | None = None,
    data: Data = None,
    before: Any = None,
    after: Any = None,
    **members: Any,
) -> None:
    """Put ``name`` (such as ``User.Created``) on record and queue it for the hooks that want it.

    ``target`` holds the ids of what was changed, under the wire's names; ``userId`` makes the entry
    that person's. ``data`` is the body that hooks get, ``members`` stand beside it there: an empty
    list is left out, a long one cut. ``before`` and ``after`` are rows or mappings, of which the
    log keeps what differs; hooks do not get them.
    """
    target = target or {}
    at = world.clock.now()
    lists = {key: _shortened(value) for key, value in members.items() if value not in (None, [])}
    payload = {"target": dict(target), **lists, **difference(before, after)}
    key = f"Management.{name}"
    await logs.add(
        tx,
        logs.entry(tenant_id, by, key, at=at, payload=payload, user_id=target.get("userId")),
    )
    await tell(tx, tenant_id, by, name, at=at, data=data, members=lists)


@dataclass(frozen=True, slots=True)
class Announcing(Generic[R]):
    """How changes of one kind of row are told.

    ``key`` is the wire's name of its id, ``body`` what hooks get. A row that ``belongs`` to another
    names it, too. Some kinds have no ``body_when_gone``, as on the reference's wire.
    """

    key: str
    body: Callable[[R], Data] | None = None
    belongs: Callable[[R], Mapping[str, str]] | None = None
    body_when_gone: bool = True

    async def __call__(
        self,
        tx: Transaction,
        world: World,
        by: Actor,
        name: str,
        before: R | None,
        after: R | None,
        **members: Any,
    ) -> None:
        """Announce that a row is made (no ``before``), changed or gone (no ``after``)."""
        row = after or before
        assert row is not None
        await announce(
            tx,
            world,
            row.tenant_id,
            by,
            name,
            target={**(self.belongs(row) if self.belongs else {}), self.key: row.id},
            data=self.body(row) if self.body and (after or self.body_when_gone) else None,
            before=before,
            after=after,
            **members,
        )


async def record_refusal(world: World, tenant_id: str, by: Actor, error: CarteiroError) -> None:
    """Put a refused change on record, in a unit of its own; the caller is answered in any case."""
    entry = logs.entry(
        tenant_id, by, "Management.Refused", at=world.clock.now(), payload={}, error=error
    )
    try:
        await world.database.apply(entry)
    except CarteiroError as problem:
        _log.warning("a refusal could not be recorded", code=problem.code, refused=error.code)


def _shortened(value: Any) -> Any:
    return value[:MAX_ENTRIES] if isinstance(value, list) else value
