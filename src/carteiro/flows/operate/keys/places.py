"""Every place where something is sealed, and what a value is bound to there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from carteiro.delivery.gates.suppression import suppression_context
from carteiro.delivery.hands.parcel import message_context
from carteiro.delivery.webhooks import hook_context
from carteiro.delivery.workspaces.connections import connector_context
from carteiro.delivery.workspaces.signing import dkim_context
from carteiro.directory.settings.tenant_settings import captcha_context
from carteiro.flows.operate.feedback import feedback_context
from carteiro.oidc.client_secrets import secret_context
from carteiro.oidc.keys import signing_key_context
from carteiro.storage.drivers.database import Database, Row, Transaction
from carteiro.storage.tenancy import sealed
from carteiro.storage.tenancy.sealed import Column

PAGE = 200
"""Rows that are read, or replaced, in one unit: nobody waits longer than for that."""
LOOKUP = "lookup"
"""The name of the key of look-up hashes among the secrets of the deployment."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column, what its values are called, and the context of a row's value."""

    noun: str
    column: Column
    context: Callable[[Row], str]


def deployment_context(name: str) -> str:
    """What a sealed secret of the deployment is bound to."""
    return f"deployment_secrets/{name}"


PLACES = (
    Place(
        "application secrets",
        Column("application_secrets", "value_sealed", ("tenant_id", "application_id", "name")),
        lambda row: secret_context(row["tenant_id"], row["application_id"]),
    ),
    Place(
        "signing keys",
        Column("signing_keys", "private_sealed", ("tenant_id", "id")),
        lambda row: signing_key_context(row["tenant_id"]),
    ),
    Place(
        "keys that sign mail",
        Column("dkim_keys", "private_sealed", ("tenant_id", "domain", "selector")),
        lambda row: dkim_context(row["tenant_id"], row["domain"], row["selector"]),
    ),
    Place(
        "connectors",
        Column(
            "connector_revisions",
            "config_sealed",
            ("tenant_id", "connector_id", "number"),
            numbers=("number",),
        ),
        lambda row: connector_context(row["tenant_id"], row["connector_id"]),
    ),
    Place(
        "receivers of providers' events",
        Column("connector_feedback", "settings_sealed", ("tenant_id", "connector_id")),
        lambda row: feedback_context(row["tenant_id"], row["connector_id"]),
    ),
    Place(
        "webhook settings",
        Column("hooks", "config_sealed", ("tenant_id", "id")),
        lambda row: f"{hook_context(row['tenant_id'], row['id'])}/config",
    ),
    Place(
        "webhook keys",
        Column("hooks", "signing_key_sealed", ("tenant_id", "id")),
        lambda row: f"{hook_context(row['tenant_id'], row['id'])}/key",
    ),
    Place(
        "tenant settings",
        Column("tenant_settings", "value_sealed", ("tenant_id", "name")),
        lambda row: captcha_context(row["tenant_id"]),
    ),
    Place(
        "suppressed addresses",
        Column("suppressions", "recipient_sealed", ("tenant_id", "recipient_hash")),
        lambda row: suppression_context(row["tenant_id"], row["recipient_hash"]),
    ),
    Place(
        "waiting messages",
        Column("messages", "payload_sealed", ("tenant_id", "id"), waiting="state = 'queued'"),
        lambda row: message_context(row["tenant_id"], row["id"]),
    ),
    Place(
        "deployment secrets",
        Column("deployment_secrets", "value_sealed", ("name",)),
        lambda row: deployment_context(row["name"]),
    ),
)


async def pages(database: Database, place: Place) -> AsyncIterator[list[Row]]:
    """A place's rows that have a value, page after page, each read on its own."""
    last: Row | None = None

    async def work(tx: Transaction) -> list[Row]:
        return await sealed.page(tx, place.column, last, PAGE)

    while True:
        rows = await database.read(work)
        if not rows:
            return
        yield [row for row in rows if row["sealed"] is not None]
        last = rows[-1]
