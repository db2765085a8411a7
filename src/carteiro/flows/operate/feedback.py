"""A provider tells of messages; an administrator sets up how its events are checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from carteiro.connectors.feedback.contract import Incoming, Proof
from carteiro.connectors.feedback.receivers import receiver_of
from carteiro.errors import EntityNotFound, FeedbackRejected, InvalidInput, SealBroken
from carteiro.flows.announce import announce
from carteiro.flows.existing import existing
from carteiro.flows.world import World
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.issues import issues_of
from carteiro.model.masking import unmask
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.tenancy import connectors, fallbacks, feedback
from carteiro.storage.tenancy.feedback import FeedbackRow


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFeedback:
    """How a connector's events are checked, in clear."""

    row: FeedbackRow
    settings: Mapping[str, Any] = field(repr=False)


async def receive(
    world: World, tenant_id: str, connector_id: str, headers: Mapping[str, str], body: bytes
) -> int:
    """Check a provider's request and take its events in; how many were new.

    Raises ``EntityNotFound``, ``FeedbackRejected`` or ``FeedbackMalformed``.
    """
    stored = await get_feedback(world, tenant_id, connector_id)
    receiver = receiver_of(stored.row.factory_id)
    settings = receiver.settings_model.model_validate(stored.settings)
    incoming = Incoming(headers=headers, body=body, now=world.clock.now())
    try:
        events = await receiver.read(settings, incoming, world.services.http)
        await _require_own_content(world, stored.row, receiver.proof(incoming), incoming.now)
    except FeedbackRejected:
        world.telemetry.events.labels(stored.row.factory_id, "rejected-signature").inc()
        raise
    new = await world.feedback.take(tenant_id, connector_id, stored.row.factory_id, events)
    world.queue.wake()
    return new


async def _require_own_content(
    world: World, row: FeedbackRow, proof: Proof | None, now: int
) -> None:
    """Refuse a proof that was seen with another content. Raises ``FeedbackRejected``."""
    if proof is None:
        return
    hashes = {
        "proof_hash": hashlib.sha256(proof.value.encode("utf-8", "replace")).digest(),
        "content_hash": hashlib.sha256(proof.content).digest(),
    }

    async def work(tx: Transaction) -> bool:
        return await feedback.claim_proof(tx, row.tenant_id, row.connector_id, **hashes, now=now)

    if not await world.database.write(work):
        raise FeedbackRejected("This signature came with another event before.")


async def get_feedback(world: World, tenant_id: str, connector_id: str) -> OpenFeedback:
    """How events are checked. Raises ``EntityNotFound``."""
    found = await world.database.read(lambda tx: feedback.get(tx, tenant_id, connector_id))
    row = existing(found, EntityNotFound)
    sealed = world.keyring.open(row.settings_sealed, feedback_context(tenant_id, connector_id))
    return OpenFeedback(row=row, settings=json.loads(sealed))


async def put_feedback(
    world: World,
    tenant_id: str,
    connector_id: str,
    given: Mapping[str, Any],
    *,
    by: Actor = OPERATOR,
) -> OpenFeedback:
    """Set how a connector's events are checked; a masked secret keeps the stored one.

    Raises ``EntityNotFound`` or ``InvalidInput``.
    """

    async def find(tx: Transaction) -> tuple[str | None, FeedbackRow | None]:
        row = await connectors.get(tx, tenant_id, connector_id)
        further = None if row else await fallbacks.get(tx, tenant_id, connector_id)
        found = row or further
        return (
            found.connector_id if found else None,
            await feedback.get(tx, tenant_id, connector_id),
        )

    factory_id, stored = await world.database.read(find)
    if factory_id is None:
        raise EntityNotFound
    context = feedback_context(tenant_id, connector_id)
    if stored is not None:
        known = json.loads(world.keyring.open(stored.settings_sealed, context))
        given = unmask(dict(given), known)
    model = receiver_of(factory_id).settings_model
    try:
        settings = model.model_validate(dict(given))
    except ValidationError as error:
        raise InvalidInput(
            issues_of(error, model), "Error in request body: invalid input."
        ) from None
    kept = settings.model_dump(by_alias=True, mode="json")
    row = FeedbackRow(
        tenant_id=tenant_id,
        connector_id=connector_id,
        factory_id=factory_id,
        settings_sealed=world.keyring.seal(json.dumps(kept).encode(), context),
        created_at=world.clock.now(),
    )

    async def work(tx: Transaction) -> None:
        await feedback.put(tx, row)
        target = {"connectorId": connector_id}
        before = None if stored is None else _told(world, stored)
        name, after = "ConnectorFeedback.Updated", _told(world, row)
        await announce(tx, world, tenant_id, by, name, target=target, before=before, after=after)

    await world.database.write(work)
    return OpenFeedback(row=row, settings=kept)


async def delete_feedback(
    world: World, tenant_id: str, connector_id: str, *, by: Actor = OPERATOR
) -> None:
    """Take no more events of a connector. Raises ``EntityNotFound``."""

    async def work(tx: Transaction) -> None:
        row = await feedback.get(tx, tenant_id, connector_id)
        if row is None or not await feedback.delete(tx, tenant_id, connector_id):
            raise EntityNotFound
        target, name = {"connectorId": connector_id}, "ConnectorFeedback.Deleted"
        before = _told(world, row)
        await announce(tx, world, tenant_id, by, name, target=target, before=before)

    await world.database.write(work)


def _told(world: World, row: FeedbackRow) -> dict[str, Any]:
    """How events are checked, as the audit log compares it; what no key opens is not told."""
    settings = {}
    with suppress(SealBroken):
        context = feedback_context(row.tenant_id, row.connector_id)
        settings = json.loads(world.keyring.open(row.settings_sealed, context))
    return {"provider": row.factory_id, "settings": settings}


def feedback_context(tenant_id: str, connector_id: str) -> str:
    """What a receiver's sealed settings are bound to."""
    return f"connector_feedback/{tenant_id}/{connector_id}"
