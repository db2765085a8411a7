"""Connectors on the wire."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field

from carteiro.connectors.contract import Connector
from carteiro.delivery.workspaces.connections import StoredConnector
from carteiro.model.masking import mask
from carteiro.model.wire import Wire

JsonObject = dict[str, Any]
Id = Annotated[str, Field(min_length=1, max_length=128)]


class ConnectorMetadata(Wire):
    """What a row overrides of its factory's metadata."""

    target: str | None = None
    name: dict[str, str] | None = None
    logo: str | None = None
    logo_dark: str | None = None


class CreateConnector(Wire):
    """A new connector; it takes the place of the tenant's present one of its type."""

    connector_id: Id = Field(description="The factory id, such as `simple-mail-transfer-protocol`.")
    id: Id | None = Field(None, description="The id of the new row; made up when not given.")
    config: JsonObject | None = Field(None, description="The form's values.")
    metadata: ConnectorMetadata | None = None
    sync_profile: bool | None = None
    enable_token_storage: bool | None = None


class UpdateConnector(Wire):
    """Changes to a connector; `config` replaces the stored one as a whole."""

    config: JsonObject | None = None
    metadata: ConnectorMetadata | None = None
    sync_profile: bool | None = None
    enable_token_storage: bool | None = None


class TestConnector(Wire):
    """Where to send a test, and with which config."""

    __test__ = False  # the name is the wire's; pytest need not collect it

    email: str | None = Field(None, pattern=r"^\S+@\S+\.\S+$")
    phone: str | None = Field(None, pattern=r"^\d+$")
    config: JsonObject
    locale: str | None = None


def connector_response(
    stored: StoredConnector,
    factory: type[Connector],
    *,
    from_email: str | None,
    usage: int | None,
    with_secrets: bool,
) -> JsonObject:
    """A connector as the wire shows it: its row over its factory's metadata."""
    row, metadata = stored.row, json.loads(stored.row.metadata)
    response = {
        **factory_response(factory, from_email=from_email),
        **metadata,
        "id": row.id,
        "connectorId": row.connector_id,
        "syncProfile": row.sync_profile,
        "enableTokenStorage": row.enable_token_storage,
        "config": stored.config if with_secrets else mask(dict(stored.config)),
        "metadata": metadata,
        "extraInfo": {"fromEmail": from_email} if from_email else {},
    }
    return response if usage is None else {**response, "usage": usage}


def factory_response(factory: type[Connector], *, from_email: str | None) -> JsonObject:
    """A factory as the wire shows it."""
    response = {**factory.metadata.wire(), "type": factory.kind, "isDemo": False}
    return response if from_email is None else {**response, "fromEmail": from_email}
