"""`/api/connectors` and `/api/connector-factories`."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from carteiro.api.answers import mail
from carteiro.api.management.connectors.schemas import (
    CreateConnector,
    TestConnector,
    UpdateConnector,
    connector_response,
    factory_response,
)
from carteiro.api.management.findings import WARNING, tell
from carteiro.api.preconditions import Shown, Steady
from carteiro.api.route import Caller
from carteiro.api.router import ApiRouter
from carteiro.api.scopes import CONNECTORS, require_own_secrets
from carteiro.delivery.workspaces.connections import StoredConnector
from carteiro.errors import EntityNotFound, FeatureNotSupported, InvalidInput
from carteiro.flows.administer.mail import connectors as flow
from carteiro.flows.administer.mail import trials
from carteiro.flows.administer.mail.connectors import NewConnector
from carteiro.flows.administer.mail.reliance import reliance_on_connector
from carteiro.flows.administer.mail.unusable import Fault, faults_of_config
from carteiro.model.issues import issue


async def _without_usage(caller: Caller, id: str) -> dict[str, Any]:
    """One connector, but for what it counts by itself."""
    stored = await flow.get_connector(caller.world, caller.tenant_id, id)
    return _as_shown(caller, stored, usage=None)


router = ApiRouter(
    tag="Connectors",
    needs=CONNECTORS,
    answers={
        "list_connectors": list[mail.Connector],
        "get_connector": mail.Connector,
        "create_connector": mail.Connector,
        "update_connector": mail.Connector,
        "get_reliance": mail.Reliance,
        "list_factories": list[mail.ConnectorFactory],
        "get_factory": mail.ConnectorFactory,
    },
    shown={"get_connector": Shown(steady=Steady(member="usage", endpoint=_without_usage))},
)


@router.get("/connectors")
async def list_connectors(caller: Caller, target: str | None = None) -> list[dict[str, Any]]:
    """The tenant's connectors, by id."""
    stored = await flow.list_connectors(caller.world, caller.tenant_id)
    shown = [await _shown(caller, connector) for connector in stored]
    return [entry for entry in shown if target is None or entry["target"] == target]


@router.get("/connectors/{id}")
async def get_connector(caller: Caller, id: str) -> dict[str, Any]:
    """One connector."""
    return await _shown(caller, await flow.get_connector(caller.world, caller.tenant_id, id))


@router.post("/connectors")
async def create_connector(
    caller: Caller, response: Response, body: CreateConnector
) -> dict[str, Any]:
    """Add a connector. It replaces the tenant's present one of the same type, at once.

    Without a valid config the header `Carteiro-Warning` says in words what does not work. Templates
    in its config that show no code or link are named in the header `Carteiro-Findings`.
    """
    if body.enable_token_storage:
        raise FeatureNotSupported
    new = NewConnector(
        connector_id=body.connector_id,
        id=body.id,
        config=body.config,
        metadata=body.metadata.model_dump(by_alias=True) if body.metadata else None,
        sync_profile=bool(body.sync_profile),
    )
    stored = await flow.create_connector(caller.world, caller.tenant_id, new, by=caller.by)
    if warning := await flow.warning_about(caller.world, stored):
        response.headers[WARNING] = warning
    tell(response, await _faults(caller, stored))
    return await _shown(caller, stored)


@router.patch("/connectors/{id}")
async def update_connector(
    caller: Caller,
    id: str,
    body: UpdateConnector,
    response: Response,
) -> dict[str, Any]:
    """Change a connector. `config` replaces the stored one; a masked secret is kept.

    `Carteiro-Findings` as when it is created.
    """
    require_own_secrets(caller, body.config)
    if body.enable_token_storage:
        raise FeatureNotSupported
    stored = await flow.update_connector(
        caller.world,
        caller.tenant_id,
        id,
        config=body.config,
        overwrites_metadata=body.metadata is not None,
        sync_profile=body.sync_profile,
        by=caller.by,
    )
    tell(response, await _faults(caller, stored))
    return await _shown(caller, stored)


@router.delete("/connectors/{id}", status_code=204, response_class=Response)
async def delete_connector(caller: Caller, response: Response, id: str) -> None:
    """Delete a connector. The header `Carteiro-Warning` says in words what stops with it."""
    lost = await flow.delete_connector(caller.world, caller.tenant_id, id, by=caller.by)
    response.headers[WARNING] = lost.words


@router.get("/connectors/{id}/reliance")
async def get_reliance(caller: Caller, id: str) -> dict[str, Any]:
    """What stops when this connector is deleted, and for how many people."""
    rests = await reliance_on_connector(caller.world, caller.tenant_id, id)
    return {
        "needs": list(rests.needs),
        "people": rests.people,
        "peopleWithoutAnotherWay": rests.stranded,
        "isCapped": rests.capped,
        "overrides": rests.overrides,
        "message": rests.words,
    }


@router.post("/connectors/{factory_id}/test", status_code=204, response_class=Response)
async def test_connector(caller: Caller, factory_id: str, body: TestConnector) -> None:
    """Send the code 000000 through the given config, stored or not."""
    require_own_secrets(caller, body.config)
    if body.email is None and body.phone is None:
        raise InvalidInput([issue("custom", [], "Give an email or a phone number.")])
    await trials.test_connector(
        caller.world,
        caller.tenant_id,
        factory_id,
        email=body.email,
        phone=body.phone,
        config=body.config,
        locale=body.locale,
        ip=caller.by.ip,
    )


@router.get("/connector-factories")
async def list_factories(caller: Caller) -> list[dict[str, Any]]:
    """Every connector that is installed."""
    return [
        factory_response(factory, from_email=flow.sender_of(caller.world, factory))
        for factory in caller.world.registry.factories()
    ]


@router.get("/connector-factories/{id}")
async def get_factory(caller: Caller, id: str) -> dict[str, Any]:
    """One installed connector."""
    if not caller.world.registry.has(id):
        raise EntityNotFound
    factory = caller.world.registry.get(id)
    return factory_response(factory, from_email=flow.sender_of(caller.world, factory))


async def _faults(caller: Caller, stored: StoredConnector) -> list[Fault]:
    factory = caller.world.registry.get(stored.row.connector_id)
    return await faults_of_config(caller.world, factory, stored.config)


async def _shown(caller: Caller, stored: StoredConnector) -> dict[str, Any]:
    return _as_shown(caller, stored, usage=await flow.usage_of(caller.world, stored))


def _as_shown(caller: Caller, stored: StoredConnector, *, usage: int | None) -> dict[str, Any]:
    factory = caller.world.registry.get(stored.row.connector_id)
    return connector_response(
        stored,
        factory,
        from_email=flow.sender_of(caller.world, factory),
        usage=usage,
        with_secrets=caller.sees_secrets,
    )
